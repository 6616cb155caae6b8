"""The prepared UCI sets: the files of each, and the sha256 that each file must have."""

import difflib
from collections.abc import Iterable
from pathlib import Path


def closest(name: str, known: Iterable[str]) -> str:
    """Return the end of an error message: known names near ``name``, or all if none is near.

    It is text such as "closest: iris, wine", with at most three names, or "known: " and all names.
    Case is ignored.
    """
    by_lower = {k.lower(): k for k in known}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=3, cutoff=0.5)
    if near:
        return "closest: " + ", ".join(by_lower[k] for k in near)
    return "known: " + ", ".join(by_lower.values())


def registry() -> dict[str, str]:
    """Return the pinned sha256 of every file, by its path `data/NAME/FILE`."""
    lines = Path(__file__).with_name("uci_sha256.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines if line and not line.startswith("#"))


def files(name: str) -> list[str]:
    """
    List the registry paths, `data/NAME/FILE`, of one set.

    Raises
    ------
    ValueError
        If the set is not in the registry; the message gives the closest names.
    """
    pinned = registry()
    paths = [path for path in pinned if path.split("/")[1] == name]
    if not paths:
        known = dict.fromkeys(path.split("/")[1] for path in pinned)
        raise ValueError(f"unknown UCI set {name!r} ({closest(name, known)})")
    return paths
