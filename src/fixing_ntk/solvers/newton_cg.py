"""Newton's method without a factor of order n: the default solver beyond a few thousand samples.

Jointly convex in the weights and the mask weights, the gated ReLU program is ::

    min_{w, eta >= 0}  F(w, eta) = 1/2 ||A w - y||^2 + lam/2 sum_i (||w_i||^2 / eta_i + eta_i)

Each pass takes a Newton step in w and eta together (`joint_step`). If w is the ridge regression at
eta, this is `newton`'s step, which needs a factor of order n. Here a step only needs products of
``A^T A`` with vectors, each two products with the masks in use. A uniform sample of m rows keeps
the number of vectors small (subsampled Newton: Roosta-Khorasani and Mahoney, Math. Program. 174,
2019). Its kernel, of order m, is factorised at each pass:

- The program of the sample alone, solved by `newton` to a loose gap, is the start.
- The sample's model of F chooses the masks of a step and predicts it; its curvature is scaled up by
  the factor that it usually lacks.
- Conjugate gradients, preconditioned by that model, turn the prediction into the step of all rows.
  While they need many iterations, or the step has to be halved, the sample is doubled.
- `newton` takes over once the sample would be all rows. Up to `FACTOR_UP_TO` rows it also takes
  over where its factor is cheaper: if the masks in use have few features, or are so many that a
  sample says too little about them. Between these cases `newton` took up to three times as long on
  teachers of 2,000 to 3,200 samples.
- Ridge steps, in w alone, keep w close to its optimum at eta, relative to the gap. Otherwise F is
  far from quadratic in eta.

Steps are in float32. Every point and its residual are in float64, as in iterative refinement, so
that rounding in a step does not limit the accuracy of points. Where this stalls, steps are in
float64.

Tried on teachers of 8,000 and 20,000 samples, d = 25 and p = 2,000 at 0.01 lambda_max, and slower:

- Steps by the sample's model alone, scaled or damped: it has a third of the curvature, in some
  directions less, and the steps oscillate.
- No ridge steps: twice as many passes. Ridge regression to high accuracy at each pass: 141 products
  with ``A^T A`` where 81 will do.
- Weights set to their optimum given w, ``eta_i = ||w_i||``, at every pass: more passes.
- Three sampled rows for each feature of the masks in use: up to three times as long on the 7,400
  samples of twonorm, for a factor that conjugate gradients hardly need.
- The curvature measured at the last step in place of a constant: no fewer passes.
- A closer solution of the sample's program, or of each step: no less time.
- `first_order`: 2,060 iterations, eight times as long.
"""

from dataclasses import replace

import numpy as np

from fixing_ntk.programs import Fit, UnpackedDesign, group_norms, score
from fixing_ntk.solvers.conjugate_gradients import conjugate_gradients
from fixing_ntk.solvers.extrapolation import extrapolate
from fixing_ntk.solvers.joint_step import joint_step, rows
from fixing_ntk.solvers.newton import HALVINGS, ROUNDING, newton, newton_from
from fixing_ntk.solvers.screening import Scorer
from fixing_ntk.solvers.stall_monitor import StallMonitor
from fixing_ntk.solvers.subsample import Subsample
from fixing_ntk.solvers.unit_problem import UnitProblem
from fixing_ntk.solvers.working_set import update_working_set

SAMPLE, MAX_SAMPLE = 3_000, 12_000  # rows at the start, at most n / 2; maximum after doubling
MIN_SAMPLE = 500  # rows for few masks; for more masks, as many rows as they have features in all
START_GAP = 0.05  # relative gap to which the sample's own program is solved
# Up to FACTOR_UP_TO rows `newton` takes over if the masks in use have at most MAX_FEATURES features
# in all, or are more than MIN_MASKS times n.
FACTOR_UP_TO, MAX_FEATURES, MIN_MASKS = 3_500, 500, 1 / 8
SHARE = 1.0  # violated masks added at once, as a share of the active ones
RIDGE_SHARE, FIRST_RIDGE = 0.1, 1e-2  # goal for rho: over the gap; before the gap is known
RIDGE_RTOL, RIDGE_ITERATIONS = 0.3, 60  # maxima for conjugate gradients of a ridge step
MAX_CG = 25  # iterations of conjugate gradients beyond which the sample is doubled
BLOCK = 64  # masks that are converted to float64 at once


def newton_cg(design, y, lam, tol, scores, warm_starts=(), max_iter=200):
    """Solve the gated ReLU program by Newton's method with conjugate gradients.

    Arguments and returns are as in `newton.newton`. Up to `MIN_SAMPLE` samples `newton` solves it.
    """
    if design.n <= MIN_SAMPLE:
        fit = newton(design, y, lam, tol, scores, warm_starts, max_iter)
        return replace(fit, name="newton_cg")
    problem = UnitProblem(design, y, lam)
    start = _extrapolated(warm_starts, lam, problem.unit)
    history: list = []
    for dtype in (np.float32, np.float64):
        run = _Run(problem, dtype)
        index, eta, weights = start or run.solved_sample()
        run.hands_over = run.suits_newton(len(index))
        if not run.hands_over:
            point = run.descend(index, eta, weights, tol, max_iter, history)
            index, eta = point.index, point.eta
        if run.hands_over:
            start = (index, eta) if len(index) else None
            weights, index, certificate = newton_from(
                problem, start, scores, tol, max_iter, history
            )
            break
        weights, certificate = problem.certified(point.weights, index)
        if certificate.gap <= tol or len(history) >= max_iter:
            break
        start = index, eta, point.weights
    return Fit(weights, index, certificate, len(history), history, "newton_cg")


