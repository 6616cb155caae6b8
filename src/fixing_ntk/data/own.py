"""A table of the user's own: read, checked, and made numeric."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

READERS = {".csv": pd.read_csv, ".parquet": pd.read_parquet}
MANY = 20  # distinct whole numbers beyond which a target is taken as a real one


class OwnData(NamedTuple):
    """Features as columns of a frame, target, and "classification" or "regression"."""

    name: str
    X: pd.DataFrame
    y: np.ndarray
    task: str


def read(path, target, task="auto"):
    """Read a CSV or Parquet file.

    Parameters
    ----------
    path : str or Path
    target : str
        Column to predict; rows where it is missing are refused.
    task : {"auto", "classification", "regression"}
        "auto" takes numbers with more than `MANY` distinct values, or with fractions, as real.

    Returns
    -------
    OwnData

    Raises
    ------
    ValueError
        Naming file, column or row, and how to mend it.
    """
    path = Path(path)
    if path.suffix not in READERS:
        raise ValueError(f"{path}: the name must end in {' or '.join(READERS)}")
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        table = READERS[path.suffix](path)
    except (ValueError, OSError, ImportError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from error
    if target not in table.columns:
        raise ValueError(
            f"{path}: no column {target!r}; target must be one of {', '.join(table.columns)}"
        )
    missing = np.flatnonzero(table[target].isna())
    if len(missing):
        raise ValueError(
            f"{path}: {len(missing)} rows have no {target!r}, the first is row {missing[0] + 1} "
            "below the header: drop or fill them"
        )
    X, y = table.drop(columns=target), table[target]
    numbers = X.select_dtypes("number")
    for column in numbers.columns[np.isinf(numbers).any()]:
        row = int(np.flatnonzero(np.isinf(numbers[column]))[0]) + 1
        raise ValueError(
            f"{path}: column {column!r} is infinite in row {row} below the header: "
            "leave the cell empty or give a number"
        )
    if X.shape[1] == 0 or len(X) < 8:
        raise ValueError(f"{path}: {len(X)} rows and {X.shape[1]} features are too few to split")
    task = _task(y) if task == "auto" else task
    if task == "regression" and not pd.api.types.is_numeric_dtype(y):
        raise ValueError(f"{path}: {target!r} is not numeric, so it cannot be a real target")
    if y.nunique() < 2:
        raise ValueError(f"{path}: every row has {target!r} = {y.iloc[0]!r}: nothing to predict")
    values = y.to_numpy(float) if task == "regression" else y.astype(str).to_numpy()
    return OwnData(path.stem, X, values, task)


def preprocessor():
    """Numbers: mean for what is missing, then standardised; others: one column a category."""
    numeric = make_pipeline(SimpleImputer(), StandardScaler())
    categorical = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore", drop="if_binary", sparse_output=False),
    )
    return make_column_transformer(
        (numeric, make_column_selector(dtype_include="number")),
        (categorical, make_column_selector(dtype_exclude="number")),
    )


def _task(y):
    if not pd.api.types.is_numeric_dtype(y) or pd.api.types.is_bool_dtype(y):
        return "classification"
    whole = np.all(y == np.round(y))
    return "classification" if whole and y.nunique() <= MANY else "regression"
