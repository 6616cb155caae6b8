"""The infinite-width NTK in closed form."""

import numpy as np
from scipy.sparse import issparse

from fixing_ntk.masks import BLOCK_BYTES
from fixing_ntk.masks.samples import entries_per_row, inner, row_norms, sample_array, scale_rows

ROWS = 4_096  # rows of a block of a large kernel
WELL_CONDITIONED = 0.9  # |cosine| up to which arccos is accurate to three units of rounding


def ntk(X, Z=None):
    """Return the infinite-width NTK of the gated ReLU network between rows of X and rows of Z.

    It is ``H(x, z) = x^T z (pi - theta) / (2 pi)``, with theta the angle between x and z.

    Parameters
    ----------
    X : array or sparse array (n, d)
    Z : array or sparse array (m, d), optional
        X by default.

    Returns
    -------
    ndarray (n, m)
        The kernel of a network that divides the sum over its neurons by the root of their number,
        if only the first layer is trained and second-layer weights are +-1. With both layers
        trained, with entries N(0, s1^2) and N(0, s2^2), the kernel is (s1^2 + s2^2) times this.
    """
    X = sample_array(X, "X", "n", "d", empty=True)
    Z = X if Z is None else sample_array(Z, "Z", "m", "d", empty=True)
    if X.shape[0] <= ROWS:
        return ntk_block(X, Z)
    H = np.empty((X.shape[0], Z.shape[0]))
    for start in range(0, X.shape[0], ROWS):
        H[start : start + ROWS] = ntk_block(X[start : start + ROWS], Z)
    return H


def ntk_block(X, Z):
    """Return `ntk` between rows of X (k, d) and Z (m, d), (k, m), in one piece and unchecked.

    Temporaries take twice the memory of the result.
    """
    H, theta = inner(X, Z), angles(X, Z)
    H *= np.subtract(np.pi, theta, out=theta)
    H /= 2.0 * np.pi
    return H


def angles(X, Z):
    """Return the angles (n, m) between rows of X (n, d) and rows of Z (m, d), to full precision.

    They are in radians, from 0 to pi. For nearly parallel or opposite rows arccos would lose half
    the digits. Those pairs use atan2 of ``|u - v|`` and ``|u + v|`` at unit vectors u, v (Kahan). A
    zero row counts as orthogonal to every row.
    """
    U, V = unit_rows(X), unit_rows(Z)
    cosine = inner(U, V)
    rows, columns = np.nonzero(np.abs(cosine) > WELL_CONDITIONED)
    theta = np.arccos(np.clip(cosine, -1.0, 1.0, out=cosine), out=cosine)
    step = max(1, (BLOCK_BYTES // 8) // entries_per_row(X))
    for start in range(0, len(rows), step):
        i, j = rows[start : start + step], columns[start : start + step]
        difference = row_norms(U[i] - V[j])
        theta[i, j] = 2.0 * np.arctan2(difference, row_norms(U[i] + V[j]))
    return theta


def unit_rows(X):
    """Return the rows of X at length one; rows of zeros stay."""
    norms = row_norms(X)
    norms = np.where(norms > 0, norms, 1.0)
    return scale_rows(1.0 / norms, X) if issparse(X) else X / norms[:, None]
