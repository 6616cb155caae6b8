"""Test whether a number that needs no test rows predicts which of MKL and the NTK is better."""

import numpy as np
import pandas as pd
import scipy

PREDICTORS = {
    "active_share": "active share of MKL's masks",
    "effective_share": "effective dimension of the NTK / n",
    "alignment": "alignment of the NTK with the labels",
    "n_over_d": "n / d",
}
MIN_DATASETS = 5  # below it no correlation is computed


def by_dataset(tuned):
    """Return by dataset the means over splits of the predictors and of the accuracy difference.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`.

    Returns
    -------
    pandas.DataFrame
        dataset, a column for each of `PREDICTORS`, and ``difference``, MKL's test accuracy minus
        the NTK's, as a share of the test rows. It is 0 where the two differ by rounding alone. In
        ``n_over_d``, n counts training rows and d features, bias included.
    """
    rows = tuned.assign(
        difference=tuned.mkl_accuracy - tuned.ntk_accuracy, n_over_d=tuned.n / tuned.d
    )
    means = rows.groupby("dataset")[[*PREDICTORS, "difference"]].mean().reset_index()
    return means.round({"difference": 12})  # differences by rounding alone count as ties


def significant(rows):
    """Return the predictors whose interval excludes 0, as one text.

    ``rows`` are from `correlations`. The text joins values of `PREDICTORS` by commas. It is empty
    if there is no such predictor.
    """
    return ", ".join(PREDICTORS[name] for name in rows.predictor[excludes_zero(rows)])


def excludes_zero(rows):
    """Say for each row of `correlations` whether its interval excludes 0, as a bool Series.

    False where an end of the interval is 0, or where the interval is NaN.
    """
    return (rows.low > 0) | (rows.high < 0)


def correlations(rows, seed):
    """Correlate each predictor with MKL's accuracy minus the NTK's, and predict the winners.

    The winner on a dataset is the more accurate method, so the sign of this difference. Each winner
    is predicted from all other datasets.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `by_dataset`.
    seed : numpy.random.Generator
        Generator of the bootstrap over datasets.

    Returns
    -------
    pandas.DataFrame
        predictor (key of `PREDICTORS`), Spearman's ``correlation`` with its 95 % interval ``low``
        to ``high`` over resampled datasets, and its two-sided p-value ``p``. ``right`` is the share
        of winners that are predicted correctly, over datasets without a tie, by the least squares
        line of ``difference`` on the predictor's ranks. ``base`` is the same share for the
        prediction that the more frequent winner wins. All numbers are NaN below `MIN_DATASETS`
        datasets.
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
    """Return Spearman's correlations of x and y along an axis; NaN where x or y is constant.

    x and y have the same shape. The result lacks ``axis``, as `scipy.stats.bootstrap` asks.
    """
    x, y = (scipy.stats.rankdata(sample, axis=axis) for sample in (x, y))
    x, y = (ranks - ranks.mean(axis, keepdims=True) for ranks in (x, y))
    with np.errstate(invalid="ignore"):
        return (x * y).sum(axis) / (x.shape[axis] - 1) / y.std(axis, ddof=1) / x.std(axis, ddof=1)


def left_out(x, y):
    """Return the shares of samples whose sign of y is predicted correctly from all other samples.

    x and y are (n,). NaN if y is zero. The first share is for the least squares line of y on
    the ranks of x. The second is for the more frequent sign, where signs that are equally frequent
    count as wrong. Samples with y = 0 enter the fits, but are not predicted or counted.
    """
    decided, ranks = np.flatnonzero(y), scipy.stats.rankdata(x)
    if not len(decided):
        return np.nan, np.nan
    predicted = []
    for i in decided:
        others = np.delete(np.arange(len(y)), i)
        line = np.polyfit(ranks[others], y[others], 1)
        predicted.append((np.polyval(line, ranks[i]), np.sign(y[others]).sum()))
    signs = np.sign(y[decided])
    return tuple(float(np.mean(np.sign(column) == signs)) for column in np.transpose(predicted))
