"""Accuracies of one method over datasets in a few numbers, beside other methods."""

import numpy as np

from fixing_ntk.comparison.statistics import paired_tests, wins_ties_losses

LEAST_ROWS = 50  # datasets with fewer rows have means of their own: two toy sets move all others


def summary(accuracies, rows, **others):
    """Summarise accuracies over datasets.

    Parameters
    ----------
    accuracies : pandas.Series
        By dataset, a mean over splits.
    rows : pandas.Series
        Rows of each dataset.
    **others : pandas.Series
        Accuracies of another method, by its name.

    Returns
    -------
    dict
        ``mean``, ``median`` and ``mean_large`` over datasets of `LEAST_ROWS` rows or more, in per
        cent; by the name of each other method ``NAME_wins``, ``_ties``, ``_losses``, ``_mean``,
        ``_median`` and ``_mean_large`` of the difference in points, ``_error``, the standard error
        of its mean over datasets, and p-values ``_wilcoxon`` and ``_sign``.
    """
    large = rows.loc[accuracies.index] >= LEAST_ROWS
    found = _means(100 * accuracies, large)
    for name, other in others.items():
        difference = 100 * (accuracies - other.loc[accuracies.index])
        parts = (
            wins_ties_losses(accuracies, other.loc[accuracies.index])
            | _means(difference, large)
            | dict(error=difference.sem() if len(difference) > 1 else np.nan)
            | paired_tests(accuracies, other.loc[accuracies.index])
        )
        found |= {f"{name}_{key}": value for key, value in parts.items()}
    return found


def _means(values, large):
    return dict(mean=values.mean(), median=values.median(), mean_large=values[large].mean())
