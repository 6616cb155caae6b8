"""Choosing a penalty by cross-validation, alike for every method."""

import numpy as np

from fixing_ntk.data.readers import DataError


def count_correct(scores, y):
    """Rows whose sign is right, for predictions (m,) or (m, k); zero counts as +1."""
    predicted = np.where(scores >= 0, 1.0, -1.0)
    return np.sum(predicted == (y if scores.ndim == 1 else y[:, None]), axis=0)


def choose(ratios, correct):
    """Index of the best penalty; ties are broken toward the larger.

    Parameters
    ----------
    ratios : sequence of float (k,)
    correct : array (k,) of int
        Held-out rows classified correctly, summed over folds.
    """
    correct = np.asarray(correct)
    best = np.flatnonzero(correct == correct.max())
    return int(best[np.argmax(np.asarray(ratios)[best])])


def is_end(ratios, index):
    """Whether the chosen penalty is the smallest or largest of its grid."""
    return ratios[index] in (min(ratios), max(ratios))


def require_scale(split, lam_max):
    """Raise `DataError` where no grid can be stated in units of ``lam_max``, because it is 0."""
    if lam_max == 0:
        raise DataError(
            f"{split.dataset}, split {split.index}: labels and masked features are orthogonal "
            "(lambda_max is 0), as where no feature varies in the training rows; leave the dataset "
            "out"
        )
