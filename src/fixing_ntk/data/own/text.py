"""Read tables from text files: detect encoding, separator and header, and find the table."""

import codecs
import csv
import io
import re

import pandas as pd

from fixing_ntk.data.own.frames import Table, TableError, column_names, line_of

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BLANK = " "  # stands for any number of blanks between columns
ENCODINGS = {"utf_8": "UTF-8", "utf_16": "UTF-16", "cp1252": "Windows-1252 (Latin-1)"}
# Further code pages that are detected, so that an error message can name them.
OTHER_PAGES = ("cp1251", "cp1253", "shift_jis", "gb18030", "euc_kr")
SAMPLE = 20_000  # maximum number of characters, or cells, from which the format is detected
AROUND = 5  # maximum number of lines of comment above, or below, a table


def read_text(path, separator, decimal, encoding):
    """Read a text file as a `Table` of text cells; the arguments are as for `files.read_file`.

    ``path`` is a Path. Separator, decimal mark or code page are detected where they are empty.
    Empty cells are NaN. `TableError` is raised for a file that is no table of text.
    """
    text, page = _decoded(path, encoding)
    lines, notes, separator = _body(path, text, separator)
    text = "\n".join(lines)
    sample = text[:SAMPLE].rpartition("\n")[0] or text[:SAMPLE]
    if columned := _by_blanks(lines) if separator in ("", BLANK) else None:
        text, dialect, separator, named = columned, _Dialect, BLANK, "blank"
    else:
        dialect = _dialect(path, sample, separator)
        separator, named = dialect.delimiter, SEPARATORS[dialect.delimiter]
    rows = _rows(path, text, dialect)
    names, rows, more = _header(path, rows)
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    frame = frame.mask(frame == "")
    cells = [cell for row in rows[: SAMPLE // max(len(names), 1) + 1] for cell in row]
    decimal = decimal or _decimal_mark(cells, separator)
    mark = f"decimal {'comma' if decimal == ',' else 'point'}"
    read_as = f"{named}-separated, {mark}, {page}"
    return Table(frame, read_as, decimal, separator, (*notes, *more))


class _Dialect(csv.excel_tab):
    strict = True


def _body(path, text, separator):
    """Return a list of a text's lines without leading comments, a list of notes, and the separator.

    Comments become empty lines, so that lines keep their numbers. The last of them stays, without
    its ``#``, if it has some separators, as many of each as the line below: then it names the
    columns. The separator is ``separator`` if this is not empty. Else it is the one of a first line
    such as ``sep=;``, or else empty. ``path`` is not used.
    """
    lines, notes = text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), []
    filled = [k for k, line in enumerate(lines) if line.strip()]
    if named := re.fullmatch(r"sep=(.)", lines[filled[0]].strip()):
        separator, lines[filled[0]] = separator or named[1], ""
        notes.append(f"line {filled[0] + 1} names the separator")
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
        notes.append(f"{len(comments)} comment line(s) are left out")
    return lines, notes, separator


def _counts(line):
    """Return a list of how often each of `SEPARATORS` occurs in a line."""
    return [line.count(mark) for mark in SEPARATORS]


def _by_blanks(lines):
    """Turn lines whose columns are separated by blanks into one tab-separated str, else None.

    Empty lines are dropped. The filled ones of the first 200 lines decide. There must be at least
    two, without any of `SEPARATORS` or quotes. Those below the first must all have the same number
    of words, at least two: as many as the first, or one more.
    """
    some = [line for line in lines[:200] if line.strip()]
    if len(some) < 2 or any(mark in line for line in some for mark in ",;|\t\"'"):
        return None
    of_names, counts = len(some[0].split()), {len(line.split()) for line in some[1:]}
    if counts == {1} or counts not in ({of_names}, {of_names + 1}):
        return None
    return "\n".join("\t".join(line.split()) for line in lines if line.strip())


def _decoded(path, given):
    """Return the text of a file without its byte order mark, and its encoding's name for the user.

    ``given`` is the code page that the user names, or empty; it counts only for text that is not
    UTF-16 or UTF-8. `TableError` is raised where the text cannot be decoded, is empty, or has a NUL
    byte.
    """
    raw = path.read_bytes()
    encoding = _encoding(path, raw, given)
    text = raw.decode(encoding).removeprefix("\ufeff")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise TableError(f"{path}: line {line} has a NUL byte, so it is no text; export it again")
    if not text.strip():
        raise TableError(f"{path}: is empty")
    return text, ENCODINGS.get(encoding, encoding)


def _encoding(path, raw, given):
    """Return Python's name of the encoding of a file's bytes ``raw``: the first that fits.

    The order is UTF-16, UTF-8, and ``given``, the code page that the user names. Where ``given`` is
    empty, Windows-1252 takes its place. `TableError` is raised where there is no such code page,
    where the bytes do not decode, or where Windows-1252 gives nonsense.
    """
    from charset_normalizer import from_bytes

    try:
        codecs.lookup(given or "utf_8")
    except LookupError:
        raise TableError(
            f"{path}: no code page is called {given!r}; say cp1250 or latin1"
        ) from None
    head = raw[:SAMPLE].rpartition(b"\n")[0] or raw[:SAMPLE]
    found = from_bytes(head, cp_isolation=list(ENCODINGS)).best() if head.strip() else None
    if found and found.encoding == "utf_16" and _decodes(raw, "utf_16"):
        return "utf_16"
    if _decodes(raw, "utf_8"):
        return "utf_8"
    encoding = given or "cp1252"
    lines = raw.split(b"\n")
    telling = [k for k, line in enumerate(lines) if not line.isascii()]
    some = b"\n".join(lines[:50] + [lines[k] for k in telling[:200] if k >= 50])
    # The detector finds no match where the decoded text would be nonsense.
    if _decodes(raw, encoding) and (given or from_bytes(some, cp_isolation=[encoding]).best()):
        return encoding
    wrong = next((k for k in telling if not _decodes(lines[k], encoding)), telling[0])
    other = from_bytes(some, cp_isolation=list(OTHER_PAGES)).best()
    page = f"most likely `--encoding {other.encoding}`" if other else "say `--encoding cp1251`"
    raise TableError(
        f"{path}: line {wrong + 1} is neither UTF-8 nor {ENCODINGS.get(encoding, encoding)}; save "
        f"the file as UTF-8, or give its code page, {page}"
    )


def _decodes(raw, encoding):
    try:
        raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):  # bytes, or an encoding that is unknown
        return False
    return True


