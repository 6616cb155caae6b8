"""The explicit design matrix, for packages that have no masks."""

import numpy as np


def explicit_matrix(X, masks):
    """Return ``[D_1 X ... D_p X]``, (n, p d) in Fortran order; a group's columns are adjacent."""
    n, d = X.shape
    A = np.empty((n, len(masks) * d), order="F")
    for i, diagonal in enumerate(masks.rows(slice(None), bool)):
        A[:, i * d : (i + 1) * d] = diagonal[:, None] * X
    return A


def by_group(coefficients, d):
    """Return the weights (d, p) from the coefficients (p d,) of `explicit_matrix`."""
    return coefficients.reshape(-1, d).T
