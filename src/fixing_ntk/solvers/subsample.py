"""A uniform sample of the rows: a small program like the whole one, and a model of its kernel.

With m of n samples, scaled by ``s = sqrt(n / m)``, ``A_m^T A_m = s^2 sum over them`` is an unbiased
estimate of ``A^T A``. What depends on n x n matrices in Newton's method is made from the m x m
kernel ``K_m = A_m diag(eta) A_m^T`` instead, and serves to precondition.
"""

from functools import cached_property

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from fixing_ntk.programs import MaskedDesign, UnpackedDesign, product, routines
from fixing_ntk.solvers.ridge_factor import KernelSide

RIDGE = 1e-7  # relative, on the Hessian in the mask weights, whose rank is at most m


class Subsample:
    """m rows of a design, drawn without replacement; the same for equal n and m.

    Parameters
    ----------
    design : MaskedDesign
    m : int
        All rows where it is n or more.
    """

    def __init__(self, design, m):
        n = design.n
        self.rows = np.arange(n)
        if m < n:
            self.rows = np.sort(np.random.default_rng((n, m)).permutation(n)[:m])
        self.m = len(self.rows)
        self.scale = float(np.sqrt(n / self.m))
        self.X = np.ascontiguousarray(self.scale * design.X[self.rows], design.X.dtype)

    @cached_property
    def gram(self):
        """``X_m X_m^T``; a sample that only starts a solve never makes it."""
        return product(self.X, np.ascontiguousarray(self.X.T))

    def program(self, design, y):
        """Design of all masks on these rows, and their targets, both times the scale."""
        masks = design.masks.restrict(self.rows)
        return MaskedDesign(self.scale * design.X[self.rows], masks), self.scale * y[self.rows]

    def model(self, M, eta, lam):
        """`SubsampledModel` at ``eta`` (k,), for the masks M (k, n) as rows."""
        return SubsampledModel(self, M, eta, lam)


class SubsampledModel:
    """``A_m``, ``K_m + lam I = L L^T`` and the Hessian that follow from mask weights ``eta``.

    It preconditions, and does so with a larger lam where rounding hides the given one.
    """

    def __init__(self, sample, M, eta, lam):
        self.sample, self.dtype = sample, sample.X.dtype
        self.lam = self.dtype.type(lam)
        self._set_working_set(M, eta)
        used = np.flatnonzero(eta)
        S = self.working_set.M[used] * self.root[used, None]
        self.factor = _factor(S, sample.gram, self.lam)

    def _set_working_set(self, M, eta):
        M = np.ascontiguousarray(M[:, self.sample.rows])
        self.working_set = UnpackedDesign(self.sample.X, M)
        self.root = np.sqrt(eta).astype(self.dtype)

    def ridge(self, rho):
        """``(E^1/2 A_m^T A_m E^1/2 + lam I)^-1 rho`` for rho (d, k), E = diag(eta)."""
        return (rho - self._up(self._down(rho))) / self.lam

    def _down(self, t):
        return self.factor.half(self.working_set.forward(self.root * t))

    def _up(self, z):
        return self.root * self.working_set.adjoint(self.factor.half_transposed(z))

    def eta_hessian(self, M, eta, c):
        """Hessian (k, k) in the mask weights, ``lam T^T T`` with ``T = L^-1 [D_i X c_i]_i``.

        And ``damping`` times the identity, which any quadratic form in them needs: masks that
        repeat share their weight in any way, and rounding would choose one that is far away.

        Parameters
        ----------
        M : ndarray (k, n)
            The working set as it has grown; ``eta`` is 0 where the factor knows no mask.
        eta : ndarray (k,)
        c : ndarray (d, k)
        """
        self._set_working_set(M, eta)
        B = self.working_set.M * product(
            np.ascontiguousarray(c.T, self.dtype), np.ascontiguousarray(self.working_set.X.T)
        )
        self.T, H = self.factor.half_and_quadratic(B.T)
        H = np.tril(H).astype(float)
        H += np.tril(H, -1).T
        self.damping = RIDGE * np.trace(H) / len(H)
        H[np.diag_indices(len(H))] += self.damping
        self.H = H
        return H

    def forward_elimination(self, rho):
        """What eliminating t from a joint step, for rho (d, k), takes from gamma, (k,)."""
        return routines(self.dtype).gemv(1.0, self.T, self._down(rho), trans=1).astype(float)

    def restrict(self, support):
        """Keep of the working set the masks at these positions only."""
        M = np.ascontiguousarray(self.working_set.M[support])
        self.working_set = UnpackedDesign(self.working_set.X, M)
        self.root = self.root[support]
        self.T = np.asfortranarray(self.T[:, support])
        self.H_factor = _factor_of_hessian(self.H[np.ix_(support, support)].astype(self.dtype))

    def joint(self, z):
        """Inverse of the quadratic form of a joint step, on z (d + 1, k): t above v."""
        gemv = routines(self.dtype).gemv
        rho, gamma = z[:-1], z[-1]
        down = self._down(rho)
        v = cho_solve(self.H_factor, gamma - gemv(1.0, self.T, down, trans=1), check_finite=False)
        t = rho / self.lam - self._up(down / self.lam + gemv(1.0, self.T, v))
        return np.vstack([t, v])

    def back_substitution(self, v):
        """What v (k,) takes from t once it has been solved for, (d, k)."""
        return self._up(routines(self.dtype).gemv(1.0, self.T, v.astype(self.dtype)))


def _factor(S, gram, lam):
    """Of ``K_m + lam I``, with the least power of ten times lam that rounding allows."""
    while True:
        try:
            return KernelSide(S, gram, lam)
        except LinAlgError:
            lam = 10 * lam


def _factor_of_hessian(H):
    """Cholesky factor of H plus the smallest diagonal shift that keeps it positive definite."""
    diagonal, addition = np.diag_indices(len(H)), np.trace(H) * RIDGE
    while True:
        try:
            return cho_factor(H, lower=True, check_finite=False)
        except LinAlgError:
            H[diagonal] += addition
            addition *= 10
