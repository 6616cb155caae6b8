"""The UCI collection's own partition of a set, on which published results were computed."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from fixing_ntk.data.readers import DataError, read_text, remedy

HALVES, FOLDS = "conxuntos.dat", "conxuntos_kfold.dat"
N_FOLDS = 4


class Partition(NamedTuple):
    """
    The UCI collection's partition of the n rows of a set.

    Parameters are chosen once, by fits to one half that are scored on the other half. Then they are
    used on four splits into training and test rows.

    Attributes
    ----------
    fit : ndarray of bool, shape (n,)
        Rows to fit on when parameters are chosen; the others are the validation rows.
    train : ndarray of bool, shape (4, n)
        Training rows of each split, three quarters of all; the others are its test rows.
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

    Returns
    -------
    Partition

    Raises
    ------
    DataError
        If a file is missing, if `conxuntos.dat` has not 2 lines or the other file not 8, if a pair
        of lines does not hold every row from 0 to n - 1 once, if its second line is empty, or if
        the rows of its first line have not two classes.

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
    """Return bool (n_pairs, n), true for the rows on the first line of each pair of lines.

    `DataError` is raised unless the second line of each pair lists all other rows, at least one,
    and the first has rows of both classes of the labels y (n,).
    """
    text = read_text(path)
    try:
        lines = [[int(field) for field in line.split()] for line in text.splitlines()]
    except ValueError:
        lines = []
    pairs = list(zip(lines[::2], lines[1::2], strict=False))
    if len(lines) != 2 * n_pairs or not all(_is_pair(*pair, y) for pair in pairs):
        raise DataError(
            f"{path}: there must be {2 * n_pairs} lines of row numbers, each two of them with all "
            f"rows from 0 to {len(y) - 1} once and both classes in the first; {remedy(path)}"
        )
    return np.array([np.isin(np.arange(len(y)), first) for first, _ in pairs])


def _is_pair(first: list[int], second: list[int], y: np.ndarray) -> bool:
    """Say whether two lines hold every row once, none is empty, and the first has both classes.

    ``y`` (n,) are the labels of the rows, which the lines list by number.
    """
    every_row = sorted(first + second) == list(range(len(y)))
    return every_row and len(set(y[first])) == 2 and len(second) > 0
