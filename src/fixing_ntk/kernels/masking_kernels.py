"""Masking kernels, at the samples or at any points."""

import numpy as np

from fixing_ntk.masks.samples import inner


def masking_kernel(X, mask):
    """Return the masking kernel ``D X X^T D``, (n, n), with ``D = diag(mask)`` for a mask (n,)."""
    DX = np.asarray(mask, float)[:, None] * X
    return DX @ DX.T


def combined_kernel(gates, eta, X, Z):
    """Return the weighted sum of masking kernels between any points x of X and z of Z.

    It is ``sum_i eta_i 1(x^T g_i >= 0) 1(z^T g_i >= 0) x^T z``.

    Parameters
    ----------
    gates : ndarray (d, p)
        Column i is ``g_i``.
    eta : ndarray (p,)
        Kernel weights, as given: they are not normalised.
    X : ndarray or csr_array (n, d)
    Z : ndarray or csr_array (m, d)

    Returns
    -------
    ndarray (n, m)
    """
    return inner(X, Z) * (((X @ gates >= 0) * eta) @ (Z @ gates >= 0).T)
