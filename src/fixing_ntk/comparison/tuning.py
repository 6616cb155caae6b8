"""Steps that all methods share on a split: score candidates in folds, choose, refit, record."""

import numpy as np

from fixing_ntk.comparison.records import require_certified
from fixing_ntk.data.readers import DataError
from fixing_ntk.estimators.cross_validation import choose, cross_validate


def tune(split, fit, candidates):
    """Return the records of the cross-validation that chooses a candidate.

    Parameters
    ----------
    split : Split
    fit, candidates
        As for `cross_validate`, on the pairs of `Split.tuning`.

    Returns
    -------
    list of dict
        The records of ``fit`` with stage ``cv`` and ``fold``, the number of the pair.
    """
    return [dict(row, stage="cv") for row in cross_validate(split.tuning(), fit, candidates)]


def tune_and_refit(split, fit, ratios):
    """Choose a penalty by `tune`, refit to all training rows, and return the records of all fits.

    ``fit(X, y, X_out, y_out, ratios)`` returns a record for each of the ratios, the candidates. The
    last record is of the refit at the chosen ratio, of stage ``tuned``, scored on the test rows.
    """
    rows = tune(split, fit, ratios)
    best = best_ratio(rows)
    (tuned,) = fit(*split.train_test(), [best])
    return [*rows, dict(tuned, stage="tuned", at_end=is_end(best, ratios))]


def best_ratio(rows):
    """Return the ratio that classifies most held-out rows correctly, over all folds.

    ``rows`` are the records of `tune`, with the same ratios in each fold. Ties go to the ratio that
    comes first, by custom the largest.
    """
    return rows[choose(rows, "correct")]["ratio"]


def without_bias(X, y, X_out, y_out):
    """Return the arguments without the last column of X and X_out, the bias column of ones."""
    return X[:, :-1], y, X_out[:, :-1], y_out


def count_correct(scores, y):
    """Count the rows whose score has the sign of the label, +1 or -1; a score of zero counts as +1.

    Scores are (m,), or (m, k) for a count of each column, (k,).
    """
    predicted = np.where(scores >= 0, 1.0, -1.0)
    return np.sum(predicted == (y if scores.ndim == 1 else y[:, None]), axis=0)


def is_end(value, grid):
    """Say whether a value is the smallest or largest of its grid."""
    return value in (min(grid), max(grid))


def record(split, y, y_out, fitted, output, lam, gap, tol, **labels):
    """Return the row of `records.COLUMNS` for one fit, which must be certified.

    Parameters
    ----------
    split : Split
        Names the record, and has the number of features.
    y, y_out : ndarray (n,), (m,)
        Labels of the fitted rows, and of the held-out rows.
    fitted, output : ndarray (n,), (m,)
        Decision values at the fitted rows, and at the held-out rows; their signs are the classes.
    lam, gap, tol : float
        Penalty, relative gap, and maximum gap that is accepted.
    **labels
        Further columns, such as method and ratio.

    Returns
    -------
    dict
        dataset, split, lam, n, d (bias included), ``correct`` of ``total`` held-out rows,
        ``train_correct`` of the n fitted rows, gap, and the labels.

    Raises
    ------
    UncertifiedFit
        If ``gap`` exceeds ``tol``.
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
    """Raise `DataError` if a split's ``lam_max`` is 0, so that it cannot be the unit of a grid.

    ``split`` is only named in the message.
    """
    if lam_max == 0:
        raise DataError(
            f"{split.dataset}, split {split.index}: labels and masked features are orthogonal "
            "(lambda_max is 0), as where no feature varies in the training rows; leave the dataset "
            "out"
        )
