"""Read a table of the user's own: its features, its target, its groups and its task."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from fixing_ntk.data.catalog import MISSING
from fixing_ntk.data.own import cells
from fixing_ntk.data.own.columns import (
    LARGEST,
    NEARLY_ALL,
    describe,
    extract_features,
    known_cells,
    moments,
)
from fixing_ntk.data.own.files import read_file
from fixing_ntk.data.own.frames import TableError
from fixing_ntk.data.own.labels import one_spelling, task_of
from fixing_ntk.data.own.reading import Reading

MIN_GROUPS = 3  # minimum for each class: one group to test, one to hold out and one to fit on
MANY = 10  # maximum number of distinct whole numbers that are classes; with more a target is real


class OwnData(NamedTuple):
    """A table that was read: features ``X``, target ``y`` (n,), and how they were read.

    ``name`` is the stem of the file's name. ``X`` is from `columns.extract_features`. ``y`` is text
    for classes, and float for a real target. ``task`` is "classification" or "regression".
    ``groups`` (n,) numbers the group of each row. Rows of a group have the same features, or the
    same value in the column ``group``. They stay on one side of every split, unless splits are by
    time. ``moment`` (n,) is the column ``time`` as numbers, for splits by time, or None. ``notes``
    are lines on what was done to rows and labels.
    """

    name: str
    X: pd.DataFrame
    y: np.ndarray
    task: str
    columns: pd.DataFrame  # from `columns.describe`
    read_as: str  # how the file was read, in words
    groups: np.ndarray
    moment: np.ndarray | None
    notes: tuple[str, ...]
    reading: Reading  # first step of a saved model, which reads a row's cells

    @property
    def repeated(self):
        """Return the number of rows less the number of groups, 0 if each row is its own group."""
        return len(self.groups) - len(np.unique(self.groups))


def read(
    path,
    target,
    task="auto",
    drop=(),
    use=(),
    group="",
    time="",
    missing=MISSING,
    kinds=None,
    encoding="",
):
    """Read a table of the user's own, and find the kind of each column and the task.

    Parameters
    ----------
    path : str or Path
        See `files.read_file`, also for ``encoding``.
    target : str
        Column to predict; rows where it is missing are left out.
    task : {"auto", "classification", "regression"}
        By default found from the target, see `labels.task_of`. Then a target of text with nearly
        only numbers is taken as real, and its other cells are refused.
    drop, use, kinds
        See `columns.describe`.
    group : str
        Column whose value says which rows belong together, say those of one subject; no feature.
    time : str
        Column by which splits are made, so that test rows come after training rows. It may be a
        feature like any other. Not together with ``group``.
    missing : sequence of str
        Cells that count as missing, beside empty ones.

    Returns
    -------
    OwnData

    Raises
    ------
    TableError
        As `files.read_file` and `columns.describe`. Also where a column that is named is missing,
        the target is ``group`` or ``time`` too, or ``group`` and ``time`` are both given; where the
        target has fewer than two values, or does not fit the task; or where a row has no ``time``.
        The message names the file and the column or row, and says how to mend it.
    """
    read = read_file(path, encoding=encoding)
    table, read_as = read.frame, read.read_as
    for key, name in (("target", target), ("group", group), ("time", time)):
        if name and name not in table:
            raise TableError(
                f"{path}: no column {name!r}; {key} must be one of {_listed(table.columns)} "
                f"(read as {read_as})"
            )
    if group == target or time == target:
        raise TableError(f"{path}: {target!r} is the target; it can be neither group nor time")
    if group and time:
        raise TableError(f"{path}: splits are by group or by time, not by both; give one of them")
    notes = [*read.notes, *_meaningful(table, missing)]
    table, without = _with_target(table, target, path, missing)
    notes += without
    frame, y = table.drop(columns=target), _labels(table[target], read.decimal)
    if frame.shape[1] == 0:
        raise TableError(f"{path}: {target!r} is its only column (read as {read_as})")
    if task == "auto":
        task = "regression" if _nearly_numbers(y, read.decimal) else task_of(y, MANY)
    if task == "regression":
        y = _numbers(y, path)
    else:
        y, joined = one_spelling(y)
        notes += joined
    if y.nunique() < 2:
        left = f" ({without[0]}; `--missing` says what counts as missing)" if without else ""
        raise TableError(
            f"{path}: every row has {target!r} = '{y.iloc[0]}': nothing to predict{left}"
        )
    columns = describe(read._replace(frame=frame), path, drop, use, group, missing, kinds)
    values = y.to_numpy(float) if task == "regression" else y.astype(str).to_numpy(object)
    X = extract_features(frame, columns, path, missing).reset_index(drop=True)
    given = known_cells(frame[group], missing).reset_index(drop=True) if group else None
    groups, repeats = _grouped(X, values, task, given, bool(time))
    notes += repeats
    reading = Reading(
        columns.to_dict("list"), list(missing), read.separator, read.decimal, encoding
    )
    moment = moments(frame[time], read.decimal, path, missing) if time else None
    return OwnData(
        Path(path).stem, X, values, task, columns, read_as, groups, moment, tuple(notes), reading
    )


def _meaningful(table, missing):
    """Yield a line for each word, say NA, that counts as missing in a column but may be a code.

    ``table`` is a data frame of cells. Of the words ``missing``, those of letters alone are meant.
    """
    for name in table:
        words = table[name][table[name].isin([word for word in missing if word.isalpha()])]
        for word, count in words.astype(object).value_counts().items():  # categories may be unused
            yield f"{name}: {count:,} cells {word!r} count as missing; `--missing` says what does"


def _labels(y, decimal):
    """Return a target as floats if all cells are numbers, none a code like 007, else unchanged.

    ``y`` is a Series without missing cells, and ``decimal`` the decimal mark. Numbers of different
    units stay text. A target whose dtype is not object, such as bool, is unchanged.
    """
    if not pd.api.types.is_object_dtype(y):
        return y
    text = y.map(str).str.strip()
    values, _ = cells.numbers(text, decimal)
    if values.notna().all() and not text.str.fullmatch(cells.CODE).any():
        return values.rename(y.name)
    return y


def _nearly_numbers(y, decimal):
    """Say whether nearly all cells of a target are numbers, so that the others must be slips.

    Nearly all are a share `NEARLY_ALL`. False if all cells are numbers, if the target has at most
    `MANY` different values or a code like 007, and if its dtype is not object. ``decimal`` is the
    decimal mark.
    """
    if not pd.api.types.is_object_dtype(y) or y.nunique() <= MANY:
        return False
    text = y.map(str).str.strip()
    share = cells.numbers(text, decimal)[0].notna().mean()
    return NEARLY_ALL <= share < 1.0 and not text.str.fullmatch(cells.CODE).any()


def _with_target(table, target, path, words):
    """Return the rows of a data frame that have a target, and a list of lines for the user.

    The list is empty, or has a line on the rows without a target. ``words`` are the cells that
    count as missing, beside empty ones. `TableError` is raised where no row has a target.
    """
    missing = table[target].isna() | table[target].astype(str).str.strip().isin(["", *words])
    if not missing.any():
        return table, []
    if missing.all():
        raise TableError(f"{path}: no row has {target!r}: nothing to predict")
    first = int(np.flatnonzero(missing)[0]) + 1
    note = (
        f"{missing.sum():,} of {len(table):,} rows have no {target!r} and are left out, the first "
        f"is row {first:,} below the header"
    )
    return table[~missing], [note]  # the index still numbers the rows of the file


def _grouped(X, y, task, given, by_time=False):
    """Return the number of each row's group, (n,), and a list of lines for the user.

    The list is empty, or has a line on rows that repeat the features of other rows. ``task`` is of
    the target y (n,). ``given`` is the user's column of groups, or None. Rows with the same
    features, or the same value of ``given``, are in one group. Without ``given`` each row is its
    own group if the groups of features were fewer than `MIN_GROUPS`, in all or in a class, or if
    splits are ``by_time``.
    """
    same, _ = pd.factorize(pd.util.hash_pandas_object(X, index=False))
    repeated, apart = len(X) - len(np.unique(same)), np.arange(len(X))
    note = f"{repeated:,} rows have the same features as another"
    if given is not None:
        return _joined(same, given), [f"{note}; they stay together"] if repeated else []
    if not repeated:
        return apart, []
    if by_time:
        return apart, [f"{note}; splits by time may have them on both sides"]
    classes = [""] * len(y) if task == "regression" else y
    different = pd.Series(same).groupby(np.asarray(classes)).nunique().min()
    if different < MIN_GROUPS:
        return apart, [f"{note}; so few differ that they are split like any others"]
    return same, [f"{note}; they stay on its side of every split"]


def _joined(same, given):
    """Return the group of each row; rows with the same features or given value are in one group.

    ``same`` (n,) is a number for the features of each row, and ``given`` (n,) the user's column of
    groups. Two rows are linked by the same features or the same value of ``given``, unless it is
    missing; groups are the connected components.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    # Missing values are each a group of their own.
    of_value, _ = pd.factorize(given)
    alone = of_value < 0
    of_value[alone] = of_value.max() + 1 + np.arange(alone.sum())
    shape = (same.max() + 1, of_value.max() + 1)
    links = coo_array((np.ones(len(same)), (same, of_value)), shape=shape)
    both = coo_array(
        (links.data, (links.coords[0], links.coords[1] + shape[0])), shape=(sum(shape), sum(shape))
    )
    return connected_components(both, directed=False)[1][same]


