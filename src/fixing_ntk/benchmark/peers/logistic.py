"""Certificate and labels for the adapters of the logistic loss."""

import numpy as np

from fixing_ntk.programs import Logistic, MaskedDesign
from fixing_ntk.programs import certify as certify_loss


def certify(X, y, masks, lam, weights, index):
    """Return the `Certificate` of weights for the logistic loss, with labels y of -1 and 1.

    The arguments are as for `programs.certify`, but the masks and X in place of a design.
    """
    loss = Logistic(y, np.ones(len(y)))
    return certify_loss(MaskedDesign(X, masks), y, lam, weights, index, loss)


def zero_one(y):
    """Convert labels -1 and 1 to labels 0 and 1."""
    return np.where(y > 0, 1.0, 0.0)
