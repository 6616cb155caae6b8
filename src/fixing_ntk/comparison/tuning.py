"""What the methods share on a split: candidates are scored on its pairs, one is refitted."""

import numpy as np

from fixing_ntk.data.readers import DataError
from fixing_ntk.estimators.cross_validation import choose, cross_validate


def tune(split, fit, candidates):
    """Records of the fits that a candidate is chosen by.

    Parameters
    ----------
    split : Split
    fit, candidates
        As `cross_validate` takes them; pairs are those of `Split.tuning`.

    Returns
    -------
    list of dict
        Of stage ``cv``; ``fold`` counts the pairs.
    """
    return [dict(row, stage="cv") for row in cross_validate(split.tuning(), fit, candidates)]


def best_ratio(rows):
    """The penalty's ratio that classifies most held-out rows correctly, by records of `tune`."""
    return rows[choose(rows, "correct")]["ratio"]


def without_bias(X, y, X_out, y_out):
    """A pair of rows without the column of ones, which these methods do not take."""
    return X[:, :-1], y, X_out[:, :-1], y_out


def count_correct(scores, y):
    """Rows whose sign is right, for predictions (m,) or (m, k); zero counts as +1."""
    predicted = np.where(scores >= 0, 1.0, -1.0)
    return np.sum(predicted == (y if scores.ndim == 1 else y[:, None]), axis=0)


def is_end(value, grid):
    """Whether the chosen value is the smallest or largest of its grid."""
    return value in (min(grid), max(grid))


def require_scale(split, lam_max):
    """Raise `DataError` where no grid can be stated in units of ``lam_max``, because it is 0."""
    if lam_max == 0:
        raise DataError(
            f"{split.dataset}, split {split.index}: labels and masked features are orthogonal "
            "(lambda_max is 0), as where no feature varies in the training rows; leave the dataset "
            "out"
        )
