"""Decide which columns are features, and turn numbers, dates, categories and text into numbers.

The kind of a column is decided once, from all rows of the table and without the target. Means,
categories and words come from the rows that a method is fitted to.
"""

import numpy as np
import pandas as pd

from fixing_ntk.data.own import cells
from fixing_ntk.data.own.frames import TableError

LARGEST = 1e100  # largest number whose squares, summed over rows, do not overflow
REMARK = "; "  # begins what the user should look at, after what becomes of a column
NEARLY_ALL = 0.95  # share of cells of one kind from which the other cells are slips
MANY, FEW_WORDS = 0.5, 3  # share of numbers that suffices if the other cells are so few words
MAX_CATEGORIES = 20  # maximum number of features of a column; rare categories are joined
RARE = 0.01  # share of the rows below which a category is rare
FEWEST = 3  # rows below which a category is rare, whatever its share
WORDS = 3.0  # mean number of words of a cell from which a column is free text
TEXT_COLUMNS = 10  # features of a column of free text
CODE_DIGITS = 6  # digits from which distinct whole numbers of equal length are codes
ABSENT = "(missing)"  # the category of a missing cell

NUMBER, DATES, MONTH_FIRST, CLOCK, CATEGORY, TEXT = (
    *("number", "date", "date, month first", "clock time", "category", "text"),
)
COLUMNS = [
    *("column", "kind", "decimal", "unit", "missing", "distinct", "unparsed"),
    *("low", "high", "used", "becomes"),
]
KINDS = (NUMBER, DATES, MONTH_FIRST, CLOCK, CATEGORY, TEXT)
NUMERIC = (NUMBER, DATES, MONTH_FIRST, CLOCK)


def describe(table, source, drop=(), use=(), group="", missing=(), kinds=None):
    """Describe each column: its kind, its values, and the features that it becomes.

    Parameters
    ----------
    table : Table
        From `files.read_file`, its frame without the target's column.
    source : str or Path
        The file, for messages.
    drop, use : sequence of str
        Columns to leave out, and columns to keep that would be left out otherwise.
    group : str
        Column that says which rows belong together; it is no feature.
    missing : sequence of str
        Cells that count as missing, beside empty ones.
    kinds : dict of str to str, optional
        Kind of a column, one of `KINDS`, where the user sets it. Dates of Excel or Parquet stay
        dates.

    Returns
    -------
    pandas.DataFrame
        One row for each column: column (name), kind (of `KINDS`), decimal (mark), unit, missing
        (number of missing cells, unparsed ones included), distinct (number of different values),
        unparsed (number of cells that are not of the kind), low and high (least and greatest
        number, in days since 1970 for dates and hours for clock times, NaN for categories and
        text), used (bool), becomes (in words, its features or why it is left out). Columns in
        ``drop``, and ``group``, are described as categories and are not used.

    Raises
    ------
    TableError
        Where ``drop``, ``use`` or ``kinds`` names no column, a column is in both ``drop`` and
        ``use``, a number is above `LARGEST`, or no column is left.
    """
    frame, decimal = table.frame, table.decimal
    kinds = kinds or {}
    for key, names in (("drop", drop), ("use", use), ("kinds", kinds)):
        for name in names:
            if name not in frame:
                raise TableError(
                    f"{source}: {key}: no column {name!r} among the features: "
                    + ", ".join(map(str, frame))
                )
    if both := sorted({*drop} & {*use}):
        raise TableError(f"{source}: column {both[0]!r} is both in drop and in use; keep one")
    rows, wrong = [], []
    for name in frame:
        column = known_cells(frame[name], missing)
        untyped = name in drop or name == group
        kind, unit = (CATEGORY, "") if untyped else _kind(column, decimal, kinds.get(name))
        mark = decimal
        if kind in (CATEGORY, TEXT) and not untyped and name not in kinds:
            other = "," if decimal == "." else "."
            found = _kind(column, other)
            if found[0] == NUMBER:  # a column that another program wrote
                (kind, unit), mark = found, other
        values = _as(kind, column, mark, unit)
        unparsed = column[values.isna() & column.notna()]
        large = values.abs() > LARGEST if kind in NUMERIC else values.isna() & False
        if large.any():
            wrong.append(
                f"column {name!r} has {values[large].iloc[0]:g} in row {_row(large)} below the "
                "header, too large to compute with: leave the cell empty, or give the number"
            )
        distinct = values.nunique()
        why = _left_out(kind, values, distinct)
        if name in use and distinct + values.isna().any() > 1:
            why = None
        if untyped:
            why = f"left out: named in `{'drop' if name in drop else 'group'}`"
        becomes = why or _becomes(kind, values, unit, unparsed)
        if unit and (bare := int(column.dropna().map(cells.has_no_unit).sum())):
            becomes += f"{REMARK}{bare} cells have no unit and are read as {unit}"
        if kind == DATES and name not in kinds and _day_may_be_month(column, values):
            becomes += f"{REMARK}the month may be first as well: then give the kind {MONTH_FIRST!r}"
        if mark != decimal:
            becomes += f"{REMARK}its decimal mark is {mark!r}, unlike that of the file"
        missed = int(values.isna().sum())
        ends = (values.min(), values.max()) if kind in NUMERIC else (np.nan, np.nan)
        counts = missed, distinct, len(unparsed)
        rows.append((name, kind, mark, unit, *counts, *ends, why is None, becomes))
    if wrong:
        raise TableError("; ".join([f"{source}: {wrong[0]}", *wrong[1:]]))
    columns = pd.DataFrame(rows, columns=COLUMNS)
    if not columns.used.any():
        why = "; ".join(f"{row.column}: {row.becomes}" for row in columns.head(5).itertuples())
        raise TableError(f"{source}: no column is left to learn from: {why}")
    return columns


