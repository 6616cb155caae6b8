"""The collection's own partition of a set, by which published results on it were made."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fixing_ntk.data.readers import DataError, read_text

HALVES, FOLDS = "conxuntos.dat", "conxuntos_kfold.dat"
N_FOLDS = 4


class Partition(NamedTuple):
    """
    Rows to choose parameters on, and rows to train and test on with what was chosen.

    Attributes
    ----------
    fit : ndarray of bool, shape (n,)
        Training half for the choice; the other rows are its validation half.
    train : ndarray of bool, shape (4, n)
        Training rows of each fold, three quarters of all; the other rows are its test rows.
    """

    fit: np.ndarray
    train: np.ndarray


def read_partition(folder: str | Path, y: np.ndarray) -> Partition:
    """
    Read the two files of a set's partition.

    Parameters
    ----------
    folder
        Holds `conxuntos.dat` and `conxuntos_kfold.dat`.
    y
        Labels (n,) of the set, in the order of its file.

    Raises
    ------
    DataError
        Naming file and line, if a file is missing or has not 2 or 8 lines, a field is not a row
        number from 0 to n - 1, a row occurs twice or in neither of two lines that belong together,
        or the rows to fit on have one class only.

    Notes
    -----
    Source: Fernández-Delgado et al., JMLR 15, 2014. Lines in pairs, each of row numbers from 0:
    training and validation half, then training and test rows of four folds. The folds are draws of
    their own, stratified; unlike those of cross-validation their test rows overlap. The halves
    hold every row, so what is chosen on them has seen the labels of all test rows: accuracies are
    comparable with the published ones, and like them a little optimistic.
    """
    fit = _read_pairs(Path(folder) / HALVES, 1, y)
    return Partition(fit[0], _read_pairs(Path(folder) / FOLDS, N_FOLDS, y))


def _read_pairs(path: Path, n_pairs: int, y: np.ndarray) -> np.ndarray:
    """Rows (n_pairs, n) of the first line of each pair; those of the second are all others."""
    remedy = f"remove the folder {path.parent} and run again, to download the whole set"
    lines = read_text(path, remedy).rstrip("\n").split("\n")
    if len(lines) != 2 * n_pairs:
        raise DataError(
            f"{path}, line {min(len(lines), 2 * n_pairs) + 1}: there must be {2 * n_pairs} lines "
            f"of row numbers, not {len(lines)}; download the set again"
        )
    pairs = []
    for i in range(0, len(lines), 2):
        first, second = (_read_rows(f"{path}, line {j + 1}", lines[j], len(y)) for j in (i, i + 1))
        where = f"{path}, lines {i + 1} and {i + 2}"
        if (both := np.flatnonzero(first & second)).size:
            raise DataError(f"{where}: row {both[0]} is in both; take it out of one")
        if (neither := np.flatnonzero(~first & ~second)).size:
            raise DataError(
                f"{where}: row {neither[0]} is in neither, and so are {neither.size - 1} more of "
                f"the {len(y)}; add them to one"
            )
        if len(present := np.unique(y[first])) < 2:
            raise DataError(
                f"{path}, line {i + 1}: column clase is {(present[0] + 1) / 2:g} in every one of "
                "these rows; both classes are needed to fit"
            )
        pairs.append(first)
    return np.array(pairs)


def _read_rows(where: str, line: str, n: int) -> np.ndarray:
    """Read one line of row numbers as a mask (n,)."""
    mask = np.zeros(n, dtype=bool)
    for field in line.split():
        if not re.fullmatch(r"[0-9]{1,9}", field):
            raise DataError(f"{where}: {field!r} is not a row number; rows are counted from 0")
        row = int(field)
        if row >= n:
            raise DataError(f"{where}: there is no row {row}; the {n} rows are 0 to {n - 1}")
        if mask[row]:
            raise DataError(f"{where}: row {row} occurs twice; remove one")
        mask[row] = True
    if not mask.any():
        raise DataError(f"{where}: no row numbers; download the set again")
    return mask