def _dialect(path, sample, separator):
    """Return the dialect, a class for `csv.reader`, by the given or the detected separator.

    Separator and quotes are detected in ``sample``, the beginning of the text.
    ``separator`` is the given one, or empty. Where no separator is detected it is a comma, so that
    the table has one column. `TableError` is raised for a separator that is not in `SEPARATORS`.
    """
    import clevercsv

    try:
        found = clevercsv.Detector().detect(sample, delimiters=list(separator or SEPARATORS))
    except clevercsv.Error as error:
        raise TableError(f"{path}: cannot be read: {line_of(error)}") from error
    delimiter = separator or (found.delimiter if found and found.delimiter else ",")
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
    """Return a list of (line, cells) for every row that is not empty.

    The line is the number of the row's last line, from 1, since quoted cells may span lines.
    `TableError` is raised where quotes do not match, or no row is left.
    """
    reader, last, rows = csv.reader(io.StringIO(text, newline=""), dialect), 0, []
    try:
        for row in reader:
            last = reader.line_num
            if row:
                rows.append((last, row))
    except csv.Error as error:
        raise TableError(
            f"{path}: line {last + 1}: {line_of(error)}; a quote that opens there is not closed, "
            "or something follows one that is"
        ) from error
    if not rows:
        raise TableError(f"{path}: is empty")
    return rows


