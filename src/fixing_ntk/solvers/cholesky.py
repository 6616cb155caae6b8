"""Cholesky factors of matrices that rounding may have made indefinite."""

import numpy as np
from scipy.linalg import LinAlgError, cho_factor


def shifted_factor(A, shift):
    """Return the Cholesky factor of A, with a shift of its diagonal that grows until it exists.

    Where the factor of A fails, ``shift`` is added to the diagonal, then ten times as much, and so
    on. A changes in place. The factor is in the form of SciPy's ``cho_factor``.
    """
    diagonal = np.diag_indices(len(A))
    while True:
        try:
            return cho_factor(A, lower=True)
        except LinAlgError:
            A[diagonal] += shift
            shift *= 10


def factor_of(make):
    """Return the Cholesky factor of the matrix ``make()``, shifted only if it would not exist.

    The factor overwrites the matrix, which is made again for the shift. The first shift is the
    rounding of its trace.
    """
    try:
        return cho_factor(make(), lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:
        A = make()
        return shifted_factor(A, np.finfo(A.dtype).eps * np.trace(A))
