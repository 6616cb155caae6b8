"""Read tables from files: text, Excel, Parquet."""

import math
from pathlib import Path

import numpy as np
import pandas as pd

from fixing_ntk.data.own.frames import Table, TableError, column_names, line_of
from fixing_ntk.data.own.text import read_text

MAX_CELLS = 30_000_000  # maximum of a sheet, empty cells between others included


def read_file(path, separator="", decimal="", encoding=""):
    """Read a table whose first row holds the names of the columns.

    Parameters
    ----------
    path : str or Path
        File of text, such as ``.csv`` or ``.data``, whose separator, decimal mark and encoding are
        detected; or ``.xlsx``, of which the first sheet is read; or ``.parquet``.
    separator, decimal : str, optional
        Separator and decimal mark of a `Table` that was read before, to read text in the same way;
        empty to detect them.
    encoding : str, optional
        Code page of text that is not UTF-8 or UTF-16, say ``cp1250``; by default Windows-1252. The
        last three arguments are not used for Excel and Parquet.

    Returns
    -------
    Table

    Raises
    ------
    TableError
        If the file is missing, has another ending, cannot be read as such a file, or has no rows.
        The message names the file and the line or column, and says how to mend it.
    """
    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if path.is_dir():
        raise TableError(f"{path}: is a directory; name the file in it")
    if reader is None:
        raise TableError(f"{path}: the name must end in {', '.join(READERS)}; save it as one")
    if not path.is_file():
        raise TableError(f"{path}: no such file")
    try:
        table = reader(path, separator, decimal, encoding)
    except (OSError, ImportError) as error:
        raise TableError(f"{path}: cannot be read: {line_of(error)}") from error
    if table.frame.empty:
        raise TableError(f"{path}: has a header but no rows")
    return table


def _read_excel(path, *_):
    """Read the first sheet of an .xlsx file as a `Table`; cells keep the types of Excel.

    `TableError` is raised for a file that is no Excel file, or whose first sheet is empty or larger
    than `MAX_CELLS`. Separator, decimal mark and encoding are not used.
    """
    try:
        with pd.ExcelFile(path, engine="openpyxl") as book:
            sheets = book.sheet_names
            _require_cells(path, book.book[sheets[0]])
            raw = pd.read_excel(
                book, sheet_name=sheets[0], header=None, na_values=[""], keep_default_na=False
            )
    except TableError:
        raise
    except Exception as error:  # for a damaged file openpyxl raises errors of every kind
        raise TableError(f"{path}: is no Excel file: {line_of(error)}; save it as .xlsx") from error
    if raw.empty:
        more = "; move the sheet with the table to the front" if len(sheets) > 1 else ""
        raise TableError(f"{path}: the first sheet, {sheets[0]!r}, is empty{more}")
    frame = raw.iloc[1:].reset_index(drop=True).infer_objects()
    frame.columns = pd.Index(column_names(path, raw.iloc[0]))
    others = f", the first of {len(sheets)}" if len(sheets) > 1 else ""
    return Table(frame, f"Excel sheet {sheets[0]!r}{others}")


def _require_cells(path, sheet):
    """Raise `TableError` where the filled range of a sheet has more than `MAX_CELLS` cells.

    The range starts at the first row and column, and empty cells in it count. ``sheet`` is a
    worksheet of openpyxl; if its stored size is too large, the size is reset and counted again.
    """
    if (sheet.max_row or math.inf) * (sheet.max_column or math.inf) <= MAX_CELLS:
        return
    sheet.reset_dimensions()  # the stored size may be missing, or count cells with a format alone
    last_row, last_column = 0, 0
    for k, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if filled := [j for j, cell in enumerate(row, 1) if cell is not None]:
            last_row, last_column = k, max(last_column, filled[-1])
    if last_row * last_column > MAX_CELLS:
        raise TableError(
            f"{path}: the first sheet, {sheet.title!r}, reaches to row {last_row:,} and column "
            f"{last_column:,}, more than {MAX_CELLS:,} cells; delete what stands outside the "
            "table, or save the table as .csv"
        )


def _read_parquet(path, *_):
    """Read a Parquet file as a `Table`; a stored index that has a name becomes columns.

    `TableError` is raised for a file that is no Parquet file, or a column of lists. Separator,
    decimal mark and encoding are not used.
    """
    try:
        frame = pd.read_parquet(path)
    except Exception as error:  # for a damaged file pyarrow raises errors of every kind
        raise TableError(
            f"{path}: is no Parquet file: {line_of(error)}; save it as .parquet again"
        ) from error
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()  # a column that pandas stored as the index
    frame.columns = pd.Index(column_names(path, frame.columns))
    for name in frame.columns[frame.dtypes.map(pd.api.types.is_object_dtype)]:
        nested = frame[name].map(lambda value: isinstance(value, (list, dict, tuple, np.ndarray)))
        if nested.any():
            raise TableError(
                f"{path}: column {name!r} holds lists, the first in row {nested.argmax() + 1}; "
                "give each of their entries a column"
            )
    return Table(frame.reset_index(drop=True), "Parquet")


READERS = {
    **dict.fromkeys((".csv", ".tsv", ".txt", ".data", ".dat"), read_text),
    ".xlsx": _read_excel,
    ".parquet": _read_parquet,
}
