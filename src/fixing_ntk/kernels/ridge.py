"""Kernel ridge regression: a tridiagonal form for many penalties, a Cholesky factor for one.

Let ``K = Q T Q^T`` with Q orthogonal and T tridiagonal. Then ``(K + lam I)^-1 y`` is
``Q (T + lam I)^-1 Q^T y``, which takes one product with Q for each penalty. Q is a product of n
reflectors, and takes less than half the time of all eigenvectors.
"""

from copy import copy
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigvalsh_tridiagonal, solve_banded
from scipy.linalg.lapack import dormqr, dsytrd, dsytrd_lwork, dtrtri
from scipy.sparse.linalg import eigsh

from fixing_ntk.programs import (
    bordered,
    project,
    relative_gap,
    ridge_dual,
    ridge_gap,
    ridge_primal,
)

LANCZOS = 8  # Lanczos vectors, from which the largest eigenvalue is computed


class KernelRidge:
    """Kernel ridge regression ``beta = (K + lam I)^-1 y`` at any number of penalties.

    Parameters
    ----------
    K : ndarray (n, n)
        Positive semidefinite.
    y : ndarray (n,)
    """

    def __init__(self, K, y):
        work, _ = dsytrd_lwork(len(K), lower=1)
        reduced, self._diagonal, self._beside, tau, _ = dsytrd(K, lower=1, lwork=int(work))
        # The form that `dormqr` takes. It applies the reflectors to all rows but the first.
        self._reflectors = np.asfortranarray(reduced[1:, :-1]), tau
        self.K = K
        self.column = None
        self._set_target(y)

    def _set_target(self, y):
        self.y = y

    def _rotated(self, V, transposed):
        """Return ``Q^T V`` if ``transposed``, else ``Q V``, (n, k)."""
        rest = V[1:]
        if len(rest):
            rest, *_ = dormqr("L", "T" if transposed else "N", *self._reflectors, rest, 64 * len(V))
        return np.vstack([V[:1], rest])

    @cached_property
    def values(self):
        """Eigenvalues of K, (n,), increasing."""
        values = eigvalsh_tridiagonal(self._diagonal, self._beside)
        return np.maximum(values, 0.0)  # rounding below zero

    def with_target(self, y, column=None):
        """Return the regression of another target (n,), which shares the tridiagonal form.

        With a ``column`` u (n,) the new regression has an intercept b u that is not penalised.
        """
        other = copy(self)
        other._set_target(y)
        other.column = column
        return other

    def fit(self, lams):
        """Return, for each penalty, the coefficients (n,), the intercept b and the relative gap.

        With an intercept ``beta = (K + lam I)^-1 (y - b u)``, where ``u^T beta = 0``.
        """
        betas, u = self.coefficients(lams).T, self.column
        if u is None:
            return [(beta, 0.0, self.gap(lam, beta)) for lam, beta in zip(lams, betas, strict=True)]
        of_column, y, fits = self.with_target(u).coefficients(lams).T, project(self.y, u), []
        for lam, beta, g in zip(lams, betas, of_column, strict=True):
            beta = bordered(beta, g, u)
            K_beta = self.K @ beta
            primal = ridge_primal(project(y - K_beta, u), beta, K_beta, lam)
            gap = relative_gap(primal, ridge_dual(beta, K_beta, y, lam), y)
            fits.append((beta, float(u @ (self.y - K_beta) / (u @ u)), gap))
        return fits

    @property
    def scale(self):
        """Largest eigenvalue of K, the unit of a grid of penalties."""
        return float(self.values[-1])

    def effective_dimension(self, lam):
        """Return ``tr K (K + lam I)^-1``, between 0 and n: the degrees of freedom of the fit."""
        return float(np.sum(self.values / (self.values + lam)))

    @property
    def alignment(self):
        """Kernel-target alignment ``y^T K y / (||K||_F ||y||^2)``, at most 1; 0 if K or y is 0.

        Cristianini, Shawe-Taylor, Elisseeff, Kandola, "On kernel-target alignment", NIPS 2001.
        """
        scale = np.linalg.norm(self.K) * (self.y @ self.y)
        return float(self.y @ self.K @ self.y / scale) if scale > 0 else 0.0

    def coefficients(self, lams):
        """Return the dual coefficients beta, (n, len(lams)), one column for each penalty."""
        z = self._rotated(self.y[:, None], transposed=True)[:, 0]
        bands = np.zeros((3, len(z)))
        bands[0, 1:] = bands[2, :-1] = self._beside
        columns = []
        for lam in np.atleast_1d(lams):
            bands[1] = self._diagonal + lam
            columns.append(solve_banded((1, 1), bands, z, check_finite=False))
        return self._rotated(np.column_stack(columns), transposed=False)

    def objective(self, lam, beta):
        """Return the optimum ``lam/2 y^T (K + lam I)^-1 y``, from the coefficients beta (n,)."""
        return 0.5 * lam * float(self.y @ beta)

    def gap(self, lam, beta):
        """Return the relative duality gap at beta.

        It is computed from K itself, so it also detects errors of the tridiagonal form.
        """
        return ridge_gap(beta, self.K @ beta, self.y, lam)


class FactoredRidge(KernelRidge):
    """`KernelRidge` for one penalty: a Cholesky factor in place of a tridiagonal form.

    Parameters
    ----------
    K : ndarray (n, n)
        Positive semidefinite; n at least 2.
    y : ndarray (n,)
    """

    def __init__(self, K, y):
        self.K, self.column, self._factors = K, None, {}
        self._set_target(y)

    def _set_target(self, y):
        self.y = y

    def _factor(self, lam):
        if lam not in self._factors:
            shifted = self.K.copy()
            shifted.flat[:: len(shifted) + 1] += lam
            self._factors.clear()  # a factor is as large as K
            self._factors[lam] = cho_factor(shifted, lower=True, overwrite_a=True)
        return self._factors[lam]

    @cached_property
    def scale(self):
        if not self.K.any():
            return 0.0
        # Entries of K are mostly positive, and so are those of the largest eigenvalue's vector.
        ones = np.ones(len(self.K))
        # The error of an eigenvalue is of second order in the error of its eigenvector.
        options = dict(ncv=min(LANCZOS, len(ones)), tol=1e-8, v0=ones, return_eigenvectors=False)
        (value,) = eigsh(self.K, k=1, **options)
        return max(float(value), 0.0)

    def effective_dimension(self, lam):
        L, _ = self._factor(lam)
        inverse, _ = dtrtri(L, lower=1)
        return float(len(L) - lam * np.sum(np.tril(inverse) ** 2))

    def coefficients(self, lams):
        return np.column_stack(
            [cho_solve(self._factor(lam), self.y) for lam in np.atleast_1d(lams)]
        )
