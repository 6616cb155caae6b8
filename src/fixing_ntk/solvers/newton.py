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
grows by the most violated dual constraints at every step.
"""

from itertools import islice

import numpy as np
from scipy.linalg import LinAlgError

from fixing_ntk.blas import product
from fixing_ntk.design import MaskedDesign, UnpackedDesign
from fixing_ntk.objective import certify, group_norms, score
from fixing_ntk.solution import Fit
from fixing_ntk.solvers.fista import fista_iterates, largest_eigenvalue
from fixing_ntk.solvers.nonneg_qp import solve_nonneg_qp
from fixing_ntk.solvers.ridge_factor import factorise
from fixing_ntk.solvers.scoring import Scorer
from fixing_ntk.solvers.working_set import largest, regrow

FIRST = 64  # masks at the start, those of largest score
START_STEPS = 20  # of proximal gradient, on these
ARMIJO = 1e-4  # sufficient decrease
ROUNDING = 1e-12  # relative error of f: below it only the gap can judge a step
PATIENCE = 4  # steps of no more than rounding, none of which improved the gap, before giving up
RIDGE = {np.float32: 1e-7, np.float64: 1e-12}  # relative, on the Hessian, whose rank is at most n
RESIDUAL, REFINEMENTS = 1e-10, 20  # of conjugate gradients, relative to ||y||


def newton(design, y, lam, tol, scores, start=None, max_iter=200):
    """Solve the gated ReLU program; see the module's docstring.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    lam : float
        Below `lambda_max`.
    tol : float
        Relative gap.
    scores : ndarray (p,)
        ``||X^T D_i y||``, known from the comparison of lam with `lambda_max`.
    start : Solution, optional
        Of a nearby problem on the same masks.
    max_iter : int
        Newton steps.

    Returns
    -------
    Fit
    """
    # In units where y and X are of order one; powers of two, so that no digit changes.
    y_unit = _power_of_two(np.linalg.norm(y))
    X_unit = _power_of_two(np.linalg.norm(design.X) / np.sqrt(design.n))
    X, target, penalty = design.X / X_unit, y / y_unit, lam / (X_unit * y_unit)
    scaled = MaskedDesign(X, design.masks)
    history, index, eta = [], None, None
    if start is not None and start.n_active:
        # At an optimum eta_i = ||w_i||, since s_i = 1.
        index, eta = start.active, group_norms(start.active_weights) * X_unit / y_unit
    for dtype in (np.float32, np.float64):
        run = _Run(scaled, target, penalty, dtype)
        if index is None:
            index, eta = run.first_order_start(scores)
        index, eta, beta = run.descend(index, eta, tol, max_iter, history)
        if beta is None:
            continue
        weights = eta * scaled.unpacked(index).adjoint(beta) * (y_unit / X_unit)
        certificate = certify(design, y, lam, weights, index)
        if certificate.gap <= tol or len(history) >= max_iter:
            break
    history = [(objective * y_unit**2, gap) for objective, gap in history]
    return Fit(weights, index, certificate, len(history), history, "newton")


class _Run:
    """Newton's method with factors and scores in one precision; ``exact`` stays in float64."""

    def __init__(self, design, y, lam, dtype):
        self.exact, self.y, self.lam, self.dtype = design, y, lam, dtype
        self.design = design.single if dtype == np.float32 else design
        self.scores = Scorer(design, exact=dtype == np.float64)
        self.Xt = np.ascontiguousarray(self.design.X.T)
        self._gram = None

    def gram(self):
        """``X X^T`` (n, n), made at its first use."""
        if self._gram is None:
            self._gram = product(self.design.X, self.Xt)
        return self._gram

    def first_order_start(self, scores):
        """A first working set and its weights, by a few steps of proximal gradient."""
        index = largest(scores, FIRST)
        few, y = self.design.unpacked(index), self.y.astype(self.dtype)
        lipschitz = largest_eigenvalue(few, y, 8)
        start = np.zeros((self.design.d, len(index)), self.dtype, order="F")
        iterates = fista_iterates(few, y, self.lam, start, lipschitz)
        weights = next(islice(iterates, START_STEPS - 1, None))
        return index, group_norms(weights).astype(float)

    def descend(self, index, eta, tol, max_iter, history):
        """Steps until the gap is ``tol`` or no longer falls.

        Returns the best point's masks, their positive eta, and beta; beta is None if single
        precision could not factorise even the start.
        """
        best, best_gap, idle = (index, eta, None), np.inf, 0
        few = self.design.unpacked(index)
        try:
            point = _Point(self, few, eta)
        except LinAlgError:
            if self.dtype == np.float32:
                return best
            eta = np.zeros_like(eta)
            point = _Point(self, few, eta)
        while True:
            scores = self.scores(point.beta, index[point.active], point.scores)
            norms, a = point.eta * point.scores, self.lam * point.beta
            P, _, gap, _ = score(
                point.residual, norms, a, self.lam * scores.max(), self.y, self.lam
            )
            history.append((P, gap))
            if gap < best_gap:
                best, best_gap, idle = (index[point.active], point.eta, point.beta), gap, 0
            if gap <= tol or idle == PATIENCE or len(history) >= max_iter:
                return best
            self.scores.screen(scores, gap, self.y, self.lam)
            index, kept = regrow(index, eta > 0, scores, 1.0)
            eta = np.concatenate([eta[kept], np.zeros(len(index) - np.count_nonzero(kept))])
            few = self.design.unpacked(index)
            moved = self._step(few, point, eta, scores[index])
            if moved is None:
                return best
            idle = idle + 1 if point.value - moved.value <= ROUNDING * abs(point.value) else 0
            eta, point = moved.all_eta, moved

    def _step(self, few, point, eta, scores):
        """The point after one damped Newton step over eta >= 0; None if no step descends."""
        gradient = 0.5 * self.lam * (1.0 - scores**2)
        direction = solve_nonneg_qp(self._hessian(few, point), gradient, eta) - eta
        slope, t = gradient @ direction, 1.0
        while t > 1e-10:
            try:
                new = _Point(self, few, np.maximum(eta + t * direction, 0.0))
            except LinAlgError:  # K + lam I is numerically indefinite there
                pass
            else:
                if new.value <= point.value + ARMIJO * t * slope + ROUNDING * abs(point.value):
                    return new
            t *= 0.5
        return None

    def _hessian(self, few, point):
        beta = point.beta.astype(self.dtype)
        B = few.M * product(np.ascontiguousarray(few.adjoint(beta).T), self.Xt)
        H = point.factor.quadratic(B.T).astype(float)
        H = np.tril(H) + np.tril(H, -1).T
        H[np.diag_indices(len(H))] += RIDGE[self.dtype] * np.trace(H) / len(H)
        return H


