"""Second-order multiple kernel learning on a working set of masks: the default solver.

The group lasso, with its weights eliminated, is a smooth convex program in the mask weights alone::

    min_{eta >= 0}  f(eta) = lam/2 y^T (K(eta) + lam I)^-1 y + lam/2 sum_i eta_i

whose minimiser gives ``w_i = eta_i X^T D_i b`` with ``b = (K(eta) + lam I)^-1 y``. One Cholesky
factor ``K(eta) + lam I = L L^T`` holds all that Newton's method needs::

    gradient   lam/2 (1 - s_i^2),            s_i = ||X^T D_i b||
    Hessian    lam T^T T,                    T = L^-1 [K_1 b ... K_p b],   K_i b = D_i X X^T D_i b

and ``lam b`` is the residual, so the scores ``s_i`` of all masks certify the gap at no further
cost. Each step minimises the quadratic model over ``eta >= 0`` (sequential quadratic programming
for MKL: Chapelle and Rakotomamonjy, NIPS workshop on kernel learning, 2008) on a working set that
grows by the most violated dual constraints at every step: waiting until the set's own program was
solved took up to twice the steps. IRLS is the fixed-point iteration of the same f.
"""

import numpy as np
from scipy.linalg import LinAlgError

from fixing_ntk.objective import group_norms, score
from fixing_ntk.solvers.nonneg_qp import solve_nonneg_qp
from fixing_ntk.solvers.ridge_factor import factorise

ACTIVE_BY_RATIO, MOST_ACTIVE = 4, 128  # masks with weight at the start: 4 lambda_max / lam
ADDED = 32  # least number of violated masks added at once
DROP_BELOW = 0.9  # unused masks with scores below this share of the bound leave the set
ARMIJO = 1e-4  # sufficient decrease
ROUNDING = 1e-12  # relative error of f: below it only the gap can judge a step
PATIENCE = 5  # steps of no more than rounding, none of which improved the gap, before giving up
RIDGE = 1e-12  # relative ridge on the Hessian, whose rank is at most n


def newton(design, y, lam, tol, start=None, max_iter=200):
    """Solve the gated ReLU program; see the module's docstring.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    lam : float
        Below `lambda_max`.
    tol : float
        Relative gap.
    start : ndarray (d, p), optional
        Weights of a nearby problem.
    max_iter : int
        Newton steps.

    Returns
    -------
    weights : ndarray (d, p)
    n_iter : int
    history : list of (objective, gap)
    name : str
    """
    working, eta = _first_working_set(design, y, lam, start)
    model = _Model(design, y, lam, working)
    point = model.at(eta)
    best, history, idle = (np.inf, None, None, None), [], 0
    for _ in range(max_iter):
        scores = design.scores(point.beta)
        norms, a = eta * scores[working], lam * point.beta
        P, _, gap, _ = score(point.residual, norms, a, lam * scores.max(), y, lam)
        history.append((P, gap))
        if gap < best[0]:
            best, idle = (gap, working, eta, point.beta), 0
        if gap <= tol or idle == PATIENCE:
            break
        working, eta = _regrow(working, eta, scores)
        model = _Model(design, y, lam, working)
        before = point.value
        eta, point, moved = _step(model, point, eta, scores[working])
        if not moved:
            break
        idle = idle + 1 if before - point.value <= ROUNDING * abs(before) else 0
    _, working, eta, beta = best
    active = eta > 0
    weights = design.ridge_weights(eta[active], beta, working[active])
    return weights, len(history), history, "newton"


class _Model:
    """f restricted to a working set, whose masks are unpacked once."""

    def __init__(self, design, y, lam, working):
        self.design, self.y, self.lam = design, y, lam
        self.M = design.masks.rows(working)

    def at(self, eta):
        return _Point(self, eta)

    def hessian(self, point):
        X = self.design.X
        B = self.M * (((self.M * point.beta) @ X) @ X.T)
        H = point.factor.quadratic(B.T)
        H[np.diag_indices(len(H))] += RIDGE * np.trace(H) / len(H)
        return H


class _Point:
    """f and its ridge regression at one eta."""

    def __init__(self, model, eta):
        active = np.flatnonzero(eta)
        scaled = model.M[active] * np.sqrt(eta[active])[:, None]
        self.factor = factorise(model.design, scaled, model.lam)
        self.beta, self.residual = self.factor.ridge(model.y)
        self.value = 0.5 * model.lam * (model.y @ self.beta + eta.sum())


def _step(model, point, eta, scores):
    """One damped Newton step over eta >= 0."""
    gradient = 0.5 * model.lam * (1.0 - scores**2)
    H = model.hessian(point)
    direction = solve_nonneg_qp(H, gradient, eta) - eta
    slope = gradient @ direction
    t = 1.0
    while t > 1e-10:
        trial = np.maximum(eta + t * direction, 0.0)
        try:
            new = model.at(trial)
        except LinAlgError:  # K + lam I is numerically indefinite there
            t *= 0.5
            continue
        if new.value <= point.value + ARMIJO * t * slope + ROUNDING * abs(point.value):
            return trial, new, True
        t *= 0.5
    return eta, point, False


def _first_working_set(design, y, lam, start):
    if start is not None and np.any(start):
        norms = group_norms(start)
        working = np.flatnonzero(norms)
        return working, norms[working]  # at an optimum eta_i = ||w_i||, since s_i = 1
    scores = design.scores(y)
    # The smaller the penalty, the more masks will be active; these start at the best multiple of
    # equal weights, by rounds of the IRLS update.
    expected = int(np.clip(ACTIVE_BY_RATIO * scores.max() / lam, 8, MOST_ACTIVE))
    order = np.argsort(-scores, kind="stable")[: expected + ADDED]
    active = order[:expected]
    few, eta = _Model(design, y, lam, active), np.full(len(active), 1.0 / len(active))
    for _ in range(3):
        eta = eta * group_norms(design.adjoint(few.at(eta).beta, active))
    return order, np.concatenate([eta, np.zeros(len(order) - len(active))])


def _regrow(working, eta, scores):
    """Drop masks that are out of use and add the most violated ones."""
    violated = np.flatnonzero(scores > 1.0)
    violated = np.setdiff1d(violated, working, assume_unique=True)
    most = max(ADDED, np.count_nonzero(eta))
    added = violated[np.argsort(-scores[violated], kind="stable")[:most]]
    keep = (eta > 0) | (scores[working] > DROP_BELOW)
    return (
        np.concatenate([working[keep], added]),
        np.concatenate([eta[keep], np.zeros(len(added))]),
    )
