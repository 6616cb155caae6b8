"""The paper's algorithm 1 for ReLU networks: weights confined to the cones of their masks.

One pass solves the weighted ridge regression over the cones ``C_i = {w : (2 D_i - I) X w >= 0}``::

    minimise 1/2 ||sum_i D_i X (w_i - w'_i) - y||^2
             + lam/2 sum_i (||w_i||^2 / eta_i + ||w'_i||^2 / eta'_i)

A pair of mask i and sign e, 1 or -1, has a mask weight of its own. Below it is called eta_i for
each sign, and sums over i are also over the signs. The pair has the weight
``w_i = eta_i P_i(e X^T D_i b)``, where ``P_i`` projects onto C_i. Here b (n,) minimises the dual,
which is smooth, convex and piecewise quadratic::

    lam/2 ||b||^2 + 1/2 sum_i eta_i ||P_i(e X^T D_i b)||^2 - b^T y

If every ``P_i`` is the identity, this is the ridge regression of the gated form. On each piece
``P_i`` is linear, a projection onto the span of a face of C_i. So a Newton step is a ridge
regression on the features of the current faces, and Newton's method ends at the exact minimiser.

The rest follows the gated form. With ``s_i = ||P_i(e X^T D_i b)||`` the norms are ``||w_i|| = eta_i
s_i``, and ``lam s_i`` is the left side of a dual constraint of the ReLU program. At eps = 0 a pair
with ``s_i = 0`` gets weight zero, and enters again if it violates its constraint. At eps > 0 eta is
at least ``sqrt(eps)``, but a weight is still zero where its projection is.

Neighbouring cones share a face, and a weight on that face costs the same in each of them. IRLS
converges slowly along such ties: gaps below about 1e-6 can take 10,000 passes.
"""

from typing import NamedTuple

import numpy as np

from fixing_ntk.programs import Certificate, Fit, score, smoothed_gap
from fixing_ntk.relu.faces import Faces
from fixing_ntk.solvers.irls import reweighted, run, shifted_solve, smallest_share

EXACT = 1e-12  # norm of the gradient, over ||y||, at which Newton's method has converged
ROUNDING = 1e-14  # of the dual objective, relative
MAX_STEPS, MAX_HALVINGS, ARMIJO = 50, 30, 1e-4  # of Newton's method and its line search


class ReLUIterate(NamedTuple):
    """One pass of IRLS for the ReLU program, over both signs of p masks.

    Row 0 of each array is of weights that add to the prediction, row 1 of subtracted ones.
    ``eta`` (2, p) are the mask weights of its ridge regression, ``scores`` (2, p) the left sides of
    the dual constraints over lam, and ``weights`` (2, d, p) the weights. ``certificate`` is for the
    ReLU program. ``smoothed_gap`` is the gap of the smoothed program, as in `solvers.irls.Iterate`.
    """

    eta: np.ndarray
    scores: np.ndarray
    weights: np.ndarray
    certificate: Certificate
    smoothed_gap: float

    @property
    def objective(self):
        return self.certificate.objective

    @property
    def gap(self):
        return self.certificate.gap


def relu_iterates(design, y, lam, eps=0.0):
    """Yield a `ReLUIterate` for every pass of IRLS on the ReLU program, without end.

    Both signs of a mask start at half its NTK weight. Without the cones, the first pass would be
    NTK ridge regression.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    lam, eps : float
        Penalty, and smoothing of ``eta <- sqrt(||w||^2 + eps)``.
    """
    eta = 0.5 * np.tile(design.masks.ntk_weights, (2, 1))
    entry = smallest_share(eta)
    faces, beta = Faces(design.X, design.masks), y / lam
    while True:
        beta, projected = _ridge_in_cones(design.X, faces, eta, y, lam, beta)
        scores = np.linalg.norm(projected, axis=2)
        weights, norms = (eta[..., None] * projected).transpose(0, 2, 1), eta * scores
        residual = y - design.forward(weights[0] - weights[1])
        a, scaled = lam * beta, lam * scores
        certificate = score(residual, norms, a, scaled.max(), y, lam)
        gap = smoothed_gap(residual, norms, a, scaled, y, lam, eps) if eps else certificate.gap
        yield ReLUIterate(eta, scores, weights, certificate, gap)
        eta = reweighted(norms, scores > 1.0, entry, eps)


