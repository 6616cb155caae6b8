"""Format numbers as text, for the cells of tables and the notes under them."""

import re

import numpy as np
import pandas as pd

from fixing_ntk.comparison.statistics import LARGE

# Keys of `statistics.means`, each with its words in the heading of a column.
MEANS = {"mean": "mean", "median": "median", "mean_large": f"mean, n ≥ {LARGE}"}

# Text that a spreadsheet would run as a formula; a sign alone, or before a number, is harmless.
FORMULA = re.compile(r"[=+\-@\t\r](?!\s*[\d.,]*(?:[eE][-+]?\d+)?\s*%?$).+", re.DOTALL)


def write_csv(frame, path):
    """Write a frame to a CSV file, with ``'`` before text that a spreadsheet would compute.

    Headings get it too. A spreadsheet computes text that starts with ``=``, ``+``, ``-``, ``@``, a
    tab or a return. Such a sign alone, or before a plain number, gets no ``'``. The index is not
    written, and ``frame`` does not change.
    """
    frame = frame.copy()
    for name in frame.columns[~frame.dtypes.map(pd.api.types.is_numeric_dtype)]:
        frame[name] = frame[name].map(_inert)
    frame.rename(columns=_inert).to_csv(path, index=False, lineterminator="\n")


def _inert(cell):
    return f"'{cell}" if isinstance(cell, str) and FORMULA.fullmatch(cell) else cell


def described(name, values):
    """Return a dict of the mean of values (n_draws,) and the standard error of this mean.

    With ``name`` "test" the keys are "test" and "test_se", the columns that `with_errors` reads.
    The error is NaN for a single draw.
    """
    return {name: values.mean(), f"{name}_se": values.std(ddof=1) / np.sqrt(len(values))}


def with_errors(raw, name, scale, form):
    """Return for each row a cell ``mean ± standard error``, times ``scale``.

    With ``name`` "test" they are the columns "test" and "test_se" of the frame ``raw``, as from
    `described`. ``form`` formats the mean only; the error has one significant digit. Where the
    scaled error is ten or more, both are rounded to whole numbers. A NaN error is left out.
    """

    def cell(mean, error):
        if np.isnan(error):
            return f"{mean:{form}}"
        return f"{mean:{form}} ± {error:.1g}" if error < 10 else f"{mean:.0f} ± {error:.0f}"

    return [cell(*pair) for pair in scale * raw[[name, f"{name}_se"]].to_numpy()]


def number(fact, form):
    """Format a number, or return "nan" for None."""
    return "nan" if fact is None else format(fact, form)


def numbers(values, form):
    """Format numbers as cells by the format ``form``; a missing number gives an empty cell."""
    return ["" if pd.isna(value) else format(value, form) for value in values]


def percent_lists(shares):
    """Return for each row of a frame its shares in per cent as one text, such as ``91.2, 88.0``.

    A missing share leaves its place in the text empty.
    """
    return [", ".join(numbers(row, ".1f")) for row in 100 * shares.to_numpy()]


def percents(mean, std):
    """Return for each dataset a cell ``mean ± standard deviation`` of accuracy, in per cent.

    ``mean`` and ``std`` (n_datasets,) are over splits, of accuracies from 0 to 1. A standard
    deviation of NaN, as for a single split, is left out.
    """
    return [
        f"{100 * m:.1f}" + ("" if np.isnan(s) else f" ± {100 * s:.1f}")
        for m, s in zip(mean, std, strict=True)
    ]


def mean_columns(words, means, form):
    """Return columns of a table by heading: mean, median, and mean over the larger datasets.

    ``means`` is a list with the dict of `statistics.means` for each row, and ``form`` the format of
    a number. Each heading begins with ``words``, and its column is a list of text. Numbers are not
    scaled. For larger datasets see `larger`.
    """
    rows = pd.DataFrame(means)
    return {f"{words}, {what}": numbers(rows[name], form) for name, what in MEANS.items()}


def pair_columns(pairs):
    """Return columns of a table, a dict of lists of text by heading, one entry for each pair.

    ``pairs`` is a list with the dict of `statistics.compare` for each row. The columns are
    wins/ties/losses; mean, median and mean over the larger datasets of the differences, in
    percentage points; and the p-values of the Wilcoxon and the sign test, not adjusted for their
    number. A win and a positive difference mean that the first of the two methods is better.
    """
    return {
        "wins/ties/losses": [tally(pair) for pair in pairs],
        **mean_columns("difference", pairs, "+.2f"),
        "Wilcoxon p": numbers([pair["wilcoxon"] for pair in pairs], ".2g"),
        "sign test p": numbers([pair["sign"] for pair in pairs], ".2g"),
    }


def larger(count):
    """Return the words for the ``count`` datasets with at least `LARGE` training rows."""
    return f"the {count} datasets of {LARGE} training rows or more"


def averages(fact, sign="+"):
    """Return a mean, a median and the mean over larger datasets in words, as points of accuracy.

    ``fact`` is the dict of `statistics.means` of differences that are already in points. With
    ``sign`` "+" a positive number has its sign, with "" it has none.
    """
    mean, median, large = (number(fact[name], f"{sign}.2f") for name in MEANS)
    return (
        f"{mean} points on average, {median} at the median, {large} on average over "
        f"{larger(fact['large'])}"
    )


def compared(pair):
    """Return in words the result of `statistics.compare`: counts, means and p-values."""
    return (
        f"wins/ties/losses {tally(pair)}; {averages(pair)}; Wilcoxon signed-rank "
        f"p = {number(pair['wilcoxon'], '.2g')}, sign test p = {number(pair['sign'], '.2g')}"
    )


def tally(count):
    """Return the counts of `statistics.wins_ties_losses` as text, ``wins/ties/losses``."""
    return f"{count['wins']}/{count['ties']}/{count['losses']}"
