"""The paper's algorithm 1: iteratively reweighted least squares on the mask weights.

A pass of the group lasso form computes ``b = (K(eta) + lam I)^-1 y`` and the scores
``s_i = ||X^T D_i b||``, so that ``||w_i|| = eta_i s_i``, and sets
``eta_i <- sqrt(||w_i||^2 + eps)``. The MKL form is the same with mu for lam and eps = 0, and
renormalises eta to the simplex. The residual is ``lam b``, so the scores certify the gap at no
further cost.

Both forms start from the NTK weights. Over all cones ``K(eta)`` is then the NTK H, and iteration 0
of the group lasso form is ridge regression with H at lam. The MKL form starts on the simplex, at H
/ s, where s is the measure of the masks that open some sample: ridge regression with H at mu s.

At eps = 0 the optimum on any subset of the masks is a fixed point too, with zeros on the other
masks. So a fixed point need not be the optimum; the limit from positive weights is.

At ``eps > 0`` the algorithm solves the smoothed program of `objective`: each pass minimises the
bound ``sqrt(||w_i||^2 + eps) <= ((||w_i||^2 + eps) / eta_i + eta_i) / 2``, so ``P_eps`` descends.
The objective is then up to ``lam p sqrt(eps)`` above the optimum. The weights are not sparse: eta
is never below ``sqrt(eps)``, and ``w_i = eta_i X^T D_i b`` is zero only where ``X^T D_i b`` is. At
convergence ``||w_i|| = s_i sqrt(eps / (1 - s_i^2))`` for every mask. Summed over the masks,
``P - D = lam sum_i ||w_i|| (1 - s_i)`` is then at most ``0.30 lam p sqrt(eps)``.

At ``eps = 0`` a weight of zero stays zero, and a weight below `MIN_WEIGHT` becomes zero. Such a
zero may be wrong: a cone that no great circle met has NTK weight 0, and a product of scores can
underflow. So a mask of weight zero that violates its dual constraint enters. It gets the smallest
share that any mask has at the start, since a cone that was never met is smaller than the others.
"""

import warnings
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, LinAlgWarning, eigh
from scipy.linalg import solve as solve_linear

from fixing_ntk.masks import shares
from fixing_ntk.programs import Fit, certify, mkl_dual, relative_gap, score, smoothed_gap
from fixing_ntk.solvers.convergence import warn_not_converged

MIN_WEIGHT = np.finfo(float).tiny  # smaller numbers slow products tenfold on some processors
SETTLED = 1e-3  # share of tol: passes end once the gap of the smoothed program is below it


class Iterate(NamedTuple):
    """One pass of IRLS: the mask weights eta (p,), and ridge regression with the kernel ``K(eta)``.

    ``beta`` (n,) is ``(K(eta) + lam I)^-1 y``, with mu for lam in the MKL form, and ``scores`` (p,)
    are ``||X^T D_i beta||``. Here ``K(eta) = sum_i eta_i D_i X X^T D_i``. In the group lasso form
    ``objective`` is P at ``w_i = eta_i X^T D_i beta``. In the MKL form it is ``J(eta) = mu/2 y^T
    beta``, with eta at iteration 0 the NTK weights over their sum. ``gap`` is the relative gap of
    this form. ``smoothed_gap`` is the gap of the smoothed program, which the passes solve at eps >
    0; at eps = 0 it is ``gap``.
    """

    eta: np.ndarray
    beta: np.ndarray
    scores: np.ndarray
    objective: float
    gap: float
    smoothed_gap: float


def gl_iterates(design, y, lam, eps=0.0):
    """Yield the `Iterate` of every pass of IRLS for the group lasso at lam, without end.

    Pass 0 has the NTK weights. After each pass ``eta_i <- sqrt(||w_i||^2 + eps)``.
    """
    eta = design.masks.ntk_weights
    entry = smallest_share(eta)
    while True:
        beta, scores, residual = _ridge(design, eta, y, lam)
        norms, scaled = eta * scores, lam * scores
        P, _, gap, _ = score(residual, norms, residual, scaled.max(), y, lam)
        smoothed = smoothed_gap(residual, norms, residual, scaled, y, lam, eps) if eps else gap
        yield Iterate(eta, beta, scores, P, gap, smoothed)
        eta = reweighted(norms, scores > 1.0, entry, eps)


def mkl_iterates(design, y, mu):
    """Yield the `Iterate` of every pass of IRLS for MKL at mu, without end; eta is on the simplex.

    Pass 0 has the NTK weights over their sum. After each pass eta is ``||w_i||``, divided by its
    sum.
    """
    entry = smallest_share(design.masks.ntk_weights)
    eta = design.masks.ntk_shares
    while True:
        beta, scores, _ = _ridge(design, eta, y, mu)
        J = 0.5 * mu * y @ beta
        gap = relative_gap(J, mkl_dual(beta, y, scores.max(), mu), y)
        yield Iterate(eta, beta, scores, float(J), gap, gap)
        eta = eta * scores
        eta = reweighted(eta, scores > eta.sum(), entry)
        eta = shares(eta)


def smallest_share(weights):
    """Return the smallest positive NTK weight, or 1 if there is none.

    It is the ``entry`` of `reweighted`, the share that a mask of weight zero gets when it enters.
    """
    return weights[weights > 0].min(initial=1.0)


