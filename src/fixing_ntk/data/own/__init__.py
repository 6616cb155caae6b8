"""Read a table of the user's own, describe its columns, refuse a table that cannot be used."""

from fixing_ntk.data.own.checks import accept, require_rows, size
from fixing_ntk.data.own.columns import (
    describe,
    extract_features,
    n_features,
    preprocessor,
    unexpected,
)
from fixing_ntk.data.own.files import read_file
from fixing_ntk.data.own.frames import Table, TableError
from fixing_ntk.data.own.suspects import suspects
from fixing_ntk.data.own.table import OwnData, read

__all__ = [
    "OwnData",
    "Table",
    "TableError",
    "accept",
    "describe",
    "extract_features",
    "n_features",
    "preprocessor",
    "read",
    "read_file",
    "require_rows",
    "size",
    "suspects",
    "unexpected",
]
