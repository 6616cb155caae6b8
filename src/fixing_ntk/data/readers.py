"""Reading the prepared UCI files, with errors that say which file, line and column to mend."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MOST_ROWS = 20_000  # more would take kernels of more than 3.2 GB
LARGEST = 1e100  # squares of larger values are near the end of float64


class DataError(ValueError):
    """A data file is missing or malformed; the message says where and how to mend it."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """
    A binary classification set.

    Attributes
    ----------
    name : str
    X : ndarray of float64, shape (n, d)
        One sample a row, as in its source: neither standardised nor with a bias column.
    y : ndarray of float64, shape (n,)
        Labels, -1 or +1.
    """

    name: str
    X: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Description:
    """
    What `NAME.txt` says of a set, in lines `KEY= VALUE`.

    Attributes
    ----------
    path : Path
        The file itself, for messages.
    values : dict of str to str
        In the order of the file.
    """

    path: Path
    values: dict[str, str]

    @property
    def files(self) -> list[str]:
        """Names of the data files: `fich1` first, any others in the order of the file."""
        named = {key: name for key, name in self.values.items() if re.fullmatch(r"fich\d+", key)}
        if "fich1" not in named:
            raise DataError(
                f"{self.path}: no line `fich1= FILE`; add it, or download the set again"
            )
        for key, name in named.items():
            if Path(name).name != name:
                raise DataError(f"{self.path}: {key}= {name} must be a plain file name")
        return [named.pop("fich1"), *named.values()]

    def count(self, key: str) -> int:
        """Return a number of the description, such as `n_clases` or `n_patrons1`."""
        value = self.values.get(key, "")
        if not (value.isascii() and value.isdigit()):
            raise DataError(
                f"{self.path}: no line `{key}= NUMBER`; add it, or download the set again"
            )
        return int(value)


def read_description(folder: str | Path, name: str) -> Description:
    """
    Read `NAME.txt` of a set.

    Raises
    ------
    DataError
        If it is missing.
    """
    path = Path(folder) / f"{name}.txt"
    text = read_text(path, f"download the set {name!r} again")
    lines = re.findall(r"^[ \t]*(\w+)[ \t]*=[ \t]*(\S+)", text, flags=re.MULTILINE)
    return Description(path, dict(lines))


def read_uci(folder: str | Path, name: str, pool: bool = False) -> Dataset:
    """
    Read one prepared UCI set; class 1 becomes +1 and class 0 becomes -1.

    Parameters
    ----------
    folder
        Holds `NAME.txt` and the files it names.
    name
        The name of the set.
    pool
        False reads only the file that `NAME.txt` names as `fich1=`, as the code of the paper's
        group does. True appends `fich2=` and any further one, in the order they are named.

    Returns
    -------
    Dataset
        X of shape (n, d) and y of shape (n,).

    Raises
    ------
    DataError
        If a file is missing, is not tab separated with the expected header, has ragged rows, fields
        that are not finite numbers or more than `MOST_ROWS` rows, or if the classes are not exactly
        0 and 1.

    Notes
    -----
    Format: that of Fernández-Delgado et al., JMLR 15, 2014. A header with an empty first field and
    `clase` as its last; then an index, d features and the class 0 or 1, separated by tabs.
    """
    paths = [Path(folder) / file for file in read_description(folder, name).files]
    tables = [_read_table(path) for path in (paths if pool else paths[:1])]
    for path, table in zip(paths, tables, strict=False):
        if table.shape[1] != tables[0].shape[1]:
            raise DataError(
                f"{path}: {table.shape[1] - 1} features, but {paths[0].name} has "
                f"{tables[0].shape[1] - 1}; give both files the same columns"
            )
    table = np.concatenate(tables)
    present = np.unique(table[:, -1])
    if len(present) != 2:
        raise DataError(
            f"{', '.join(path.name for path in paths[: len(tables)])} in {folder}: column clase is "
            f"{present[0]:g} in every row; exactly two classes, 0 and 1, are needed"
        )
    return Dataset(name, np.ascontiguousarray(table[:, :-1]), 2.0 * table[:, -1] - 1.0)


def read_text(path: Path, remedy: str) -> str:
    """Read a text file with any line ends; undecodable bytes stay visible as U+FFFD."""
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        raise DataError(f"{path} is missing; {remedy}") from None


def _read_table(path: Path) -> np.ndarray:
    """Read one .dat file into (n, d + 1) finite numbers, the class (0 or 1) last."""
    text = read_text(path, "download the set again, or mend its fich line")
    lines = text.rstrip("\n").split("\n")
    if lines == [""]:
        raise DataError(f"{path} is empty; download it again")
    header = lines[0].split("\t")
    if len(header) < 3:
        raise DataError(f"{path}, line 1: wrong separator; fields must be separated by tabs")
    if header[0].strip() or header[-1].strip() != "clase":
        raise DataError(
            f"{path}, line 1: the header must begin with an empty field (the index column) and end "
            f"with 'clase', but has {header[0]!r} in column 1 and {header[-1]!r} in column "
            f"{len(header)}; put the header right"
        )
    if len(lines) == 1:
        raise DataError(f"{path} has a header but no rows; download it again")
    if len(lines) - 1 > MOST_ROWS:
        n = len(lines) - 1
        raise DataError(
            f"{path} has {n:,} rows: one kernel matrix of them takes {8e-9 * n * n:,.1f} GB; keep "
            f"a sample of at most {MOST_ROWS:,} rows"
        )
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if line == lines[0]:
            raise DataError(f"{path}, line {number}: the header once more; remove this line")
        fields = line.split("\t")
        if len(fields) != len(header):
            hint = "; is the separator a tab?" if len(fields) == 1 else ""
            raise DataError(
                f"{path}, line {number}: {len(fields)} columns, but the header has {len(header)}; "
                f"give every row as many{hint}"
            )
        rows.append(
            [
                _number(field, f"{path}, line {number}, column {column} ({header[column - 1]})")
                for column, field in enumerate(fields[1:], start=2)
            ]
        )
        if rows[-1][-1] not in (0.0, 1.0):
            raise DataError(
                f"{path}, line {number}, column {len(header)} (clase): {fields[-1]!r} is not a "
                "class; exactly two classes, 0 and 1, are needed"
            )
    return np.array(rows, dtype=np.float64)


def _number(field: str, where: str) -> float:
    """Convert one field to a finite number."""
    try:
        if not field.isascii() or "_" in field:  # float() takes 1_000 and digits of any script
            raise ValueError
        value = float(field)
    except ValueError:
        remedy = "encode categories as numbers, and fill in or drop missing values"
        if re.fullmatch(r"\s*[-+]?\d*,\d+\s*", field):
            remedy = "write the decimal comma as a point"
        raise DataError(f"{where}: {field!r} is not a number; {remedy}") from None
    if not math.isfinite(value):
        raise DataError(f"{where}: {field!r} is not finite; fill it in or drop the row")
    if abs(value) > LARGEST:
        raise DataError(f"{where}: {field!r} is above {LARGEST:g}; give the column another unit")
    return value
