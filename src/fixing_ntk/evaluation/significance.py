"""Tests of a difference over paired cases, and over random splits of the same rows."""

import numpy as np
import scipy

from fixing_ntk.evaluation.comparisons import wins_ties_losses


def paired_tests(a, b):
    """Two-sided p-values over paired cases: Wilcoxon signed-rank, and sign test without ties.

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


def corrected_t(difference, n_train, n_test):
    """Two-sided p-value of a mean difference over random splits of the same rows.

    Splits share training rows, so their differences vary together; the corrected resampled t-test
    adds ``n_test / n_train`` to the variance of the mean (Nadeau and Bengio, "Inference for the
    Generalization Error", Machine Learning 52 (2003) 239-281).

    Parameters
    ----------
    difference : array (n_splits,)
    n_train, n_test : int
        Rows of each split.

    Returns
    -------
    float
        One where all differences are zero, NaN for a single split.
    """
    difference = np.round(np.asarray(difference, float), 12)
    if not difference.any():
        return 1.0
    if len(difference) < 2:
        return np.nan
    variance = (1 / len(difference) + n_test / n_train) * difference.var(ddof=1)
    with np.errstate(divide="ignore"):
        t = np.abs(difference.mean()) / np.sqrt(variance)
    return float(2 * scipy.stats.t.sf(t, len(difference) - 1))
