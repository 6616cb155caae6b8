"""Second-order multiple kernel learning on a working set of masks: the default solver.

The group lasso, with its weights eliminated, is a smooth convex program in the mask weights alone::

    min_{eta >= 0}  f(eta) = lam/2 y^T (K(eta) + lam I)^-1 y + lam/2 sum_i eta_i

whose minimiser gives ``w_i = eta_i X^T D_i b`` with ``b = (K(eta) + lam I)^-1 y``. One Cholesky
factor ``K(eta) + lam I = L L^T`` holds all that Newton's method needs::

    gradient   lam/2 (1 - s_i^2),            s_i = ||X^T D_i b||
    Hessian    lam T^T T,                    T = L^-1 [K_1 b ... K_p b],   K_i b = D_i X X^T D_i b

Since ``lam b`` is the residual, the scores ``s_i`` of all masks certify the gap at no further cost.
Each step minimises the quadratic model over ``eta >= 0`` (sequential quadratic programming for MKL:
Chapelle and Rakotomamonjy, NIPS workshop on kernel learning, 2008), twice: the second time with the
gradient's second-order term along the first step, which the same factor gives, as in Chebyshev's
method. A step costs one factor, so what counts is their number and their precision:

- The working set starts from a few steps of proximal gradient on the masks of largest score, and
  grows by the most violated dual constraints at every step.
- Factors are in float32. They make the model, and precondition conjugate gradients in float64,
  which give b to ten digits in one or two iterations. Where that fails, float64 takes over. The
  last resort, for few masks, is the smaller factor of their features, exact at any column scales.
- Scores of masks that cannot be the largest are in float32 (`MaskedDesign.screened_scores`). Safe
  screening (`screening.Scorer`) discards masks once the gap is small, which matters with a million
  masks.
- On a path, two solutions predict the next by the secant.
- An intercept on a column u that is not penalised borders the system, ``(K + lam I) b + u t = y``
  with ``u^T b = 0``: b, T and the second-order term are those of the inverse on the complement of
  u.

Tried on the instances of the benchmark, and slower:

- Growing the set only once its own program was solved: more steps.
- Letting the set grow by as many masks as are active: the inner program of an over-full set costs
  more than it saves. More masks at the start: no fewer steps.
- More proximal gradient before the first step: it takes the time that it saves in steps.
- A start by iteratively reweighted least squares: each round costs a factor.
- The quadratic model alone: more steps. Factors in float64: each step is slower.
- On a path, a parabola through three solutions in place of the secant: more steps.
- Projected Newton for the inner program: it stalls where the Hessian is singular.
- Compiled code for the scores, by tables of the sums of eight rows: faster than NumPy here, but
  scores are a small part of a solve, and a compiler at import is a large cost.
"""

import numpy as np
from scipy.linalg import LinAlgError

from fixing_ntk.programs import Fit, UnpackedDesign, group_norms, product, score
from fixing_ntk.solvers.conjugate_gradients import conjugate_gradients
from fixing_ntk.solvers.extrapolation import extrapolate
from fixing_ntk.solvers.first_order import FIRST, start_weights
from fixing_ntk.solvers.nonneg_qp import NonnegQP
from fixing_ntk.solvers.ridge_factor import factorise
from fixing_ntk.solvers.screening import Scorer
from fixing_ntk.solvers.stall_monitor import StallMonitor
from fixing_ntk.solvers.unit_problem import UnitProblem
from fixing_ntk.solvers.working_set import largest, update_working_set

ARMIJO, HALVINGS = 1e-4, 30  # sufficient decrease, and how often a step is halved for it
ROUNDING = 1e-12  # relative error of f: below it only the gap can judge a step
# Added to the diagonal of the Hessian, whose rank is at most n, over its mean diagonal entry.
RIDGE = {np.float32: 1e-7, np.float64: 1e-12}
RESIDUAL, REFINEMENTS = 1e-10, 20  # conjugate gradients: tolerance over ||y||; maximum iterations


