"""The gated ReLU network ``f(x) = sum_i 1(x^T g_i >= 0) x^T w_i``."""

import numpy as np


def predict(gates, weights, X_new):
    """Return the output of the gated ReLU network at new points.

    Parameters
    ----------
    gates, weights : ndarray (d, k)
    X_new : ndarray (m, d)

    Returns
    -------
    ndarray (m,)
    """
    return np.sum((X_new @ gates >= 0) * (X_new @ weights), axis=1)
