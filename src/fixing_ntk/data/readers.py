"""Read the prepared UCI files.

The sha256 of each file is pinned, so a malformed file is a damaged copy. An error names the file
and says how to download the set again; the line does not matter.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np


class DataError(ValueError):
    """A data file is missing or malformed; the message says which and how to mend it."""


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


def read_description(folder: str | Path, name: str) -> dict[str, str]:
    """
    Read the lines `KEY= VALUE` of a set's `NAME.txt`, such as `n_clases= 2`, into a dict.

    Values stay text. A value ends at its first blank.

    Raises
    ------
    DataError
        If the file is missing, or names no data file as `fich1`.
    """
    path = Path(folder) / f"{name}.txt"
    description = dict(re.findall(r"^[ \t]*(\w+)[ \t]*=[ \t]*(\S+)", read_text(path), re.MULTILINE))
    if "fich1" not in description:
        raise DataError(f"{path}: no line `fich1= FILE` names the data; {remedy(path)}")
    return description


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
        group does. True appends `fich2=`, if there is one.

    Returns
    -------
    Dataset
        X of shape (n, d) and y of shape (n,).

    Raises
    ------
    DataError
        If a file is missing or has another format, or if the classes are not exactly 0 and 1.

    Notes
    -----
    Format: that of Fernández-Delgado et al., JMLR 15, 2014. A header with an empty first field and
    `clase` as its last; then an index, d features and the class 0 or 1, separated by tabs.
    """
    description = read_description(folder, name)
    keys = ["fich1", "fich2"] if pool and "fich2" in description else ["fich1"]
    paths = [Path(folder) / description[key] for key in keys]
    table = np.concatenate([_read_table(path) for path in paths])
    classes = np.unique(table[:, -1]).tolist()
    if classes != [0, 1]:
        found = " or ".join(f"{value:g}" for value in classes)
        raise DataError(
            f"{' and '.join(map(str, paths))}: column clase is {found} in every row; exactly two "
            f"classes, 0 and 1, are needed; {remedy(paths[0])}"
        )
    return Dataset(name, np.ascontiguousarray(table[:, 1:-1]), 2.0 * table[:, -1] - 1.0)


def remedy(path: Path) -> str:
    """Return how to mend a file of a downloaded set, as the end of an error message.

    The advice is the same for every file: remove its folder, and download the set again.
    """
    return f"remove the folder {path.parent} and run again, to download the whole set"


def read_text(path: Path) -> str:
    """Return the text of a file of a downloaded set, whatever its line ends.

    Bytes that are not UTF-8 become U+FFFD. `DataError` is raised if the file is missing.
    """
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        raise DataError(f"{path} is missing; {remedy(path)}") from None


def _read_table(path: Path) -> np.ndarray:
    """Read a .dat file as an array (n, d + 2) of finite numbers: index, d features, class.

    `DataError` is raised for any other format.
    """
    header, *rows = (line.split("\t") for line in read_text(path).rstrip("\n").split("\n"))
    try:
        table = np.array(rows, dtype=np.float64)
    except ValueError:  # rows of different lengths, or a field that is not a number
        table = np.empty(0)
    well_formed = header[0] == "" and header[-1] == "clase"
    if not well_formed or table.shape != (len(rows), len(header)) or not np.isfinite(table).all():
        raise DataError(
            f"{path}: there must be a header from an empty field to 'clase', and rows of as many "
            f"finite numbers, all separated by tabs; {remedy(path)}"
        )
    return table