def newton(design, y, lam, tol, scores, warm_starts=(), max_iter=200):
    """Solve the gated ReLU program by Newton's method on the mask weights of a working set.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    lam : float
        Below `lambda_max`.
    tol : float
        Relative gap to certify.
    scores : ndarray (p,)
        ``||X^T D_i y||``, which callers have from comparing lam with `lambda_max`. Without warm
        starts, the masks with the largest scores are the first working set.
    warm_starts : sequence of Start, optional
        Solutions of nearby problems on the same masks, the nearest last; the last two are
        extrapolated.
    max_iter : int
        Maximum number of passes, each with one Newton step.

    Returns
    -------
    Fit
        With the gap that was reached, also if it is above ``tol``.
    """
    problem = UnitProblem(design, y, lam)
    start = extrapolate(warm_starts, lam, problem.unit)
    history: list = []
    weights, index, certificate = newton_from(problem, start, scores, tol, max_iter, history)
    return Fit(weights, index, certificate, len(history), history, "newton")


def newton_from(problem, start, scores, tol, max_iter, history):
    """Solve a `UnitProblem` by `newton` from a given start, in float32 and, where needed, float64.

    Parameters
    ----------
    problem : UnitProblem
    start : pair of ndarray (k,), or None
        Masks, and their mask weights in the scaled units. By default a few proximal steps give
        them.
    scores : ndarray (p,)
        As in `newton`, to choose the first masks.
    tol : float
    max_iter : int
        Maximum length of ``history``.
    history : list of (objective, gap)
        The pair of every pass is appended.

    Returns
    -------
    weights : ndarray (d, k)
        In the units of the given program.
    index : ndarray of int (k,)
        Masks of the weights.
    certificate : Certificate
        For the given program.
    """
    for dtype, by_features in ((np.float32, False), (np.float64, False), (np.float64, True)):
        run = _Run(problem, dtype, by_features)
        try:
            point = run.at(*(start or run.first_order_start(scores)))
        except LinAlgError:  # single precision cannot factorise the start
            continue
        point = run.descend(point, tol, max_iter, history)
        weights, certificate = run.certified(point, tol)
        if certificate.gap <= tol or len(history) >= max_iter:
            break
        if dtype == np.float64 and not point.factor.is_of_features:
            break  # by features nothing would change
        start = point.index, point.eta
    return weights, point.index, certificate


