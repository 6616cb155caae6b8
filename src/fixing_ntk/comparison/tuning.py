"""What the methods share on a split: candidates are scored on its pairs, one is refitted."""

import numpy as np

from fixing_ntk.comparison.records import require_certified
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


def tune_and_refit(split, fit, ratios):
    """Records of `tune`, and of a fit to all training rows at the penalty that they choose."""
    rows = tune(split, fit, ratios)
    best = best_ratio(rows)
    (tuned,) = fit(*split.train_test(), [best])
    return [*rows, dict(tuned, stage="tuned", at_end=is_end(best, ratios))]


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


def record(split, y, y_out, fitted, output, lam, gap, tol, **labels):
    """A row of `records.COLUMNS`, of one fit.

    Parameters
    ----------
    split : Split
    y, y_out : ndarray (n,), (m,)
        Labels of the rows that were fitted to, and of those held out.
    fitted, output : ndarray (n,), (m,)
        What the fit predicts for them.
    lam, gap, tol : float
        Penalty, relative gap, and the gap that is required.
    **labels
        Further columns.

    Raises
    ------
    UncertifiedFit
    """
    require_certified(split, lam, gap, tol)
    return dict(
        dataset=split.dataset,
        split=split.index,
        lam=lam,
        n=len(y),
        d=split.X.shape[1] + 1,
        correct=int(count_correct(output, y_out)),
        total=len(y_out),
        train_correct=int(count_correct(fitted, y)),
        gap=gap,
        **labels,
    )


def require_scale(split, lam_max):
    """Raise `DataError` where no grid can be stated in units of ``lam_max``, because it is 0."""
    if lam_max == 0:
        raise DataError(
            f"{split.dataset}, split {split.index}: labels and masked features are orthogonal "
            "(lambda_max is 0), as where no feature varies in the training rows; leave the dataset "
            "out"
        )