def extract_features(frame, columns, source, missing=()):
    """Return the used columns of the described table, or of new rows, as floats or text.

    Parameters
    ----------
    frame : pandas.DataFrame
        Table as `files.read_file` reads it, or as pandas does.
    columns : pandas.DataFrame
        From `describe`.
    source : str or Path
        For messages.
    missing : sequence of str
        As for `describe`.

    Returns
    -------
    pandas.DataFrame
        One column for each used column, with the index of ``frame``. Numbers are floats, and so are
        dates (days since 1970) and clock times (hours since midnight). Categories and free text are
        text. Missing and unparsed cells are NaN, and empty in free text.

    Raises
    ------
    TableError
        Where ``frame`` lacks a used column.
    """
    used = columns[columns.used]
    if absent := [name for name in used.column if name not in frame]:
        raise TableError(
            f"{source}: no column {absent[0]!r}"
            + (f" and {len(absent) - 1} more" if len(absent) > 1 else "")
            + f"; the table that was learned from has it, here are {', '.join(map(str, frame))}"
            + _likely(absent[0], list(map(str, frame)))
        )
    return pd.DataFrame(
        {
            row.column: _as(
                row.kind, known_cells(frame[row.column], missing), row.decimal, row.unit
            )
            for row in used.itertuples()
        }
    )


def _likely(absent, names):
    """Return the likely remedy for an absent column, as the end of an error message, or "".

    A column that differs from ``absent``, a str, only in capitals should be renamed. ``names`` are
    the columns of the table.
    """
    alike = [name for name in names if name.casefold() == absent.casefold()]
    return f": rename {alike[0]!r}" if alike else ""


