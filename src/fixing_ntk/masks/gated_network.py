"""The gated ReLU network ``f(x) = sum_i 1(x^T g_i >= 0) x^T w_i``."""

import numpy as np


def predict(gates, weights, X_new):
    """Output of the gated ReLU network.

    Parameters
    ----------
    gates, weights : ndarray (d, k)
    X_new : ndarray (m, d)

    Returns
    -------
    ndarray (m,)
    """
    return np.sum((X_new @ gates >= 0) * (X_new @ weights), axis=1)


def masking_kernel(gates, eta, X, Z):
    """``sum_i eta_i 1(x^T g_i >= 0) 1(z^T g_i >= 0) x^T z`` of rows of X and Z.

    Parameters
    ----------
    gates : ndarray (d, k)
    eta : ndarray (k,)
    X : ndarray (m, d)
    Z : ndarray (l, d)

    Returns
    -------
    ndarray (m, l)
    """
    return (X @ Z.T) * (((X @ gates >= 0) * eta) @ (Z @ gates >= 0).T)
