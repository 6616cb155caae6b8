"""Newton's method on the dual of `programs.lp_mkl`, which for p > 1 is smooth and unconstrained.

In the notation of that module, with the prior m_i and the scores ``s_i = ||X^T D_i a||``::

    grad D = y - a - K(eta) a / mu,    eta_i = m_i (s_i^2 / N)^(p'-1)
    -hess D = I + (K(eta) + U diag(c) U^T - 2 (p'-1) / N  k k^T) / mu
    U = [D_i X X^T D_i a],  k = K(eta) a,  c_i = 2 (p'-1) eta_i / s_i^2

The matrix in brackets, `curvature`, depends on neither mu nor the length of a, and it changes
slowly along a path. So it is kept from step to step and from mu to mu as long as each step with it
cuts the gap to a tenth (lazy Hessians: Doikov, Chayti, Jaggi, ICML 2023). A step solves a linear
system with ``I`` plus this matrix over mu: by a Cholesky factor up to `FACTOR_UP_TO` samples,
beyond by conjugate gradients. Their iterations take three products with the masks each, and a
Nystrom approximation of ``K(eta)`` is the preconditioner. Between steps a is scaled to the best
point of its ray. The primal point is ``w_i = eta_i X^T D_i a / mu``. With an intercept on a column
u that is not penalised, the dual is over ``u^T a = 0``. Gradients, residuals and inverses are then
taken on the complement of u.
"""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import cho_solve, eigh
from scipy.linalg.lapack import dpstrf
from scipy.sparse.linalg import LinearOperator, eigsh

from fixing_ntk.masks.samples import entries, inner
from fixing_ntk.programs import MKLSolution, UnpackedDesign, blas_threads, bordered, relative_gap
from fixing_ntk.programs import lp_mkl as program
from fixing_ntk.programs.design import power_of_two
from fixing_ntk.solvers.cholesky import factor_of
from fixing_ntk.solvers.conjugate_gradients import conjugate_gradients
from fixing_ntk.solvers.nystrom import landmarks, nystrom

FACTOR_UP_TO = 2_000  # samples, up to which steps use a Cholesky factor
UNPACKED_UP_TO = 8_000_000  # entries of all masks, up to which they are kept unpacked
LANDMARKS = 1_000  # samples of the Nystrom preconditioner
CG_ITERATIONS = 500
HALVINGS = 40
SUFFICIENT = 1e-4  # share of the slope that a step must gain (Armijo)
SINGLE_DOWN_TO = 1e-5  # least mu, over the norm of a curvature, for which float32 is enough
SINGLE_SPAN = 1e15  # entries of X within which their products are numbers in float32
KEPT_AT = 0.1  # a curvature is kept if its step leaves at most this share of the gap
# Below NEAR, a first program starts from one of a larger p, at CLOSER times its distance from 1,
# solved to the gap ROUGH: near p = 1 the dual is rough, and far from the optimum steps are short.
NEAR, CLOSER, ROUGH = 1.1, 3.0, 1e-2


def prior_scale(design):
    """Return the largest eigenvalue of ``K(ntk_weights)``, the NTK of the design's masks, a float.

    Callers give penalties mu as multiples of it. Up to `FACTOR_UP_TO` samples a dense eigensolver
    computes it, beyond that a Lanczos method with products only.
    """
    (design, unit), n, every = design.in_unit_scale, design.n, np.arange(design.p)
    if n <= FACTOR_UP_TO:
        with blas_threads(n**3 / 3.0):
            K = design.ntk_kernel
            return unit**2 * float(eigh(K, eigvals_only=True, subset_by_index=[n - 1, n - 1])[0])
    prior = design.masks.ntk_weights

    def apply(v):
        return design.forward(prior * design.adjoint(v), every)

    K = LinearOperator((n, n), matvec=apply)
    return unit**2 * float(eigsh(K, k=1, v0=np.ones(n), return_eigenvectors=False)[0])


