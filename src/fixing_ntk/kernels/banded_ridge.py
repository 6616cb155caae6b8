"""Kernel ridge regression at many penalties, by a banded form of a large kernel.

Half of the work of a tridiagonal form (`KernelRidge`) is products of a matrix and a vector, which
wait for memory. A banded form, ``K = Q B Q^T``, takes as many operations, all in products of
matrices. ``B + lam I`` is then solved with in a time that is small beside it. It is the first stage
of Bischof, Lang and Sun, "A framework for symmetric band reduction", ACM Transactions on
Mathematical Software 26 (2000).
"""

from functools import cached_property

import numpy as np
from scipy.linalg import LinAlgError, eigvals_banded, solve_banded, solveh_banded
from scipy.linalg.blas import dgemm
from scipy.linalg.lapack import dgeqrf

from fixing_ntk.kernels.ridge import KernelRidge, largest_eigenvalue

WIDTH = 128  # of the band: narrower ones make products slower, wider ones solves with B


class BandedRidge(KernelRidge):
    """`KernelRidge` by a banded form in place of a tridiagonal one; faster from 1,000 rows on.

    Parameters
    ----------
    K : ndarray (n, n)
        Positive semidefinite.
    y : ndarray (n,)
    """

    def _reduce(self):
        self._bands, self._blocks = banded_form(self.K, WIDTH)

    def _rotated(self, V, transposed):
        out = V.copy()
        for start, R, T in self._blocks if transposed else reversed(self._blocks):
            T = T.T if transposed else T
            out[start:] -= R @ (T @ (R.T @ out[start:]))
        return out

    def _solve_reduced(self, lam, z):
        bands = self._bands.copy()
        bands[0] += lam
        try:
            return solveh_banded(bands, z, lower=True, check_finite=False)
        except LinAlgError:  # indefinite, by rounding
            width = len(bands) - 1
            return solve_banded((width, width), _both_sides(bands), z, check_finite=False)

    @cached_property
    def values(self):
        return np.maximum(eigvals_banded(self._bands, lower=True), 0.0)  # rounding below zero

    @cached_property
    def scale(self):
        return largest_eigenvalue(self.K)


def banded_form(K, width):
    """Reduce K to a banded matrix B, with ``K = Q B Q^T`` and Q orthogonal.

    Q is the product ``Q_1 Q_2 ...`` of blocks of reflectors. Block j makes `width` columns of the
    matrix zero below the band, by the QR decomposition of what they have there.

    Parameters
    ----------
    K : ndarray (n, n)
        Symmetric.
    width : int
        Number of diagonals of B below the main one.

    Returns
    -------
    bands : ndarray (width + 1, n), or (n, n) if n is smaller
        The diagonals of B from the main one down, as `scipy.linalg.solveh_banded` takes them.
    blocks : list of (int, ndarray (m, k), ndarray (k, k))
        For each block the first row that it changes, R and T: ``Q_j = I - R T R^T`` on the m last
        rows.
    """
    n = len(K)
    # Blocks of columns from the diagonal down, each contiguous, so that BLAS updates them in place.
    columns = [np.array(K[s:, s : s + width], order="F") for s in range(0, n, width)]
    bands, blocks = np.zeros((width + 1, n)), []
    for start in range(0, n, width):
        block = columns.pop(0)
        if columns:
            R, T, triangle = _reflectors(block[width:])
            _transform(columns, R, T)
            blocks.append((start + width, R, T))
            block = np.vstack([block[:width], triangle])
        for i, of_column in enumerate(block.T, start):
            below = of_column[i - start : i - start + width + 1]
            bands[: len(below), i] = below
    return bands[:n], blocks


def _reflectors(A):
    """Return R (m, k), T (k, k) and U of the QR decomposition ``A = (I - R T R^T) [U; 0]``.

    A is (m, l), k is the smaller of m and l, and U (k, l) is upper triangular. R holds the vectors
    of k reflectors.
    """
    m, width = A.shape
    k = min(m, width)
    packed, tau, *_ = dgeqrf(A, lwork=64 * width)
    R = np.tril(packed[:, :k], -1)
    R[np.diag_indices(k)] = 1.0
    inner, T = R.T @ R, np.zeros((k, k))
    for i in range(k):
        T[:i, i] = -tau[i] * (T[:i, :i] @ inner[:i, i])
        T[i, i] = tau[i]
    return R, T, np.triu(packed[:k])


def _transform(columns, R, T):
    """Replace the symmetric matrix S by ``Q^T S Q``, with ``Q = I - R T R^T``, in place.

    ``columns`` are the lower blocks of columns of S (m, m). With ``Y = S R T`` and ``Z = Y - R T^T
    R^T Y / 2`` the result is ``S - R Z^T - Z R^T``.
    """
    Rt, Wt = np.asfortranarray(R.T), np.asfortranarray((R @ T).T)
    Yt, starts = np.zeros_like(Rt), np.cumsum([0, *(A.shape[1] for A in columns)])
    for A, i, j in zip(columns, starts, starts[1:], strict=False):
        dgemm(1.0, Wt[:, i:j], A, trans_b=True, beta=1.0, c=Yt[:, i:], overwrite_c=True)
        if j < len(R):
            below = Wt[:, i:].copy(order="F")
            below[:, : j - i] = 0.0  # the diagonal block has had its turn
            dgemm(1.0, below, A, beta=1.0, c=Yt[:, i:j], overwrite_c=True)
    Zt = Yt - 0.5 * (Yt @ Wt.T) @ Rt
    left, right = (np.asfortranarray(np.vstack(pair)) for pair in ((Rt, Zt), (Zt, Rt)))
    for A, i, j in zip(columns, starts, starts[1:], strict=False):
        dgemm(-1.0, left[:, i:], right[:, i:j], trans_a=True, beta=1.0, c=A, overwrite_c=True)


def _both_sides(bands):
    """Return the diagonals above and below as `scipy.linalg.solve_banded` takes them."""
    width = len(bands) - 1
    above = [np.append(np.zeros(i), bands[i][: bands.shape[1] - i]) for i in range(width, 0, -1)]
    return np.vstack([*above, bands])
