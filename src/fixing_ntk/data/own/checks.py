"""Check before any job starts whether a table is large enough to split and fits in memory."""

import math

import numpy as np
import pandas as pd

from fixing_ntk.data.catalog import Size
from fixing_ntk.data.memory import MATRICES, bytes_needed, machine_memory
from fixing_ntk.data.own import cells
from fixing_ntk.data.own.columns import REMARK, n_features
from fixing_ntk.data.own.frames import TableError
from fixing_ntk.data.own.suspects import suspects
from fixing_ntk.data.own.table import MIN_GROUPS
from fixing_ntk.data.splits import MIN_FOLDS

MIN_ROWS = 8
SUSPECT = "foretells the target by itself: is it the target in other words? `--drop` leaves it out"


def require_rows(data, path, test_size, n_gates, matrices=MATRICES, memory=None):
    """Raise `TableError` unless a table has enough rows to split and its fits fit in memory.

    Parameters
    ----------
    data : OwnData
    path : str or Path
        The file of the table, for messages.
    test_size : float
        Share of rows held out.
    n_gates, matrices : int
        Gates and matrices of a fit, as for `bytes_needed`.
    memory : float, optional
        Available bytes; by default the memory of this machine.

    Raises
    ------
    TableError
        Where there are fewer than `MIN_ROWS` rows, where a class has fewer than `MIN_FOLDS` rows
        outside its share of test rows, where rows form too few groups (see `_require_groups`), or
        where the estimate `bytes_needed` exceeds ``memory``. The message says how to mend it.
    """
    n, d = len(data.y), n_features(data.columns)
    if n < MIN_ROWS:
        raise TableError(f"{path}: {n} rows are too few to split; it takes {MIN_ROWS}")
    if data.task == "classification":
        names, counts = np.unique(data.y.astype(str), return_counts=True)
        small = [
            f"'{name}' has {count}"
            for name, count in zip(names, counts, strict=True)
            if count - math.ceil(test_size * count) < MIN_FOLDS
        ]
        if small:
            least = next(c for c in range(1, n) if c - math.ceil(test_size * c) >= MIN_FOLDS)
            raise TableError(
                f"{path}: {len(small)} of {len(names)} classes have fewer than {least} rows, so "
                f"they cannot be split and tuned on ({', '.join(small[:5])}): drop these rows, "
                f"join the classes, {_if_no_classes(names)}"
            )
    memory = memory or machine_memory()
    if data.repeated:
        _require_groups(data, path)
    needed = bytes_needed(n, d, n_gates, matrices)
    if needed > memory:
        remedy = "leave out columns (`--drop`), or take fewer rows"
        if matrices:
            remedy += ", or methods without kernels of all rows (`--methods logistic svm forest`)"
        raise TableError(
            f"{path}: {n:,} rows and {d:,} features need about {needed / 2**30:,.0f} GiB, and "
            f"there are {memory / 2**30:,.0f}: {remedy}"
        )


def _require_groups(data, path):
    """Raise `TableError` where the rows form fewer than `MIN_GROUPS` groups, too few to split.

    For classification the rows of each class must be in at least `MIN_GROUPS` groups, for
    regression the rows of the table. ``path`` is for the message.
    """
    if data.task == "regression":
        of_each = {"": len(np.unique(data.groups))}
    else:
        of_each = {
            f" of class '{c}'": len(np.unique(data.groups[data.y == c])) for c in set(data.y)
        }
    for which, count in sorted(of_each.items()):
        if count < MIN_GROUPS:
            raise TableError(
                f"{path}: the rows{which} are of {count} group(s) that stay together; it takes "
                f"{MIN_GROUPS}: one to test, one to hold out and one to fit on"
            )


def _if_no_classes(names):
    """Return a remedy for a target that was read as classes but may be times or numbers.

    ``names`` (k,) are its labels as text. The remedy is the end of an error message.
    """
    if found := cells.dates_or_times(pd.Series(names)):
        what, unit = found
        return f"or, if {what} are meant, give the target as a number, say of {unit}"
    return "or, if they are numbers, add `--task regression`"


def accept(data, path, *sizes):
    """Check a table by `require_rows`, and return its size, its task and lines for the user.

    Parameters
    ----------
    data : OwnData
    path : str or Path
        The file of the table, for messages.
    *sizes
        The further arguments of `require_rows`: ``test_size``, ``n_gates``, ``matrices``.

    Returns
    -------
    dict
        ``size``, a `catalog.Size`; ``task``; ``lines``, a list of str on how the table was read,
        on columns that are left out or have cells of another kind, and on features that predict the
        target by themselves.

    Raises
    ------
    TableError
        As `require_rows`.
    """
    require_rows(data, path, *sizes)
    return dict(size=size(data), task=data.task, lines=_lines(data, path))


def _lines(data, path):
    """Return the ``lines`` that `accept` returns; ``path`` is named in the first."""
    used = data.columns.used
    return [
        f"{path}: {len(data.y):,} rows, read as {data.read_as}; {data.task} on {used.sum()} of "
        f"{len(used)} columns",
        *(f"  {line}" for line in data.notes),
        *(
            f"  {row.column}: {row.becomes}"
            for row in data.columns.itertuples()
            if not row.used or REMARK in row.becomes
        ),
        *(f"  {name}: {SUSPECT}" for name in suspects(data)),
    ]


def size(data):
    """Return the `catalog.Size` of a table; its ``features`` are the maximum, see `n_features`."""
    n, d, classes = len(data.y), n_features(data.columns), 1
    if data.task == "classification":
        classes = len(np.unique(data.y.astype(str)))
    return Size(n, n, d, classes if classes > 2 else 1)