class _Run:
    """Newton's method with factors and scores in one precision, on a `UnitProblem`.

    ``exact`` is the design in float64. ``by_features`` says whether ridge regressions are solved by
    the factor of the features (`_Point._ridge`), where there are few.
    """

    def __init__(self, problem, dtype, by_features):
        self.problem, self.dtype, self.by_features = problem, dtype, by_features
        self.exact, self.y, self.lam = problem.design, problem.y, problem.lam
        self.design = self.exact.single if dtype == np.float32 else self.exact
        self.scores = Scorer(self.exact, exact=dtype == np.float64)

    def certified(self, point, tol):
        """Return weights (d, k) of the masks in ``point.index`` and their certificate, made once.

        They are in the units of the given program. If the lower bound from the residual leaves a
        gap above tol, ``lam b`` is tried as dual point too.
        """
        if point.answer is None:
            weights = point.weights
            if weights is None:
                weights = point.eta * self.exact.unpacked(point.index).adjoint(point.beta)
            answers = [self.problem.certified(weights, point.index)]
            if answers[0][1].gap > tol:
                answers.append(self.problem.certified(weights, point.index, self.lam * point.beta))
            point.answer = min(answers, key=lambda answer: answer[1].gap)
        return point.answer

    def first_order_start(self, scores):
        """Return a first working set and its mask weights, by a few steps of proximal gradient.

        The working set has the masks of largest ``scores`` (p,), which are as in `newton`.
        """
        index = largest(scores, FIRST)
        weights = start_weights(self.design.unpacked(index), self.y, self.lam)
        return index, group_norms(weights).astype(float)

    def at(self, index, eta):
        """Return the point at mask weights ``eta`` of the masks in ``index``.

        If float64 cannot factorise, mask weights of zero are taken, with the matrix ``lam I``.

        Raises
        ------
        scipy.linalg.LinAlgError
            If single precision is too coarse to solve with ``K(eta) + lam I``.
        """
        working_set = self.design.unpacked(index)
        try:
            return _Point(self, working_set, index, eta)
        except LinAlgError:
            if self.dtype == np.float32:
                raise
            return _Point(self, working_set, index, np.zeros_like(eta))

    def descend(self, point, tol, max_iter, history):
        """Run passes until the gap is ``tol`` or no longer falls; return the point of least gap.

        Each pass scores all masks, adds masks that violate their dual constraint to the working
        set, and takes a Newton step on it. Passes also end after ``max_iter`` entries of
        ``history``. Objective, in the units of the given program, and gap of every pass are
        appended to ``history``.
        """
        monitor = StallMonitor(self.dtype)
        while True:
            # The gap is reached over the masks in use: the certificate then scores all masks.
            if self._gap(point, point.scores)[1] <= tol:
                _, certificate = self.certified(point, tol)
                if certificate.gap <= tol:
                    history.append((certificate.objective, certificate.gap))
                    return point
            scores = self.scores(point.beta, point.index, point.scores)
            P, gap = self._gap(point, scores)
            history.append((P * self.problem.y_unit**2, gap))
            monitor.record(point, gap)
            if gap <= tol or monitor.stalled or len(history) >= max_iter:
                return monitor.best
            self.scores.screen(scores, gap, self.y, self.lam)
            index, eta = self._grown(point, scores)
            working_set = self.design.unpacked(index)
            moved = self._step(working_set, index, point, eta, scores[index])
            if moved is point:
                return monitor.best
            monitor.step(point, moved)
            point = moved

    def _grown(self, point, scores):
        """Return the next working set (k,) and its mask weights (k,), zero for masks that enter.

        A mask violates its dual constraint if its entry of ``scores`` (p,), ``||X^T D_i b||``, is
        above 1. Masks of the last working set stay if they have positive weight at ``point`` or
        violate their constraint. Of the other masks, those of largest violation are added.
        """
        index, kept = update_working_set(point.all_index, point.all_eta > 0, scores, 1.0)
        new = len(index) - np.count_nonzero(kept)
        return index, np.concatenate([point.all_eta[kept], np.zeros(new)])

    def _gap(self, point, scores):
        """Return P and the relative gap of a point over the masks of ``scores``, ``||X^T D_i b||``.

        It is the gap over all masks if no other mask has a larger score. P is in the units of the
        scaled program.
        """
        a, top = self.lam * point.beta, self.lam * scores.max(initial=0.0)
        P, _, gap, _ = score(point.residual, point.eta * point.scores, a, top, self.y, self.lam)
        return P, gap

    def _step(self, working_set, index, point, eta, scores):
        """Return the point after a damped Newton step over eta >= 0; ``point`` if none descends.

        First the full step with the second-order term of the gradient is tried. Then the step of
        the quadratic model is halved until f falls enough.

        Parameters
        ----------
        working_set : UnpackedDesign
            Masks of the step.
        index : ndarray of int (k,)
            Positions of these masks among all p.
        point : _Point
            Point before the step.
        eta, scores : ndarray (k,)
            Mask weights at the point, and ``||X^T D_i b||``.
        """
        gradient = 0.5 * self.lam * (1.0 - scores**2)
        model = NonnegQP(self._hessian(working_set, point))
        least = model.minimise(gradient, eta)
        plain = least - eta
        corrected_gradient = gradient + self._third_order(working_set, point, plain)
        corrected = model.minimise(corrected_gradient, eta, warm_start=least) - eta
        for direction, t in [(corrected, 1.0), *((plain, 0.5**k) for k in range(HALVINGS))]:
            try:
                new = _Point(self, working_set, index, np.maximum(eta + t * direction, 0.0))
            except LinAlgError:  # K + lam I is numerically indefinite there
                continue
            enough = ARMIJO * t * (gradient @ direction) + ROUNDING * abs(point.value)
            if new.value <= point.value + enough:
                return new
        return point

    def _hessian(self, working_set, point):
        """Return the Hessian (k, k) of f in the working set's mask weights, plus a small ridge.

        It is taken at ``point``, for all masks of ``working_set``, also those of mask weight zero.
        """
        c = working_set.adjoint(point.beta.astype(self.dtype))
        B = working_set.M * product(np.ascontiguousarray(c.T), self.design.Xt)
        H = point.factor.quadratic(B.T).astype(float)
        H = np.tril(H) + np.tril(H, -1).T
        H[np.diag_indices(len(H))] += RIDGE[self.dtype] * np.trace(H) / len(H)
        return H

    def _third_order(self, working_set, point, direction):
        """Return the second-order term (k,) of the gradient of f along a step of mask weights.

        The step v is ``direction`` (k,). ``b(eta + t v) = b + t b_1 + t^2 b_2 + ...`` with ``b_k+1
        = -(K + lam I)^-1 K(v) b_k``, by the factor of ``point``.
        """
        solve = point.factor.solve
        b = point.beta.astype(self.dtype)
        v = direction.astype(self.dtype)
        b1 = -solve(working_set.apply_kernel(v, b))
        b2 = -solve(working_set.apply_kernel(v, b1))
        z, z1, z2 = (working_set.adjoint(u) for u in (b, b1, b2))
        second = np.einsum("dk,dk->k", z1, z1) + 2 * np.einsum("dk,dk->k", z, z2)
        return -0.5 * self.lam * second.astype(float)


