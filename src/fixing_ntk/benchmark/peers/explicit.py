"""The design matrix that packages without masks need."""

import numpy as np


def explicit_matrix(X, masks):
    """``[D_1 X ... D_p X]``, (n, p d) in Fortran order, a group's columns side by side."""
    n, d = X.shape
    A = np.empty((n, len(masks) * d), order="F")
    for i, diagonal in enumerate(masks.rows(slice(None), bool)):
        A[:, i * d : (i + 1) * d] = diagonal[:, None] * X
    return A


def by_group(coefficients, d):
    """Weights (d, p) from the coefficients (p d,) of that matrix."""
    return coefficients.reshape(-1, d).T
