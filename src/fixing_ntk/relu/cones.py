"""The cone ``C_i = {w : (2 D_i - I) X w >= 0}`` of the weights whose own mask is ``D_i``."""

import numpy as np
from scipy.optimize import nnls

from fixing_ntk.programs.objective import group_norms

RANK = 1e-12  # singular values of active constraints below this share of the largest are zero
ROUNDING = 1e-14  # of a constraint value ``x^T w``, over the norms of x and w


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
    """Projections onto the cones of p masks, which try the faces of the previous call first.

    Near a point the projection onto a cone is linear: it projects onto the span of a face. Two
    products verify a face: the projection is feasible and no multiplier is negative.

    Parameters
    ----------
    X : ndarray (n, d)
    masks : ndarray of bool (p, n)

    Attributes
    ----------
    onto : ndarray (2, p, d, d)
        Orthogonal projectors onto the spans of the faces, for both signs.
    """

    def __init__(self, X, masks):
        p, d = len(masks), X.shape[1]
        self.X, self.masks = X, masks
        self.signed = np.where(masks[:, :, None], X, -X)
        self.onto = np.broadcast_to(np.eye(d), (2, p, d, d)).copy()
        self._multipliers = np.zeros((2, p, d, d))

    def __call__(self, z):
        """Project the rows of z (p, d), and of ``-z``, onto the cones: (2, p, d)."""
        points = np.stack([z, -z])[..., None]
        w, multipliers = (self.onto @ points)[..., 0], (self._multipliers @ points)[..., 0]
        slack = np.einsum("pnd,spd->spn", self.signed, w)
        rounding = ROUNDING * np.outer(np.linalg.norm(z, axis=1), np.linalg.norm(self.X, axis=1))
        verified = np.all(slack >= -rounding, axis=2) & np.all(multipliers >= 0.0, axis=2)
        for sign, i in zip(*np.nonzero(~verified), strict=True):
            w[sign, i], active = _nearest(self.X, self.masks[i], points[sign, i, :, 0])
            inverse = np.linalg.pinv(active, rcond=RANK)
            self.onto[sign, i] = np.eye(z.shape[1]) - inverse @ active
            self._multipliers[sign, i] = 0.0
            self._multipliers[sign, i, : len(active)] = -inverse.T
        return w


def _nearest(X, mask, z):
    """Projection, and the rows of ``(2 D_i - I) X`` with positive multipliers."""
    signed = np.where(mask[:, None], X, -X)
    if np.all(signed @ z >= 0):
        return z, signed[:0]
    s, _ = nnls(-signed.T, z)
    return z + s @ signed, signed[s > 0]


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
    for i in np.flatnonzero(out[0] > lam):
        mask = design.masks.rows([i], bool)[0]
        for row, sign in enumerate((1.0, -1.0)):
            out[row, i] = np.linalg.norm(project(design.X, mask, sign * z[:, i]))
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
    norms, largest = group_norms(z), 0.0
    for i in np.argsort(-norms):
        if norms[i] <= largest:
            break
        mask = design.masks.rows([i], bool)[0]
        signed = [np.linalg.norm(project(design.X, mask, e * z[:, i])) for e in (1.0, -1.0)]
        largest = max(largest, *map(float, signed))
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
