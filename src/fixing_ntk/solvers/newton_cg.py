"""Newton's method without a factor of order n: the default solver beyond a few thousand samples.

Jointly convex in the weights and the mask weights, the gated ReLU program is ::

    min_{w, eta >= 0}  F(w, eta) = 1/2 ||A w - y||^2 + lam/2 sum_i (||w_i||^2 / eta_i + eta_i)

With ``c_i = w_i / eta_i``, in the variables t and v of a step ::

    w_i <- w_i + c_i v_i + sqrt(eta_i) t_i,    eta_i <- eta_i + v_i

its quadratic model is ``1/2 ||A (sqrt(eta) t + c v)||^2 + lam/2 ||t||^2 - rho^T t - gamma^T v`` with,
for ``g_i = X^T D_i (y - A w)``, ::

    rho_i = sqrt(eta_i) (g_i - lam c_i),    gamma_i = c_i^T g_i - lam/2 (1 + ||c_i||^2)

Where rho is zero, w is the ridge regression at eta, and this is `newton`'s step on eta alone. It
needs ``A^T A`` on vectors only, two products with the masks in use. What makes the number of
vectors small is a uniform sample of m rows (subsampled Newton: Roosta-Khorasani and Mahoney, Math.
Program. 174, 2019), whose kernel ``K_m`` of order m is factorised at each step:

- The program on the sample alone, solved by `newton` to a loose gap, is the start.
- Its Schur complement in v, scaled by the curvature that the last step measured, is the quadratic
  program over ``eta >= 0`` that says which masks the step may use.
- On those, conjugate gradients take the exact step; the sample's matrix, eliminated block by block,
  preconditions them. While they need many iterations, the sample is doubled.
- Ridge steps, in t alone, keep rho below the gap: F is far from quadratic in eta where w lags.

Products are in float32 and the residual of every point is in float64, as in iterative refinement:
steps lose digits, points do not. Where that stalls, float64 takes over.

Tried on teachers of 8,000 and 20,000 samples, d = 25 and p = 2,000 at 0.01 lambda_max, and slower:

- Steps by the sample's Hessian alone, scaled or damped: it has a third of the curvature, in some
  directions less, and the steps oscillate.
- No ridge steps: twice as many Newton steps, the first of which lose the start. Ridge regression to
  high accuracy at each step: 141 products with ``A^T A`` where 81 will do.
- Weights reset to their optimum ``eta_i = ||w_i||`` at every step: more steps.
- `first_order`: 2,060 iterations, 65 s where this takes 8 s.
"""

from typing import NamedTuple

import numpy as np

from fixing_ntk.programs import Fit, UnpackedDesign, group_norms, product, score
from fixing_ntk.solvers.conjugate_gradients import conjugate_gradients
from fixing_ntk.solvers.extrapolation import extrapolate
from fixing_ntk.solvers.newton import HALVINGS, ROUNDING, newton
from fixing_ntk.solvers.nonneg_qp import solve_nonneg_qp
from fixing_ntk.solvers.progress import PATIENCE, STANDSTILL, Progress
from fixing_ntk.solvers.scoring import Scorer
from fixing_ntk.solvers.subsample import Subsample
from fixing_ntk.solvers.unit_problem import UnitProblem
from fixing_ntk.solvers.working_set import regrow

SAMPLE, LARGEST_SAMPLE = 3_000, 12_000  # rows at the start, and where doubling ends
FEWEST, SAMPLE_SHARE = 1_000, 3  # rows that suffice for few masks: that many for each feature
START_GAP = 0.05  # of the sample's own program
SHARE = 1.0  # violated masks added at once, as a share of the active ones
RIDGE_SHARE, FIRST_RIDGE = 0.1, 1e-2  # of rho: as a share of the gap, and before it is known
STEP_RTOL, RIDGE_RTOL = 0.03, 0.3  # of conjugate gradients in a joint step; the least of a ridge's
ITERATIONS, MANY = 60, 30  # of conjugate gradients: the most, and when the sample is doubled
CURVATURE, MOST = 2.5, 5.0  # of F over that of the sample: expected at first, and at most
BLOCK = 64  # masks in float64 at once


def newton_cg(design, y, lam, tol, scores, known=(), max_iter=200):
    """Solve the gated ReLU program; arguments and returns as in `newton.newton`."""
    problem = UnitProblem(design, y, lam)
    start = _extrapolated(known, lam, problem.unit)
    history: list = []
    for dtype in (np.float32, np.float64):
        run = _Run(problem, dtype)
        point = run.descend(*(start or run.solved_sample()), tol, max_iter, history)
        weights, certificate = problem.certified(point.weights, point.index)
        if certificate.gap <= tol or len(history) >= max_iter:
            break
        start = point.index, point.eta, point.weights
    return Fit(weights, point.index, certificate, len(history), history, "newton_cg")


