"""Certify any weights for the ReLU program."""

import numpy as np

from fixing_ntk.programs import MaskedDesign, Squared, bound, group_norms
from fixing_ntk.relu import cones


def certify(X, y, masks, lam, weights, index, loss=None):
    """Return the `Certificate` of weights for the ReLU program, after projection onto their cones.

    It checks the answer of any solver. The program has no intercept. The projected weights are not
    returned.

    Parameters
    ----------
    X : ndarray (n, d)
    y : ndarray (n,)
        Targets of the squared loss. With a ``loss`` they are not used.
    masks : MaskSet
    lam : float
    weights : ndarray (d, k)
        Not changed in place.
    index : ndarray of int (2, k)
        Sign, 0 (added) or 1 (subtracted), and mask of each column. The pairs are distinct.
    loss : Loss, optional
        Loss, which holds its own targets; by default the squared loss of y.

    Returns
    -------
    Certificate
        Its ``objective`` is that of the projected weights. Its dual point is the residual of these
        weights, shrunk until it satisfies every dual constraint of the ReLU program.
    """
    (sign, mask), design = index, MaskedDesign(X, masks)
    open_ = masks.rows(mask, bool)
    w = cones.project(X, masks, index, weights)
    fitted = np.sum(open_.T * (X @ w) * np.where(sign, -1.0, 1.0), axis=1)
    loss = loss or Squared(y)
    top = cones.scores(design, loss.residual(fitted), lam).max()
    return bound(loss, fitted, lam * np.sum(group_norms(w)), top, lam)
