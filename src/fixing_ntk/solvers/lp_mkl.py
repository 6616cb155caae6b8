"""`solve_mkl`: any program between the NTK and optimal MKL, by Newton's method on its dual.

For p > 1 the dual of `programs.lp_mkl` is smooth, concave and free of constraints::

    grad D = y - a - K(eta) a / mu,    eta_i = m_i (s_i^2 / N)^(p'-1)
    -hess D = I + (K(eta) + U diag(c) U^T - 2 (p'-1) / N  k k^T) / mu
    U = [D_i X X^T D_i a],  k = K(eta) a,  c_i = 2 (p'-1) eta_i / s_i^2

A step solves with the Hessian: by a Cholesky factor up to `FACTOR_UP_TO` samples, beyond by
conjugate gradients, each iteration of which is two products with the masks, preconditioned by a
Nystrom approximation of ``K(eta)``. Between steps a is scaled to the best point of its ray. The
primal point is ``w_i = eta_i X^T D_i a / mu``.

At p = 1 the dual is not smooth. That program is the group lasso at the ``lam = mu sum_i ||w_i||``
of its own solution, which is searched for with `solve_paths`.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.optimize import brentq
from scipy.sparse.linalg import LinearOperator, eigsh

from fixing_ntk.kernels import ntk as closed_form
from fixing_ntk.masks.checks import count, flag, positive
from fixing_ntk.programs import (
    Problem,
    Solution,
    blas_threads,
    grids,
    group_norms,
    relative_gap,
)
from fixing_ntk.programs import lp_mkl as program
from fixing_ntk.solvers.conjugate_gradients import conjugate_gradients
from fixing_ntk.solvers.convergence import warn_not_converged
from fixing_ntk.solvers.interface import solve_paths

FACTOR_UP_TO = 4_000  # samples
LANDMARKS = 1_000  # rows of the preconditioner
CG_ITERATIONS = 500
HALVINGS = 40
SUFFICIENT = 1e-4  # share of the slope that a step must gain (Armijo)
SHARE_OF_TOL = 0.1  # of the group lasso solves at p = 1
NTK_SHARE = 0.5  # of the prior, where the NTK itself is one of the kernels


@dataclass(frozen=True, eq=False)
class MKLSolution:
    """A point of a program between the NTK and optimal MKL, and its certificate.

    Attributes
    ----------
    weights : ndarray (d, p)
        Of the gated network, ``w_i = eta_i X^T D_i a / mu``.
    eta : ndarray (p,)
        Kernel weights of the masks.
    ntk_coefficients : ndarray (n,)
        ``eta_0 a / mu``: the NTK's part of a prediction at z is ``H(z, X)`` times it. Zero without
        ``ntk``.
    ntk_eta : float
        ``eta_0``.
    objective, dual_objective, gap : float
        ``P``, ``D`` and ``(P - D) / (1/2 ||y||^2)``.
    dual_point : ndarray (n,)
        ``a``, which proves ``dual_objective``.
    mu, p, tol : float
    status : str
        "optimal" only when ``gap <= tol`` was certified; else "not_converged".
    n_iter : int
        Newton steps; at p = 1 solves of the group lasso.
    history : list of (objective, gap)
    """

    weights: np.ndarray
    eta: np.ndarray
    ntk_coefficients: np.ndarray
    ntk_eta: float
    objective: float
    dual_objective: float
    gap: float
    dual_point: np.ndarray
    mu: float
    p: float
    tol: float
    status: str
    n_iter: int
    history: list


def solve_mkl(X, y, masks, mu, p=1.0, ntk=False, tol=1e-6, max_iter=100, start=None):
    """Minimise ``1/2 ||sum_i D_i X w_i - y||^2 + mu/2 Omega(w)^2``, MKL with an Lp ball of weights.

    p = 1 is optimal MKL, p = inf ridge regression with the NTK's weights; see `programs.lp_mkl`.

    Parameters
    ----------
    X : array (n, d)
    y : array (n,), or (n, k)
        Of k targets, each a program of its own.
    masks : MaskSet or RegeneratedMasks
        Their ``ntk_weights`` are the prior. For p > 1 masks that repeat share their measure.
    mu : float
        Penalty, on the scale of the largest eigenvalue of ``K(ntk_weights)``.
    p : float
        From 1 to inf.
    ntk : bool
        Whether the NTK in closed form is one more kernel, with half of the prior; for p > 1.
    tol : float
        Relative gap ``(P - D) / (1/2 ||y||^2)`` to certify.
    max_iter : int
        Newton steps before giving up, for p > 1.
    start : MKLSolution, or list of k, optional
        Of a nearby program on the same samples; it is of use for p > 1.

    Returns
    -------
    MKLSolution, or list of k

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        With gap and tolerance, when the gap was not reached.

    Raises
    ------
    TypeError, ValueError
        For shapes that do not fit, entries that are not finite numbers, or an argument that is not
        as above.
    """
    problem, several = Problem.of(X, y, masks), np.ndim(y) == 2
    k = len(problem.targets)
    starts = _starts(start, k, several, problem.design.n)
    paths = mkl_paths(problem, [[positive(mu, "mu")]] * k, p, ntk, tol, max_iter, starts)
    solutions = [path[0] for path in paths]
    return solutions if several else solutions[0]


def solve_mkl_path(X, y, masks, mus, p=1.0, ntk=False, tol=1e-6, max_iter=100):
    """`solve_mkl` over a grid of penalties, each started from its neighbour above.

    Parameters
    ----------
    mus : array (m,), or (k, m)
        Any order; solved from the largest down. Of several targets a row for each, or one for all.

    Returns
    -------
    list of MKLSolution, or list of k such
        In the order of ``mus``.
    """
    problem, several = Problem.of(X, y, masks), np.ndim(y) == 2
    mus = grids(mus, len(problem.targets), several, "mus")
    paths = mkl_paths(problem, mus, p, ntk, tol, max_iter)
    return paths if several else paths[0]


def mkl_paths(problem, mus, p, ntk=False, tol=1e-6, max_iter=100, starts=None):
    """`solve_mkl_path` for a caller who has the `Problem`.

    Parameters
    ----------
    problem : Problem
        Of k targets.
    mus : sequence (k, m) of float
    p, ntk, tol, max_iter
        As in `solve_mkl`.
    starts : list of k MKLSolution or None, optional

    Returns
    -------
    list of k lists of MKLSolution
    """
    tol, p, max_iter = positive(tol, "tol"), _exponent(p, ntk), count(max_iter, "max_iter")
    design, paths = problem.design, []
    with blas_threads(design.n**3 / 3.0):
        kernels = _Kernels(design, closed_form(design.X) if ntk else None)
        for k, (y, grid) in enumerate(zip(problem.targets, mus, strict=True)):
            path, last = {}, starts[k] if starts else None
            for j in sorted(range(len(grid)), key=lambda j: -grid[j]):
                if p > 1.0:
                    last = _newton(kernels, y, grid[j], p, tol, max_iter, last)
                else:
                    alone = Problem(design, problem.targets[k : k + 1])
                    last = _optimal(alone, grid[j], tol)
                path[j] = last
            paths.append([path[j] for j in range(len(grid))])
    for solution in itertools.chain(*paths):
        if solution.status != "optimal":
            what = f"solve_mkl (mu={solution.mu:.6g}, p={p:.6g})"
            what += f" stopped after {solution.n_iter} iterations"
            warn_not_converged(what, solution.gap, tol, stacklevel=3)
    return paths


def prior_scale(design):
    """Largest eigenvalue of ``K(ntk_weights)``, the unit of mu."""
    prior, n, every = design.masks.ntk_weights, design.n, np.arange(design.p)
    if n <= FACTOR_UP_TO:
        K = design.kernel(prior)
        return float(eigh(K, eigvals_only=True, subset_by_index=[n - 1, n - 1])[0])

    def apply(v):
        return design.forward(prior * design.adjoint(v), every)

    K = LinearOperator((n, n), matvec=apply)
    return float(eigsh(K, k=1, v0=np.ones(n), return_eigenvectors=False)[0])


def _exponent(p, ntk):
    if not (isinstance(p, (int, float, np.number)) and not isinstance(p, bool) and p >= 1):
        raise ValueError(f"p must be a number from 1 to inf, got {p!r}")
    if flag(ntk, "ntk") and p == 1:
        raise ValueError(
            "ntk=True needs p above 1: optimal MKL has no prior, so half of it means nothing"
        )
    return float(p)


def _starts(start, k, several, n):
    if start is None:
        return None
    starts = start if several else [start]
    if several and not (isinstance(start, (list, tuple)) and len(start) == k):
        raise TypeError(f"start must be a list of {k} MKLSolutions, one for each column of y")
    for one in starts:
        if not isinstance(one, MKLSolution):
            raise TypeError(f"start must be an MKLSolution, got {type(one).__name__}")
        if len(one.dual_point) != n:
            raise ValueError(f"start is of n={len(one.dual_point)} samples, but X has {n}")
    return starts


class _Kernels:
    """The masking kernels of a design and, with H, the NTK as the last of the kernels."""

    def __init__(self, design, H):
        self.design, self.H, self.n = design, H, design.n
        self.every = np.arange(design.p)
        prior = np.asarray(design.masks.ntk_weights, float)
        self.prior = prior if H is None else np.append((1.0 - NTK_SHARE) * prior, NTK_SHARE)

    def at(self, a):
        return _Point(self, a)

    def matrix(self, eta, rows=slice(None)):
        """``K(eta)``, or its columns at some rows."""
        eta_masks = eta[: self.design.p]
        S = self.design.masks.rows(np.flatnonzero(eta_masks))
        K = (S.T * eta_masks[eta_masks != 0]) @ S[:, rows]
        K *= self.design.X @ self.design.X[rows].T
        return K if self.H is None else K + eta[-1] * self.H[:, rows]


class _Point:
    """A dual point a (n,), with ``X^T D_i a``, ``H a`` and ``s^2``."""

    def __init__(self, kernels, a):
        self.kernels, self.a = kernels, a
        self.V = kernels.design.adjoint(a)
        self.squared = np.einsum("dk,dk->k", self.V, self.V)
        self.Ha = None
        if kernels.H is not None:
            self.Ha = kernels.H @ a
            self.squared = np.append(self.squared, max(float(a @ self.Ha), 0.0))

    def scaled(self, t):
        """The point t a."""
        other = object.__new__(_Point)
        other.kernels, other.a, other.V = self.kernels, t * self.a, t * self.V
        other.squared = t * t * self.squared
        other.Ha = None if self.Ha is None else t * self.Ha
        return other

    def combine(self, coefficients):
        """``sum_i coefficients_i D_i X X^T D_i a``, and the same of H: (n,)."""
        p = self.kernels.design.p
        out = self.kernels.design.forward(coefficients[:p] * self.V, self.kernels.every)
        return out if self.Ha is None else out + coefficients[-1] * self.Ha

    def products(self, other):
        """``a^T K_i b`` for every kernel, b of another point: (p,)."""
        inner = np.einsum("dk,dk->k", self.V, other.V)
        return inner if self.Ha is None else np.append(inner, self.Ha @ other.a)


def _newton(kernels, y, mu, p, tol, max_iter, start):
    """Maximise the dual from a start's point, or from ridge regression with the prior's weights."""
    if start is None:
        a = _solve(kernels, kernels.prior, mu, y)
    else:
        a = np.array(start.dual_point, float)
    point, history, steps = kernels.at(a), [], 0
    while True:
        N = program.dual_norm(point.squared, kernels.prior, p)
        t = program.best_multiple(point.a, y, N, mu)
        point, N = point.scaled(t), t * t * N
        eta = program.weights_at(point.squared, kernels.prior, p)
        k = point.combine(eta)
        norms = eta * np.sqrt(point.squared) / mu
        P = program.primal(y - k / mu, norms, kernels.prior, p, mu)
        D = program.dual(point.a, y, N, mu)
        gap = relative_gap(max(P, D), D, y)
        history.append((P, gap))
        if gap <= tol or steps >= max_iter:
            break
        moved = _ascend(kernels, point, y, mu, p, eta, k, N, D)
        if moved is None:
            break
        point, steps = moved, steps + 1
    masks = kernels.design.p
    return MKLSolution(
        weights=eta[:masks] * point.V / mu,
        eta=eta[:masks],
        ntk_coefficients=eta[-1] * point.a / mu if kernels.H is not None else np.zeros(len(y)),
        ntk_eta=float(eta[-1]) if kernels.H is not None else 0.0,
        objective=P,
        dual_objective=D,
        gap=gap,
        dual_point=point.a,
        mu=mu,
        p=p,
        tol=tol,
        status="optimal" if gap <= tol else "not_converged",
        n_iter=steps,
        history=history,
    )


def _ascend(kernels, point, y, mu, p, eta, k, N, D):
    """The point of a Newton step that gains enough on its ray, or None where none does."""
    gradient = y - point.a - k / mu
    bend = 2.0 * (program.conjugate(p) - 1.0)
    positive = point.squared > 0.0
    c = np.divide(bend * eta, point.squared, out=np.zeros_like(eta), where=positive)
    rank_one = bend / N if N > 0.0 else 0.0
    if kernels.n <= FACTOR_UP_TO:
        direction = _by_factor(kernels, point, eta, c, rank_one, k, mu, gradient)
    else:
        direction = _by_gradients(kernels, point, eta, c, rank_one, k, mu, gradient)
    step, slope = 1.0, float(gradient @ direction)
    for _ in range(HALVINGS):
        moved = kernels.at(point.a + step * direction)
        N_moved = program.dual_norm(moved.squared, kernels.prior, p)
        t = program.best_multiple(moved.a, y, N_moved, mu)
        if program.dual(t * moved.a, y, t * t * N_moved, mu) >= D + SUFFICIENT * step * slope:
            return moved
        step /= 2.0
    return None


def _solve(kernels, eta, mu, y):
    """``(I + K(eta) / mu)^-1 y``."""
    if kernels.n <= FACTOR_UP_TO:
        A = kernels.matrix(eta) / mu
        A[np.diag_indices(kernels.n)] += 1.0
        return cho_solve(cho_factor(A, lower=True, overwrite_a=True), y)

    def apply(v):
        return v + kernels.at(v).combine(eta) / mu

    return conjugate_gradients(apply, _nystrom(kernels, eta, mu), y, CG_ITERATIONS, rtol=1e-3)[0]


def _by_factor(kernels, point, eta, c, rank_one, k, mu, gradient):
    design = kernels.design
    A = kernels.matrix(eta)
    A -= rank_one * np.outer(k, k)
    for part in design.masks.slices(float, design.p):
        U = design.masks.rows(part).T * (design.X @ point.V[:, part])
        A += (U * c[part]) @ U.T
    if point.Ha is not None:
        A += c[-1] * np.outer(point.Ha, point.Ha)
    A /= mu
    A[np.diag_indices(kernels.n)] += 1.0
    return cho_solve(cho_factor(A, lower=True, overwrite_a=True), gradient)


def _by_gradients(kernels, point, eta, c, rank_one, k, mu, gradient):
    def apply(v):
        at_v = kernels.at(v)
        bent = point.combine(c * point.products(at_v)) - rank_one * (k @ v) * k
        return v + (at_v.combine(eta) + bent) / mu

    precondition = _nystrom(kernels, eta, mu)
    return conjugate_gradients(apply, precondition, gradient, CG_ITERATIONS, rtol=1e-3)[0]


def _nystrom(kernels, eta, mu):
    """``(I + C W^-1 C^T / mu)^-1`` as a map: C are columns of K(eta), W its block at their rows."""
    rows = np.sort(np.random.default_rng(kernels.n).permutation(kernels.n)[:LANDMARKS])
    C = kernels.matrix(eta, rows)
    inner = mu * C[rows] + C.T @ C
    inner[np.diag_indices(len(rows))] += 1e-10 * np.trace(inner) / len(rows)
    factor = cho_factor(inner, lower=True, overwrite_a=True)
    return lambda v: v - C @ cho_solve(factor, C.T @ v)


def _optimal(problem, mu, tol):
    """p = 1: the group lasso at the lam that equals ``mu sum_i ||w_i||`` at its own solution.

    That sum falls as lam grows, so the root of the difference is bracketed by halving lam from
    `lambda_max` on. The gap is of second order in what lam is off by.
    """
    (y,), design, top = problem.targets, problem.design, float(problem.lambda_max[0])
    solutions: list[Solution] = []

    def excess(lam):
        starts = [solutions[-1:]]
        solutions.extend(solve_paths(problem, [[lam]], SHARE_OF_TOL * tol, starts=starts)[0])
        return mu * float(group_norms(solutions[-1].active_weights).sum()) - lam

    if top > 0.0:
        low = top / 2.0
        while excess(low) <= 0.0:
            low /= 2.0
        precision = SHARE_OF_TOL * np.sqrt(tol)
        excess(brentq(excess, low, 2.0 * low, xtol=precision * low, rtol=precision))
    else:
        solutions.extend(solve_paths(problem, [[mu]], tol)[0])
    solution = solutions[-1]
    total = float(group_norms(solution.active_weights).sum())
    # The dual point's scores are at most this, so its square in place of N still gives a bound.
    a, N = solution.dual_point, min(solution.lam, top) ** 2
    t = program.best_multiple(a, y, N, mu)
    P = float(solution.objective - solution.lam * total + 0.5 * mu * total**2)
    D = program.dual(t * a, y, t * t * N, mu)
    gap = relative_gap(max(P, D), D, y)
    return MKLSolution(
        weights=solution.weights,
        eta=solution.eta,
        ntk_coefficients=np.zeros(design.n),
        ntk_eta=0.0,
        objective=P,
        dual_objective=D,
        gap=gap,
        dual_point=t * a,
        mu=mu,
        p=1.0,
        tol=tol,
        status="optimal" if gap <= tol else "not_converged",
        n_iter=len(solutions),
        history=[(P, gap)],
    )
