"""A table of the user's own: read, its columns described, refused where it cannot be compared."""

from fixing_ntk.data.own.checks import check, require_rows, size
from fixing_ntk.data.own.columns import describe, preprocessor, taken
from fixing_ntk.data.own.files import TableError, read_file
from fixing_ntk.data.own.table import OwnData, read

__all__ = [
    "OwnData",
    "TableError",
    "check",
    "describe",
    "preprocessor",
    "read",
    "read_file",
    "require_rows",
    "size",
    "taken",
]
