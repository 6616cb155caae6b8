"""Newton's method on the mask weights of the ReLU program: its default solver.

A pair j of a mask D_j and a sign e has ``A_j = e D_j X`` and the cone ``C_j`` of its mask. With a
mask weight eta_j for each pair, and ``P_j`` the projection onto ``C_j``, the program is ::

    min_{eta >= 0}  f(eta) = lam/2 sum_j eta_j - lam min_b phi(b)
    phi(b) = lam/2 ||b||^2 + 1/2 sum_j eta_j ||P_j(A_j^T b)||^2 - b^T y

and ``w_j = eta_j P_j(A_j^T b)``. By Moreau's decomposition phi is smooth, convex and piecewise
quadratic: where faces do not change, ``P_j`` is the orthogonal projector onto the span of a face,
and **the program is the gated one with the kernels** ``A_j P_j A_j^T``. So `solvers.newton` carries
over. With one Cholesky factor ``lam I + sum_j eta_j A_j P_j A_j^T = L L^T``, ::

    gradient   lam/2 (1 - s_j^2),   s_j = ||P_j(A_j^T b)||
    Hessian    lam T^T T,           T = L^-1 [A_j P_j(A_j^T b)]_j

and each step minimises the quadratic model over ``eta >= 0``, corrected by the gradient's
second-order term. What differs from `solvers.newton`:

- Newton's method with line search minimises phi, on few pairs and to no more precision than the
  gap asks for: ``||grad phi||^2 / 2`` is the gap of the inner program.
- Each projection starts from its last face (`faces.Faces`), since most faces stay the same.
- ``lam s_j`` is the left side of a dual constraint. For u >= 0, ``||z + B_j^T u||`` bounds
  ``||P_j(z)||`` from above. For most pairs the best multiple of the last ``B_j^T u`` gives a bound
  that is low enough, at the cost of a product. The other pairs are projected, and a projection
  stops once its bound is low enough.
- The working set starts from steps of ADMM on the pairs of largest score (`admm`), and grows by the
  pairs that violate their constraint. Far below lambda_max, larger penalties are solved first.

With an intercept on a column u that is not penalised, b lies in the orthogonal complement of u, and
residuals, gradients and inverses are taken there.

Tried, and slower or less robust:

- Nonnegative least squares for every projection, from an empty face: nearly all of the time.
- An exact minimiser b at every step: up to four times the factors.
- Steps in b with ``P_j + theta (I - P_j)`` for ``P_j``, which descend without a line search at
  theta = 1: no fewer steps, and a factor of order n each.
- A line search by the slope alone: phi may rise along it.
- To start at the final penalty: at .01 lambda_max this can stall, as on breast-cancer.
- At small penalties, on data without ties, `conic` is faster where masks are few: at 3e-5 to 1e-3
  lambda_max, 14 to 67 masks, 105 to 117 samples, up to a hundred times.
- ADMM at rho = lam for the start, or many steps of it on all pairs: it takes more time than its
  mask weights save.
"""

import numpy as np

from fixing_ntk.programs import (
    Certificate,
    Fit,
    UnpackedDesign,
    group_norms,
    product,
    score,
)
from fixing_ntk.relu.admm import start_weights
from fixing_ntk.relu.face_factor import FaceFactor
from fixing_ntk.relu.faces import Faces
from fixing_ntk.solvers.nonneg_qp import NonnegQP
from fixing_ntk.solvers.stall_monitor import StallMonitor
from fixing_ntk.solvers.unit_problem import UnitProblem

# Pairs at the start; maximum that enter at a step: this many, or this share of the pairs in use.
FIRST, ADDED, ADDED_SHARE = 64, 32, 0.4
CHUNK = 64  # pairs that are projected before the next look at how many are violated
SLACK = 0.1  # times tol: how far a score may be above one without being a violation
ARMIJO, HALVINGS = 1e-4, 30  # sufficient decrease, and how often a step is shortened for it
ROUNDING, INNER_ROUNDING = 1e-12, 1e-14  # relative errors of f and phi
RIDGE = 1e-12  # relative, on the Hessian
# Goal for ||grad phi|| / ||y||: INEXACT times the gap, but at least EXACT and at most LOOSEST.
EXACT, INEXACT, LOOSEST = 1e-10, 0.1, 0.03
INNER_STEPS = 300  # maximum steps in b: far below lambda_max faces change at each of a hundred
FLAT = 10  # steps in b without descent beyond rounding, after which no more are taken
INEXACT_STEPS = 5  # trial steps whose b misses its goal, after which no more are taken
UNEQUAL = 1e5  # ratio of two columns' scales above which a warning asks for equal ones
# Larger penalties that are solved first: the ratio of two penalties; the bound on the largest, as a
# share of lambda_max; the gap to which they are solved.
FACTOR, BELOW, LOOSE = 3.0, 0.15, 0.05
OUTSIDE = 1e-13  # violation of a constraint, over the norm of w, above which w is projected


