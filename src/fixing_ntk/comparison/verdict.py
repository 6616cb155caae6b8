"""Which method to take on a table of the user's own, and whether the data can tell."""

from itertools import combinations
from typing import NamedTuple

import pandas as pd

from fixing_ntk.comparison.statistics import corrected_t, holm

LEVEL = 0.05


class Verdict(NamedTuple):
    """The method of best mean score, and how it stands to each other one.

    ``table`` has, by method, best first: score, spread (standard deviation over splits), behind
    (mean difference from the best), p (of the difference, adjusted over all pairs of methods).
    """

    best: str
    table: pd.DataFrame

    @property
    def not_told_apart(self):
        """Methods that the data cannot tell from the best."""
        return [m for m, p in self.table.p.items() if m != self.best and not p <= LEVEL]


def verdict(rows):
    """Compare all methods with the best on average.

    The data choose which method is the best, and so which comparisons are shown: the one with the
    best scores is likely to have had the best luck. The p-values are therefore adjusted by Holm's
    procedure over all ``k (k - 1) / 2`` pairs of k methods, which are named before any score is
    seen. The probability to tell apart any two methods that are equal is then at most `LEVEL`,
    whichever of the pairs are shown afterwards.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `comparison.own_table.compare`, all splits.

    Returns
    -------
    Verdict
    """
    scores = rows.pivot(index="split", columns="method", values="score")[rows.method.unique()]
    mean = scores.mean().round(12).sort_values(ascending=False, kind="stable")
    best, first = mean.index[0], rows.iloc[0]
    pairs = list(combinations(mean.index, 2))
    p = [corrected_t(scores[a] - scores[b], first.n, first.n_test) for a, b in pairs]
    adjusted = dict(zip(pairs, holm(p), strict=True))
    table = pd.DataFrame(
        dict(
            score=mean,
            spread=scores.std(),
            behind=mean[best] - mean,
            p=pd.Series({m: adjusted[best, m] for m in mean.index[1:]}),
        )
    )
    return Verdict(best, table.loc[mean.index])


def sentence(found, task, n_splits):
    """The verdict in words.

    Parameters
    ----------
    found : Verdict
    task : {"classification", "regression"}
    n_splits : int
    """
    next_best, behind = found.table.index[1], found.table.behind.iloc[1]
    if task == "classification":
        score, by = (
            f"accuracy, {100 * found.table.score.iloc[0]:.1f} %",
            f"{100 * behind:.1f} points",
        )
    else:
        score, by = f"R², {found.table.score.iloc[0]:.3f}", f"{behind:.3f}"
    ahead = f"{by} above the next, {next_best}" if behind else f"level with {next_best}"
    text = (
        f"Take {found.best}: its test {score} on average over {n_splits} splits, is the best, "
        f"{ahead}. "
    )
    tied = found.not_told_apart
    if n_splits < 2:
        return text + "One split cannot tell whether that is chance."
    if len(tied) == len(found.table) - 1:
        return text + "But the data cannot tell it from any other method: take what you prefer."
    if not tied:
        return text + "The data tell it from every other method."
    names = " and ".join(filter(None, [", ".join(tied[:-1]), tied[-1]]))
    rest = ", ".join(m for m in found.table.index[1:] if m not in tied)
    return f"{text}The data tell it from {rest}, but not from {names}."
