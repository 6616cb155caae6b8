"""Statistics of comparisons: counts of wins, tests of a difference, ranks.

Ranks: Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7 (2006) 1-30.
"""

import numpy as np
import pandas as pd
import scipy

LARGE = 50  # training rows from which a dataset is one of the larger sets, which have own means


def wins_ties_losses(a, b):
    """Return the numbers of ``wins`` (a > b), ``ties`` (equal within 1e-12) and ``losses``, a dict.

    a and b are accuracies, or other scores of which the larger is better, in the same cases.
    """
    difference = np.asarray(a) - np.asarray(b)
    return dict(
        wins=int(np.sum(difference > 1e-12)),
        ties=int(np.sum(np.abs(difference) <= 1e-12)),
        losses=int(np.sum(difference < -1e-12)),
    )


def means(values, n):
    """Return mean and median over datasets, and mean over those of at least `LARGE` training rows.

    Parameters
    ----------
    values, n : array (n_datasets,)
        A number of each dataset, and its training rows.

    Returns
    -------
    dict
        ``mean`` and ``median`` of all datasets; ``mean_large`` of those with at least `LARGE`
        training rows, and ``large``, their number. A mean over no dataset is NaN.
    """
    values, large = pd.Series(np.asarray(values, float)), np.asarray(n) >= LARGE
    return dict(
        mean=values.mean(),
        median=values.median(),
        mean_large=values[large].mean(),
        large=int(large.sum()),
    )


def compare(a, b, n):
    """Compare the accuracies of two methods over datasets.

    Parameters
    ----------
    a, b, n : array (n_datasets,)
        Accuracies of the two methods, from 0 to 1, and training rows of each dataset.

    Returns
    -------
    dict
        The entries of `wins_ties_losses`, of `means` of a - b in percentage points, and of
        `paired_tests`.
    """
    points = 100 * (np.asarray(a) - np.asarray(b))
    return dict(**wins_ties_losses(a, b), **means(points, n), **paired_tests(a, b))


def regret(a, *others):
    """Return the largest of the others minus a, case by case; negative where a is better.

    Parameters
    ----------
    a : array (n_cases,)
        Accuracies.
    *others : array (n_cases,)
        Accuracies of other methods in the same cases.

    Returns
    -------
    ndarray (n_cases,)
    """
    return np.max(others, axis=0) - np.asarray(a)


def regrets(accuracies, name, others, n):
    """Summarise over datasets how many percentage points a method is below the best of others.

    Parameters
    ----------
    accuracies : pandas.DataFrame (n_datasets, ...)
        From 0 to 1, one row for each dataset, indexed by its name, one column for each method.
    name : str
        The method.
    others : sequence of str
        Methods to compare with.
    n : array (n_datasets,)
        Training rows.

    Returns
    -------
    dict
        The entries of `means` of the points, negative where the method is best; their maximum
        ``most``, and ``worst``, the dataset of the maximum.
    """
    lost = 100 * regret(accuracies[name], *(accuracies[other] for other in others))
    return dict(**means(lost, n), most=lost.max(), worst=accuracies.index[lost.argmax()])


def paired_tests(a, b):
    """Return two-sided p-values over paired cases: Wilcoxon signed-rank, and sign test.

    a and b are accuracies in the same cases. Pairs that are equal are dropped in each test.

    Returns
    -------
    dict
        ``wilcoxon`` and ``sign``; NaN where all pairs are tied.
    """
    difference = np.round(np.asarray(a) - np.asarray(b), 12)
    count = wins_ties_losses(a, b)
    decided = count["wins"] + count["losses"]
    if not decided:
        return dict(wilcoxon=np.nan, sign=np.nan)
    return dict(
        wilcoxon=float(scipy.stats.wilcoxon(difference[difference != 0]).pvalue),
        sign=float(scipy.stats.binomtest(count["wins"], decided).pvalue),
    )


