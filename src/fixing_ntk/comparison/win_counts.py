"""Count the datasets on which MKL is at least as accurate as the NTK, split by split.

Splits of different datasets are drawn independently, so the count of a split is a sum of
independent indicators, one for each dataset. This gives two estimates of the probability of a
count: the share of splits that reach it, and its probability if each dataset is an independent
event with its own share of splits.
"""

import numpy as np
import pandas as pd
import scipy

PAPER = (26, 33)  # the paper's count: datasets on which MKL is at least as accurate, of how many
TUNED, SAME, BEST = "cross-validation", "same λ", "best on test rows"


def required(datasets):
    """Return the least count whose share of a number of ``datasets`` is at least 26 of 33.

    26 of 33 is the paper's count, `PAPER`.
    """
    return -(-PAPER[0] * datasets // PAPER[1])


def readings(tuned, draws):
    """Return MKL's accuracy minus the NTK's, split by split, for each reading of the paper's count.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`; only datasets of ``draws`` are used.
    draws : pandas.DataFrame
        dataset, split, method, stage, ratio, correct and total of fits at every penalty: stage
        ``same`` for the common grid, stage ``grid`` for each method's own grid.

    Returns
    -------
    dict
        Maps (reading, against, ratio) to a frame with a row for each dataset and a column for each
        split: MKL's test accuracy minus that of ``against``. There are three readings. `TUNED`:
        cross-validation chooses each method's penalty. `SAME`: both methods have the penalty
        ``ratio``, over `lambda_max`. `BEST`: each method has the penalty of its own grid that is
        best on the test rows, which is an optimistic bound. ``against`` is ``ntk``, and for `SAME`
        also ``ntk_sampled``; ``ratio`` is NaN for the other two readings.
    """
    draws = draws.assign(accuracy=draws.correct / draws.total)
    by = ["dataset", "split"]
    same = draws[draws.stage == "same"].set_index([*by, "ratio", "method"]).accuracy.unstack()
    best = draws[draws.stage == "grid"].groupby([*by, "method"]).accuracy.max().unstack()
    chosen = tuned[tuned.dataset.isin(draws.dataset)].set_index(by)
    found = {(TUNED, "ntk", np.nan): chosen.mkl_accuracy - chosen.ntk_accuracy}
    for against in ("ntk_sampled", "ntk"):
        for ratio in sorted(same.index.unique("ratio"), reverse=True):
            at = same.xs(ratio, level="ratio")
            found[SAME, against, ratio] = at.mkl - at[against]
    found[BEST, "ntk", np.nan] = best.mkl - best.ntk
    return {key: difference.unstack("split") for key, difference in found.items()}


def distributions(tuned, draws, seed):
    """Summarise the number of datasets on which MKL is at least as accurate, for each reading.

    Parameters
    ----------
    tuned, draws : pandas.DataFrame
        As for `readings`: accuracies at cross-validated penalties, and the numbers of correct
        predictions of each dataset, split and method at every penalty.
    seed : numpy.random.Generator
        Generator of the bootstrap over splits, which gives the standard errors of quantiles.

    Returns
    -------
    pandas.DataFrame
        One row for each key of `readings`: reading, against, ratio, and the numbers of ``datasets``
        and ``splits``. ``enough`` is the paper's count, 26 of 33, in proportion to the datasets. A
        split's count is its number of datasets on which MKL is at least as accurate.

        Six columns come with a standard error ``*_se``: over splits the ``mean`` of the count, its
        quantiles ``low`` (5 %) and ``high`` (95 %), and ``ties``, the mean number of datasets with
        equal accuracies; ``share``, the share of splits whose count is at least ``enough``;
        ``probability`` of a count of at least ``enough`` if datasets are independent events (see
        the function `probability`).

        ``share_most`` is the upper end of the exact 95 % interval of the share. ``predicted`` is
        the function `predicted` of the counts. ``counts`` lists the count of each split, as text.
    """
    rows = []
    for (reading, against, ratio), difference in readings(tuned, draws).items():
        at_least, tied = difference >= -1e-12, difference.abs() <= 1e-12
        counts, ties = at_least.sum().to_numpy(), tied.sum().to_numpy()
        n, n_splits = difference.shape
        enough = required(n)
        reached = int(np.sum(counts >= enough))
        share = scipy.stats.binomtest(reached, n_splits)
        likely, likely_se = probability(at_least.mean(axis=1).to_numpy(), n_splits, enough)
        low, high = (quantile(counts, q, seed) for q in (0.05, 0.95))
        rows.append(
            dict(
                reading=reading,
                against=against,
                ratio=ratio,
                datasets=n,
                splits=n_splits,
                enough=enough,
                mean=counts.mean(),
                mean_se=scipy.stats.sem(counts),
                low=low[0],
                low_se=low[1],
                high=high[0],
                high_se=high[1],
                ties=ties.mean(),
                ties_se=scipy.stats.sem(ties),
                share=reached / n_splits,
                share_se=np.sqrt(reached * (n_splits - reached) / n_splits**3),
                predicted=predicted(counts, enough),
                share_most=share.proportion_ci(method="exact").high,
                probability=likely,
                probability_se=likely_se,
                counts=" ".join(map(str, counts)),
            )
        )
    return pd.DataFrame(rows)


def predicted(counts, enough):
    """Return the probability that a new split's count is at least ``enough``, for normal counts.

    Student's t distribution allows for the uncertain mean and variance of few splits. With the
    continuity correction the count has to exceed ``enough - 1/2``.

    Parameters
    ----------
    counts : ndarray (n_splits,)
    enough : int

    Returns
    -------
    float
        NaN for a single split; 0 or 1 if all counts are equal.
    """
    if len(counts) < 2:
        return np.nan
    scale = counts.std(ddof=1) * np.sqrt(1 + 1 / len(counts))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (enough - 0.5 - counts.mean()) / scale
    return float(scipy.stats.t.sf(t, len(counts) - 1))


def quantile(counts, q, seed):
    """Return the quantile q of counts (n_splits,), and its bootstrap standard error.

    The standard error is NaN for a single split. ``q`` is from 0 to 1, and ``seed`` is the
    Generator of the bootstrap over splits.
    """
    if len(counts) < 2:
        return float(counts[0]), np.nan
    drawn = scipy.stats.bootstrap(
        (counts,),
        lambda sample, axis: np.quantile(sample, q, axis=axis),
        n_resamples=2000,
        method="percentile",
        rng=seed,
    )
    return float(np.quantile(counts, q)), float(drawn.standard_error)


def probability(shares, n_splits, enough):
    """Return the probability that at least ``enough`` of n independent events occur, and its error.

    Parameters
    ----------
    shares : ndarray (n,)
        For each event the share of ``n_splits`` draws in which it occurred. Here an event is that
        MKL is at least as accurate on a dataset, and a draw is a split.
    n_splits, enough : int

    Returns
    -------
    (float, float)
        The upper tail of the Poisson binomial distribution, and its standard error to first order.
        The derivative with respect to one event's share is the probability that exactly
        ``enough - 1`` of the other events occur.
    """
    others = [np.append(np.delete(shares, i), 0.0) for i in range(len(shares))]
    one_short = [scipy.stats.poisson_binom(p).pmf(enough - 1) for p in others]
    variance = shares * (1 - shares) / n_splits
    tail = scipy.stats.poisson_binom(shares).sf(enough - 1)
    return float(tail), float(np.sqrt(np.square(one_short) @ variance))
