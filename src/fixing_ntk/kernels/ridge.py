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

from fixing_ntk.programs import bordered, project, ridge_gap

COLUMNS = 256  # of a block of a triangle
LANCZOS = 8  # Lanczos vectors, from which the largest eigenvalue is computed


class KernelRidge:
    """Kernel ridge regression ``beta = (K + lam I)^-1 y`` at any number of penalties lam.

    K is reduced once to a tridiagonal matrix, ``K = Q T Q^T`` with Q orthogonal.

    Parameters
    ----------
    K : ndarray (n, n)
        Positive semidefinite.
    y : ndarray (n,)
    """

    def __init__(self, K, y):
        self.K, self.y, self.column = K, y, None
        self._reduce()

    def _reduce(self):
        """Reduce K to the form that `_rotated` and `_solve_reduced` use."""
        work, _ = dsytrd_lwork(len(self.K), lower=1)
        reduced, self._diagonal, self._beside, tau, _ = dsytrd(self.K, lower=1, lwork=int(work))
        # The form that `dormqr` takes. It applies the reflectors to all rows but the first.
        self._reflectors = np.asfortranarray(reduced[1:, :-1]), tau

    def _rotated(self, V, transposed):
        """Return ``Q^T V`` if ``transposed``, else ``Q V``, (n, k), for V (n, k).

        Q is the orthogonal matrix of the tridiagonal form ``K = Q T Q^T``.
        """
        rest = V[1:]
        if len(rest):
            rest, *_ = dormqr("L", "T" if transposed else "N", *self._reflectors, rest, 64 * len(V))
        return np.vstack([V[:1], rest])

    @cached_property
    def values(self):
        """Eigenvalues of K, (n,), increasing; those that rounding made negative are zero."""
        values = eigvalsh_tridiagonal(self._diagonal, self._beside)
        return np.maximum(values, 0.0)  # rounding below zero

    def with_target(self, y, column=None):
        """Return the regression of another target y (n,), which shares the decomposition of K.

        With a ``column`` u (n,), `fit` of the result adds an intercept b u that is not penalised.
        Without it there is none. The other methods leave the intercept out.
        """
        other = copy(self)
        other.y, other.column = y, column
        return other

    def fit(self, lams):
        """Return for each penalty a tuple: coefficients beta (n,), intercept b and relative gap.

        The tuples are a list, in the order of the penalties ``lams``. With an intercept
        ``beta = (K + lam I)^-1 (y - b u)``, where ``u^T beta = 0`` and u is the column of
        `with_target`. Without one b is 0. The gap is over ``1/2 ||y||^2``, with an intercept over
        the same for y minus its projection on u. Where rounding makes the gap larger than that of
        zero coefficients, which is 1, they are zero.
        """
        betas, u = self.coefficients(lams).T, self.column
        y, fits = project(self.y, u), []
        of_column = betas if u is None else self.with_target(u).coefficients(lams).T
        for lam, beta, g in zip(lams, betas, of_column, strict=True):
            beta = beta if u is None else bordered(beta, g, u)
            K_beta = self.K @ beta
            gap = ridge_gap(beta, K_beta, y, lam, u)
            if gap > 1.0:
                beta, K_beta, gap = np.zeros_like(beta), np.zeros_like(beta), 1.0
            b = 0.0 if u is None else float(u @ (self.y - K_beta) / (u @ u))
            fits.append((beta, b, gap))
        return fits

    @property
    def scale(self):
        """Largest eigenvalue of K; a grid of penalties is scaled by it."""
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
        """Return ``(K + lam I)^-1 y`` as columns, (n, len(lams)), one for each penalty lam.

        An intercept is left out.
        """
        z = self._rotated(self.y[:, None], transposed=True)[:, 0]
        columns = [self._solve_reduced(lam, z) for lam in np.atleast_1d(lams)]
        return self._rotated(np.column_stack(columns), transposed=False)

    def _solve_reduced(self, lam, z):
        """Return ``(T + lam I)^-1 z``, (n,), for z (n,)."""
        bands = np.zeros((3, len(z)))
        bands[0, 1:] = bands[2, :-1] = self._beside
        bands[1] = self._diagonal + lam
        return solve_banded((1, 1), bands, z, check_finite=False)

    def objective(self, lam, beta):
        """Return the least objective of kernel ridge regression, ``lam/2 y^T (K + lam I)^-1 y``.

        ``beta`` (n,) are the coefficients ``(K + lam I)^-1 y``.
        """
        return 0.5 * lam * float(self.y @ beta)

    def gap(self, lam, beta):
        """Return the relative duality gap of the coefficients beta (n,) at the penalty lam.

        It is over ``1/2 ||y||^2``, without an intercept. It is computed from K itself, so it also
        detects errors of the decomposition.
        """
        return ridge_gap(beta, self.K @ beta, self.y, lam)


class FactoredRidge(KernelRidge):
    """`KernelRidge` by one Cholesky factor of ``K + lam I`` for each penalty: for few penalties.

    Only the last factor is kept. The eigenvalues ``values`` are not available.

    Parameters
    ----------
    K : ndarray (n, n)
        Positive semidefinite; n at least 2.
    y : ndarray (n,)
    """

    def _reduce(self):
        self._factors = {}  # nothing to reduce: each penalty has a factor

    def _factor(self, lam):
        """Return the Cholesky factor of ``K + lam I``, as `scipy.linalg.cho_factor` returns it.

        It is kept until another penalty is asked for.
        """
        if lam not in self._factors:
            shifted = self.K.copy()
            shifted.flat[:: len(shifted) + 1] += lam
            self._factors.clear()  # a factor is as large as K
            self._factors[lam] = cho_factor(shifted, lower=True, overwrite_a=True)
        return self._factors[lam]

    @cached_property
    def scale(self):
        """Largest eigenvalue of K, by Lanczos iterations; a grid of penalties is scaled by it."""
        return largest_eigenvalue(self.K)

    def effective_dimension(self, lam):
        """Return ``tr K (K + lam I)^-1 = n - lam tr (K + lam I)^-1``: the degrees of freedom."""
        L, _ = self._factor(lam)
        inverse, _ = dtrtri(L, lower=1)
        squares = 0.0
        for start in range(0, len(L), COLUMNS):  # no second copy of the triangle
            squares += np.sum(np.tril(inverse[start:, start : start + COLUMNS]) ** 2)
        return float(len(L) - lam * squares)

    def coefficients(self, lams):
        return np.column_stack(
            [cho_solve(self._factor(lam), self.y) for lam in np.atleast_1d(lams)]
        )


def largest_eigenvalue(K):
    """Return the largest eigenvalue of K (n, n), positive semidefinite, by Lanczos iterations."""
    if not K.any():
        return 0.0
    # Entries of K are mostly positive, and so are those of the largest eigenvalue's vector.
    ones = np.ones(len(K))
    # The error of an eigenvalue is of second order in the error of its eigenvector.
    options = dict(ncv=min(LANCZOS, len(ones)), tol=1e-8, v0=ones, return_eigenvectors=False)
    (value,) = eigsh(K, k=1, **options)
    return max(float(value), 0.0)