def unexpected(frame, columns, missing=()):
    """Yield messages on cells of new rows that do not parse or are out of the described range.

    The range is from the least to the greatest value of the described table. Only used columns of
    numbers, dates and clock times are checked. The arguments are as for `extract_features`, and
    `TableError` is raised as there.
    """
    X = extract_features(frame, columns, "", missing)
    for row in columns[columns.used].itertuples():
        known, values = known_cells(frame[row.column], missing), X[row.column]
        if row.kind in NUMERIC:
            wrong = known[values.isna() & known.notna()]
            if len(wrong):
                kind = row.kind.split(",")[0]
                yield f"column {row.column!r}: {_cells(wrong)}, no {kind}: they count as missing"
            beyond = values[(values < row.low) | (values > row.high)]
            if len(beyond):
                cells_there = _cells(known[beyond.index])
                yield f"column {row.column!r}: {cells_there}, beyond what was learned from"


def _cells(column):
    """Return in words how many rows a column has, and up to three of its values.

    ``column`` is a Series of those cells that a message is about.
    """
    shown = ", ".join(map(str, column.unique()[:3]))
    return f"{len(column)} row(s) hold {shown}"


def moments(column, decimal, source, missing=()):
    """Return a column of dates, clock times or numbers as an array (n,) of floats to sort rows by.

    The floats are days since 1970, hours since midnight, or the numbers. ``decimal`` is the decimal
    mark, ``source`` is the file, for messages, and ``missing`` is as for `describe`. `TableError`
    is raised where the column is of another kind, or a cell is missing or does not parse.
    """
    known = known_cells(column, missing)
    kind, unit = _kind(known, decimal)
    if kind not in NUMERIC:
        raise TableError(
            f"{source}: time: column {column.name!r} holds neither dates nor numbers, as "
            f"{known.dropna().iloc[0]!r}"
        )
    values = _as(kind, known, decimal, unit)
    if values.isna().any():
        raise TableError(
            f"{source}: time: row {_row(values.isna())} below the header has no {column.name!r}: "
            "fill it, or leave the row out"
        )
    return values.to_numpy(float)


def preprocessor(columns, n_rows):
    """Make the unfitted transformer from the columns of `extract_features` to numeric features.

    Numbers are standardised. A missing number becomes the mean, and each column with missing
    numbers has one more feature that marks them. Each category becomes a feature of 0 and 1, and so
    does a missing category; two categories are one feature. A column of free text becomes its
    `TEXT_COLUMNS` leading components in a truncated SVD of its tf-idf weights of letter 3- and
    4-grams, standardised.

    Parameters
    ----------
    columns : pandas.DataFrame
        From `describe`.
    n_rows : int
        Rows of the whole table. A category is rare if fewer than ``fewest(n_rows)`` of the rows to
        fit on have it. One feature joins the rare categories, and the least frequent ones if the
        column had more than `MAX_CATEGORIES` features otherwise. A category that only new rows have
        counts as rare; where none is rare, all features of the column are 0.

    Returns
    -------
    sklearn.compose.ColumnTransformer
    """
    # These imports take two seconds, which code that only reads tables can spare.
    from sklearn.compose import ColumnTransformer
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    used = columns[columns.used]
    numbers = make_pipeline(
        SimpleImputer(add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    categories = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=ABSENT, keep_empty_features=True),
        OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            min_frequency=fewest(n_rows),
            max_categories=MAX_CATEGORIES,
            drop="if_binary",
            sparse_output=False,
        ),
    )
    text = [
        (
            f"text {name}",
            make_pipeline(
                TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4)),
                TruncatedSVD(TEXT_COLUMNS, random_state=0),
                StandardScaler(),
            ),
            name,
        )
        for name in used.column[used.kind == TEXT]
    ]
    steps = [
        ("numbers", numbers, list(used.column[used.kind.isin(NUMERIC)])),
        ("categories", categories, list(used.column[used.kind == CATEGORY])),
        *text,
    ]
    return ColumnTransformer([step for step in steps if len(step[2])])


def fewest(n_rows):
    """Return the number of rows below which a category is rare: 1 % of the rows, at least three."""
    return max(FEWEST, int(np.ceil(RARE * n_rows)))


