"""Files of tables: text of any separator, decimal mark and encoding, Excel, Parquet."""

import csv
import io
import re
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
import pandas as pd

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENCODINGS = {"utf_8": "UTF-8", "utf_16": "UTF-16", "cp1252": "Windows-1252 (Latin-1)"}
SAMPLE = 20_000  # characters, and rows at most, that tell how a file is written
MAX_COLUMNS = 20_000
MISSING = ["?"]  # beside what pandas takes for missing

# By mark of decimals, numbers whose other mark stands between thousands.
GROUPED = {
    ".": r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?",
    ",": r"[-+]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?",
}


class TableError(ValueError):
    """A table is refused; the message names file, place, and how to mend it."""


class Table(NamedTuple):
    """A frame as read, and in words how its file was taken."""

    frame: pd.DataFrame
    how: str


def read_file(path):
    """Read a table, its first row the names of the columns.

    Parameters
    ----------
    path : str or Path
        Ending in ``.csv``, ``.tsv`` or ``.txt`` (separator, decimal mark and encoding are
        detected), ``.xlsx`` (the first sheet) or ``.parquet``.

    Returns
    -------
    Table

    Raises
    ------
    TableError
        Naming the file, and line or column, and how to mend it.
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
        table = reader(path)
    except (OSError, ImportError) as error:
        raise TableError(f"{path}: cannot be read: {_line(error)}") from error
    if table.frame.empty:
        raise TableError(f"{path}: has a header but no rows")
    return table


def _read_text(path):
    text, encoding = _decoded(path)
    sample = text[:SAMPLE].rpartition("\n")[0] or text[:SAMPLE]
    dialect = _dialect(path, sample)
    names, cells = _scan(path, text, dialect)
    decimal = _decimal_mark(cells, dialect.delimiter)
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=dialect.delimiter,
            quotechar=dialect.quotechar,
            skipinitialspace=dialect.skipinitialspace,
            decimal=decimal,
            names=names,
            header=0,
            index_col=False,
            na_values=MISSING,
            low_memory=False,
        )
    except (ValueError, OverflowError) as error:
        raise TableError(f"{path}: cannot be read: {_line(error)}") from error
    frame = frame.apply(_without_thousands, decimal=decimal)
    mark = f"decimal {'comma' if decimal == ',' else 'point'}"
    return Table(frame, f"{SEPARATORS[dialect.delimiter]}-separated, {mark}, {encoding}")


def _decoded(path):
    """The text of a file without its byte order mark, and the name of its encoding."""
    from charset_normalizer import from_bytes

    raw = path.read_bytes()
    head = raw[:SAMPLE].rpartition(b"\n")[0] or raw[:SAMPLE]
    found = from_bytes(head, cp_isolation=list(ENCODINGS)).best() if head.strip() else None
    encoding = found.encoding if found else "utf_8"
    if encoding != "utf_16":
        encoding = "utf_8" if _is_utf_8(raw) else "cp1252"  # the sample may have no umlaut yet
    try:
        text = raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise TableError(
            f"{path}: line {line} is neither UTF-8 nor {ENCODINGS['cp1252']}; save it as UTF-8"
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise TableError(f"{path}: line {line} has a NUL byte, so it is no text; export it again")
    if not text.strip():
        raise TableError(f"{path}: is empty")
    return text, ENCODINGS[encoding]


def _is_utf_8(raw):
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _dialect(path, sample):
    """Separator and quotes; a table of one column has the separator of its kind of file."""
    import clevercsv

    try:
        found = clevercsv.Detector().detect(sample, delimiters=list(SEPARATORS))
    except clevercsv.Error as error:
        raise TableError(f"{path}: cannot be read: {_line(error)}") from error
    delimiter = found.delimiter if found and found.delimiter else ","

    class Dialect(csv.excel):
        strict = True

    Dialect.delimiter = delimiter
    Dialect.quotechar = "'" if found and found.quotechar == "'" else '"'
    Dialect.skipinitialspace = f"{delimiter} " in sample
    return Dialect


def _scan(path, text, dialect):
    """Names of the columns and cells of the first rows; refuses rows that do not fit the header."""
    rows, last = csv.reader(io.StringIO(text, newline=""), dialect), 0
    names: list[str] = []
    cells: list[str] = []
    try:
        for row in rows:
            if row and not names:
                names = _names(path, row)
            elif row and len(row) != len(names):
                raise TableError(
                    f"{path}: line {rows.line_num} has {len(row)} cells, the header {len(names)}; "
                    "a missing value is an empty cell, and a cell with a separator stands in quotes"
                )
            elif len(cells) < SAMPLE:
                cells += row
            last = rows.line_num
    except csv.Error as error:
        raise TableError(
            f"{path}: line {last + 1}: {_line(error)}; a quote that opens there is not closed, or "
            "something follows one that is"
        ) from error
    return names, cells


def _decimal_mark(cells, separator):
    """The mark that more of the cells can only have for decimals."""

    def votes(mark, other):
        mark, other = re.escape(mark), re.escape(other)
        plain = rf"[-+]?\d+{mark}\d+"
        either = rf"[-+]?[1-9]\d{{0,2}}{mark}\d{{3}}"  # 1,234 may be a whole number
        grouped = rf"[-+]?[1-9]\d{{0,2}}(?:{other}\d{{3}})+(?:{mark}\d+|{other}\d{{3}})"
        sure = rf"(?!{either}$)(?:{plain}|{grouped})"
        return sum(bool(re.fullmatch(sure, cell.strip())) for cell in cells)

    commas, points = votes(",", "."), votes(".", ",")
    if commas == points == 0 and separator == ";":
        return "," if any(re.fullmatch(r"[-+]?\d+,\d+", cell.strip()) for cell in cells) else "."
    return "," if commas > points else "."


def _without_thousands(column, decimal):
    """Numbers, where every cell of a column of text is one, some with marks of thousands."""
    number = rf"{GROUPED[decimal]}|[-+]?\d+(?:{re.escape(decimal)}\d+)?"
    known = column.dropna() if pd.api.types.is_string_dtype(column) else column.iloc[:0]
    if not len(known) or not known.str.strip().str.fullmatch(number).all():
        return column
    mark = "," if decimal == "." else "."
    return pd.to_numeric(
        column.str.replace(mark, "", regex=False).str.replace(decimal, ".", regex=False)
    )


def _names(path, cells):
    """Names of columns: text, every one its own; a cell without one has its place as name."""
    names = [
        f"column {k}" if cell is None or pd.isna(cell) or not str(cell).strip() else str(cell)
        for k, cell in enumerate(cells, 1)
    ]
    if len(names) > MAX_COLUMNS:
        raise TableError(
            f"{path}: has {len(names):,} columns, more than the maximum of {MAX_COLUMNS:,}; "
            "keep those that matter"
        )
    names = [name.strip() for name in names]
    first: dict[str, int] = {}
    for k, name in enumerate(names, 1):
        if name in first:
            raise TableError(
                f"{path}: columns {first[name]} and {k} are both named {name!r}; rename one"
            )
        first[name] = k
    return names


def _read_excel(path):
    try:
        with pd.ExcelFile(path, engine="openpyxl") as book:
            sheets = book.sheet_names
            raw = pd.read_excel(book, sheet_name=sheets[0], header=None, na_values=MISSING)
    except (BadZipFile, KeyError, ValueError) as error:
        raise TableError(f"{path}: is no Excel file: {_line(error)}; save it as .xlsx") from error
    if raw.empty:
        raise TableError(f"{path}: the first sheet, {sheets[0]!r}, is empty")
    frame = raw.iloc[1:].reset_index(drop=True).infer_objects()
    frame.columns = pd.Index(_names(path, raw.iloc[0]))
    others = f", the first of {len(sheets)}" if len(sheets) > 1 else ""
    return Table(frame, f"Excel sheet {sheets[0]!r}{others}")


def _read_parquet(path):
    try:
        frame = pd.read_parquet(path)
    except (ValueError, KeyError) as error:
        raise TableError(f"{path}: is no Parquet file: {_line(error)}") from error
    frame.columns = pd.Index(_names(path, frame.columns))
    for name in frame.columns[frame.dtypes.map(pd.api.types.is_object_dtype)]:
        nested = frame[name].map(lambda value: isinstance(value, (list, dict, tuple, np.ndarray)))
        if nested.any():
            raise TableError(
                f"{path}: column {name!r} holds lists, the first in row {nested.argmax() + 1}; "
                "give each of their entries a column"
            )
    return Table(frame.reset_index(drop=True), "Parquet")


def _line(error):
    return " ".join(str(error).split()) or type(error).__name__


READERS = {
    ".csv": _read_text,
    ".tsv": _read_text,
    ".txt": _read_text,
    ".xlsx": _read_excel,
    ".parquet": _read_parquet,
}
