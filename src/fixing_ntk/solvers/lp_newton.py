"""Newton's method on the dual of `programs.lp_mkl`, which for p > 1 is smooth and unconstrained.

::

    grad D = y - a - K(eta) a / mu,    eta_i = m_i (s_i^2 / N)^(p'-1)
    -hess D = I + (K(eta) + U diag(c) U^T - 2 (p'-1) / N  k k^T) / mu
    U = [D_i X X^T D_i a],  k = K(eta) a,  c_i = 2 (p'-1) eta_i / s_i^2

A step solves with the Hessian: by a Cholesky factor up to `FACTOR_UP_TO` samples, beyond by
conjugate gradients, each iteration of which is two products with the masks, preconditioned by a
Nystrom approximation of ``K(eta)``. Between steps a is scaled to the best point of its ray. The
primal point is ``w_i = eta_i X^T D_i a / mu``.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh
from scipy.sparse.linalg import LinearOperator, eigsh

from fixing_ntk.programs import MKLSolution, blas_threads, relative_gap
from fixing_ntk.programs import lp_mkl as program
from fixing_ntk.solvers.conjugate_gradients import conjugate_gradients

FACTOR_UP_TO = 4_000  # samples
LANDMARKS = 1_000  # rows of the preconditioner
CG_ITERATIONS = 500
HALVINGS = 40
SUFFICIENT = 1e-4  # share of the slope that a step must gain (Armijo)


def prior_scale(design):
    """Largest eigenvalue of ``K(ntk_weights)``, the unit of mu."""
    prior, n, every = design.masks.ntk_weights, design.n, np.arange(design.p)
    if n <= FACTOR_UP_TO:
        K = design.kernel(prior)
        with blas_threads(n**3 / 3.0):
            return float(eigh(K, eigvals_only=True, subset_by_index=[n - 1, n - 1])[0])

    def apply(v):
        return design.forward(prior * design.adjoint(v), every)

    K = LinearOperator((n, n), matvec=apply)
    return float(eigsh(K, k=1, v0=np.ones(n), return_eigenvectors=False)[0])


class Kernels:
    """The masking kernels of a design and, with H, the NTK as the last of the kernels.

    Parameters
    ----------
    design : MaskedDesign
    H : ndarray (n, n) or None
    """

    def __init__(self, design, H):
        self.design, self.H, self.n = design, H, design.n
        self.every = np.arange(design.p)
        self.prior = program.prior_of(design.masks, H is not None)

    def at(self, a):
        """The dual point a (n,), with its products."""
        Ha = None if self.H is None else self.H @ a
        return _Point(self, a, self.design.adjoint(a), Ha)

    def matrix(self, eta, rows=slice(None)):
        """``K(eta)``, or its columns at some rows."""
        eta_masks = eta[: self.design.p]
        S = self.design.masks.rows(np.flatnonzero(eta_masks))
        S *= np.sqrt(eta_masks[eta_masks != 0])[:, None]
        K = S.T @ S[:, rows]  # of all rows a product of an array and its transpose: half the work
        K *= self.design.X @ self.design.X[rows].T
        return K if self.H is None else K + eta[-1] * self.H[:, rows]


class _Point:
    """A dual point a (n,), with ``V = [X^T D_i a]`` (d, p), ``H a`` and ``s^2``."""

    def __init__(self, kernels, a, V, Ha):
        self.kernels, self.a, self.V, self.Ha = kernels, a, V, Ha
        self.squared = np.einsum("dk,dk->k", V, V)
        if Ha is not None:
            self.squared = np.append(self.squared, max(float(a @ Ha), 0.0))

    def scaled(self, t):
        """The point t a."""
        Ha = None if self.Ha is None else t * self.Ha
        return _Point(self.kernels, t * self.a, t * self.V, Ha)

    def combine(self, coefficients):
        """``sum_i coefficients_i D_i X X^T D_i a``, and the same of H: (n,)."""
        p = self.kernels.design.p
        out = self.kernels.design.forward(coefficients[:p] * self.V, self.kernels.every)
        return out if self.Ha is None else out + coefficients[-1] * self.Ha

    def products(self, other):
        """``a^T K_i b`` for every kernel, b of another point: (p,)."""
        inner = np.einsum("dk,dk->k", self.V, other.V)
        return inner if self.Ha is None else np.append(inner, self.Ha @ other.a)


def newton(kernels, y, mu, p, tol, max_iter, start):
    """Maximise the dual from a start's point, or from ridge regression with the prior's weights.

    Parameters
    ----------
    kernels : Kernels
    y : ndarray (n,)
    mu, p, tol : float
    max_iter : int
        Steps before giving up.
    start : MKLSolution or None

    Returns
    -------
    MKLSolution
    """
    if start is None:
        a = _solve(kernels, kernels.prior, mu, y)
    else:
        a = np.array(start.dual_point, float)
    point, history, steps = kernels.at(a), [], 0
    while True:
        best = best_on_ray(point, y, mu, p)
        history.append((best.P, best.gap))
        if best.gap <= tol or steps >= max_iter:
            break
        moved = _ascend(best, y, mu, p)
        if moved is None:
            break
        point, steps = moved, steps + 1
    return solution_of(best, mu, p, tol, steps, history)


class Best(NamedTuple):
    """The best point of its ray: weights eta, ``K(eta) a``, N, objectives and relative gap."""

    point: _Point
    eta: np.ndarray
    k: np.ndarray
    N: float
    P: float
    D: float
    gap: float


def best_on_ray(point, y, mu, p):
    """The best multiple of a dual point, with the primal point of its weights and the gap."""
    prior = point.kernels.prior
    N = program.dual_norm(point.squared, prior, p)
    t = program.best_multiple(point.a, y, N, mu)
    point, N = point.scaled(t), t * t * N
    eta = program.weights_at(point.squared, prior, p)
    k = point.combine(eta)
    norms = eta * np.sqrt(point.squared) / mu
    P = program.primal(y - k / mu, norms, prior, p, mu)
    D = program.dual(point.a, y, N, mu)
    return Best(point, eta, k, N, P, D, relative_gap(max(P, D), D, y))


def solution_of(best, mu, p, tol, n_iter, history):
    """`MKLSolution` of a `Best`."""
    point, eta = best.point, best.eta
    kernels, masks = point.kernels, point.kernels.design.p
    return MKLSolution(
        weights=eta[:masks] * point.V / mu,
        eta=eta[:masks],
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


def _ascend(best, y, mu, p):
    """The point of a Newton step that gains enough on its ray, or None where none does."""
    point, kernels = best.point, best.point.kernels
    gradient = y - point.a - best.k / mu
    direction = newton_direction(best, gradient, mu, p)
    step, slope = 1.0, float(gradient @ direction)
    for _ in range(HALVINGS):
        moved = kernels.at(point.a + step * direction)
        N = program.dual_norm(moved.squared, kernels.prior, p)
        t = program.best_multiple(moved.a, y, N, mu)
        if program.dual(t * moved.a, y, t * t * N, mu) >= best.D + SUFFICIENT * step * slope:
            return moved
        step /= 2.0
    return None


def newton_direction(best, gradient, mu, p):
    """``(-hess D)^-1`` times the gradient (n,), at a `Best`."""
    point, eta, k, N = best.point, best.eta, best.k, best.N
    kernels = point.kernels
    bend = 2.0 * (program.conjugate(p) - 1.0)
    positive = point.squared > 0.0
    c = np.divide(bend * eta, point.squared, out=np.zeros_like(eta), where=positive)
    rank_one = bend / N if N > 0.0 else 0.0
    if kernels.n <= FACTOR_UP_TO:
        return _by_factor(kernels, point, eta, c, rank_one, k, mu, gradient)
    return _by_gradients(kernels, point, eta, c, rank_one, k, mu, gradient)


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
    bent = np.sqrt(c[: design.p]) * point.V
    for part in design.masks.slices(float, design.p):
        U = design.masks.rows(part).T * (design.X @ bent[:, part])
        A += U @ U.T
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
