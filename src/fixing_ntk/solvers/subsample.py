"""Sample rows uniformly, to start a solve from a smaller program and to precondition its steps.

The design A_m has m of the n rows of A, scaled by ``s = sqrt(n / m)``, so that ``A_m^T A_m`` is an
unbiased estimate of ``A^T A``. Where Newton's method needs n x n matrices, the m x m kernel
``K_m = A_m diag(eta) A_m^T`` replaces them, as a preconditioner.
"""

from functools import cached_property

import numpy as np
from scipy.linalg import LinAlgError, cho_solve

from fixing_ntk.masks.samples import contiguous
from fixing_ntk.programs import MaskedDesign, UnpackedDesign, product, routines
from fixing_ntk.solvers.cholesky import shifted_factor
from fixing_ntk.solvers.ridge_factor import KernelSide

RIDGE = 1e-7  # relative, on the Hessian in the mask weights, whose rank is at most m


class Subsample:
    """m rows of a design, drawn without replacement; the draw depends on n and m alone.

    ``rows`` (m,) are their positions, increasing. ``X`` (m, d) has them times ``scale``, which is
    ``sqrt(n / m)``.

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
        self.X = contiguous((self.scale * design.X[self.rows]).astype(design.X.dtype, copy=False))

    @cached_property
    def gram(self):
        """``X_m X_m^T`` of the scaled rows, (m, m); made at first use."""
        return product(self.X, contiguous(self.X.T))

    def program(self, design, y):
        """Return the design of all masks on the sampled rows, and their targets (m,), both scaled.

        The scale is ``sqrt(n / m)``. ``design`` and y (n,) are those of all rows.
        """
        masks = design.masks.restrict(self.rows)
        return MaskedDesign(self.scale * design.X[self.rows], masks), self.scale * y[self.rows]

    def model(self, M, eta, lam):
        """Return the `SubsampledModel` at ``eta`` (k,), for the masks M (k, n) as rows."""
        return SubsampledModel(self, M, eta, lam)


class SubsampledModel:
    """A joint step's quadratic model (`joint_step`) on the sampled rows, at mask weights ``eta``.

    ``sample`` is a `Subsample`, M (k, n) has the masks as rows, ``eta`` is (k,), and ``lam`` is the
    penalty. The model holds ``A_m = [D_i X_m]_i``, with X_m (m, d) the scaled sampled rows, and the
    Cholesky factor ``K_m + lam I = L L^T`` of the kernel ``K_m = A_m diag(eta) A_m^T``. As a
    preconditioner it may take a larger lam, where the factor fails at the given one. A joint step
    calls `eta_hessian`, then `restrict`, then `joint`: each uses what the one before has stored.
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
        """Return ``(E^1/2 A_m^T A_m E^1/2 + lam I)^-1 rho`` for rho (d, k), E = diag(eta)."""
        return (rho - self._up(self._down(rho))) / self.lam

    def _down(self, t):
        """Return ``L^-1 A_m E^1/2 t``, (m,), for t (d, k), E = diag(eta)."""
        return self.factor.half(self.working_set.forward(self.root * t))

    def _up(self, z):
        """Return ``E^1/2 A_m^T L^-T z``, (d, k), for z (m,), E = diag(eta)."""
        return self.root * self.working_set.adjoint(self.factor.half_transposed(z))

    def eta_hessian(self, M, eta, c):
        """Return the model's Hessian (k, k) in the mask weights, once t is eliminated; store it.

        It is ``lam T^T T`` with ``T = L^-1 [D_i X_m c_i]_i``, plus ``damping`` times the identity.
        Masks that repeat can share their weight in any way. Without damping rounding would choose a
        way that is far from the last. The masks M become the working set of the model.

        Parameters
        ----------
        M : ndarray (k, n)
            Masks of the grown working set; ``eta`` is 0 for masks that the factor lacks.
        eta : ndarray (k,)
        c : ndarray (d, k)
            Ratios ``w_i / eta_i``, or the direction along which a mask with ``eta_i = 0`` may
            enter.
        """
        self._set_working_set(M, eta)
        B = self.working_set.M * product(
            np.ascontiguousarray(c.T, self.dtype), contiguous(self.working_set.X.T)
        )
        self.T, H = self.factor.half_and_quadratic(B.T)
        H = np.tril(H).astype(float)
        H += np.tril(H, -1).T
        self.damping = RIDGE * np.trace(H) / len(H)
        H[np.diag_indices(len(H))] += self.damping
        self.H = H
        return H

    def forward_elimination(self, rho):
        """Return ``T^T L^-1 A_m E^1/2 rho``, (k,), for rho (d, k), E = diag(eta).

        The elimination of t from a joint step subtracts it from gamma. T is the matrix that
        `eta_hessian` stored.
        """
        return routines(self.dtype).gemv(1.0, self.T, self._down(rho), trans=1).astype(float)

    def restrict(self, support):
        """Keep only the working set's masks at positions ``support``; factorise their Hessian."""
        M = np.ascontiguousarray(self.working_set.M[support])
        self.working_set = UnpackedDesign(self.working_set.X, M)
        self.root = self.root[support]
        self.T = np.asfortranarray(self.T[:, support])
        H = self.H[np.ix_(support, support)].astype(self.dtype)
        self.H_factor = shifted_factor(H, RIDGE * np.trace(H))

    def joint(self, z):
        """Apply the inverse of the model's Hessian to z (d + 1, k), rho stacked above gamma.

        The result has t stacked above v.
        """
        gemv = routines(self.dtype).gemv
        rho, gamma = z[:-1], z[-1]
        down = self._down(rho)
        v = cho_solve(self.H_factor, gamma - gemv(1.0, self.T, down, trans=1), check_finite=False)
        t = rho / self.lam - self._up(down / self.lam + gemv(1.0, self.T, v))
        return np.vstack([t, v])

    def back_substitution(self, v):
        """Return ``E^1/2 A_m^T L^-T T v``, (d, k), for v (k,), E = diag(eta).

        A joint step subtracts it from t. T is the matrix that `eta_hessian` stored.
        """
        return self._up(routines(self.dtype).gemv(1.0, self.T, v.astype(self.dtype)))


def _factor(S, gram, lam):
    """Return the `KernelSide` of ``K_m + lam I``; while the factor fails, multiply lam by ten.

    Arguments are as for `KernelSide`.
    """
    while True:
        try:
            return KernelSide(S, gram, lam)
        except LinAlgError:
            lam = 10 * lam
