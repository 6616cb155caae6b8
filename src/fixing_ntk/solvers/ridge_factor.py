"""``(K + lam I)^-1`` for a weighted masking kernel, by the smaller of its two factors.

``K = (X X^T) o (S^T S) = Z Z^T``, where row j of S is ``sqrt(eta_j)`` times mask j and
``Z = [sqrt(eta_j) D_j X]``. With few masks the factor of ``Z^T Z + lam I``, of order d times their
number, is far below the factor of ``K + lam I``, of order n.
"""

import numpy as np
from scipy.linalg import LinAlgError
from scipy.linalg.blas import dgemm, dsymv, dsyrk
from scipy.linalg.lapack import dpotrf, dpotrs, dtrtrs

FEATURE_SHARE = 0.5  # order of the feature side, as a share of n, up to which it is the cheaper


def factorise(design, S, lam):
    """Factor of ``K + lam I``.

    Parameters
    ----------
    design : MaskedDesign
    S : ndarray (a, n)
        Masks scaled by the roots of their weights.
    lam : float

    Returns
    -------
    object
        With ``ridge(y) -> (beta, residual)``, ``beta = (K + lam I)^-1 y`` and
        ``residual = y - K beta``; and ``quadratic(B) = lam B^T (K + lam I)^-1 B`` for B (n, k) in
        Fortran order, which it may overwrite.

    Raises
    ------
    scipy.linalg.LinAlgError
        If the matrix is not numerically positive definite.
    """
    if not len(S):
        return _Zero(lam)
    if len(S) * design.d <= FEATURE_SHARE * design.n:
        return _FeatureSide(design, S, lam)
    return _KernelSide(design, S, lam)


class _KernelSide:
    def __init__(self, design, S, lam):
        self.lam, self.K = lam, dsyrk(1.0, S.T, lower=1)
        self.K *= design.gram.T  # symmetric; transposed, it has the order of K in memory
        self.L = _cholesky(self.K.copy(order="F"), lam)

    def ridge(self, y):
        beta = dpotrs(self.L, y, lower=1)[0]
        residual = y - dsymv(1.0, self.K, beta, lower=1)
        # One step of refinement: at tiny lam the gap sees the last digits of beta.
        beta += dpotrs(self.L, residual - self.lam * beta, lower=1)[0]
        return beta, y - dsymv(1.0, self.K, beta, lower=1)

    def quadratic(self, B):
        T = dtrtrs(self.L, B, lower=1, overwrite_b=1)[0]
        return _symmetric(dsyrk(self.lam, T, trans=1, lower=1))


class _FeatureSide:
    def __init__(self, design, S, lam):
        self.lam, self.Zt = lam, (S[:, None, :] * design.Xt).reshape(-1, design.n)
        self.L = _cholesky(dsyrk(1.0, self.Zt.T, trans=1, lower=1), lam)

    def ridge(self, y):
        residual = y - dpotrs(self.L, self.Zt @ y, lower=1)[0] @ self.Zt
        return residual / self.lam, residual

    def quadratic(self, B):
        # lam (Z Z^T + lam I)^-1 = I - Z (Z^T Z + lam I)^-1 Z^T
        T = dtrtrs(self.L, dgemm(1.0, self.Zt.T, B, trans_a=1), lower=1, overwrite_b=1)[0]
        BtB = dsyrk(1.0, B, trans=1, lower=1)
        return _symmetric(dsyrk(-1.0, T, beta=1.0, c=BtB, overwrite_c=1, trans=1, lower=1))


class _Zero:
    def __init__(self, lam):
        self.lam = lam

    def ridge(self, y):
        return y / self.lam, y

    def quadratic(self, B):
        return _symmetric(dsyrk(1.0, B, trans=1, lower=1))


def _cholesky(A, lam):
    A[np.diag_indices(len(A))] += lam
    L, info = dpotrf(A, lower=1, overwrite_a=1, clean=0)
    if info:
        raise LinAlgError("K + lam I is not numerically positive definite")
    return L


def _symmetric(lower):
    return np.tril(lower) + np.tril(lower, -1).T
