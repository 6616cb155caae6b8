"""Sums (sha256) of files and folders."""

import hashlib
from pathlib import Path

OF_SNAKEMAKE = ".snakemake"  # beginning of the names of files that Snakemake leaves in a folder


def files(paths):
    """Yield the files among the paths, and all files in the folders but Snakemake's own."""
    for path in map(Path, paths):
        yield from _within(path) if path.is_dir() else [path]


def sha256(path):
    """Return the sha256, as hexadecimal text, of a file or of a folder's files with their names."""
    path = Path(path)
    if path.is_dir():
        lines = (f"{sha256(file)} {file.relative_to(path)}\n" for file in _within(path))
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def _within(folder):
    """Return all files below a folder, sorted, without those that Snakemake leaves there."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(OF_SNAKEMAKE)
    )
