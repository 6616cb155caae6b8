"""Cells of tables and numbers of notes as text."""

import numpy as np

from fixing_ntk.comparison.statistics import LARGE


def described(name, values):
    """Mean of draws and its standard error."""
    return {name: values.mean(), f"{name}_se": values.std(ddof=1) / np.sqrt(len(values))}


def with_errors(raw, name, scale, form):
    """Mean ± standard error as text."""
    return [
        f"{mean:{form}} ± {error:.1g}" if error < 10 else f"{mean:.0f} ± {error:.0f}"
        for mean, error in scale * raw[[name, f"{name}_se"]].to_numpy()
    ]


def number(fact, form):
    """A fact in a format, or "nan" where there is none."""
    return "nan" if fact is None else format(fact, form)


def percents(mean, std):
    """Means of accuracies and their standard deviations over splits, where there are several."""
    return [
        f"{100 * m:.1f}" + ("" if np.isnan(s) else f" ± {100 * s:.1f}")
        for m, s in zip(mean, std, strict=True)
    ]


def averages(fact, sign="+"):
    """`statistics.means` of points of accuracy, in words."""
    mean, median, large = (
        number(fact[name], f"{sign}.2f") for name in ("mean", "median", "mean_large")
    )
    return (
        f"{mean} points on average, {median} at the median, {large} on average over the "
        f"{fact['large']} datasets of {LARGE} training rows or more"
    )


def compared(pair):
    """`statistics.compare` in words."""
    return (
        f"wins/ties/losses {tally(pair)}; {averages(pair)}; Wilcoxon signed-rank "
        f"p = {number(pair['wilcoxon'], '.2g')}, sign test p = {number(pair['sign'], '.2g')}"
    )


def tally(count):
    """Counts of `statistics.wins_ties_losses` as wins/ties/losses."""
    return f"{count['wins']}/{count['ties']}/{count['losses']}"