class Kernels:
    """The masking kernels of a design and, with H, the NTK as the last of the kernels.

    Arrays over the kernels, such as eta, have p entries, or p + 1 with H.

    Parameters
    ----------
    design : MaskedDesign
    H : ndarray (n, n) or None
        The NTK at the samples.
    root : ndarray (n, r), optional
        Matrix with ``H = root root^T``. By default it is computed from H up to `FACTOR_UP_TO`
        samples: at small mu, ``||root^T a||^2`` keeps the digits that ``a^T H a`` loses.
    """

    def __init__(self, design, H, root=None):
        self.design, self.H, self.n = design, H, design.n
        self.prior = program.prior_of(design.masks, H is not None)
        if root is None and H is not None and self.n <= FACTOR_UP_TO:
            root = _root(H)
        self.root = root

    @cached_property
    def masked(self):
        """The design for products: unpacked if n p is at most `UNPACKED_UP_TO`, else packed."""
        few = self.design.n * self.design.p <= UNPACKED_UP_TO
        return self.design.unpacked(slice(None)) if few else self.design

    def scaled(self, root):
        """Return the `Kernels` of the rows of X times ``root`` (n,) > 0, which have the same masks.

        The NTK is homogeneous, so its matrix is scaled by ``root`` on both sides.
        """
        H = None if self.H is None else root[:, None] * self.H * root
        of_H = None if self.root is None else root[:, None] * self.root
        kernels = Kernels(self.design.scaled_rows(root), H, of_H)
        if isinstance(self.masked, UnpackedDesign):
            kernels.masked = UnpackedDesign(kernels.design.X, self.masked.M)
        return kernels

    def at(self, a):
        """Return a dual point a (n,) as a `_Point`.

        The call computes the products ``X^T D_i a``, ``H a`` if the NTK H is a kernel, and the
        squared scores.
        """
        V = self.masked.adjoint(a)
        squared = np.einsum("dk,dk->k", V, V)
        if self.H is None:
            return _Point(self, a, V, None, squared)
        if self.root is None:
            Ha = self.H @ a
            own = max(float(a @ Ha), 0.0)
        else:
            z = self.root.T @ a
            Ha, own = self.root @ z, z @ z
        return _Point(self, a, V, Ha, np.append(squared, own))

    def matrix(self, eta, rows=slice(None), dtype=float):
        """Return ``K(eta)`` (n, n), or only its columns at the samples ``rows``.

        ``eta`` has a weight for each kernel, the NTK's last. The result is in the precision
        ``dtype``.
        """
        eta_masks, X = eta[: self.design.p], self.design.X.astype(dtype, copy=False)
        S = self.design.masks.rows(np.flatnonzero(eta_masks), dtype)
        S *= np.sqrt(eta_masks[eta_masks != 0]).astype(dtype)[:, None]
        K = S.T @ S[:, rows]  # for all rows, an array times its transpose: half the work
        K *= inner(X, X[rows])
        if self.H is not None:
            K += (eta[-1] * self.H[:, rows]).astype(dtype, copy=False)
        return K

    @cached_property
    def prior_matrix(self):
        """``K(prior)``, (n, n): the kernels' sum with the prior as weights."""
        K, share = self.design.ntk_kernel, program.NTK_SHARE
        return K if self.H is None else (1.0 - share) * K + share * self.H


def _root(H):
    """Return R (n, r) with ``R R^T = H`` to rounding: a Cholesky factor with pivots."""
    factor, pivots, rank, _ = dpstrf(H, lower=1)
    R = np.empty((len(H), rank))
    R[pivots - 1] = np.tril(factor)[:, :rank]
    return R