def reweighted(norms, violated, entry, eps=0.0):
    """Return the next mask weights, ``sqrt(||w_i||^2 + eps)``, in the shape of ``norms``.

    Weights below `MIN_WEIGHT`, the smallest normal float, become zero, whatever the other weights
    are. Masks of weight zero that violate their dual constraint enter, see the module's docstring.

    Parameters
    ----------
    norms : ndarray
        ``||w_i||``.
    violated : ndarray of bool
        Masks that violate their dual constraint.
    entry : float
        Mask weight of a mask that enters, over the sum of all other mask weights.
    eps : float

    Returns
    -------
    ndarray
    """
    eta = np.hypot(norms, np.sqrt(eps))
    eta[eta < MIN_WEIGHT] = 0.0
    entering = violated & (eta == 0)
    if entering.any():
        eta[entering] = entry * (eta.sum() or 1.0)
    return eta


def irls(design, y, lam, tol, scores, warm_starts=(), max_iter=20_000, eps=0.0):
    """Solve the gated ReLU program by IRLS in the group lasso form, the paper's algorithm 1.

    Other arguments and the return are as in `newton`; ``max_iter`` counts passes. ``scores`` and
    ``warm_starts`` are not used: the algorithm starts from the NTK weights.

    Parameters
    ----------
    eps : float
        Smoothing of the paper's ``eta_i <- sqrt(||w_i||^2 + eps)``, in the units of ``||w_i||^2``:
        with X times c and y times k the same program has eps times ``(k / c)^2``. With
        ``sqrt(eps) = tol ||y||^2 / (2 lam p)`` it costs at most tol, and `solve` still certifies
        tol. With a much larger eps the passes solve the smoothed program, and the gap shows what
        that costs.

    Raises
    ------
    ValueError
        If eps is negative or not finite, or ``max_iter`` is below 1.
    """
    it, *rest = run(gl_iterates(design, y, lam, eps), tol, max_iter, eps)
    weights = iterate_weights(design, it)
    return Fit.of_dense(weights, certify(design, y, lam, weights), *rest)


def irls_mkl(design, y, mu, tol=1e-6, max_iter=20_000):
    """Minimise ``J(eta) = mu/2 y^T (K(eta) + mu I)^-1 y`` over the simplex by IRLS, the MKL form.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    mu : float
    tol : float
        Relative MKL gap ``(J - D) / (1/2 ||y||^2)``.
    max_iter : int
        Maximum number of passes.

    Returns
    -------
    weights : ndarray (d, p)
        Minimiser v; also the group lasso solution at ``lam_from_mu(mu, weights)``.
    eta : ndarray (p,)
        Kernel weights on the simplex, where the last J was computed.
    history : list of (J, gap)
        One pair for each pass.

    Raises
    ------
    ValueError
        If ``max_iter`` is below 1.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        When the gap was not reached.
    """
    it, _, history, *_ = run(mkl_iterates(design, y, mu), tol, max_iter)
    if not it.gap <= tol:
        warn_not_converged(f"MKL stopped (mu={mu:.6g})", it.gap, tol, stacklevel=2)
    return iterate_weights(design, it), it.eta, history


def run(iterates, tol, max_iter, eps=0.0):
    """Run passes of IRLS until the gap is at most tol, at most ``max_iter`` of them.

    The smoothed program at eps > 0 may not reach tol. So passes also end when its own gap is below
    `SETTLED` times tol.

    Parameters
    ----------
    iterates : iterator of Iterate or ReLUIterate
    tol : float
    max_iter : int
    eps : float
        Smoothing of the passes; only checked and named here.

    Returns
    -------
    last : Iterate or ReLUIterate
    n_iter, history, name, mend
        As in `Fit`.

    Raises
    ------
    ValueError
        If eps is negative or not finite, or ``max_iter`` is below 1.
    """
    if not (np.isfinite(eps) and eps >= 0):
        raise ValueError(f"eps must be finite and not negative, got {eps}")
    if not max_iter >= 1:
        raise ValueError(f"max_iter must be at least 1, got {max_iter}")
    history = []
    for it in iterates:
        history.append((it.objective, it.gap))
        if it.gap <= tol or it.smoothed_gap <= SETTLED * tol or len(history) >= max_iter:
            break
    name = f"irls[eps={eps:g}]" if eps else "irls"
    mend = "lower eps or raise tol" if it.smoothed_gap <= SETTLED * tol else Fit.mend
    return it, len(history), history, name, mend


def _ridge(design, eta, y, lam):
    """Return ``b = (K(eta) + lam I)^-1 y``, the scores ``||X^T D_i b||``, and ``y - K(eta) b``.

    ``eta`` and the scores are (p,), the other vectors (n,).
    """
    K = design.kernel(eta)
    beta = shifted_solve(K, lam, y)
    return beta, design.scores(beta), y - K @ beta


def shifted_solve(K, lam, y):
    """Return ``(K + lam I)^-1 y``; by eigenvalues of K if the matrix is too ill-conditioned.

    K (n, n) is positive semidefinite: eigenvalues that rounding made negative are taken as zero.
    """
    shifted = K.copy()
    shifted[np.diag_indices(len(y))] += lam
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", LinAlgWarning)
            return solve_linear(shifted, y, assume_a="pos", overwrite_a=True, check_finite=False)
    except (LinAlgError, LinAlgWarning):
        values, vectors = eigh(K, check_finite=False)
        return vectors @ ((vectors.T @ y) / (np.maximum(values, 0.0) + lam))


def iterate_weights(design, it):
    """Return the weights ``eta_i X^T D_i beta`` of an `Iterate` of either form, (d, p)."""
    return it.eta * design.adjoint(it.beta)
