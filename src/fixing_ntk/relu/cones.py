"""The cone ``C_i = {w : (2 D_i - I) X w >= 0}`` of weights that open just the samples of a mask."""

import numpy as np
import scipy

from fixing_ntk.programs.objective import group_norms

RANK = 1e-12  # singular values of tight constraints below this share of the largest are zero
ROUNDING = 1e-14  # of a slack, over the norms of its factors


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
    return _nearest(X, mask, z)[0]


class Projections:
    """Projections onto the cones of p masks, each tried first on the face of the call before.

    Near a point the projection onto a cone is linear, onto a face, and that it is right shows at
    the cost of two products: feasible, with multipliers that are not negative.

    Parameters
    ----------
    X : ndarray (n, d)
    masks : ndarray of bool (p, n)

    Attributes
    ----------
    onto : ndarray (2, p, d, d)
        Orthogonal projector onto the span of the face, for either sign.
    """

    def __init__(self, X, masks):
        p, d = len(masks), X.shape[1]
        self.X, self.masks = X, masks
        self.signed = np.where(masks[:, :, None], X, -X)
        self.onto = np.broadcast_to(np.eye(d), (2, p, d, d)).copy()
        self._multipliers = np.zeros((2, p, d, d))

    def __call__(self, z):
        """Nearest points to ``z`` and to ``-z``, (2, p, d), of the cones, for z (p, d)."""
        both = np.stack([z, -z])[..., None]
        w, multipliers = (self.onto @ both)[..., 0], (self._multipliers @ both)[..., 0]
        slack = np.einsum("pnd,spd->spn", self.signed, w)
        rounding = ROUNDING * np.outer(np.linalg.norm(z, axis=1), np.linalg.norm(self.X, axis=1))
        right = np.all(slack >= -rounding, axis=2) & np.all(multipliers >= 0.0, axis=2)
        for sign, i in zip(*np.nonzero(~right), strict=True):
            w[sign, i], tight = _nearest(self.X, self.masks[i], both[sign, i, :, 0])
            inverse = np.linalg.pinv(tight, rcond=RANK)
            self.onto[sign, i] = np.eye(z.shape[1]) - inverse @ tight
            self._multipliers[sign, i] = 0.0
            self._multipliers[sign, i, : len(tight)] = -inverse.T
        return w


def _nearest(X, mask, z):
    """Projection, and the rows of ``(2 D_i - I) X`` with positive multipliers."""
    signed = np.where(mask[:, None], X, -X)
    if np.all(signed @ z >= 0):
        return z, signed[:0]
    s, _ = scipy.optimize.nnls(-signed.T, z)  # loaded here: a third of a job's start, seldom used
    return z + s @ signed, signed[s > 0]


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


def largest_score(design, a):
    """The largest of the `scores` of a, by as few projections as show it.

    Parameters
    ----------
    design : MaskedDesign
    a : ndarray (n,)

    Returns
    -------
    float
    """
    z = design.adjoint(a)
    norms, largest = group_norms(z), 0.0
    for i in np.argsort(-norms):
        if norms[i] <= largest:
            break
        mask = design.masks.rows([i], bool)[0]
        both = [np.linalg.norm(project(design.X, mask, e * z[:, i])) for e in (1.0, -1.0)]
        largest = max(largest, *map(float, both))
    return float(largest)


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