def n_features(columns):
    """Return the maximum number of features that `preprocessor` makes.

    ``columns`` are from `describe`. Rows to fit on may have fewer categories or missing cells.
    """
    used = columns[columns.used]
    absent = (used.missing > 0).astype(int)
    of_category = np.minimum(used.distinct + absent, MAX_CATEGORIES)
    count = np.where(used.kind == CATEGORY, of_category, 1 + absent)
    return int(np.where(used.kind == TEXT, TEXT_COLUMNS, count).sum())


def known_cells(column, missing):
    """Return a column with missing cells as NaN: floats or dates if it has such a type, else text.

    Dates with a time zone are converted to UTC. Text loses blanks at its ends. Words of ``missing``
    are looked for in text alone; an empty text is missing in any case.
    """
    kind = pd.api.types
    if kind.is_datetime64_any_dtype(column):
        return column.dt.tz_convert(None) if column.dt.tz is not None else column
    if kind.is_timedelta64_dtype(column):
        return column.dt.total_seconds()
    if kind.is_numeric_dtype(column) and not kind.is_bool_dtype(column):
        return column.astype(float)
    text = column.map(_plain, na_action="ignore").astype(object)
    return text.mask(text.isin(["", *missing])).where(column.notna())


def _plain(value):
    """Return a cell as text, without blanks at its ends.

    The float 2.0 becomes ``2``, since spreadsheets store 2 as 2.0.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _kind(column, decimal, wanted=None):
    """Return the kind of a column of `known_cells`, or ``wanted``, and the unit of its numbers.

    A column of text is of the first kind as which a share `NEARLY_ALL` of its cells parse: number,
    date, clock time. For numbers a share `MANY` suffices if the others are at most `FEW_WORDS`
    different words without digits. A code such as 007 in a column makes it no column of numbers.
    Else the column is free text or a category. A column without any value is of numbers. A column
    of pandas' type of dates is of dates, unless text or categories are wanted. The unit is empty
    for other kinds.
    """
    dates = pd.api.types.is_datetime64_any_dtype(column)
    if wanted and (not dates or wanted in (CATEGORY, TEXT)):
        text = pd.api.types.is_object_dtype(column) and wanted == NUMBER
        return wanted, cells.numbers(column.dropna(), decimal)[1] if text else ""
    if pd.api.types.is_numeric_dtype(column) or column.isna().all():
        return NUMBER, ""
    if dates:
        return DATES, ""
    known = column.dropna()
    values, unit = cells.numbers(known, decimal)
    others = known[values.isna()]
    words = not others.str.contains(r"\d").any() and others.nunique() <= FEW_WORDS
    share = values.notna().mean()
    if (share >= NEARLY_ALL or (share >= MANY and words)) and not (
        known.str.fullmatch(cells.CODE).any()
    ):
        return NUMBER, unit
    month_first = cells.month_comes_first(known)
    if cells.days(known, month_first).notna().mean() >= NEARLY_ALL:
        return (MONTH_FIRST if month_first else DATES), ""
    if cells.hours(known).notna().mean() >= NEARLY_ALL:
        return CLOCK, ""
    free = known.str.split().str.len().mean() >= WORDS
    return (TEXT if free and known.nunique() > MAX_CATEGORIES else CATEGORY), ""


def _day_may_be_month(column, values):
    """Say whether dates of text, read with the day first, are other dates with the month first.

    ``values`` are from `_as`. No cell may be a date in one reading alone.
    """
    if not pd.api.types.is_object_dtype(column):
        return False
    swapped = _as(MONTH_FIRST, column, "", "")
    return bool((swapped.isna() == values.isna()).all() and (swapped - values).any())


def _as(kind, column, decimal, unit):
    """Convert a column from `known_cells` to the values of a kind, floats or text.

    Dates are days since 1970, and clock times hours since midnight. A cell that is missing, does
    not parse, or has another unit than ``unit`` is NaN; in free text it is empty. ``decimal`` and
    ``unit`` are used for numbers alone.
    """
    typed = not pd.api.types.is_object_dtype(column)
    if kind == TEXT:
        return column.map(_plain, na_action="ignore").fillna("").astype(str)
    if kind == CATEGORY:
        return column.map(_plain, na_action="ignore").astype(object) if typed else column
    if pd.api.types.is_datetime64_any_dtype(column):
        return (column - cells.EPOCH) / pd.Timedelta(days=1)
    if typed and kind == NUMBER:
        return column.astype(float)
    known = column.map(_plain, na_action="ignore").dropna() if typed else column.dropna()
    if kind == NUMBER:
        values, _ = cells.numbers(known, decimal, unit)
    elif kind == CLOCK:
        values = cells.hours(known)
    else:
        values = cells.days(known, kind == MONTH_FIRST)
    return values.reindex(column.index)


def _row(where):
    """Return the number, from 1 below the header, of the first row where a bool Series is true.

    Its index numbers the rows of the file from 0.
    """
    return int(where.index[np.flatnonzero(where)[0]]) + 1


def _left_out(kind, values, distinct):
    """Return the reason why a column is no feature, or None where it is one.

    ``kind`` is of `KINDS`, ``values`` are from `_as`, and ``distinct`` is their number of different
    values. Reasons are: no value; one value and none missing; categories, or numbers as in
    `_numbers_rows`, that are all different; categories that are all rare.
    """
    if distinct == 0:
        return "left out: only missing values"
    if distinct == 1 and not values.isna().any():
        return "left out: one value"
    names_rows = kind == CATEGORY or (kind == NUMBER and _numbers_rows(values.dropna()))
    if names_rows and distinct == values.notna().sum() > 1:
        return f"left out: {distinct:,} values, each in one row, as a name or a number of rows has"
    if kind == CATEGORY and (values.value_counts() < fewest(len(values))).all():
        return f"left out: no value is in {fewest(len(values))} rows"
    return None


def _numbers_rows(values):
    """Say whether distinct numbers may be row numbers or codes of rows.

    Such numbers are whole. Either their range is below twice their count, or all have the same
    number of digits, `CODE_DIGITS` or more. ``values`` is a Series without missing ones; the caller
    checks that they are distinct.
    """
    if (values % 1 != 0).any():
        return False
    digits = np.floor(np.log10(values.abs().clip(lower=1.0))) + 1
    return values.max() - values.min() < 2 * len(values) or (
        digits.nunique() == 1 and digits.iloc[0] >= CODE_DIGITS
    )


def _becomes(kind, values, unit, unparsed):
    """Return in words the features that `preprocessor` makes of a column of this kind.

    ``kind`` is of `KINDS`, ``values`` are from `_as`, and ``unit`` is the unit of numbers.
    ``unparsed`` are the cells that are not of this kind.
    """
    if kind == CATEGORY:
        return _of_categories(values.fillna(ABSENT))
    if kind == TEXT:
        return f"{TEXT_COLUMNS} columns of its words, standardised"
    what = {NUMBER: f"one number{f' ({unit})' if unit else ''}", CLOCK: "one number, hours"}
    text = what.get(kind, "one number, days since 1970") + ", standardised"
    if values.isna().any():
        text += ", and one that says where it is missing"
    if len(unparsed):
        shown, what = ", ".join(map(repr, unparsed.unique()[:3])), kind.split(",")[0]
        text += f"{REMARK}{len(unparsed)} cells are no {what} and count as missing ({shown})"
    return text


def _of_categories(values):
    """Return in words the features of a column of categories.

    ``values`` is a Series of text, in which `ABSENT` stands for missing cells.
    """
    counts = values.value_counts()
    if len(counts) == 2:
        return "one number, 0 or 1"
    common = min(int((counts >= fewest(len(values))).sum()), MAX_CATEGORIES)
    if common == len(counts):
        return f"{common} columns, one a category"
    common = min(common, MAX_CATEGORIES - 1)
    return f"{common + 1} columns, {len(counts) - common} rare categories joined"
