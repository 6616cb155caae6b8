"""Sums (sha256) of files and folders."""

import hashlib
from pathlib import Path

OF_SNAKEMAKE = ".snakemake"  # beginning of the names of files that Snakemake leaves in a folder


def files(paths):
    """Yield each path that is no folder, as a Path, and for each folder all files below it.

    Snakemake's files in a folder are skipped, see `_within`. A path that does not exist is yielded.
    """
    for path in map(Path, paths):
        yield from _within(path) if path.is_dir() else [path]


def sha256(path):
    """Return the sha256 of a file or of a folder, as hexadecimal text.

    For a folder it is the sha256 of the list of all files below it, see `_within`: the sha256 of
    each file, and its path in the folder.
    """
    path = Path(path)
    if path.is_dir():
        lines = (f"{sha256(file)} {file.relative_to(path)}\n" for file in _within(path))
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def _within(folder):
    """Return all files below a folder, sorted, but those whose names begin with `OF_SNAKEMAKE`."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(OF_SNAKEMAKE)
    )
