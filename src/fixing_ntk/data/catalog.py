"""One door to every named set, whether bundled or downloaded."""

from collections.abc import Iterable
from pathlib import Path

from fixing_ntk.data import bundled, groups, partitions, readers, uci

GROUPS = {"paper": groups.PAPER, "scnn": groups.SCNN, "bundled": bundled.NAMES}
FEW_ROWS = {"trains": 10, "balloons": 16}
OTHERS_ROWS = 79  # of every other set, at least: the first file of spect


def is_bundled(name: str) -> bool:
    """Say whether the set comes with scikit-learn, so that nothing is to be downloaded."""
    return name in bundled.NAMES


def expand(names: Iterable[str]) -> list[str]:
    """Replace the name of a group by its sets, each name once."""
    return list(dict.fromkeys(n for name in names for n in GROUPS.get(name, (name,))))


def fewest_rows(names: Iterable[str]) -> int:
    """Return a number of rows that every one of the sets has, before their files are there."""
    return min(FEW_ROWS.get(name, OTHERS_ROWS) for name in names)


def has_partition(name: str) -> bool:
    """Say whether the collection's own partition of the set is among the pinned files."""
    return f"data/{name}/{partitions.HALVES}" in uci.registry()


def check(names: Iterable[str]) -> None:
    """
    Check that every name is one of a bundled or a UCI set.

    Raises
    ------
    ValueError
        One message for all unknown names, each with the closest known ones.
    """
    known = (*groups.UCI, *bundled.NAMES)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(
            "unknown data sets: "
            + "; ".join(f"{name!r} ({uci.closest(name, known)})" for name in unknown)
        )


def load(name: str, folder: str | Path | None = None, pool: bool = False) -> readers.Dataset:
    """
    Load a set by its name.

    Parameters
    ----------
    name
        A bundled or a UCI set.
    folder
        For a UCI set, the folder that `uci.fetch` filled; not used for a bundled one.
    pool
        For a UCI set, append its second file if it has one (see `readers.read_uci`).

    Returns
    -------
    Dataset
        X of shape (n, d) and y of shape (n,) in {-1, +1}.

    Raises
    ------
    ValueError
        If the name is unknown, or if a UCI set comes without a folder.
    readers.DataError
        If the files of a UCI set are missing or malformed.
    """
    check([name])
    if is_bundled(name):
        return bundled.load(name)
    if folder is None:
        raise ValueError(f"the set {name!r} is read from files: give the folder they are in")
    return readers.read_uci(folder, name, pool)
