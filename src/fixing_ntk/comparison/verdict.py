"""Recommend a method for a table of the user's own, and say which differences are significant."""

from itertools import combinations
from typing import NamedTuple

import pandas as pd

from fixing_ntk.comparison.methods import GUESS
from fixing_ntk.comparison.statistics import corrected_t, held_out_ratio, holm

LEVEL = 0.05
FEW = 3  # splits, below which hardly any difference is significant


class Verdict(NamedTuple):
    """The method with the best mean score, and how it compares with each other method.

    ``best`` is its name. ``table`` has a row for each method, by name, best first: score (mean over
    splits); spread (standard deviation over splits, NaN for one split); behind (the best score
    minus this score); p, the p-value of the difference from the best method, adjusted as in
    `verdict`. p is NaN for the best method, and for one split unless the scores are equal.
    ``guess`` is the name of the baseline that gives the same answer for every row.
    """

    best: str
    table: pd.DataFrame
    guess: str

    @property
    def recommended(self):
        """Return the best method, or None if it is not significantly better than a guess.

        None means that it is the guess, or that its p-value against the guess is above `LEVEL`. A
        single split allows no test: then only the guess gives None.
        """
        p = self.table.p.get(self.guess)
        alone = self.table.spread.isna().all()  # one split has no test
        surely = self.best != self.guess and (alone or p <= LEVEL)
        return self.best if surely else None

    @property
    def not_told_apart(self):
        """Return the methods, without the best, that do not differ significantly from the best.

        The list is best first, and may have the guess. The p-values are above `LEVEL` or NaN. With
        a single split, which allows no test, these are all others.
        """
        return [m for m, p in self.table.p.items() if m != self.best and not p <= LEVEL]


def verdict(rows):
    """Compare all methods with the one of the best mean score, by corrected resampled t-tests.

    The data choose which method is the best, and so which comparisons are shown. The method with
    the best scores is likely to have been lucky. So Holm's procedure adjusts the p-values over all
    ``k (k - 1) / 2`` pairs of the k methods other than the guess, which are fixed before any score
    is seen. Then the probability of a significant difference between any two equal methods is at
    most `LEVEL`, whichever pairs are shown. Whether a method is better than the guess is a separate
    question. So the p-values of the k comparisons with the guess are adjusted among themselves.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `comparison.own_table.compare`, of all splits.

    Returns
    -------
    Verdict
    """
    scores = rows.pivot(index="split", columns="method", values="score")[rows.method.unique()]
    mean = scores.mean().round(12).sort_values(ascending=False, kind="stable")
    best, first = mean.index[0], rows.iloc[0]
    guess = GUESS[first.task]
    ratio = held_out_ratio(rows)
    learned = [method for method in mean.index if method != guess]
    adjusted: dict = {}
    for pairs in (list(combinations(learned, 2)), [(method, guess) for method in learned]):
        p = [corrected_t(scores[a] - scores[b], ratio) for a, b in pairs]
        adjusted |= dict(zip(pairs, holm(p), strict=True))
    adjusted |= {(b, a): p for (a, b), p in adjusted.items()}
    table = pd.DataFrame(
        dict(
            score=mean,
            spread=scores.std(),
            behind=mean[best] - mean,
            p=pd.Series({m: adjusted[best, m] for m in mean.index[1:]}),
        )
    )
    return Verdict(best, table.loc[mean.index], guess)


def sentence(found, task, n_splits):
    """Return the verdict in words: which method to take, if any, and how sure this is.

    Parameters
    ----------
    found : Verdict
        From `verdict`.
    task : {"classification", "regression"}
    n_splits : int
        Number of splits behind the verdict.
    """
    classes = task == "classification"
    score = (lambda m: f"{100 * m:.1f} %") if classes else (lambda m: f"{m:.3f}")
    what, table = "accuracy" if classes else "R²", found.table
    if found.recommended is None:
        return _nothing(found, what, score, n_splits)
    next_best, behind = table.index[1], table.behind.iloc[1]
    by = f"{100 * behind:.1f} points" if classes else f"{behind:.3f}"
    ahead = f"{by} above the next, {next_best}" if behind else f"level with {next_best}"
    text = (
        f"Take {found.best}: its test {what}, {score(table.score.iloc[0])} on average over "
        f"{n_splits} splits, is the best, {ahead}. "
    )
    tied = found.not_told_apart
    if n_splits < 2:
        return text + "One split cannot tell whether that is chance."
    if not tied:
        return text + "The data tell it from every other method."
    names = " and ".join(filter(None, [", ".join(tied[:-1]), tied[-1]]))
    rest = ", ".join(m for m in table.index[1:] if m not in tied)
    if rest == found.guess:
        return text + "The data tell it from a guess, but not from any other method."
    return f"{text}The data tell it from {rest}, but not from {names}."


def _nothing(found, what, score, n_splits):
    """Return the verdict in words if no method is significantly better than a guess.

    ``found`` is the `Verdict`, and ``what`` the name of the score, "accuracy" or "R²".
    ``score(number)`` returns a score as text.
    """
    guess, table = found.guess, found.table.score
    text = f"No method is surely better than to guess the {guess}, with a test {what} of "
    text += score(table[guess])
    if found.best == guess:
        return f"{text}: the next, {table.index[1]}, has {score(table.iloc[1])}."
    text += f": the best, {found.best}, has {score(table.iloc[0])}, which may be chance."
    return text if n_splits >= FEW else f"{text} {n_splits} splits seldom tell: take more."