def irls(design, y, lam, tol, max_iter=20_000, eps=0.0):
    """Solve the ReLU program by IRLS on all masks at once, for small numbers of samples and masks.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    lam, tol : float
        Penalty, and relative gap at which to stop. A larger final gap gives no warning.
    max_iter : int
        Maximum number of passes.
    eps : float
        Smoothing of ``eta <- sqrt(||w||^2 + eps)``, over the 2 p pairs of mask and sign. Above 0,
        passes also end when the smoothed program is solved; the gap may then be above ``tol``.

    Returns
    -------
    Fit
        Its ``index`` (2, k) has the sign, 0 or 1, and the mask of each column of ``weights``.

    Raises
    ------
    ValueError
        If eps is negative or not finite, or ``max_iter`` is below 1.
    """
    it, *rest = run(relu_iterates(design, y, lam, eps), tol, max_iter, eps)
    pairs = np.nonzero(it.weights.any(axis=1))
    weights = it.weights[pairs[0], :, pairs[1]].T
    return Fit(weights, np.array(pairs), it.certificate, *rest)


def _ridge_in_cones(X, faces, eta, y, lam, beta):
    """Solve the ridge regression of one pass, with weights confined to cones, by Newton's method.

    ``faces`` is updated in place.

    Parameters
    ----------
    X : ndarray (n, d)
    faces : Faces
    eta : ndarray (2, p)
        Mask weights.
    y : ndarray (n,)
    lam : float
    beta : ndarray (n,)
        Start.

    Returns
    -------
    beta : ndarray (n,)
        Minimiser b of the dual in the module's docstring.
    projected : ndarray (2, p, d)
        Projections of ``e X^T D_i b`` on the cone of mask i, for the signs e = 1 and -1. The
        weights are ``eta`` times these.
    """
    masks, pairs, shape = faces.masks.dense().T, np.arange(eta.size), (*eta.shape, X.shape[1])

    def piece(beta):
        """Return the dual's value and gradient at b, the projections, and ``sum_e eta_i P_i``.

        ``beta`` (n,) is b, and the projections (2, p, d) are as the outer function returns them.
        The last, (p, d, d), sums over both signs e. P_i is here the projector onto the span of the
        face of the pair, and eta_i the pair's mask weight.
        """
        z = (masks * beta) @ X
        projected = faces.project(pairs, np.concatenate([z, -z])).reshape(shape)
        w = np.einsum("sp,spd->pd", eta * [[1.0], [-1.0]], projected)
        gradient = lam * beta + np.einsum("pn,nd,pd->n", masks, X, w, optimize=True) - y
        value = 0.5 * lam * beta @ beta - beta @ y + 0.5 * np.sum(eta[..., None] * projected**2)
        onto = faces.projectors(pairs).reshape(*shape, X.shape[1])
        return value, gradient, projected, np.einsum("sp,spde->pde", eta, onto)

    value, gradient, projected, spans = piece(beta)
    for _ in range(MAX_STEPS):
        step = shifted_solve(_kernel(X, masks, spans), lam, y) - beta
        slope, rounding, t = gradient @ step, ROUNDING * abs(value), 1.0
        for _ in range(MAX_HALVINGS):
            after = piece(beta + t * step)
            if after[0] <= value + ARMIJO * t * slope + rounding:
                break
            t *= 0.5
        beta = beta + t * step
        value, gradient, projected, spans = after
        # At the exact minimiser, rounding hides the decrease of the objective: accept, then stop.
        if -slope <= rounding or np.linalg.norm(gradient) <= EXACT * np.linalg.norm(y):
            break
    return beta, projected


def _kernel(X, masks, spans):
    """Return ``sum_i D_i X F_i X^T D_i``, (n, n), for masks (p, n) and ``spans`` F (p, d, d)."""
    through = (X @ spans) * masks[:, :, None]  # (p, n, d)
    return np.einsum("pnd,md,pm->nm", through, X, masks, optimize=True)
