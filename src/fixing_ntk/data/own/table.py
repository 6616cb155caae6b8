"""A table of the user's own: features, target, and what is to be predicted."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from fixing_ntk.data.own.columns import describe, taken
from fixing_ntk.data.own.files import TableError, read_file

MANY = 20  # distinct whole numbers beyond which a target is taken as a real one


class OwnData(NamedTuple):
    """Features as columns of floats and text, target, and "classification" or "regression"."""

    name: str
    X: pd.DataFrame
    y: np.ndarray
    task: str
    columns: pd.DataFrame  # of `columns.describe`
    how: str  # the file was read


def read(path, target, task="auto", drop=(), use=()):
    """Read a table and find what each of its columns is.

    Parameters
    ----------
    path : str or Path
        See `files.read_file`.
    target : str
        Column to predict; rows where it is missing are refused.
    task : {"auto", "classification", "regression"}
        "auto" takes numbers with more than `MANY` distinct values, or with fractions, as real.
    drop, use : sequence of str
        See `columns.describe`.

    Returns
    -------
    OwnData

    Raises
    ------
    TableError
        Naming file, column or row, and how to mend it.
    """
    table, how = read_file(path)
    if target not in table:
        raise TableError(
            f"{path}: no column {target!r}; target must be one of {_listed(table.columns)} "
            f"(read as {how})"
        )
    missing = np.flatnonzero(table[target].isna())
    if len(missing):
        raise TableError(
            f"{path}: {len(missing)} of {len(table)} rows have no {target!r}, the first is row "
            f"{missing[0] + 1} below the header: drop or fill them"
        )
    frame, y = table.drop(columns=target), table[target]
    if frame.shape[1] == 0:
        raise TableError(f"{path}: {target!r} is its only column (read as {how})")
    if y.nunique() < 2:
        raise TableError(f"{path}: every row has {target!r} = {y.iloc[0]!r}: nothing to predict")
    task = _task(y) if task == "auto" else task
    if task == "regression":
        y = _numbers(y, path)
    columns = describe(frame, path, drop, use)
    values = y.to_numpy(float) if task == "regression" else y.astype(str).to_numpy(object)
    return OwnData(Path(path).stem, taken(frame, columns, path), values, task, columns, how)


def _task(y):
    if not pd.api.types.is_numeric_dtype(y) or pd.api.types.is_bool_dtype(y):
        return "classification"
    whole = np.all(y == np.round(y))
    return "classification" if whole and y.nunique() <= MANY else "regression"


def _numbers(y, path):
    values = pd.to_numeric(y, errors="coerce").astype(float)
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise TableError(
            f"{path}: {y.name!r} cannot be a real target: row {int(wrong.argmax()) + 1} below the "
            f"header has {y[wrong].iloc[0]!r}"
        )
    return values


def _listed(names, most=30):
    shown = ", ".join(map(str, names[:most]))
    return shown if len(names) <= most else f"{shown}, ... ({len(names)} in all)"
