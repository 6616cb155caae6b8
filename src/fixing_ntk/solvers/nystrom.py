"""The Nystrom preconditioner of a kernel matrix.

The kernel K of n samples is approximated by ``C W^-1 C^T``, where C (n, m) has the columns of K at
m random samples, the landmarks, and W (m, m) the rows of C at the landmarks.
"""

import numpy as np
from scipy.linalg import cho_solve

from fixing_ntk.solvers.cholesky import shifted_factor

RIDGE = 1e-10  # first shift of the diagonal, over its mean


def landmarks(n, m):
    """Return the positions of ``min(n, m)`` random samples of n, the landmarks, increasing.

    The seed is n, so every call with the same n and m returns the same positions.
    """
    return np.sort(np.random.default_rng(n).permutation(n)[:m])


def nystrom(C, rows, mu):
    """Return the map ``v -> (I + C W^-1 C^T / mu)^-1 v`` of arrays (n,) or (n, k).

    Parameters
    ----------
    C : ndarray (n, m)
        Columns of the kernel at the landmarks.
    rows : ndarray of int (m,)
        Positions of the landmarks.
    mu : float
    """
    inner = (mu * C[rows] + C.T @ C).astype(float)
    shift = RIDGE * (np.trace(inner) / len(rows) or 1.0)
    inner[np.diag_indices(len(rows))] += shift  # repeated landmarks make it singular
    factor = shifted_factor(inner, 10 * shift)
    return lambda v: v - C @ cho_solve(factor, C.T @ v).astype(C.dtype)