class _Point(NamedTuple):
    """A dual point a (n,), with ``V = [X^T D_i a]`` (d, p), ``H a`` (n,) and the squared scores.

    H is the closed-form NTK at the samples. ``Ha`` is None if the NTK is no kernel. ``squared`` has
    ``||X^T D_i a||^2`` for each mask, then ``a^T H a`` if the NTK is a kernel.
    """

    kernels: Kernels
    a: np.ndarray
    V: np.ndarray
    Ha: np.ndarray | None
    squared: np.ndarray

    def scaled(self, t):
        """Return the point t a."""
        Ha = None if self.Ha is None else t * self.Ha
        return _Point(self.kernels, t * self.a, t * self.V, Ha, t * t * self.squared)

    def on_rows(self, kernels, root):
        """Return ``a / root`` as a point of the kernels of scaled rows.

        The rows of ``kernels`` are this point's rows times ``root`` (n,). ``X^T D_i a`` and the
        scores do not change.
        """
        Ha = None if self.Ha is None else root * self.Ha
        return _Point(kernels, self.a / root, self.V, Ha, self.squared)

    def combine(self, coefficients):
        """Return ``sum_i coefficients_i K_i a``, (n,), over all kernels, with a this dual point.

        ``coefficients`` has an entry for each masking kernel ``K_i = D_i X X^T D_i``. If the
        closed-form NTK is a kernel, its entry is the last.
        """
        out = self.kernels.masked.forward(coefficients[: self.kernels.design.p] * self.V)
        return out if self.Ha is None else out + coefficients[-1] * self.Ha

    def products(self, other):
        """Return ``a^T K_i b`` for all kernels, with a this dual point and b the point ``other``.

        There is an entry for each masking kernel ``K_i = D_i X X^T D_i``, (p,). If the closed-form
        NTK is a kernel, its entry is the last, (p + 1,). `Iterated` computes products with the
        dual's Hessian from them.
        """
        inner = np.einsum("dk,dk->k", self.V, other.V)
        return inner if self.Ha is None else np.append(inner, self.Ha @ other.a)


class Path:
    """Newton's method on the dual for one target and one p > 1, at one penalty mu after the other.

    Each solve starts from the dual point and the curvature that the solve before left.

    Parameters
    ----------
    kernels : Kernels
    y : ndarray (n,)
    p : float
        Above 1.
    start : _Point, optional
        Dual point of these kernels that starts the first program; by default from ridge regression
        with the prior's weights, for p below `NEAR` through programs of larger p.
    kept : Factored, optional
        Curvature of a nearby program, for the first steps.
    dtype : type
        Precision of curvatures; float64 replaces float32 where that is too coarse.
    """

    def __init__(self, kernels, y, p, start=None, kept=None, dtype=np.float32):
        self.kernels, self.y, self.p, self.start = kernels, y, p, start
        self.best: Any = None  # a `Best`, once there is one
        self.kept: Any = kept
        self.dtype: type = dtype

    def solve(self, mu, tol, max_iter=100):
        """Maximise the dual at mu, and return the primal and dual solution.

        Parameters
        ----------
        mu, tol : float
            Penalty, and the relative gap at which to stop.
        max_iter : int
            Maximum number of steps that compute a curvature. Steps with a kept one are not counted,
            nor are steps at larger p.

        Returns
        -------
        MKLSolution
            Its ``status`` says whether ``tol`` was reached; no warning is issued.
        """
        y, p, before = self.y, self.p, 0
        if self.best is not None:
            best = self.best.at(y, mu, p)
        else:
            point, before = (self.start, 0) if self.start else self._first(mu)
            best = best_on_ray(point, y, mu, p)
        history, made = [(best.P, best.gap)], 0
        while best.gap > tol:
            kept = self.kept if self.kept is not None and self.kept.serves(mu) else None
            own = kept is None
            if kept is None:
                if made >= max_iter:
                    break
                kept, made = curvature(best, p, mu, self.dtype), made + 1
                self.dtype = kept.dtype
            moved = _ascend(best, y, mu, p, kept, HALVINGS if own else 1)
            if moved is None and own:
                break
            lasts = kept.is_lasting and moved is not None and moved.gap <= KEPT_AT * best.gap
            self.kept = kept if lasts else None
            if moved is not None:
                best = moved
                history.append((best.P, best.gap))
        self.best = best
        return solution_of(best, y, mu, p, tol, before + len(history) - 1, history)

    def _first(self, mu):
        """Return the dual point that the first program starts from, and the steps taken to it.

        The penalty is mu. The point is that of ridge regression with the prior's weights, whose
        factor is kept as the first curvature up to `FACTOR_UP_TO` samples. For p below `NEAR` it is
        the one that a larger p ends at.
        """
        if self.p < NEAR:
            further = Path(self.kernels, self.y, 1.0 + CLOSER * (self.p - 1.0), dtype=self.dtype)
            steps = further.solve(mu, ROUGH).n_iter
            return further.best.point, steps
        if self.kernels.n > FACTOR_UP_TO:
            return self.kernels.at(_ridge(self.kernels, mu, self.y)), 0
        self.kept = Factored(self.kernels.prior_matrix, self.kernels.design.column)
        return self.kernels.at(self.kept.solve(mu, self.y)), 0


