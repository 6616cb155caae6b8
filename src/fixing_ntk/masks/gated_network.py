"""The gated ReLU network ``f(x) = sum_i 1(x^T g_i >= 0) x^T w_i``."""

import numpy as np


def predict(gates, weights, X_new):
    """Return the output ``sum_i 1(x^T g_i >= 0) x^T w_i`` of the gated network at new points x.

    Parameters
    ----------
    gates, weights : ndarray (d, k)
        Column i is g_i and w_i.
    X_new : ndarray or csr_array (m, d)
        One point a row.

    Returns
    -------
    ndarray (m,)
    """
    return np.sum((X_new @ gates >= 0) * (X_new @ weights), axis=1)