class _Point:
    """f and its ridge regression at one eta >= 0 on the masks of ``few``."""

    def __init__(self, run, few, eta):
        self.all_eta, self.active = eta, np.flatnonzero(eta)
        self.eta = eta[self.active]
        M = few.M[self.active]
        self.factor = factorise(UnpackedDesign(few.X, M), self.eta, run.lam, run.gram)
        exact = UnpackedDesign(run.exact.X, M.astype(float, copy=False))
        self.beta, leftover = self._ridge(exact, run)
        self.residual = run.lam * self.beta + leftover
        self.scores = group_norms(exact.adjoint(self.beta))
        # leftover is K b + lam b short of y: its term makes the error in f quadratic.
        self.value = 0.5 * run.lam * ((run.y + leftover) @ self.beta + eta.sum())

    def _ridge(self, exact, run):
        """``b = (K + lam I)^-1 y`` and ``y - (K + lam I) b``, by conjugate gradients."""
        solve = lambda v: self.factor.solve(v.astype(run.dtype)).astype(float)  # noqa: E731
        enough = RESIDUAL * np.linalg.norm(run.y)
        b, r = np.zeros_like(run.y), run.y
        p = z = solve(r)
        rz = r @ z
        for _ in range(REFINEMENTS):
            Ap = exact.apply_kernel(self.eta, p) + run.lam * p
            step = rz / (p @ Ap)
            b, r = b + step * p, r - step * Ap
            if np.linalg.norm(r) <= enough:
                return b, r
            z, last = solve(r), rz
            rz = r @ z
            p = z + (rz / last) * p
        raise LinAlgError("conjugate gradients did not converge: the factor is too inexact")


def _power_of_two(x):
    return float(np.exp2(np.round(np.log2(x)))) if x > 0 else 1.0
