"""The cone ``C_i = {w : (2 D_i - I) X w >= 0}`` of weights that open just the samples of a mask."""

import numpy as np
from scipy.optimize import nnls

from fixing_ntk.programs.objective import group_norms


def project(X, mask, z):
    """Nearest point of C_i to z, by Moreau's decomposition.

    The polar cone is ``{-X^T (2 D_i - I) s : s >= 0}``, so the distance to it is a nonnegative
    least squares problem in s, and its residual is the projection.

    Parameters
    ----------
    X : ndarray (n, d)
    mask : ndarray of bool (n,)
        Diagonal of ``D_i``.
    z : ndarray (d,)

    Returns
    -------
    ndarray (d,)
    """
    signed = np.where(mask[:, None], X, -X)
    if np.all(signed @ z >= 0):
        return z
    s, _ = nnls(-signed.T, z)
    return z + s @ signed


def scores(design, a, lam):
    """``max <X^T D_i a, w>`` over unit w in C_i, for a and for -a: the ReLU dual's left sides.

    That is the norm of the projection of ``X^T D_i a``, never above that of the vector itself:
    where the vector's is at most lam, it stands in for the score, and no projection is made.

    Parameters
    ----------
    design : MaskedDesign
    a : ndarray (n,)
    lam : float

    Returns
    -------
    ndarray (2, p)
        Rows for a, and for -a.
    """
    z = design.adjoint(a)
    out = np.tile(group_norms(z), (2, 1))
    for i in np.flatnonzero(out[0] > lam):
        mask = design.masks.rows([i], bool)[0]
        for row, sign in enumerate((1.0, -1.0)):
            out[row, i] = np.linalg.norm(project(design.X, mask, sign * z[:, i]))
    return out


def violation(X, masks, weights):
    """``max(0, -min (2 D_i - I) X w_i)`` over masks and samples, for weights (d, k).

    Parameters
    ----------
    X : ndarray (n, d)
    masks : ndarray of bool (n, k)
    weights : ndarray (d, k)

    Returns
    -------
    float
        In the units of ``X w``.
    """
    signed = np.where(masks, X @ weights, -(X @ weights))
    return float(max(0.0, -signed.min(initial=0.0)))
