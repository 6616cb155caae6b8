"""Solve with ``K + lam I``, K the kernel of the current faces, by the smaller of two factors.

``K = sum_j eta_j A_j P_j A_j^T = Z^T Z``. Pair j of a mask D_j and a sign e has ``A_j = e D_j X``,
and P_j projects onto the span of its face (see `faces`). Z has a row for each dimension of each
face. A face has few dimensions where many constraints are active, so that Z often has fewer rows
than there are samples.
"""

import numpy as np
from scipy.linalg import LinAlgError

from fixing_ntk.programs import bordered, product, routines

USE = routines(np.float64)
ROUNDING = 1e-15  # of the trace: the least ridge that keeps the factor from failing


class FaceFactor:
    """A Cholesky factor that solves with ``K + lam I``, where ``K = Z^T Z``.

    The factor is of ``Z^T Z + lam I``, or of ``Z Z^T + lam I`` where Z has fewer rows than columns.

    Parameters
    ----------
    Z : ndarray (r, n)
    lam : float
    column : ndarray (n,), optional
        Column u of an intercept. ``K + lam I`` is then restricted to the orthogonal complement of
        u, and inverted there.

    Raises
    ------
    scipy.linalg.LinAlgError
        If the matrix is not numerically positive definite.
    """

    def __init__(self, Z, lam, column=None):
        self.Z, self.lam, self.column = (Z if len(Z) < Z.shape[1] else None), lam, column
        if len(Z):
            self._factorise(Z)
        if column is not None:
            self.g = self._solve(column)

    def _factorise(self, Z):
        """Set ``L`` to the lower Cholesky factor of the smaller of the class's two matrices."""
        # Z in C order is its transpose in Fortran order: neither product copies it.
        K = USE.syrk(1.0, Z.T, trans=int(self.Z is not None), lower=1)
        K[np.diag_indices(len(K))] += self.lam + ROUNDING * np.trace(K)
        self.L, failed = USE.potrf(K, lower=1, overwrite_a=1)
        if failed:
            raise LinAlgError("K + lam I is not numerically positive definite")

    def solve(self, v):
        """Return ``(K + lam I)^-1 v`` for v (n,), with ``K = Z^T Z``.

        With an intercept, the inverse is the one on the orthogonal complement of its column.
        """
        x = self._solve(v)
        return x if self.column is None else bordered(x, self.g, self.column)

    def _solve(self, v):
        """Return ``(K + lam I)^-1 v`` for v (n,), without regard to the intercept."""
        if self.Z is None:
            return USE.potrs(self.L, v, lower=1)[0]
        if not len(self.Z):
            return v / self.lam
        return (v - USE.potrs(self.L, self.Z @ v, lower=1)[0] @ self.Z) / self.lam

    def quadratic(self, B):
        """Return ``lam B (K + lam I)^-1 B^T``, (m, m), for B (m, n), with ``K = Z^T Z``.

        With an intercept, the inverse is the one on the orthogonal complement of its column.
        """
        H = self._quadratic(B)
        if self.column is None:
            return H
        along = B @ self.g
        return H - (self.lam / (self.column @ self.g)) * np.outer(along, along)

    def _quadratic(self, B):
        """Return ``lam B (K + lam I)^-1 B^T``, (m, m), without regard to the intercept."""
        if self.Z is None:
            T = USE.trtrs(self.L, B.T, lower=1)[0]
            H = USE.syrk(self.lam, T, trans=1, lower=1)
        elif not len(self.Z):
            return B @ B.T
        else:
            T = USE.trtrs(self.L, product(self.Z, np.ascontiguousarray(B.T)), lower=1)[0]
            H = USE.syrk(
                -1.0, T, beta=1.0, c=USE.syrk(1.0, B.T, trans=1, lower=1), trans=1, lower=1
            )
        return np.tril(H) + np.tril(H, -1).T