def corrected_t(difference, test_per_train):
    """Return the two-sided p-value of a mean difference over random splits of the same rows.

    Splits share training rows, so their differences vary together. For k splits with sample
    variance s^2, the corrected resampled t-test takes ``(1 / k + n_test / n_train) s^2`` as the
    variance of the mean (Nadeau and Bengio, "Inference for the Generalization Error", Machine
    Learning 52 (2003) 239-281).

    Parameters
    ----------
    difference : array (n_splits,)
        One score minus another, of each split.
    test_per_train : float
        Number of test rows over number of training rows, of a split.

    Returns
    -------
    float
        1 if all differences are zero, else NaN for a single split, and 0 if all are equal.
    """
    difference = np.round(np.asarray(difference, float), 12)
    if not difference.any():
        return 1.0
    if len(difference) < 2:
        return np.nan
    variance = (1 / len(difference) + test_per_train) * difference.var(ddof=1)
    with np.errstate(divide="ignore"):
        t = np.abs(difference.mean()) / np.sqrt(variance)
    return float(2 * scipy.stats.t.sf(t, len(difference) - 1))


def held_out_ratio(rows):
    """Return the mean over fits of test rows over training rows, as `corrected_t` takes it.

    ``rows`` is a frame with the columns n and n_test. Splits by time differ in the ratio.
    """
    return float((rows.n_test / rows.n).mean())


def average_ranks(accuracies):
    """Return the mean rank of each method; 1 is the best, and tied methods share their mean rank.

    Parameters
    ----------
    accuracies : pandas.DataFrame (n_datasets, n_methods)

    Returns
    -------
    pandas.Series
        By method, best first.
    """
    return accuracies.round(12).rank(axis=1, ascending=False).mean().sort_values(kind="stable")


def friedman(accuracies):
    """Return the p-value of Friedman's test that all methods are equal; NaN below 3 datasets.

    ``accuracies`` is a pandas.DataFrame (n_datasets, n_methods), of at least 3 methods.
    """
    if len(accuracies) < 3:
        return np.nan
    return float(scipy.stats.friedmanchisquare(*accuracies.round(12).to_numpy().T).pvalue)


def critical_difference(n_methods, n_datasets, alpha=0.05):
    """Return the difference of average ranks above which the Nemenyi test finds methods unequal.

    Parameters
    ----------
    n_methods, n_datasets : int
    alpha : float
        Level of the test, over all pairs of methods.

    Returns
    -------
    float
        ``q sqrt(k (k + 1) / (6 N))`` for k methods and N datasets, with q the quantile of the
        studentised range at 1 - alpha, over sqrt(2) (Demšar, section 3.2.2).
    """
    q = scipy.stats.studentized_range.ppf(1 - alpha, n_methods, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(n_methods * (n_methods + 1) / (6 * n_datasets)))


def not_told_apart(ranks, difference):
    """Return the maximal groups of methods whose ranks differ by at most ``difference``.

    Parameters
    ----------
    ranks : sequence of float
        Average ranks, increasing.
    difference : float

    Returns
    -------
    list of (int, int)
        First and last index in ``ranks``, last included, of each group of two or more methods that
        is in no larger group.
    """
    ranks = np.asarray(ranks)
    last = np.searchsorted(ranks, ranks + difference, side="right") - 1
    groups = [(i, int(j)) for i, j in enumerate(last) if j > i]
    return [g for k, g in enumerate(groups) if k == 0 or g[1] > groups[k - 1][1]]


def holm(p_values):
    """Return p-values adjusted for their number by Holm's step-down procedure, in the same order.

    NaN stays NaN and does not count.
    """
    p = np.asarray(p_values, dtype=float)
    adjusted = np.full(len(p), np.nan)
    order = [i for i in np.argsort(p) if not np.isnan(p[i])]
    least = 0.0
    for k, i in enumerate(order):
        least = max(least, min(1.0, (len(order) - k) * p[i]))
        adjusted[i] = least
    return adjusted


def against(accuracies, method):
    """Return Wilcoxon p-values of one method against each other method, adjusted by `holm`.

    ``accuracies`` is a pandas.DataFrame (n_datasets, n_methods). The p-values are two-sided, a dict
    by the other method. They are NaN where the two methods tie on all datasets.
    """
    others = [name for name in accuracies if name != method]
    p = [paired_tests(accuracies[method], accuracies[name])["wilcoxon"] for name in others]
    return dict(zip(others, holm(p), strict=True))
