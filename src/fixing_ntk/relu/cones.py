"""The cone ``C_i = {w : (2 D_i - I) X w >= 0}`` of the weights whose own mask is ``D_i``."""

import numpy as np

from fixing_ntk.programs.objective import group_norms
from fixing_ntk.relu.faces import Faces

CHUNK = 64  # masks that are projected before the next look at whether others can be larger


def project(X, masks, pairs, weights):
    """Return weights (d, k) projected onto the cones of their masks.

    The cone of mask i is ``{w : (2 D_i - I) X w >= 0}``, and the projection is the nearest point.

    Parameters
    ----------
    X : ndarray (n, d)
    masks : MaskSet
    pairs : ndarray of int (2, k)
        Sign, 0 or 1, and mask of each column; both signs of a mask have the same cone. No pair
        occurs twice.
    weights : ndarray (d, k)

    Returns
    -------
    ndarray (d, k)
    """
    sign, mask = pairs
    return Faces(X, masks).project(sign * len(masks) + mask, np.ascontiguousarray(weights.T)).T


def scores(design, a, lam):
    """Return the left sides of the ReLU program's dual constraints at a; lam is the right side.

    For mask i it is the maximum of ``<X^T D_i a, w>`` over w in the cone C_i of the mask with
    ``||w|| <= 1``: the norm of the projection of ``X^T D_i a`` on C_i. Where ``||X^T D_i a|| <=
    lam``, this upper bound is returned in its place, since the constraint holds in any case.

    Parameters
    ----------
    design : MaskedDesign
    a : ndarray (n,)
    lam : float

    Returns
    -------
    ndarray (2, p)
        Row 0 is at a, for weights that are added, and row 1 at -a, for weights that are subtracted.
    """
    z = design.adjoint(a)
    out = np.tile(group_norms(z), (2, 1))
    at = np.flatnonzero(out[0] > lam)
    out[:, at] = _scores(Faces(design.X, design.masks), at, z)
    return out


def largest_score(design, a):
    """Return the largest left side of a dual constraint of the ReLU program at a.

    It is the largest norm of a projection of ``X^T D_i a`` or ``-X^T D_i a`` on the cone of mask i.
    A mask whose bound ``||X^T D_i a||`` is below the largest norm so far is not projected.

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
    """Return the norms (2, k) of the projections of z_i and -z_i on the cone of mask i.

    ``at`` (k,) are the masks, and z_i is column i of z (d, p).
    """
    p, points = z.shape[1], z[:, at].T
    w = faces.project(np.concatenate([at, p + at]), np.concatenate([points, -points]))
    return np.linalg.norm(w, axis=1).reshape(2, len(at))


def violation(X, masks, weights):
    """Return the largest violation of a cone constraint, ``max(0, -min (2 D_i - I) X w_i)``.

    The minimum is over masks and samples.

    Parameters
    ----------
    X : ndarray (n, d)
    masks : ndarray of bool (n, k)
        Column i is the diagonal of ``D_i``.
    weights : ndarray (d, k)
        Column i is ``w_i``.

    Returns
    -------
    float
        In the units of ``X w``.
    """
    signed = np.where(masks, X @ weights, -(X @ weights))
    return float(max(0.0, -signed.min(initial=0.0)))
