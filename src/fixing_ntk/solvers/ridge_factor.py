"""Solve with ``K + lam I``, K a weighted sum of masking kernels, by the smaller of two factors.

``K = (X X^T) o (S^T S) = Z Z^T``, where row j of S is ``sqrt(eta_j)`` times mask j and
``Z = [sqrt(eta_j) D_j X]``. With few masks the factor of ``Z^T Z + lam I``, of order d times their
number, is far below the factor of ``K + lam I``, of order n.

Factors are in the dtype of the design. In float32 they cost half and are exact to about
``1e-7 ||K|| / lam``. This is good enough for the model of a Newton step. It is also good enough as
a preconditioner: conjugate gradients in float64, which apply K through the masks, then reach any
accuracy in a few steps.
"""

import numpy as np
from scipy.linalg import LinAlgError
from scipy.sparse import issparse

from fixing_ntk.programs import bordered, routines

FEATURE_SHARE = 0.5  # order of the feature side, as a share of n, up to which it is the cheaper


def factorise(working_set, eta, lam, design):
    """Factorise ``K(eta) + lam I``, with ``K(eta) = sum_i eta_i D_i X X^T D_i`` of k masks.

    Parameters
    ----------
    working_set : UnpackedDesign
        k masks; its dtype is the factor's.
    eta : ndarray (k,)
        At least 0.
    lam : float
    design : MaskedDesign
        Of all masks, in the same dtype: holds ``X X^T`` and ``X^T`` from one factor to the next.

    Returns
    -------
    KernelSide, _FeatureSide, _Zero or Bordered
        ``solve(v)`` returns ``(K + lam I)^-1 v`` for v (n,). ``quadratic(B)`` returns
        ``lam B^T (K + lam I)^-1 B`` for B (n, m) in Fortran order, which it may overwrite; only the
        lower triangle is valid. If ``is_of_features``, there is ``ridge(v)`` too. If the design has
        an intercept, the inverse is taken on the complement of its column.

    Raises
    ------
    scipy.linalg.LinAlgError
        If the matrix is not numerically positive definite.
    """
    factor = _factor(working_set, eta, lam, design)
    if design.column is None:
        return factor
    return Bordered(factor, design.column.astype(design.X.dtype))


def _factor(working_set, eta, lam, design):
    """Return the factor of the features if few, else of the kernel; `_Zero` without masks.

    Arguments are as for `factorise`.
    """
    if not len(eta):
        return _Zero(lam)
    S = working_set.M * np.sqrt(eta).astype(working_set.M.dtype)[:, None]
    # The features of a sparse X are as many numbers as a dense copy of X, or more.
    if not issparse(design.X) and len(eta) * design.d <= FEATURE_SHARE * design.n:
        return _FeatureSide(S, design.Xt, lam)
    return KernelSide(S, design.gram, lam)


class Bordered:
    """The inverse of ``K + lam I`` on the complement of u, the column of an intercept.

    With ``G = (K + lam I)^-1`` of a factor, it is the matrix ``G - G u u^T G / u^T G u``. Applied
    to v it gives the solution b of ``(K + lam I) b + u t = v`` with ``u^T b = 0``.
    """

    def __init__(self, factor, u):
        self.factor, self.u, self.g = factor, u, factor.solve(u)
        self.scale = u @ self.g

    @property
    def is_of_features(self):
        return self.factor.is_of_features

    def solve(self, v):
        return bordered(self.factor.solve(v), self.g, self.u)

    def ridge(self, v):
        """Return ``Z^T b``, (k d,), and ``b = solve(v)``, (n,), for a vector v (n,).

        Z is ``[sqrt(eta_i) D_i X]``, the d features of each of the k masks. So ``Z^T b`` are the
        coefficients of ridge regression on these features, with an intercept that is not penalised.
        """
        u, x = self.factor.ridge(v)
        u_of_column, _ = self.factor.ridge(self.u)
        t = self.u @ x / self.scale
        return u - t * u_of_column, x - t * self.g

    def quadratic(self, B):
        along = B.T @ self.g  # before the factor overwrites B
        return self.factor.quadratic(B) - (self.factor.lam / self.scale) * np.outer(along, along)


