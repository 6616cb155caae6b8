"""The cone ``C_i = {w : (2 D_i - I) X w >= 0}`` of the weights whose own mask is ``D_i``."""

import numpy as np

from fixing_ntk.programs.objective import group_norms
from fixing_ntk.relu.faces import Faces

CHUNK = 64  # masks whose scores are taken together, before the next need none


def project(X, masks, pairs, weights):
    """Move weights (d, k) to the nearest points of the cones of distinct pairs.

    Parameters
    ----------
    X : ndarray (n, d)
    masks : MaskSet
    pairs : ndarray of int (2, k)
        Sign, 0 or 1, and mask of each column; both signs of a mask have its cone.
    weights : ndarray (d, k)

    Returns
    -------
    ndarray (d, k)
    """
    sign, mask = pairs
    return Faces(X, masks).project(sign * len(masks) + mask, np.ascontiguousarray(weights.T)).T


def scores(design, a, lam):
    """``max <X^T D_i a, w>`` over unit w in C_i, for a and for -a: left sides of the ReLU dual.

    The score is the norm of the projection of ``X^T D_i a``. Where ``||X^T D_i a|| <= lam``, this
    upper bound is returned in place of the score, since the constraint holds in any case.

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
    at = np.flatnonzero(out[0] > lam)
    out[:, at] = _scores(Faces(design.X, design.masks), at, z)
    return out


def largest_score(design, a):
    """Largest of the `scores` of a, with no projection that cannot exceed the largest so far.

    Parameters
    ----------
    design : MaskedDesign
    a : ndarray (n,)

    Returns
    -------
    float
    """
    z = design.adjoint(a)
    norms, faces, largest = group_norms(z), Faces(design.X, design.masks), 0.0
    order = np.argsort(-norms)
    for start in range(0, len(order), CHUNK):
        at = order[start : start + CHUNK]
        at = at[norms[at] > largest]
        if not len(at):
            break
        largest = max(largest, float(_scores(faces, at, z).max()))
    return largest


def _scores(faces, at, z):
    """For k masks, norms of the projections of z_i and -z_i on the mask's cone: (2, k)."""
    p, points = z.shape[1], z[:, at].T
    w = faces.project(np.concatenate([at, p + at]), np.concatenate([points, -points]))
    return np.linalg.norm(w, axis=1).reshape(2, len(at))


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