class Best(NamedTuple):
    """A dual point scaled to the best point of its ray, with its primal point and the gap.

    ``eta`` are the kernel weights at the point a, ``k`` (n,) is ``K(eta) a``, and N is the
    `dual_norm` of `programs.lp_mkl` at a. P is the objective of the weights ``eta_i X^T D_i a /
    mu``, D the dual value, and ``gap`` is relative.
    """

    point: _Point
    eta: np.ndarray
    k: np.ndarray
    N: float
    P: float
    D: float
    gap: float

    def at(self, y, mu, p):
        """Return the `Best` of the same ray at another mu, without new products with masks.

        y (n,) is the target, and p the exponent of the Lp ball.
        """
        return _best(self.point, self.eta, self.k, self.N, y, mu, p)


def best_on_ray(point, y, mu, p):
    """Return the `Best` of a dual point: its multiple of largest dual value, with its gap.

    y (n,) is the target, mu the penalty, and p the exponent of the Lp ball.
    """
    prior = point.kernels.prior
    eta = program.weights_at(point.squared, prior, p)
    N = program.dual_norm(point.squared, prior, p)
    return _best(point, eta, point.combine(eta), N, y, mu, p)


def _best(point, eta, k, N, y, mu, p):
    """Return the `Best` of the multiples of a point a, from its eta, ``k = K(eta) a`` and N.

    N is the `dual_norm` of `programs.lp_mkl` at a. y, mu and p are as for `best_on_ray`.
    """
    t = program.best_multiple(point.a, y, N, mu)
    point, k, N = point.scaled(t), t * k, t * t * N
    norms = eta * np.sqrt(point.squared) / mu
    residual = y - point.kernels.design.project(k / mu)
    P = program.primal(residual, norms, point.kernels.prior, p, mu)
    D = program.dual(point.a, y, N, mu)
    return Best(point, eta, k, N, P, D, relative_gap(max(P, D), D, y))


def solution_of(best, y, mu, p, tol, n_iter, history):
    """Return the `MKLSolution` of a `Best`, or of zero weights if their objective is lower.

    y (n,) is the target, and the arguments from ``mu`` on are fields of `MKLSolution`.
    """
    if (zero := 0.5 * float(y @ y)) < best.P:
        gap, nothing = relative_gap(zero, best.D, y), np.zeros_like(best.eta)
        best = best._replace(eta=nothing, k=np.zeros_like(best.k), P=zero, gap=gap)
    point, eta = best.point, best.eta
    kernels, masks = point.kernels, point.kernels.design.p
    return MKLSolution(
        weights=eta[:masks] * point.V / mu,
        eta=eta[:masks],
        fitted=best.k / mu,
        ntk_coefficients=eta[-1] * point.a / mu if kernels.H is not None else np.zeros(kernels.n),
        ntk_eta=float(eta[-1]) if kernels.H is not None else 0.0,
        objective=best.P,
        dual_objective=best.D,
        gap=best.gap,
        dual_point=point.a,
        mu=mu,
        p=p,
        tol=tol,
        status="optimal" if best.gap <= tol else "not_converged",
        n_iter=n_iter,
        history=history,
    )