def newton(design, y, lam, tol, max_iter=200, warm_starts=()):
    """Solve the ReLU program of the squared loss by Newton's method on the mask weights.

    The method works on a growing set of pairs of mask and sign. Without a warm start, far below
    `lambda_max`, larger penalties are solved first.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
        Target. With an intercept, already projected off the column of the design.
    lam, tol : float
        Penalty, and relative gap at which to stop. A larger final gap gives no warning.
    max_iter : int
        Maximum number of points visited over all penalties, the starts included.
    warm_starts : sequence, optional
        Solutions of nearby problems on the same masks, with ``active`` and ``active_weights`` as in
        `ReLUSolution`. The method starts from the last one that is not zero.

    Returns
    -------
    Fit
        Its ``index`` (2, k) has the sign, 0 or 1, and the mask of each column of ``weights``.
    """
    run = _Run(UnitProblem(design, y, lam))
    history: list = []
    warm = [s for s in warm_starts if s.active_weights.any()]
    penalties = [run.lam] if warm else run.penalties()
    run.lam = penalties[0]
    point = run.warm_start(warm[-1]) if warm else run.cold_start(tol)
    for penalty in penalties[1:]:
        point, _ = run.descend(point, max(tol, LOOSE), max_iter, history)
        run.lam = penalty
        point = run.at_this_penalty(point)
    point, top = run.descend(point, tol, max_iter, history)
    weights, certificate = run.certified(point, top)
    index = np.stack([point.pairs // design.p, point.pairs % design.p])
    scales = np.abs(design.X).max(axis=0)
    unequal = scales.max() > UNEQUAL * scales[scales > 0].min()
    mend = "bring the columns of X to one scale, or raise tol" if unequal else Fit.mend
    return Fit(weights, index, certificate, len(history), history, "newton", mend)


class _Run:
    """Newton's method on one problem, with the penalty ``lam``, which `newton` changes on the way.

    ``problem`` is a `UnitProblem`, and ``lam`` is in its units. Pair i < p adds the weight of mask
    i to the prediction, and pair ``i + p`` subtracts it.
    """

    def __init__(self, problem):
        self.problem, self.design, self.y = problem, problem.design, problem.y
        self.lam, self.y_norm = problem.lam, np.linalg.norm(problem.y)
        self.X, self.Xt, self.p = self.design.X, self.design.Xt, self.design.p
        self.faces, self.project = Faces(self.X, self.design.masks), self.design.project

    def penalties(self):
        """Return the penalties to solve at, decreasing by the factor `FACTOR` to the program's own.

        All but the last are below `BELOW` times an upper bound on lambda_max.
        """
        top, path = group_norms(self.design.adjoint(self.y)).max(), [self.lam]
        while path[-1] * FACTOR < BELOW * top:
            path.append(path[-1] * FACTOR)
        return path[::-1]

    def cold_start(self, tol):
        """Return the `_Point` at the mask weights that ADMM gives, on the first working set.

        The working set has up to `FIRST` pairs that violate their constraint at zero weights, where
        y is the residual. ``tol`` is the gap that `newton` is asked for; scores above one by
        `SLACK` times it are violations.
        """
        none = np.zeros(0, int), np.zeros((0, self.design.d))
        _, pairs, _ = self.violated(self.y / self.lam, *none, FIRST, 1.0 + SLACK * tol)
        M, starts, eta = self.signed(pairs), [self.y / self.lam], np.zeros(0)
        if len(pairs):
            weights = start_weights(self.X, M, self.y, self.lam)
            eta = group_norms(weights)
            starts += [self._residual(pairs, M, weights, eta) / self.lam]
        return _Point(self, pairs, M, eta, starts, LOOSEST * self.y_norm)

    def warm_start(self, solution):
        """Return the `_Point` whose mask weights are the norms of a `ReLUSolution`'s weights."""
        sign, index = solution.active
        pairs = sign * self.p + index
        weights = solution.active_weights / self.problem.unit
        M, eta = self.signed(pairs), group_norms(weights)
        starts = [self._residual(pairs, M, weights, eta) / self.lam]
        return _Point(self, pairs, M, eta, starts, LOOSEST * self.y_norm)

    def at_this_penalty(self, point):
        """Return the `_Point` at the current penalty with the mask weights of another ``point``."""
        starts = [point.b * (point.lam / self.lam), point.b]
        return _Point(self, point.pairs, point.M, point.eta, starts, LOOSEST * self.y_norm)

    def _residual(self, pairs, M, weights, eta):
        """Return the residual ``y - A w``, (n,), after projecting weights (d, k) onto their cones.

        ``A w = sum_j e_j D_j X w_j`` over the k ``pairs`` of a mask D_j and a sign e_j. The rows of
        M (k, n) are the masks times the signs. Pairs with ``eta`` (k,) of zero are left out. With
        an intercept, the best one is included.
        """
        used = np.flatnonzero(eta)
        inside = self.faces.project(pairs[used], np.ascontiguousarray(weights[:, used].T))
        return self.y - self.project(UnpackedDesign(self.X, M[used]).forward(inside.T))

    def signed(self, pairs):
        """Return the masks of pairs (k,) as rows (k, n), times -1 for pairs that subtract."""
        M = self.design.masks.rows(pairs % self.p)
        M[pairs >= self.p] *= -1.0
        return M

    def violated(self, b, used, projected, wanted, enough):
        """Return upper bounds on the scores of all pairs, and violated pairs that are not in use.

        The score of pair j is ``||P_j(A_j^T b)||``, with A_j its signed ``D_j X`` and P_j the
        projection onto its cone. lam times the score is the left side of a dual constraint.

        Parameters
        ----------
        b : ndarray (n,)
        used : ndarray of int (k,)
            Pairs in use.
        projected : ndarray (k, d)
            ``P_j(A_j^T b)`` of the pairs in use.
        wanted : int
            Number of violated pairs at which the search stops, and the most that are returned.
        enough : float
            A score above this is a violation.

        Returns
        -------
        bounds : ndarray (2 p,)
        pairs : ndarray of int (m,)
            Violated pairs, the largest scores first.
        projected : ndarray (m, d)
            ``P_j(A_j^T b)`` of the violated pairs.
        """
        z = self.design.adjoint(b).T
        z = np.concatenate([z, -z])
        polar = self.faces.polar
        along, square = np.einsum("kd,kd->k", z, polar), np.einsum("kd,kd->k", polar, polar)
        multiple = np.maximum(along, 0.0) / np.where(square > 0, square, 1.0)
        bounds = np.linalg.norm(z - multiple[:, None] * polar, axis=1)
        bounds[used] = 0.0
        candidates = np.argsort(-bounds, kind="stable")
        candidates = candidates[: np.count_nonzero(bounds > enough)]
        bounds[used] = np.linalg.norm(projected, axis=1)
        new, points = [np.zeros(0, int)], [np.zeros((0, self.design.d))]
        for start in range(0, len(candidates), CHUNK):
            pairs = candidates[start : start + CHUNK]
            w = self.faces.project(pairs, z[pairs], enough)
            bounds[pairs] = np.linalg.norm(w, axis=1)
            above = bounds[pairs] > enough
            new.append(pairs[above])
            points.append(w[above])
            if sum(map(len, new)) >= wanted:
                break
        pairs = np.concatenate(new)
        first = np.argsort(-bounds[pairs], kind="stable")[:wanted]
        return bounds, pairs[first], np.concatenate(points)[first]

    def descend(self, point, tol, max_iter, history):
        """Take Newton steps from ``point`` until the gap is ``tol`` or no longer falls.

        Return the `_Point` of the least gap, and the largest of the upper bounds on its scores. The
        objective, in the units of the problem that `newton` was given, and the gap of every point
        are appended to the list ``history``. Steps also end once it has ``max_iter`` entries.
        """
        monitor = StallMonitor(np.float64)
        while True:
            wanted = max(ADDED, int(ADDED_SHARE * len(point.pairs)))
            search = point.b, point.pairs, point.w, wanted, 1.0 + SLACK * tol
            bounds, new, projected = self.violated(*search)
            top = bounds.max()
            P, _, gap, _ = self._score(point.residual, point.eta * point.scores, point, top)
            history.append((P * self.problem.y_unit**2, gap))
            monitor.record((point, top), gap)
            if gap <= tol or monitor.stalled or len(history) >= max_iter:
                return monitor.best
            moved = self._step(point, new, projected, gap)
            if moved is point:
                return monitor.best
            monitor.step(point, moved)
            point = moved

    def _score(self, residual, norms, point, top):
        return score(residual, norms, self.lam * point.b, self.lam * top, self.y, self.lam)

    def certified(self, point, top):
        """Return the weights (d, k) of a point, in their cones, and their `Certificate`.

        ``top`` is the largest of the bounds on the point's scores. Results are in the units of the
        problem that `newton` was given.
        """
        weights = (point.eta[:, None] * point.w).T
        outside = self._outside(point, weights)
        again = self.faces.project(point.pairs[outside], np.ascontiguousarray(weights.T[outside]))
        weights[:, outside] = again.T
        # Project again, from the whole space in place of the last face.
        if len(outside := self._outside(point, weights)):
            fresh = Faces(self.X, self.faces.masks)
            again = fresh.project(point.pairs[outside], np.ascontiguousarray(weights.T[outside]))
            weights[:, outside] = again.T
        residual = self.y - self.project(point.A.forward(weights))
        P, D, gap, a = self._score(residual, group_norms(weights), point, top)
        unit = self.problem.y_unit
        certificate = Certificate(P * unit**2, D * unit**2, gap, a * unit)
        return weights * self.problem.unit, certificate

    def _outside(self, point, weights):
        """Return the positions of the weights (d, k) outside their cones by more than rounding."""
        value = np.where(point.M != 0, 1.0, -1.0) * (self.X @ weights).T
        return np.flatnonzero(value.min(axis=1, initial=0.0) < -OUTSIDE * group_norms(weights))

    def _step(self, point, new, projected, gap):
        """Return the `_Point` after a Newton step over eta >= 0, or ``point`` if no step descends.

        ``new`` (m,) are pairs that enter with mask weight zero, and ``projected`` (m, d) their
        ``P_j(A_j^T b)``, with A_j and P_j as in `violated`. ``gap`` is the relative gap of
        ``point``.
        """
        pairs = np.concatenate([point.pairs, new])
        eta = np.concatenate([point.eta, np.zeros(len(new))])
        w, M = np.concatenate([point.w, projected]), np.concatenate([point.M, self.signed(new)])
        A, factor = UnpackedDesign(self.X, M), point.factor_of_faces()
        gradient = 0.5 * self.lam * (1.0 - np.einsum("kd,kd->k", w, w))
        H = factor.quadratic(M * product(np.ascontiguousarray(w), self.Xt))
        H[np.diag_indices(len(H))] += RIDGE * np.trace(H) / max(len(H), 1)
        model = NonnegQP(H)
        least = model.minimise(gradient, eta)
        plain = least - eta
        slope_of_b, third = self._along(A, pairs, w, factor, plain)
        corrected = model.minimise(gradient + third, eta, warm_start=least) - eta
        inner = self.y_norm * max(EXACT, min(LOOSEST, INEXACT * gap))
        inexact = 0
        for direction, t in [(corrected, 1.0), *((plain, 0.5**k) for k in range(HALVINGS))]:
            starts = [point.b + t * slope_of_b, point.b]
            moved = _Point(self, pairs, M, np.maximum(eta + t * direction, 0.0), starts, inner)
            error = point.inner_gap + moved.inner_gap + ROUNDING * abs(point.value)
            enough = point.value + ARMIJO * t * (gradient @ direction) + error
            if moved.inner_gap <= inner**2 and moved.value <= enough:
                return moved
            inexact += moved.inner_gap > inner**2
            if inexact > INEXACT_STEPS:
                break
        return point

    def _along(self, A, pairs, w, factor, v):
        """Return b's derivative as eta moves along v, and the second-order term of f's gradient.

        ``A`` is the design of the k ``pairs``, ``w`` (k, d) are their ``P_j(A_j^T b)``, ``factor``
        is a `FaceFactor`, and ``v`` (k,) is a direction of eta. Faces are held fixed. The
        derivative is (n,). The term, (k,), is quadratic in v; `_step` corrects its model by it.
        """

        def response(u):
            """Return ``-(K + lam I)^-1 sum_j v_j A_j u_j``, (n,), for u (k, d).

            ``K + lam I`` is the matrix of the `FaceFactor`, v (k,) the direction of the mask
            weights, and A_j the signed ``D_j X`` of pair j. If u has the rows ``P_j(A_j^T b)``,
            the result is the derivative of b along v.
            """
            return -factor.solve(A.forward((v[:, None] * u).T))

        def on_faces(u):
            """Return ``A_j^T u``, u (n,), projected onto the span of each pair's face, (k, d)."""
            return self.faces.onto(pairs, A.adjoint(u).T)

        b1 = response(w)
        z1 = on_faces(b1)
        z2 = on_faces(response(z1))
        second = np.einsum("kd,kd->k", z1, z1) + 2 * np.einsum("kd,kd->k", w, z2)
        return b1, -0.5 * self.lam * second


class _Point:
    """The objective f at mask weights eta, by minimising the inner program phi over b.

    ``f = lam/2 sum_j eta_j - lam min_b phi(b)``, and ``phi(b) = lam/2 ||b||^2 + 1/2 sum_j eta_j
    ||P_j(A_j^T b)||^2 - b^T y``. A_j is the signed ``D_j X`` of pair j, and P_j the projection onto
    its cone.

    Only the k pairs with a positive mask weight are kept: ``pairs`` (k,), their signed masks ``M``
    (k, n) and ``eta`` (k,). ``b`` (n,) is the minimiser, ``w`` (k, d) are the ``P_j(A_j^T b)``,
    ``scores`` (k,) their norms, ``residual`` (n,) the residual at the weights ``eta_j w_j``, and
    ``value`` is f. ``inner_gap`` is ``||grad phi||^2``, and the error of f is at most half of it.

    Parameters
    ----------
    run : _Run
    pairs, M, eta
        Pairs, their signed masks and their mask weights, which may be zero.
    starts : list of ndarray (n,)
        Points b, of which the one with the least phi is the start.
    inner : float
        Norm of phi's gradient at which to stop.
    """

    def __init__(self, run, pairs, M, eta, starts, inner):
        used = np.flatnonzero(eta)
        self.run, self.lam = run, run.lam
        self.pairs, self.M, self.eta = pairs[used], M[used], eta[used]
        self.A = UnpackedDesign(run.X, self.M)
        self._factor, self._faces = None, np.zeros(0, int)
        phi = self._minimise(starts, inner)
        self.scores = np.linalg.norm(self.w, axis=1)
        self.residual = run.y - run.project(self.A.forward((self.eta[:, None] * self.w).T))
        self.value = self.lam * (0.5 * self.eta.sum() - phi)

    def factor_of_faces(self):
        """Return the `FaceFactor` of ``K = sum_j eta_j A_j P_j A_j^T`` at the current faces.

        A_j is the signed ``D_j X`` of pair j, and P_j here projects onto the span of its face. The
        factor is made again only if faces have changed.
        """
        faces = self.run.faces.rows_of(self.pairs)
        if self._factor is None or not np.array_equal(faces, self._faces):
            bases, owner = self.run.faces.complements(self.pairs)
            Z = product(np.ascontiguousarray(bases.T), self.run.Xt)
            Z *= self.M[owner]
            Z *= np.sqrt(self.eta[owner])[:, None]
            self._factor, self._faces = FaceFactor(Z, self.lam, self.run.design.column), faces
        return self._factor

    def _minimise(self, starts, inner):
        """Minimise phi over b by Newton's method, and return its minimum.

        ``starts`` and ``inner`` are those of the class. ``b``, ``w`` and ``inner_gap`` are set.
        """
        b = min(starts, key=lambda b: self._at(b)[0]) if len(starts) > 1 else starts[0]
        phi, gradient, w = self._at(b)
        flat = 0
        for _ in range(INNER_STEPS):
            if np.linalg.norm(gradient) <= inner or flat == FLAT:
                break
            step = -self.factor_of_faces().solve(gradient)
            slope, t = gradient @ step, 1.0
            for _ in range(HALVINGS):
                after = self._at(b + t * step)
                if after[0] <= phi + ARMIJO * t * slope + INNER_ROUNDING * abs(phi):
                    break
                t *= float(np.clip(-slope / (after[1] @ step - slope), 0.1, 0.5))
            flat = flat + 1 if after[0] >= phi - INNER_ROUNDING * abs(phi) else 0
            b = b + t * step
            phi, gradient, w = after
        self.b, self.w, self.inner_gap = b, w, gradient @ gradient
        return phi

    def _at(self, b):
        """Return phi at b, its gradient (n,), and the projections ``P_j(A_j^T b)``, (k, d)."""
        z = np.ascontiguousarray(self.A.adjoint(b).T)
        w = self.run.faces.project(self.pairs, z)
        fitted = self.run.project(self.A.forward((self.eta[:, None] * w).T))
        gradient = self.lam * b + fitted - self.run.y
        squares = np.einsum("kd,kd->k", w, w)
        return 0.5 * self.lam * b @ b + 0.5 * self.eta @ squares - b @ self.run.y, gradient, w