class _Point:
    """The value f and the ridge regression at mask weights eta >= 0 of ``working_set``.

    ``value`` is ``f(eta) = lam/2 y^T (K(eta) + lam I)^-1 y + lam/2 sum_i eta_i``. ``all_eta`` (k,)
    are these mask weights, and ``all_index`` their masks. ``index``, ``eta`` and ``scores``, the
    ``||X^T D_i beta||``, are of the masks with positive weight only. ``beta`` (n,) is ``(K(eta) +
    lam I)^-1 y``, ``residual`` (n,) is ``y - K(eta) beta``, and ``factor`` is of ``K(eta) + lam I``
    in the precision of ``run``, a `_Run`.
    """

    answer = None  # weights and certificate, once `_Run.certified` has made them
    weights = None  # (d, k), where they are not made from b

    def __init__(self, run, working_set, index, eta):
        active = np.flatnonzero(eta)
        self.all_index, self.all_eta = index, eta
        self.index, self.eta = index[active], eta[active]
        M = working_set.M[active]
        self.factor = factorise(UnpackedDesign(working_set.X, M), self.eta, run.lam, run.design)
        exact = UnpackedDesign(run.exact.X, M.astype(float, copy=False))
        self.beta, ridge_residual = self._ridge(exact, run)
        self.residual = run.lam * self.beta + ridge_residual
        if self.weights is None:
            self.scores = group_norms(exact.adjoint(self.beta))
        else:
            self.scores = group_norms(self.weights) / self.eta
        # ridge_residual is y - (K + lam I) b. With its term, the error in f is quadratic in it.
        self.value = 0.5 * run.lam * ((run.y + ridge_residual) @ self.beta + eta.sum())

    def _ridge(self, exact, run):
        """Return ``b = (K + lam I)^-1 y``, (n,), and the residual ``y - (K + lam I) b``, (n,).

        K is ``K(eta) = sum_i eta_i D_i X X^T D_i``. Conjugate gradients compute b, and the factor
        of the point is their preconditioner.

        Products with K lose digits where the columns of X differ widely in scale. A run with
        ``by_features`` avoids them, if the factor is the one of the features ``Z = [sqrt(eta_i) D_i
        X]``. It solves for the coefficients ``u = Z^T b``, and sets ``self.weights`` from u. It
        takes b from ``(y - Z u) / lam``, which loses no digits, and returns 0 in place of the
        residual.

        Parameters
        ----------
        exact : UnpackedDesign
            The k masks with positive weight, in float64.
        run : _Run
            Has y, lam, the precision of the factor, and ``by_features``.

        Raises
        ------
        scipy.linalg.LinAlgError
            If conjugate gradients do not converge with a factor in float32.
        """
        if run.by_features and self.factor.is_of_features:
            u, b = self.factor.ridge(run.y)
            self.weights = np.sqrt(self.eta) * u.reshape(len(self.eta), -1).T
            return b, 0.0
        enough = RESIDUAL * np.linalg.norm(run.y)
        b, r, _ = conjugate_gradients(
            lambda v: run.exact.project(exact.apply_kernel(self.eta, v) + run.lam * v),
            lambda v: self.factor.solve(v.astype(run.dtype)).astype(float),
            run.y,
            REFINEMENTS,
            residual=enough,
        )
        # In float64 this is as near as rounding comes, and the certificate judges it.
        if run.dtype == np.float32 and not np.linalg.norm(r) <= enough:
            raise LinAlgError("conjugate gradients did not converge: the factor is too inexact")
        return b, r
