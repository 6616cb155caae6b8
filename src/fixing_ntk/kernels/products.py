"""Products with the infinite-width NTK of more samples than a kernel matrix has room for."""

import numpy as np

from fixing_ntk.kernels.closed_form import ntk_block, unit_rows
from fixing_ntk.masks.samples import inner, row_norms

SIDE = 1024  # rows and columns of a block of the kernel, so that its temporaries stay in cache


def ntk_times(Z, X, V):
    """Return ``H(Z, X) V``, (m, k), with H the closed-form NTK, computed in blocks of H.

    Parameters
    ----------
    Z : ndarray or csr_array (m, d)
    X : ndarray or csr_array (n, d)
    V : ndarray (n, k)
    """
    out = np.zeros((Z.shape[0], V.shape[1]))
    for i in _blocks(Z.shape[0]):
        for j in _blocks(X.shape[0]):
            out[i] += ntk_block(Z[i], X[j]) @ V[j]
    return out


class NTKOperator:
    """The matrix ``R H(X, X) R``, with ``R = diag(root)`` and H the closed-form NTK, never stored.

    Each product computes the entries again, block by block.

    Parameters
    ----------
    X : ndarray or csr_array (n, d)
        Samples, without their weights.
    root : ndarray (n,)
        Square roots of the sample weights.
    """

    def __init__(self, X, root):
        self.X, self.root, self.shape = X, root, (len(root), len(root))
        norms = row_norms(X)
        self._unit = unit_rows(X).astype(np.float32)
        self._scale = (root * norms / np.sqrt(2.0 * np.pi)).astype(np.float32)[:, None]

    def times(self, V):
        """Return ``R H(X, X) R V``, (n, k), for V (n, k), computed in float64."""
        root = self.root[:, None]
        return root * self._symmetric(lambda i, j: ntk_block(self.X[i], self.X[j]), root * V)

    def roughly_times(self, V):
        """Return the product with V (n, k) in float32, (n, k).

        It takes a third of the time of `times`. Its angles between nearly parallel rows have an
        error of 1e-3 radians.
        """
        V = self._scale * V.astype(np.float32)
        return self._scale * self._symmetric(
            lambda i, j: _by_cosines(inner(self._unit[i], self._unit[j])), V
        )

    def columns(self, index):
        """Return the columns at the positions ``index`` (m,), (n, m), in float64."""
        C = np.empty((len(self.root), len(index)))
        for i in _blocks(len(C)):
            C[i] = ntk_block(self.X[i], self.X[index])
        C *= self.root[:, None]
        C *= self.root[index]
        return C

    def _symmetric(self, entries, V):
        """Return the product of a symmetric matrix with V (n, k), (n, k).

        ``entries(i, j)`` returns the block of the matrix at slices i and j, i not after j. A block
        off the diagonal also serves, transposed, as its mirror image.
        """
        out, blocks = np.zeros_like(V), _blocks(len(V))
        for a, i in enumerate(blocks):
            for j in blocks[a:]:
                block = entries(i, j)
                out[i] += block @ V[j]
                if i != j:
                    out[j] += block.T @ V[i]
        return out


def _by_cosines(cosine):
    """Return ``cos(theta) (pi - theta)`` for an array of cosines, which is overwritten.

    This is the NTK of unit vectors times 2 pi. `NTKOperator._scale` has the missing factors.
    """
    np.clip(cosine, -1.0, 1.0, out=cosine)
    theta = np.arccos(cosine)
    cosine *= np.subtract(np.pi, theta, out=theta)
    return cosine


def _blocks(n):
    return [slice(start, min(start + SIDE, n)) for start in range(0, n, SIDE)]