class _Point(NamedTuple):
    """One point (w, eta) on the masks in ``index``, whose rows are in ``few``.

    ``residual`` is ``y - A w``, ``adjoint`` (d, k) its ``g_i``, ``value`` is F; in float64.
    """

    few: UnpackedDesign
    index: np.ndarray
    eta: np.ndarray
    weights: np.ndarray
    residual: np.ndarray
    adjoint: np.ndarray
    value: float


class _Run:
    """The method with steps in one precision, from `_Point` to `_Point`, which are in float64."""

    def __init__(self, problem, dtype):
        self.dtype = dtype
        self.exact, self.y, self.lam = problem.design, problem.y, problem.lam
        self.y_unit = problem.y_unit
        self.design = self.exact.single if dtype == np.float32 else self.exact
        self.scores = Scorer(self.exact, exact=dtype == np.float64)
        self.sample = Subsample(self.design, SAMPLE)
        self.curvature = CURVATURE
        self.buffer = np.empty((BLOCK, self.exact.n))

    def solved_sample(self):
        """Masks, their mask weights and weights at the solution of the sample's program."""
        design, y = self.sample.program(self.exact, self.y)
        scores = design.screened_scores(y)
        if scores.max() <= self.lam:
            return np.zeros(0, int), np.zeros(0), np.zeros((design.d, 0))
        fit = newton(design, y, self.lam, START_GAP, scores)
        return fit.index, group_norms(fit.weights), fit.weights

    def descend(self, index, eta, weights, tol, max_iter, history):
        """The best point once its gap is ``tol``, or no longer falls.

        Each pass makes rho small, scores all masks, grows the working set by what violates its dual
        constraint, and takes a joint step on it. ``history`` gains objective and gap of every pass.
        """
        point = self._at(self.design.unpacked(index), index, eta, weights)
        m = max(FEWEST, SAMPLE_SHARE * self.design.d * len(index))
        if m < self.sample.m:
            self.sample = Subsample(self.design, m)
        progress, gap = Progress(STANDSTILL[self.dtype]), None
        while True:
            model = self.sample.model(point.few.M, point.eta, self.lam)
            settled, iterations = self._ridge(
                point, model, FIRST_RIDGE if gap is None else RIDGE_SHARE * gap
            )
            norms = group_norms(settled.weights)
            scores = self.scores(settled.residual, settled.index, group_norms(settled.adjoint))
            residual, top = settled.residual, scores.max(initial=0.0)
            P, _, gap, _ = score(residual, norms, residual, top, self.y, self.lam)
            history.append((P * self.y_unit**2, gap))
            progress.judge(settled, gap)
            if gap <= tol or progress.idle == PATIENCE or len(history) >= max_iter:
                return progress.best
            self.scores.screen(scores / self.lam, gap, self.y, self.lam)
            point, more = self._step(settled, model, scores)
            if point is settled:
                return progress.best
            progress.compare(settled, point)
            if max(iterations, more) > MANY and self.sample.m < LARGEST_SAMPLE:
                self.sample = Subsample(self.design, 2 * self.sample.m)

    def _at(self, few, index, eta, weights):
        residual, adjoint = self._residual(few.M, weights)
        c = _ratio(weights, eta)
        penalty = np.vdot(weights, c) + eta.sum()
        value = 0.5 * residual @ residual + 0.5 * self.lam * penalty
        return _Point(few, index, eta, weights, residual, adjoint, value)

    def _residual(self, M, weights):
        """``r = y - A w`` and ``X^T D_i r``, (d, k), in float64."""
        blocks = [slice(k, min(k + BLOCK, len(M))) for k in range(0, len(M), BLOCK)]

        def exact(block):
            rows = self.buffer[: block.stop - block.start]
            np.copyto(rows, M[block])
            return UnpackedDesign(self.exact.X, rows)

        residual, adjoint = self.y.copy(), np.empty_like(weights)
        for block in blocks:
            residual -= exact(block).forward(weights[:, block])
        for block in blocks:
            adjoint[:, block] = exact(block).adjoint(residual)
        return residual, adjoint

    def _ridge(self, point, model, goal):
        """The point after steps in t alone, unless rho is below ``goal``; and their number."""
        root = np.sqrt(point.eta)
        rho = root * (point.adjoint - self.lam * _ratio(point.weights, point.eta))
        size = np.linalg.norm(rho) / np.sqrt(self.lam * (self.y @ self.y))
        if size <= goal:
            return point, 0
        few, q = point.few, root.astype(self.dtype)
        lam = self.dtype(self.lam)
        t, n_iter, _ = conjugate_gradients(
            lambda t: q * few.adjoint(few.forward(q * t)) + lam * t,
            model.ridge,
            rho.astype(self.dtype),
            min(RIDGE_RTOL, goal / size),
            ITERATIONS,
        )
        return self._at(few, point.index, point.eta, point.weights + root * t), n_iter

    def _step(self, point, model, scores):
        """The point after one joint step over eta >= 0, ``point`` if none descends; iterations."""
        point = self._grown(point, scores)
        few, eta, g, lam = point.few, point.eta, point.adjoint, self.lam
        c = np.where(eta > 0, _ratio(point.weights, eta), g / lam)
        rho = np.sqrt(eta) * (g - lam * c)
        gamma = np.einsum("dk,dk->k", c, g) - 0.5 * lam * (1.0 + group_norms(c) ** 2)
        H = model.bend(few.M, eta, c)
        gradient = model.transmitted(rho.astype(self.dtype)) - gamma
        stays = solve_nonneg_qp(self.curvature * H, gradient, eta) > 0
        support = np.flatnonzero(stays)
        model.restrict(support)
        new_weights, new_eta, n_iter = self._joint_step(point, c, support, model)
        for t in 0.5 ** np.arange(HALVINGS):
            w = (1 - t) * point.weights + t * new_weights
            eta = (1 - t) * point.eta + t * new_eta
            used = np.flatnonzero(eta > 0)
            few = UnpackedDesign(point.few.X, point.few.M[used])
            moved = self._at(few, point.index[used], eta[used], w[:, used])
            if moved.value <= point.value * (1 + ROUNDING):
                return moved, n_iter
        return point, n_iter

    def _joint_step(self, point, c, support, model):
        """Weights and mask weights after the exact step on the masks in ``support``, 0 elsewhere."""
        lam, out = self.dtype(self.lam), np.setdiff1d(np.arange(len(point.eta)), support)
        few, leaving = (
            UnpackedDesign(point.few.X, point.few.M[masks]) for masks in (support, out)
        )
        residual = point.residual.astype(self.dtype)
        if len(out):
            residual += leaving.forward(point.weights[:, out].astype(self.dtype))
        q, c = np.sqrt(point.eta[support]).astype(self.dtype), c[:, support].astype(self.dtype)

        def apply(z):
            t, v = z[:-1], z[-1]
            g = few.adjoint(few.forward(q * t + v * c))
            return np.vstack([q * g + lam * t, np.einsum("dk,dk->k", c, g)])

        g = few.adjoint(residual)
        gamma = np.einsum("dk,dk->k", c, g - lam / 2 * c) - lam / 2
        b = np.vstack([q * (g - lam * c), gamma])
        z, n_iter, curvature = conjugate_gradients(apply, model.joint, b, STEP_RTOL, ITERATIONS)
        self.curvature = min(max(1.0, curvature), MOST)
        weights, eta = np.zeros_like(point.weights), np.zeros_like(point.eta)
        eta[support] = np.maximum(point.eta[support] + z[-1], 0.0)
        weights[:, support] = point.weights[:, support] + c * z[-1] + q * z[:-1]
        weights[:, eta == 0] = 0.0
        return weights, eta, n_iter

    def _grown(self, point, scores):
        """The same point on a larger set: masks in use, and the most violated at weight 0."""
        index, kept = regrow(point.index, point.eta > 0, scores, self.lam, SHARE)
        new = self.design.unpacked(index[np.count_nonzero(kept) :])
        few = UnpackedDesign(new.X, np.vstack([point.few.M[kept], new.M]))
        g = new.adjoint(point.residual.astype(self.dtype))
        zero = np.zeros_like(g, float)
        return _Point(
            few,
            index,
            np.concatenate([point.eta[kept], zero[0]]),
            np.hstack([point.weights[:, kept], zero]),
            point.residual,
            np.hstack([point.adjoint[:, kept], g]),
            point.value,
        )


def _extrapolated(known, lam, unit):
    """Masks, mask weights and weights predicted from one or two solutions; None from none."""
    start = extrapolate(known, lam, unit)
    if start is None:
        return None
    index, eta = start
    weights = known[-1].weights[:, index]
    return index, eta, weights * (eta / group_norms(weights))


def _ratio(weights, eta):
    """``w_i / eta_i``, zero for masks of no weight."""
    return np.divide(weights, eta, out=np.zeros_like(weights), where=eta > 0)