class _Run:
    """Newton's method with conjugate gradients in one precision; its points are in float64.

    ``problem`` is a `UnitProblem`, in whose units the points are. ``dtype``, float32 or float64, is
    the precision of the steps.
    """

    def __init__(self, problem, dtype):
        self.dtype = dtype
        self.exact, self.y, self.lam = problem.design, problem.y, problem.lam
        self.y_unit = problem.y_unit
        self.design = self.exact.single if dtype == np.float32 else self.exact
        self.scores = Scorer(self.exact, exact=dtype == np.float64)
        self.sample = Subsample(self.design, min(SAMPLE, max(MIN_SAMPLE, self.exact.n // 2)))
        self.hands_over = False  # whether `newton` is to go on
        self.buffer = np.empty((BLOCK, self.exact.n))

    def suits_newton(self, n_masks):
        """Return whether a step of `newton` is cheaper with ``n_masks`` masks in use."""
        n, d = self.exact.X.shape
        return n <= FACTOR_UP_TO and (n_masks * d <= MAX_FEATURES or n_masks > MIN_MASKS * n)

    def solved_sample(self):
        """Return masks (k,), mask weights (k,) and weights (d, k) that solve the sample's program.

        It is solved to the relative gap `START_GAP`. All are empty if lam is above its largest
        score.
        """
        design, y = self.sample.program(self.exact, self.y)
        scores = design.screened_scores(y)
        if scores.max() <= self.lam:
            return np.zeros(0, int), np.zeros(0), np.zeros((design.d, 0))
        fit = newton(design, y, self.lam, START_GAP, scores)
        return fit.index, group_norms(fit.weights), fit.weights

    def descend(self, index, eta, weights, tol, max_iter, history):
        """Run passes until the gap is ``tol`` or no longer falls; return the point of least gap.

        Passes start from the masks ``index`` (k,), their mask weights ``eta`` (k,) and ``weights``
        (d, k). Each pass scores all masks, adds masks that violate their dual constraint to the
        working set, and takes a joint step on it. Passes also end after ``max_iter`` entries of
        ``history``, or once ``hands_over`` is set: then `newton` is to go on. Objective, in the
        units of the given program, and gap of every pass are appended to ``history``.
        """
        self._resize(min(self.sample.m, max(MIN_SAMPLE, self.design.d * len(index))))
        point = self._at(self.design.unpacked(index), index, eta, weights, FIRST_RIDGE)
        monitor = StallMonitor(self.dtype)
        while True:
            norms, residual = group_norms(point.weights), point.residual
            scores = self.scores(residual, point.index, group_norms(point.adjoint))
            top = scores.max(initial=0.0)
            P, _, gap, _ = score(residual, norms, residual, top, self.y, self.lam)
            history.append((P * self.y_unit**2, gap))
            monitor.record(point, gap)
            if gap <= tol or len(history) >= max_iter:
                return monitor.best
            self.hands_over = self.hands_over or self.suits_newton(len(point.index))
            if self.hands_over:
                return monitor.best
            if monitor.stalled:
                if not self._double():
                    return monitor.best
                monitor.reset()
            self.scores.screen(scores / self.lam, gap, self.y, self.lam)
            moved, hard = self._step(point, scores, RIDGE_SHARE * gap)
            if moved is None:
                if not self._double():
                    return monitor.best
                continue
            monitor.step(point, moved)
            point = moved
            if hard:
                self._double()

    def _double(self):
        """Double the sample, up to `MAX_SAMPLE` rows, or hand over to `newton` at n rows.

        To hand over is to set ``hands_over``. Return False if the sample already has `MAX_SAMPLE`
        rows, so that neither was done, else True.
        """
        m = min(2 * self.sample.m, MAX_SAMPLE)
        self.hands_over = m >= self.design.n
        return self.hands_over or self._resize(m)

    def _resize(self, m):
        """Draw a sample of m rows and return True; return False if it has m rows already."""
        if m == self.sample.m:
            return False
        self.sample = Subsample(self.design, m)
        return True

    def _at(self, working_set, index, eta, weights, goal):
        """Return the point at mask weights eta > 0, its weights (d, k) close to optimal at eta.

        The distance is the norm of ``rho_i = sqrt(eta_i) (g_i - lam w_i / eta_i)`` over ``sqrt(lam)
        ||y||``, with ``g_i = X^T D_i r`` at the residual r of the weights w. If it is above
        ``goal``, conjugate gradients on the ridge regression at eta lower it, from the given
        weights. The result may miss ``goal``. ``working_set`` has the masks in ``index`` (k,).
        """
        point = _Point(self, working_set, index, eta, weights)
        root = np.sqrt(eta)
        rho = root * (point.adjoint - self.lam * point.c)
        size = np.linalg.norm(rho) / np.sqrt(self.lam * (self.y @ self.y))
        # Small enough, or beyond the digits of this precision.
        if size <= goal or size > 1.0 / np.finfo(self.dtype).eps:
            return point
        q, lam = root.astype(self.dtype), self.dtype(self.lam)
        model = self.sample.model(working_set.M, eta, self.lam)
        t, _, n_iter = conjugate_gradients(
            lambda t: q * working_set.adjoint(working_set.forward(q * t)) + lam * t,
            model.ridge,
            rho.astype(self.dtype),
            RIDGE_ITERATIONS,
            min(RIDGE_RTOL, goal / size),
        )
        settled = _Point(self, working_set, index, eta, weights + root * t)
        settled.model, settled.n_iter = model, n_iter
        return settled

    def residual(self, M, weights):
        """Return ``r = y - A w`` (n,) and ``X^T D_i r`` (d, k) in float64, for masks M (k, n).

        ``A w = sum_i D_i X w_i`` are the outputs of ``weights`` w (d, k).
        """
        blocks = [slice(k, min(k + BLOCK, len(M))) for k in range(0, len(M), BLOCK)]

        def exact(block):
            rows_of_block = self.buffer[: block.stop - block.start]
            np.copyto(rows_of_block, M[block])
            return UnpackedDesign(self.exact.X, rows_of_block)

        residual, adjoint = self.y.copy(), np.empty_like(weights)
        for block in blocks:
            residual -= exact(block).forward(weights[:, block])
        for block in blocks:
            adjoint[:, block] = exact(block).adjoint(residual)
        return residual, adjoint

    def _step(self, point, scores, goal):
        """Return the point after a joint step on an updated working set; None if none descends.

        Also return whether the step was hard: it was shortened, or took many conjugate gradients.
        ``scores`` (p,) are ``||X^T D_i r||`` at the residual r of ``point``, and ``goal`` is as in
        `_at`.
        """
        index, kept = update_working_set(point.index, point.eta > 0, scores, self.lam, SHARE)
        new = self.design.unpacked(index[np.count_nonzero(kept) :])
        M = np.vstack([rows(point.working_set.M, np.flatnonzero(kept)), new.M])
        working_set = UnpackedDesign(new.X, M)
        g = new.adjoint(point.residual.astype(self.dtype)).astype(float)
        eta = np.concatenate([point.eta[kept], np.zeros(len(new.M))])
        weights = np.hstack([point.weights[:, kept], np.zeros_like(g)])
        c = np.hstack([point.c[:, kept], g / self.lam])
        g = np.hstack([point.adjoint[:, kept], g])
        model = self._model(point)
        given = model, working_set, eta, weights, c, g, point.residual
        new_weights, new_eta, n_iter = joint_step(*given)
        for t in 0.5 ** np.arange(HALVINGS):
            w, e = (1 - t) * weights + t * new_weights, (1 - t) * eta + t * new_eta
            used = np.flatnonzero(e)
            some = UnpackedDesign(working_set.X, rows(working_set.M, used))
            moved = self._at(some, index[used], e[used], w[:, used], goal)
            if moved.value <= point.value * (1 + ROUNDING):
                return moved, t < 1.0 or max(n_iter, moved.n_iter) > MAX_CG
        return None, True

    def _model(self, point):
        """Return the sample's model at a point, reused from its ridge steps on the same sample."""
        if point.model is None or point.model.sample is not self.sample:
            point.model = self.sample.model(point.working_set.M, point.eta, self.lam)
        return point.model


class _Point:
    """A point (w, eta > 0) on the masks in ``index``, whose rows are in ``working_set``.

    ``residual`` (n,) is ``y - A w``, with ``A w = sum_i D_i X w_i``. ``adjoint`` (d, k) has ``g_i =
    X^T D_i (y - A w)``, and c (d, k) the ratios ``w_i / eta_i``. ``value`` is ``1/2 ||y - A w||^2 +
    lam/2 sum_i (||w_i||^2 / eta_i + eta_i)``. All are in float64.
    """

    model, n_iter = None, 0  # of the ridge steps that led here

    def __init__(self, run, working_set, index, eta, weights):
        self.working_set, self.index, self.eta, self.weights = working_set, index, eta, weights
        self.residual, self.adjoint = run.residual(working_set.M, weights)
        self.c = weights / eta
        penalty = np.vdot(weights, self.c) + eta.sum()
        self.value = 0.5 * self.residual @ self.residual + 0.5 * run.lam * penalty


def _extrapolated(warm_starts, lam, unit):
    """Predict masks, mask weights and weights at lam by `extrapolate`; None without a solution.

    Arguments are as for `extrapolate`. The weights are those of the last solution with weights,
    scaled so that ``||w_i|| = eta_i``.
    """
    start = extrapolate(warm_starts, lam, unit)
    if start is None:
        return None
    index, eta = start
    last = [start for start in warm_starts if start.n_active][-1]
    weights = last.weights[:, index]
    return index, eta, weights * (eta / group_norms(weights))