def _header(path, rows):
    """Split the rows of `_rows` into column names, rows of cells, and notes on what is left out.

    Left out are lines of words around the table, and a second header. A header that is one cell
    shorter than all rows, as R writes it, lacks the name of the first column, which `column_names`
    makes. `TableError` is raised where a header of several cells holds numbers alone, where two
    names are equal, or where a row has not as many cells as the header.
    """
    rows, notes = _without_words(rows)
    cells, rows = rows[0][1], rows[1:]
    if rows and {len(row) for _, row in rows} == {len(cells) + 1}:  # as R writes names of rows
        cells = ["", *cells]
    names = column_names(path, cells)
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
        notes.append(
            f"line {rows[0][0]}, a second header, is left out: {', '.join(rows[0][1][:5])}"
        )
        rows = rows[1:]
    return names, [row for _, row in rows], notes


def _without_words(rows):
    """Return the rows without lines of words above and below a table, and notes on these lines.

    ``rows`` are from `_rows`. Above, lines with at most one filled cell are dropped; below, at most
    `AROUND` lines of one cell. All rows are returned, without notes, for a table of one column, if
    more than `AROUND` lines stand above it, or if a line above it has two filled cells.
    """
    lengths = [len(row) for _, row in rows]
    usual = max(set(lengths[1:] or lengths), key=lengths.count)
    whole = (k for k, (_, row) in enumerate(rows) if len(row) == usual and _filled(row) > 1)
    first = next(whole, 0)
    if usual == 1 or first > AROUND or any(_filled(row) > 1 for _, row in rows[:first]):
        return rows, []
    last = len(rows)
    while last > max(first + 1, len(rows) - AROUND) and len(rows[last - 1][1]) == 1:
        last -= 1
    notes = [
        f"{len(left)} line(s) {which} the table are left out, as {left[0][1][0]!r}"
        for which, left in (("above", rows[:first]), ("below", rows[last:]))
        if left
    ]
    return rows[first:last], notes


def _filled(row):
    return sum(bool(cell.strip()) for cell in row)


def _is_number(cell):
    return bool(re.fullmatch(r"\s*[-+]?[\d.,]*\d[\d.,]*\s*", cell))


def _is_second_header(rows):
    """Say whether the first row below the header has words above two or more columns of numbers.

    It needs words, without digits, above each such column. ``rows`` are the cells of all rows below
    the header; with fewer than five of them it is False. A column is of numbers if 90 % of its
    cells are, among up to 199 rows below the first.
    """
    if len(rows) < 5:
        return False
    below = list(zip(*rows[1:200], strict=True))
    of_numbers = [
        k for k, column in enumerate(below) if sum(map(_is_number, column)) >= 0.9 * len(column)
    ]
    words = [bool(rows[0][k].strip()) and not re.search(r"\d", rows[0][k]) for k in of_numbers]
    return len(of_numbers) > 1 and all(words)


def _decimal_mark(cells, separator):
    """Return the decimal mark, "," or ".", that more of the cells require.

    ``cells`` is a list of str. Where as many require either it is the point. But where none decides
    and the ``separator`` is a semicolon, a cell such as 1,234 makes it the comma.
    """

    def votes(mark, other):
        mark, other = re.escape(mark), re.escape(other)
        plain = rf"[-+]?\d+{mark}\d+"
        either = rf"[-+]?[1-9]\d{{0,2}}{mark}\d{{3}}"  # 1,234 may be a whole number
        grouped = rf"[-+]?[1-9]\d{{0,2}}(?:{other}\d{{3}})+(?:{mark}\d+|{other}\d{{3}})"
        sure = re.compile(rf"(?!{either}$)(?:{plain}|{grouped})")
        return sum(bool(sure.fullmatch(cell.strip())) for cell in cells)

    commas, points = votes(",", "."), votes(".", ",")
    if commas == points == 0 and separator == ";":
        return "," if any(re.fullmatch(r"[-+]?\d+,\d+", cell.strip()) for cell in cells) else "."
    return "," if commas > points else "."
