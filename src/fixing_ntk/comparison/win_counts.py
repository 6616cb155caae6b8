"""How many datasets a method wins from split to split, and how likely a count is.

Splits of different datasets are drawn independently, each from a stream of its own. So the count of
a split is a sum of independent indicators, and beside the share of splits that reach a count stands
its probability under their product, which uses every dataset's splits by themselves.
"""

import numpy as np
import pandas as pd
import scipy

PAPER = (26, 33)  # datasets on which MKL is at least as accurate, of how many
TUNED, SAME, BEST = "cross-validation", "same λ", "best on test rows"


def required(datasets):
    """Datasets that reproduce the paper's count, in proportion."""
    return -(-PAPER[0] * datasets // PAPER[1])


def readings(tuned, draws):
    """Accuracy of MKL above the NTK's, split by split, under each reading of the paper's count.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`.
    draws : pandas.DataFrame
        dataset, split, method, stage, ratio, correct, total of fits at every penalty: stage
        ``same`` of the common grid, stage ``grid`` of each method's own.

    Returns
    -------
    dict
        (reading, against, ratio) to a frame, datasets by splits. Readings are `TUNED`, each
        method's penalty by cross-validation; `SAME`, both at ``ratio``; `BEST`, each method's
        penalty the best on the test rows, an optimistic bound. ``against`` is ``ntk`` or
        ``ntk_sampled``.
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
    """Number of datasets on which MKL is at least as accurate, under each reading.

    Parameters
    ----------
    tuned, draws
        As for `readings`.
    seed : numpy.random.Generator
        Of the bootstrap over splits, behind the standard errors of quantiles.

    Returns
    -------
    pandas.DataFrame
        reading, against, ratio, datasets, splits; over splits ``mean``, ``low`` and ``high`` (5 and
        95 %) of the count, ``ties`` (their mean number), ``share`` of splits with at least
        ``enough`` datasets (the paper's 26 of 33, in proportion) and ``probability`` of that many
        under independent datasets, each with its standard error ``*_se``; ``share_most``, the upper
        end of the exact 95 % interval of the share; ``predicted``, the probability that one more
        split has ``enough``, from the counts alone; ``counts``, the count of each split.
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
    """Probability that the count of one more split is at least ``enough``, if counts are normal.

    Student's t prediction, which knows how little a few splits tell of mean and variance; a count
    is taken for the interval around it.

    Parameters
    ----------
    counts : ndarray (n_splits,)
    enough : int

    Returns
    -------
    float
        NaN of a single split.
    """
    if len(counts) < 2:
        return np.nan
    scale = counts.std(ddof=1) * np.sqrt(1 + 1 / len(counts))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (enough - 0.5 - counts.mean()) / scale
    return float(scipy.stats.t.sf(t, len(counts) - 1))


def quantile(counts, q, seed):
    """Quantile of counts and its standard error, by the bootstrap; NaN of a single split."""
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
    """Probability that at least ``enough`` of independent events occur, with its standard error.

    Parameters
    ----------
    shares : ndarray (n,)
        Of each event, the share of ``n_splits`` draws in which it occurred.

    Returns
    -------
    (float, float)
        The upper tail of the Poisson binomial distribution, and its standard error to first order:
        the derivative by one share is the probability that the others are one short.
    """
    others = [np.append(np.delete(shares, i), 0.0) for i in range(len(shares))]
    one_short = [scipy.stats.poisson_binom(p).pmf(enough - 1) for p in others]
    variance = shares * (1 - shares) / n_splits
    tail = scipy.stats.poisson_binom(shares).sf(enough - 1)
    return float(tail), float(np.sqrt(np.square(one_short) @ variance))
