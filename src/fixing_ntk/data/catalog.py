"""Names, sizes and loading of every named data set, bundled or downloaded."""

import csv
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from fixing_ntk.data import bundled, partitions, readers, uci
from fixing_ntk.data import paper_datasets as groups

Entry = dict[str, Any]  # a table of the user's own, see `own_datasets`
# Words that count as missing in such a table, beside empty cells, unless its run says otherwise.
MISSING = ("?", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>", "#N/A")
GROUPS = {"paper": groups.PAPER, "scnn": groups.SCNN, "bundled": bundled.NAMES}


class Size(NamedTuple):
    """Size of a dataset: its rows, features and targets.

    ``rows`` counts the rows of its first file, ``pooled`` the rows of all its files. ``features``
    is d without the bias column; for a table of the user's own it is an upper bound. ``outputs`` is
    the number of targets: one for two classes or a real target, else one for each class.
    """

    rows: int
    pooled: int
    features: int
    outputs: int = 1


def is_bundled(name: str) -> bool:
    """Say whether the set comes with scikit-learn, so that it needs no download."""
    return name in bundled.NAMES


def slug(stem: str) -> str:
    """Turn a text into a name of at most 80 ASCII letters, digits, underscores, dots and dashes.

    Accents are dropped, and one dash replaces each run of other characters. Dashes, dots and
    underscores at the ends are dropped. An empty name becomes ``table``.
    """
    ascii_ = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.]+", "-", ascii_).strip("-._")[:80] or "table"


def name_of(entry: str | Entry) -> str:
    """Return the name of an entry of the configuration's ``datasets``.

    A string is the name of a set or group. A dict is a table of the user's own: its name is its
    ``name`` as given, else the stem of its file's name as `slug` writes it.
    """
    return entry if isinstance(entry, str) else entry.get("name") or slug(Path(entry["path"]).stem)


def expand(entries: Iterable[str | Entry]) -> list[str]:
    """Return the names of the sets in ``datasets``, each once; a group is replaced by its sets."""
    names = map(name_of, entries)
    return list(dict.fromkeys(n for name in names for n in GROUPS.get(name, (name,))))


def sizes() -> dict[str, Size]:
    """Return the size of every bundled and UCI set by name, from a table in the package."""
    with Path(__file__).with_name("sizes.csv").open(encoding="utf-8") as f:
        return {name: Size(*map(int, size)) for name, *size in list(csv.reader(f))[1:]}


def has_partition(name: str) -> bool:
    """Say whether the UCI collection has its own partition of the set, see `partitions`."""
    return f"data/{name}/{partitions.HALVES}" in uci.registry()


def check(names: Iterable[str]) -> None:
    """
    Raise ValueError unless every name is that of a bundled or a UCI set.

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
        For a UCI set, the folder that `download.fetch` filled; not used for a bundled one.
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