def _ascend(best, y, mu, p, curvature, halvings):
    """Take a Newton step, halved until the dual value rises enough; return the `Best` it leads to.

    Return None if none of ``halvings`` trial steps, the first of them full, raises it enough.

    Parameters
    ----------
    best : Best
        Point before the step.
    y : ndarray (n,)
    mu, p : float
        Penalty, and exponent of the Lp ball.
    curvature : Factored or Iterated
        Solves with the negative Hessian of the dual.
    halvings : int
    """
    point, kernels = best.point, best.point.kernels
    gradient = y - point.a - kernels.design.project(best.k / mu)
    direction = curvature.solve(mu, gradient)
    step, slope = 1.0, float(gradient @ direction)
    for _ in range(halvings):
        moved = kernels.at(point.a + step * direction)
        N = program.dual_norm(moved.squared, kernels.prior, p)
        t = program.best_multiple(moved.a, y, N, mu)
        if program.dual(t * moved.a, y, t * t * N, mu) >= best.D + SUFFICIENT * step * slope:
            return best_on_ray(moved, y, mu, p)
        step /= 2.0
    return None


def curvature(best, p, mu, dtype=np.float32):
    """Return the negative Hessian of the dual at a `Best`, as an object that solves with it.

    The negative Hessian is ``I + B / mu``, where B does not depend on mu. So the object's
    ``solve(mu, v)``, which returns ``(I + B / mu)^-1 v``, takes any mu.

    Returns
    -------
    Factored or Iterated
        Up to `FACTOR_UP_TO` samples, `Factored`: B is stored in ``dtype``, or in float64 where
        float32 is too coarse at mu or for the scale of X. A factor in float32 takes half the time.
        For more samples, `Iterated`.
    """
    point, eta, N = best.point, best.eta, best.N
    bend = 2.0 * (program.conjugate(p) - 1.0)
    positive = point.squared > 0.0
    c = np.divide(bend * eta, point.squared, out=np.zeros_like(eta), where=positive)
    parts = point, eta, c, bend / N if N > 0.0 else 0.0, best.k
    if point.kernels.n > FACTOR_UP_TO:
        return Iterated(*parts)
    column, X = point.kernels.design.column, point.kernels.design.X
    if not 1.0 / SINGLE_SPAN < np.abs(entries(X)).max(initial=0.0) < SINGLE_SPAN:
        dtype = float
    kept = Factored(_matrix(*parts, dtype), column)
    return kept if kept.serves(mu) else Factored(_matrix(*parts, float), column)


def _matrix(point, eta, c, rank_one, k, dtype):
    """Return ``B = K(eta) + U diag(c) U^T - rank_one k k^T``, (n, n), in the precision ``dtype``.

    ``point`` is a dual point a. The columns of U are ``K_i a`` for all kernels K_i, and ``k`` (n,)
    is ``K(eta) a``. ``eta`` and ``c`` have an entry for each kernel, and ``rank_one`` is a number.
    `curvature` chooses them so that the negative Hessian of the dual is ``I + B / mu``.
    """
    kernels = point.kernels
    design, A = kernels.design, kernels.matrix(eta, dtype=dtype)
    if not c.any():
        return A
    bent = (np.sqrt(c[: design.p]) * point.V).astype(dtype, copy=False)
    X = design.X.astype(dtype, copy=False)
    for part in design.masks.slices(dtype, design.p):
        U = design.masks.rows(part, dtype).T * (X @ bent[:, part])
        A += U @ U.T
    for factor, v in ((-rank_one, k), (c[-1], point.Ha)):
        if v is not None:
            v = np.sqrt(abs(factor)) * v
            A += (np.sign(factor) * np.outer(v, v)).astype(dtype, copy=False)
    return A


