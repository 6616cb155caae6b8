"""The paper's algorithm: iteratively reweighted least squares on the mask weights.

Group lasso form: ``b = (K(eta) + lam I)^-1 y``, ``s_i = ||X^T D_i b||``, ``eta_i <- eta_i s_i``.
MKL form: the same at mu, with eta renormalised to the simplex. Both start from the NTK weights, so
iteration 0 is NTK ridge regression. The residual is ``lam b``: the scores are the certificate.
"""

import warnings
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, LinAlgWarning, eigh
from scipy.linalg import solve as solve_linear

from fixing_ntk.programs import Fit, certify, mkl_dual, relative_gap, score


class Iterate(NamedTuple):
    """One pass: weights eta (p,), ``beta`` (n,), ``scores`` (p,), objective and relative gap.

    In the group lasso form ``objective`` is P at ``w_i = eta_i X^T D_i beta``; in the MKL form it
    is ``J(eta)``, whose iteration 0 is the NTK's own training objective.
    """

    eta: np.ndarray
    beta: np.ndarray
    scores: np.ndarray
    objective: float
    gap: float


def gl_iterates(design, y, lam):
    """Yield the `Iterate` of every pass of the group lasso form, without end."""
    eta = design.masks.ntk_weights
    while True:
        beta, scores, residual = _ridge(design, eta, y, lam)
        P, _, gap, _ = score(residual, eta * scores, residual, lam * scores.max(), y, lam)
        yield Iterate(eta, beta, scores, P, gap)
        eta = eta * scores


def mkl_iterates(design, y, mu):
    """Yield the `Iterate` of every pass of the MKL form, without end; eta is on the simplex."""
    eta = design.masks.ntk_weights / design.masks.ntk_weights.sum()
    while True:
        beta, scores, _ = _ridge(design, eta, y, mu)
        J = 0.5 * mu * y @ beta
        yield Iterate(
            eta, beta, scores, float(J), relative_gap(J, mkl_dual(beta, y, scores.max(), mu), y)
        )
        eta = eta * scores
        eta = eta / eta.sum()


def irls(design, y, lam, tol, scores, known=(), max_iter=20_000):
    """Solve the gated ReLU program by the group lasso form; arguments as in `newton`.

    ``known`` is not used: the algorithm starts from the NTK weights.
    """
    it, history = _run(gl_iterates(design, y, lam), tol, max_iter)
    weights = iterate_weights(design, it)
    certificate = certify(design, y, lam, weights)
    return Fit.of_dense(weights, certificate, len(history), history, "irls")


def solve_mkl(design, y, mu, tol=1e-6, max_iter=20_000):
    """Solve ``min_eta J(eta)`` over the simplex by the MKL form.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    mu : float
    tol : float
        Relative MKL gap ``(J - D) / (1/2 ||y||^2)``.

    Returns
    -------
    weights : ndarray (d, p)
        Minimiser v; also the group lasso solution at ``lam_from_mu(mu, weights)``.
    eta : ndarray (p,)
    history : list of (J, gap)
    """
    it, history = _run(mkl_iterates(design, y, mu), tol, max_iter)
    return iterate_weights(design, it), it.eta, history


def _run(iterates, tol, max_iter):
    history = []
    for it in iterates:
        history.append((it.objective, it.gap))
        if it.gap <= tol or len(history) >= max_iter:
            return it, history


def _ridge(design, eta, y, lam):
    K = design.kernel(eta)
    beta = _shifted_solve(K, lam, y)
    return beta, design.scores(beta), y - K @ beta


def _shifted_solve(K, lam, y):
    """``(K + lam I)^-1 y``; by eigenvalues where lam is so small that a factor fails."""
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
    """Group lasso weights ``w_i = eta_i X^T D_i beta`` of an `Iterate`, (d, p)."""
    return it.eta * design.adjoint(it.beta)