def _numbers(y, path):
    """Return a real target, a Series, as floats, or raise `TableError`.

    It is raised where a value is missing or no finite number. It is raised, too, where the largest
    absolute value is above `LARGEST`, or below ``1 / LARGEST`` and not 0.
    """
    values = pd.to_numeric(y, errors="coerce").astype(float)
    wrong = ~np.isfinite(values)
    if wrong.any():
        if found := cells.dates_or_times(y.dropna().astype(str)):
            what, unit = found
            raise TableError(
                f"{path}: {y.name!r} holds {what}, which are no target: give it as numbers, say "
                f"{unit}"
            )
        raise TableError(
            f"{path}: {y.name!r} cannot be a real target: row {y[wrong].index[0] + 1} below the "
            f"header has {y[wrong].iloc[0]!r}: mend it, or leave such rows out: `--missing "
            f"'{y[wrong].iloc[0]}'`; classes need `--task classification`"
        )
    largest = values.abs().max()
    if not (largest <= LARGEST and (largest == 0.0 or largest >= 1.0 / LARGEST)):
        raise TableError(
            f"{path}: the target {y.name!r} has numbers of {largest:.3g}, out of the range that "
            "can be computed with: give it in another unit"
        )
    return values


def _listed(names, most=30):
    """Return the names joined by commas: the first ``most``, and the number of all if more."""
    shown = ", ".join(map(str, names[:most]))
    return shown if len(names) <= most else f"{shown}, ... ({len(names)} in all)"
