"""Whether a number known before the test rows predicts the more accurate method on a dataset."""

import numpy as np
import pandas as pd
import scipy

PREDICTORS = {
    "active_share": "active share of MKL's masks",
    "effective_share": "effective dimension of the NTK / n",
    "alignment": "alignment of the NTK with the labels",
    "n_over_d": "n / d",
}
MIN_DATASETS = 5  # datasets: below, nothing is said


def by_dataset(tuned):
    """Means over splits of the predictors, and of MKL's accuracy above the NTK's, by dataset.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`.

    Returns
    -------
    pandas.DataFrame
        dataset, those of `PREDICTORS`, difference.
    """
    rows = tuned.assign(
        difference=tuned.mkl_accuracy - tuned.ntk_accuracy, n_over_d=tuned.n / tuned.d
    )
    means = rows.groupby("dataset")[[*PREDICTORS, "difference"]].mean().reset_index()
    return means.round({"difference": 12})  # what rounding alone tells apart is tied


def significant(rows):
    """Words for the predictors, rows of `correlations`, whose interval excludes zero, if any."""
    return ", ".join(PREDICTORS[name] for name in rows.predictor[excludes_zero(rows)])


def excludes_zero(rows):
    """Which rows of `correlations` have an interval without zero."""
    return (rows.low > 0) | (rows.high < 0)


def correlations(rows, seed):
    """Rank correlation of each predictor with the difference, and what it tells of a set left out.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `by_dataset`.
    seed : numpy.random.Generator
        Of the bootstrap over datasets.

    Returns
    -------
    pandas.DataFrame
        predictor, ``correlation`` (Spearman) with its 95 % interval ``low`` to ``high``, p-value
        ``p``; ``right``, share of the datasets that are decided on which the sign is that of a line
        through the ranks of all the others, and ``base``, the same for the commoner sign of those.
        Below `MIN_DATASETS` datasets, NaN.
    """
    columns = ["correlation", "low", "high", "p", "right", "base"]
    if len(rows) < MIN_DATASETS:
        return pd.DataFrame({"predictor": [*PREDICTORS], **dict.fromkeys(columns, np.nan)})
    out = []
    for name in PREDICTORS:
        x, y = rows[name].to_numpy(), rows.difference.to_numpy()
        found = scipy.stats.spearmanr(x, y)
        interval = scipy.stats.bootstrap(
            (x, y),
            _rank_correlations,
            paired=True,
            n_resamples=2000,
            method="percentile",
            rng=seed,
        ).confidence_interval
        right, base = left_out(x, y)
        out.append(
            dict(
                predictor=name,
                correlation=found.statistic,
                low=interval.low,
                high=interval.high,
                p=found.pvalue,
                right=right,
                base=base,
            )
        )
    return pd.DataFrame(out)


def _rank_correlations(x, y, axis):
    """Spearman's, of many samples at once; NaN where x or y is constant."""
    x, y = (scipy.stats.rankdata(sample, axis=axis) for sample in (x, y))
    x, y = (ranks - ranks.mean(axis, keepdims=True) for ranks in (x, y))
    with np.errstate(invalid="ignore"):
        return (x * y).sum(axis) / (x.shape[axis] - 1) / y.std(axis, ddof=1) / x.std(axis, ddof=1)


def left_out(x, y):
    """Shares of the signs of y that a line through the others' ranks, or their mode, predicts."""
    decided, ranks = np.flatnonzero(y), scipy.stats.rankdata(x)
    predicted = []
    for i in decided:
        others = np.delete(np.arange(len(y)), i)
        line = np.polyfit(ranks[others], y[others], 1)
        predicted.append((np.polyval(line, ranks[i]), np.sign(y[others]).sum()))
    signs = np.sign(y[decided])
    return tuple(float(np.mean(np.sign(column) == signs)) for column in np.transpose(predicted))
