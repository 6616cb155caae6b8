"""The target of a user's own table: whether it has classes, and one spelling for each class."""

import numpy as np
import pandas as pd

ROWS_A_CLASS = 5  # whole numbers with fewer rows for each value are measurements, not classes


def task_of(y, many):
    """Say whether a target has classes or is real.

    A target of numbers is real if some number is not whole, if there are more than ``many``
    distinct values, or if there are fewer than `ROWS_A_CLASS` rows for each value on average. But a
    target of two distinct whole numbers has classes, whatever the number of rows. A target of text
    or bool has classes.

    Parameters
    ----------
    y : pandas.Series
        Without missing values.
    many : int
        Maximum number of classes of a target of numbers.

    Returns
    -------
    {"classification", "regression"}
    """
    if not pd.api.types.is_numeric_dtype(y) or pd.api.types.is_bool_dtype(y):
        return "classification"
    whole, distinct = np.all(y == np.round(y)), y.nunique()
    is_class = whole and distinct <= many and (distinct == 2 or ROWS_A_CLASS * distinct <= len(y))
    return "classification" if is_class else "regression"


def one_spelling(y):
    """Replace labels that differ only in capitals or blanks by their commonest spelling.

    Parameters
    ----------
    y : pandas.Series

    Returns
    -------
    y : pandas.Series
        A new Series, or the given one if no label is text. Labels that are no text stay as they
        are.
    notes : list of str
        A line for each class that was written in several ways.
    """
    words = y.map(lambda value: isinstance(value, str))
    if not words.any():
        return y, []
    plain = y[words].map(lambda value: " ".join(value.split()).casefold())
    notes, spelled = [], {}
    for word, written in y[words].groupby(plain, sort=False):
        counts = written.value_counts()
        spelled[word] = counts.index[0]
        if len(counts) > 1:
            notes.append(f"{y.name}: {_listed(counts.index)} are one class, {counts.index[0]!r}")
    out = y.astype(object).copy()
    out[words] = plain.map(spelled)
    return out, notes


def _listed(names):
    """Return the names in quotes, joined as in ``'a', 'b' and 'c'``; there are at least two."""
    *first, last = map(repr, names)
    return f"{', '.join(first)} and {last}"
