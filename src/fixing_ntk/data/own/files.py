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
AROUND = 5  # lines above or below a table that are words about it


class TableError(ValueError):
    """A table is refused; the message names file, place, and how to mend it."""


class Table(NamedTuple):
    """A frame as read: text as text, what Excel and Parquet know as what they know it.

    ``how`` says in words how the file was taken, ``decimal`` is the mark of decimals, ``written``
    the separator, by which new rows are read, and ``said`` what was left out.
    """

    frame: pd.DataFrame
    how: str
    decimal: str = "."
    written: str = ""
    said: tuple[str, ...] = ()


def read_file(path, written="", decimal=""):
    """Read a table, its first row the names of the columns.

    Parameters
    ----------
    path : str or Path
        Of text, as ``.csv`` or ``.data`` (separator, decimal mark and encoding are detected),
        ``.xlsx`` (the first sheet) or ``.parquet``.
    written, decimal : str, optional
        Of a `Table` that was read before: text is read in the same way.

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
        table = reader(path, written, decimal)
    except (OSError, ImportError) as error:
        raise TableError(f"{path}: cannot be read: {_line(error)}") from error
    if table.frame.empty:
        raise TableError(f"{path}: has a header but no rows")
    return table


def _read_text(path, written, decimal):
    text, encoding = _decoded(path)
    lines, said, written = _body(path, text, written)
    text = "\n".join(lines)
    sample = text[:SAMPLE].rpartition("\n")[0] or text[:SAMPLE]
    if not written and (columned := _by_blanks(lines)):
        text, dialect, named = columned, _Dialect, "blank"
        dialect.delimiter = "\t"
    else:
        dialect = _dialect(path, sample, written)
        named = SEPARATORS[dialect.delimiter]
    rows = _rows(path, text, dialect)
    names, rows, more = _header(path, rows)
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    frame = frame.mask(frame == "")
    cells = [cell for row in rows[: SAMPLE // max(len(names), 1) + 1] for cell in row]
    decimal = decimal or _decimal_mark(cells, dialect.delimiter)
    mark = f"decimal {'comma' if decimal == ',' else 'point'}"
    how = f"{named}-separated, {mark}, {encoding}"
    return Table(frame, how, decimal, dialect.delimiter, (*said, *more))


class _Dialect(csv.excel):
    strict = True


def _body(path, text, written):
    """Lines with those that are not of the table made empty; what these are; a named separator."""
    lines, said = text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), []
    filled = [k for k, line in enumerate(lines) if line.strip()]
    if named := re.fullmatch(r"sep=(.)", lines[filled[0]].strip()):
        written, lines[filled[0]] = written or named[1], ""
        said.append(f"line {filled[0] + 1} names the separator")
        filled = filled[1:]
    comments = []
    while len(filled) > 1 and lines[filled[0]].lstrip().startswith("#"):
        comments.append(filled.pop(0))
    if comments and any(_counts(lines[comments[-1]])):
        head = comments[-1]
        if _counts(lines[head]) == _counts(lines[filled[0]]):  # names may be commented too
            lines[head] = lines[head].lstrip().lstrip("#").lstrip()
            comments.pop()
    for k in comments:
        lines[k] = ""
    if comments:
        said.append(f"{len(comments)} comment line(s) are left out")
    return lines, said, written


def _counts(line):
    return [line.count(mark) for mark in SEPARATORS]


def _by_blanks(lines):
    """Lines of columns between blanks, as tab-separated text; None where they are not."""
    some = [line for line in lines[:200] if line.strip()]
    if len(some) < 2 or any(any(_counts(line)) for line in some):
        return None
    counts = {len(line.split()) for line in some[1:]}
    if (
        len(counts) != 1
        or counts == {1}
        or len(some[0].split()) not in (*counts, *counts)
        or (any('"' in line or "'" in line for line in some))
    ):
        return None
    return "\n".join("\t".join(line.split()) for line in lines if line.strip())


def _decoded(path):
    """The text of a file without its byte order mark, and the name of its encoding."""
    from charset_normalizer import from_bytes

    raw = path.read_bytes()
    head = raw[:SAMPLE].rpartition(b"\n")[0] or raw[:SAMPLE]
    found = from_bytes(head, cp_isolation=list(ENCODINGS)).best() if head.strip() else None
    encoding = found.encoding if found else "utf_8"
    if encoding != "utf_16":
        encoding = "utf_8" if _decodes(raw, "utf-8") else "cp1252"  # a sample may have no umlaut
    if not _decodes(raw, encoding):
        lines = raw.split(b"\n")
        line = next(k for k, one in enumerate(lines, 1) if not _decodes(one, encoding))
        raise TableError(
            f"{path}: line {line} is neither UTF-8 nor {ENCODINGS['cp1252']}; save it as UTF-8"
        )
    text = raw.decode(encoding).removeprefix("\ufeff")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise TableError(f"{path}: line {line} has a NUL byte, so it is no text; export it again")
    if not text.strip():
        raise TableError(f"{path}: is empty")
    return text, ENCODINGS[encoding]


def _decodes(raw, encoding):
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _dialect(path, sample, written):
    """Separator and quotes; a table of one column has the separator of its kind of file."""
    import clevercsv

    try:
        found = clevercsv.Detector().detect(sample, delimiters=list(written or SEPARATORS))
    except clevercsv.Error as error:
        raise TableError(f"{path}: cannot be read: {_line(error)}") from error
    delimiter = written or (found.delimiter if found and found.delimiter else ",")
    if delimiter not in SEPARATORS:
        raise TableError(
            f"{path}: the separator {delimiter!r} is none of {', '.join(SEPARATORS.values())}"
        )

    class Dialect(_Dialect):
        pass

    Dialect.delimiter = delimiter
    Dialect.quotechar = "'" if found and found.quotechar == "'" else '"'
    Dialect.skipinitialspace = f"{delimiter} " in sample
    return Dialect


def _rows(path, text, dialect):
    """Cells of every row that is not empty, each with the number of its last line."""
    reader, last, rows = csv.reader(io.StringIO(text, newline=""), dialect), 0, []
    try:
        for row in reader:
            last = reader.line_num
            if row:
                rows.append((last, row))
    except csv.Error as error:
        raise TableError(
            f"{path}: line {last + 1}: {_line(error)}; a quote that opens there is not closed, or "
            "something follows one that is"
        ) from error
    return rows


def _header(path, rows):
    """Names of the columns, the rows below them, and what was left out around them."""
    said, lengths = [], [len(row) for _, row in rows]
    usual = max(set(lengths[1:] or lengths), key=lengths.count)
    whole = (
        k for k, (_, row) in enumerate(rows) if len(row) == usual and _filled(row) > (usual > 1)
    )
    first = next(whole, 0)
    titles = rows[:first]
    footers: list = []
    # Lines of a single cell above or below a table of several columns are words about it.
    if usual > 1 and first <= AROUND and all(_filled(row) <= 1 for _, row in titles):
        rows = rows[first:]
        while usual > 1 and len(footers) < AROUND and len(rows) > 1 and len(rows[-1][1]) == 1:
            footers.insert(0, rows.pop())
    else:
        titles = []
    for which, left in (("above", titles), ("below", footers)):
        if left:
            said.append(f"{len(left)} line(s) {which} the table are left out, as {left[0][1][0]!r}")
    cells, rows = rows[0][1], rows[1:]
    if rows and {len(row) for _, row in rows} == {len(cells) + 1}:  # as R writes names of rows
        cells = ["", *cells]
    names = _names(path, cells)
    if wrong := [(line, len(row)) for line, row in rows if len(row) != len(names)]:
        lines = ", ".join(str(line) for line, _ in wrong[:5])
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise TableError(
            f"{path}: line{'s' if len(wrong) > 1 else ''} {lines}{more}: {wrong[0][1]} cells, the "
            f"header has {len(names)}; a missing value is an empty cell, and a cell with a "
            "separator stands in quotes"
        )
    if rows and all(_is_number(cell) for cell in cells) and len(cells) > 1:
        raise TableError(
            f"{path}: the first line holds numbers and no names of columns; add a line of names"
        )
    if _is_second_header([row for _, row in rows]):
        said.append(f"line {rows[0][0]}, a second header, is left out: {', '.join(rows[0][1][:5])}")
        rows = rows[1:]
    return names, [row for _, row in rows], said


def _filled(row):
    return sum(bool(cell.strip()) for cell in row)


def _is_number(cell):
    return bool(re.fullmatch(r"\s*[-+]?[\d.,]*\d[\d.,]*\s*", cell))


def _is_second_header(rows):
    """Whether the first of the rows has words over each of two or more columns of numbers."""
    if len(rows) < 5:
        return False
    below = list(zip(*rows[1:200], strict=True))
    of_numbers = [
        k for k, column in enumerate(below) if sum(map(_is_number, column)) >= 0.9 * len(column)
    ]
    words = [bool(rows[0][k].strip()) and not re.search(r"\d", rows[0][k]) for k in of_numbers]
    return len(of_numbers) > 1 and all(words)


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


def _read_excel(path, *_):
    try:
        with pd.ExcelFile(path, engine="openpyxl") as book:
            sheets = book.sheet_names
            raw = pd.read_excel(
                book, sheet_name=sheets[0], header=None, na_values=[""], keep_default_na=False
            )
    except (BadZipFile, KeyError, ValueError) as error:
        raise TableError(f"{path}: is no Excel file: {_line(error)}; save it as .xlsx") from error
    if raw.empty:
        raise TableError(f"{path}: the first sheet, {sheets[0]!r}, is empty")
    frame = raw.iloc[1:].reset_index(drop=True).infer_objects()
    frame.columns = pd.Index(_names(path, raw.iloc[0]))
    others = f", the first of {len(sheets)}" if len(sheets) > 1 else ""
    return Table(frame, f"Excel sheet {sheets[0]!r}{others}")


def _read_parquet(path, *_):
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
    **dict.fromkeys((".csv", ".tsv", ".txt", ".data", ".dat"), _read_text),
    ".xlsx": _read_excel,
    ".parquet": _read_parquet,
}