class Factored:
    """The inverse of ``I + B / mu`` for a stored B (n, n), by a Cholesky factor.

    The factor is kept as long as mu stays the same. With the column u of an intercept, the inverse
    is taken on the orthogonal complement of u.
    """

    is_lasting = True

    def __init__(self, B, column=None):
        self.B, self.dtype, self.mu, self.column = B, B.dtype.type, None, column
        self.norm = float(np.linalg.norm(B))

    def on_rows(self, design, root):
        """Return the `Factored` of ``root_i B_ij root_j``, for rows times ``root`` (n,).

        ``design`` has these rows, and the column of their intercept.
        """
        root = root.astype(self.dtype)
        return Factored(root[:, None] * self.B * root, design.column)

    def serves(self, mu):
        """Return whether B is precise enough for steps at mu."""
        return self.dtype == np.float64 or mu >= SINGLE_DOWN_TO * self.norm

    def solve(self, mu, v):
        """Return ``(I + B / mu)^-1 v``."""
        if mu != self.mu:
            self.mu, self.factor = mu, factor_of(lambda: self._system(mu))
        x = self._solve(v)
        u = self.column
        return x if u is None else bordered(x, self._solve(u), u)

    def _system(self, mu):
        A = self.B / self.dtype(mu)
        A[np.diag_indices(len(A))] += 1.0
        return A.T  # symmetric, and so in LAPACK's order in memory

    def _solve(self, v):
        unit = power_of_two(np.abs(v).max(initial=0.0))  # float32 has a smaller range
        v = (v / unit).astype(self.dtype, copy=False)
        return unit * cho_solve(self.factor, v).astype(float, copy=False)


class Iterated:
    """The inverse of ``I + B / mu`` by conjugate gradients, with B applied through the masks.

    B is the matrix that `_matrix` returns for the same arguments. Here it is not stored.
    """

    is_lasting = False  # a solve costs more than making the curvature, so keeping it saves nothing
    dtype = np.float64

    def __init__(self, point, eta, c, rank_one, k):
        self.point, self.eta, self.c, self.rank_one, self.k = point, eta, c, rank_one, k

    def serves(self, mu):
        return True

    def solve(self, mu, v):
        """Return ``(I + B / mu)^-1 v``, to about three digits."""
        kernels = self.point.kernels

        def apply(v):
            at_v = kernels.at(v)
            bent = self.point.combine(self.c * self.point.products(at_v))
            bent = at_v.combine(self.eta) + bent - self.rank_one * (self.k @ v) * self.k
            return v + kernels.design.project(bent) / mu

        precondition = preconditioner(kernels, self.eta, mu)
        return conjugate_gradients(apply, precondition, v, CG_ITERATIONS, rtol=1e-3)[0]


def _ridge(kernels, mu, y):
    """Return ``(I + K(prior) / mu)^-1 y`` by conjugate gradients, to about three digits.

    ``K(prior)`` is the sum of the `Kernels`, weighted by their prior.
    """

    def apply(v):
        return v + kernels.design.project(kernels.at(v).combine(kernels.prior)) / mu

    precondition = preconditioner(kernels, kernels.prior, mu)
    return conjugate_gradients(apply, precondition, y, CG_ITERATIONS, rtol=1e-3)[0]


def preconditioner(kernels, eta, mu):
    """Return the map ``v -> P (I + C W^-1 C^T / mu)^-1 v`` of `nystrom`, for ``K(eta)``.

    C (n, m) has the columns of ``K(eta)`` at m landmarks, and W (m, m) the rows of C at the
    landmarks. P projects onto the complement of the intercept's column, if there is one.
    """
    rows = landmarks(kernels.n, LANDMARKS)
    inverse, project = nystrom(kernels.matrix(eta, rows), rows, mu), kernels.design.project
    return lambda v: project(inverse(v))