class KernelSide:
    """The Cholesky factor ``K + lam I = L L^T``, of order n, for any number k of masks.

    ``S`` (k, n) has the masks times ``sqrt(eta)`` as rows, and ``gram`` is ``X X^T``. ``K = (X X^T)
    o (S^T S)``, with o the entrywise product.
    """

    is_of_features = False

    def __init__(self, S, gram, lam):
        self.use, self.lam = routines(S.dtype), lam
        K = self.use.syrk(1.0, S.T, lower=1)
        K *= gram.T  # symmetric; transposed, it has the order of K in memory
        self.L = _cholesky(self.use, K, lam)

    def solve(self, v):
        return self.use.potrs(self.L, v, lower=1)[0]

    def quadratic(self, B):
        return self.half_and_quadratic(B)[1]

    def half_and_quadratic(self, B):
        """Return ``T = L^-1 B`` and the lower triangle of ``lam T^T T``; overwrite B (n, m)."""
        T = self.use.trtrs(self.L, B, lower=1, overwrite_b=1)[0]
        return T, self.use.syrk(self.lam, T, trans=1, lower=1)

    def half(self, v):
        """Return ``L^-1 v``, (n,), for a vector v (n,), where ``L L^T = K + lam I``."""
        return self.use.trsv(self.L, v, lower=1)

    def half_transposed(self, v):
        """Return ``L^-T v``."""
        return self.use.trsv(self.L, v, lower=1, trans=1)


class _FeatureSide:
    """The Cholesky factor ``Z^T Z + lam I = L L^T`` over the d k features of k masks.

    Z (n, k d) is ``[sqrt(eta_i) D_i X]``. ``Zt`` is ``Z^T``, with d rows for each mask in turn.
    ``S`` (k, n) is as in `KernelSide`, and ``Xt`` (d, n) is ``X^T``.
    """

    is_of_features = True

    def __init__(self, S, Xt, lam):
        self.use, self.lam = use, lam = routines(S.dtype), lam
        self.Zt = (S[:, None, :] * Xt).reshape(-1, Xt.shape[1])
        self.L = _cholesky(use, use.syrk(1.0, self.Zt.T, trans=1, lower=1), lam)

    def solve(self, v):
        return self.ridge(v)[1]

    def ridge(self, v):
        """Return ``u = Z^T b``, (k d,), and ``b = (Z Z^T + lam I)^-1 v``, (n,), for v (n,).

        So u are the coefficients of ridge regression on the features.
        """
        # lam (Z Z^T + lam I)^-1 = I - Z (Z^T Z + lam I)^-1 Z^T
        u = self.use.potrs(self.L, self.Zt @ v, lower=1)[0]
        return u, (v - u @ self.Zt) / self.lam

    def quadratic(self, B):
        """Return the lower triangle of ``lam B^T (Z Z^T + lam I)^-1 B``, (m, m), for B (n, m).

        It is computed as ``B^T B - T^T T``, where ``T = L^-1 Z^T B``.
        """
        use = self.use
        T = use.trtrs(self.L, use.gemm(1.0, self.Zt.T, B, trans_a=1), lower=1, overwrite_b=1)[0]
        BtB = use.syrk(1.0, B, trans=1, lower=1)
        return use.syrk(-1.0, T, beta=1.0, c=BtB, overwrite_c=1, trans=1, lower=1)


class _Zero:
    """The factor of ``lam I``, for a working set without masks."""

    is_of_features = False

    def __init__(self, lam):
        self.lam = lam

    def solve(self, v):
        return v / self.lam

    def quadratic(self, B):
        return B.T @ B


def _cholesky(use, A, lam):
    """Return the Cholesky factor of ``A + lam I``, in place of A; raise LinAlgError if it fails.

    ``use`` are the `routines` of A's precision.
    """
    A[np.diag_indices(len(A))] += np.asarray(lam, A.dtype)
    L, info = use.potrf(A, lower=1, overwrite_a=1)
    if info:
        raise LinAlgError("K + lam I is not numerically positive definite")
    return L
