"""A table as it was read, checks of its column names, and the error for a refused table."""

from typing import NamedTuple

import pandas as pd

MAX_COLUMNS = 20_000


class TableError(ValueError):
    """A table is refused; the message names the file and the place, and says how to mend it."""


class Table(NamedTuple):
    """A table as read from a file: the cells in ``frame``, and how they were read.

    Cells of text files are text; cells of Excel and Parquet keep their types. Empty cells are
    missing, NaN or None. ``read_as`` says in words how the file was read. New rows are read with
    the same decimal mark, ``decimal``, and the same ``separator``, which is empty for Excel and
    Parquet. ``notes`` are lines on what was left out.
    """

    frame: pd.DataFrame
    read_as: str
    decimal: str = "."
    separator: str = ""
    notes: tuple[str, ...] = ()


def column_names(path, cells):
    """Return the names of the columns from the cells of the header; an empty one is ``column K``.

    K is the column's number from 1. Names lose blanks at their ends. `TableError`, which names
    ``path``, is raised where two names are equal, or there are more than `MAX_COLUMNS`.
    """
    names = [
        f"column {k}" if cell is None or pd.isna(cell) or not str(cell).strip() else str(cell)
        for k, cell in enumerate(cells, 1)
    ]
    if len(names) > MAX_COLUMNS:
        raise TableError(
            f"{path}: has {len(names):,} columns, more than the maximum of {MAX_COLUMNS:,}; "
            "keep those that matter"
        )
    names = [name.strip() for name in names]
    first: dict[str, int] = {}
    for k, name in enumerate(names, 1):
        if name in first:
            raise TableError(
                f"{path}: columns {first[name]} and {k} are both named {name!r}; rename one"
            )
        first[name] = k
    return names


def line_of(error):
    """Return the message of an exception in one line; where it is empty, the exception's type."""
    return " ".join(str(error).split()) or type(error).__name__
