"""What becomes of each column: numbers, dates and categories are features, the rest is left out."""

import re

import numpy as np
import pandas as pd

from fixing_ntk.data.own.files import TableError

LARGEST = 1e100  # a number whose square, summed over rows, is still one
NEARLY_ALL = 0.95  # share of numbers from which other words in a column are slips
MAX_CATEGORIES = 20  # columns of one category, the rare ones joined
RARE = 0.01  # share of the rows below which a category is rare
FEWEST = 3  # rows below which it is, whatever the share

# Year first, or last; a time may follow.
DATE = r"\s*(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[ T](\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)Z?)?\s*"
EPOCH, CENTURY = pd.Timestamp("1970-01-01"), 69  # two digits of a year from there on are 19xx
NUMBER, DATES, MONTH_FIRST, CATEGORY = "number", "date", "date, month first", "category"


def describe(frame, source, drop=(), use=()):
    """What each column is and becomes.

    Parameters
    ----------
    frame : pandas.DataFrame
        Features as read, without the target.
    source : str or Path
        The file, for messages.
    drop, use : sequence of str
        Columns to leave out, and to keep though they would be left out.

    Returns
    -------
    pandas.DataFrame
        column, kind (number, date, "date, month first" or category), missing (rows), distinct
        (values), used (bool), becomes (in words).

    Raises
    ------
    TableError
        Naming a column, or its row, that can be neither used nor left out by itself.
    """
    for key, names in (("drop", drop), ("use", use)):
        for name in names:
            if name not in frame:
                raise TableError(
                    f"{source}: {key}: no column {name!r} among the features: "
                    + ", ".join(map(str, frame))
                )
    if both := sorted({*drop} & {*use}):
        raise TableError(f"{source}: column {both[0]!r} is both in drop and in use; keep one")
    rows = []
    for name in frame:
        missing = int(frame[name].isna().sum())
        kind, values = (CATEGORY, frame[name]) if name in drop else _typed(frame[name], source)
        distinct = values.nunique()
        why = None if name in use and distinct > 1 else _left_out(kind, values, distinct)
        if name in drop:
            why = "left out: named in `drop`"
        becomes = why or _becomes(kind, values)
        rows.append((name, kind, missing, distinct, why is None, becomes))
    columns = pd.DataFrame(
        rows, columns=["column", "kind", "missing", "distinct", "used", "becomes"]
    )
    if not columns.used.any():
        why = "; ".join(f"{row.column}: {row.becomes}" for row in columns.head(5).itertuples())
        raise TableError(f"{source}: no column is left to learn from: {why}")
    return columns


def taken(frame, columns, source):
    """The features that `describe` found, as floats or text, from these rows or from new ones.

    Raises
    ------
    TableError
        Where a column is missing, or holds what its kind cannot be.
    """
    used = columns[columns.used]
    if absent := [name for name in used.column if name not in frame]:
        raise TableError(
            f"{source}: no column {absent[0]!r}"
            + (f" and {len(absent) - 1} more" if len(absent) > 1 else "")
            + f"; the table that was learned from has it, here are {', '.join(map(str, frame))}"
        )
    return pd.DataFrame(
        {
            name: _as(kind, frame[name], source)
            for name, kind in zip(used.column, used.kind, strict=True)
        }
    )


def preprocessor(columns, n_rows):
    """Numbers: mean for what is missing, then standardised; categories: a column each.

    Parameters
    ----------
    columns : pandas.DataFrame
        From `describe`.
    n_rows : int
        Of the whole table; a category of fewer than 1 % of them, or of three, is joined with the
        other rare ones, and so is one that is not known.

    Returns
    -------
    sklearn.compose.ColumnTransformer
        Of what `taken` gives.
    """
    # Two seconds to import, which what only reads tables does without.
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    used = columns[columns.used]
    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    categories = make_pipeline(
        SimpleImputer(strategy="most_frequent", keep_empty_features=True),
        OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            min_frequency=fewest(n_rows),
            max_categories=MAX_CATEGORIES,
            drop="if_binary",
            sparse_output=False,
        ),
    )
    steps = [
        (numbers, list(used.column[used.kind != CATEGORY])),
        (categories, list(used.column[used.kind == CATEGORY])),
    ]
    return make_column_transformer(*(step for step in steps if step[1]))


def fewest(n_rows):
    """Rows below which a category is rare."""
    return max(FEWEST, int(np.ceil(RARE * n_rows)))


def n_features(columns):
    """Features that `preprocessor` makes, at most."""
    used = columns[columns.used]
    count = np.minimum(used.distinct, MAX_CATEGORIES)
    return int(np.where(used.kind == CATEGORY, count, 1).sum())


def _typed(column, source):
    """Kind of a column, and its values as such."""
    if pd.api.types.is_bool_dtype(column):
        return CATEGORY, column
    if pd.api.types.is_numeric_dtype(column) or column.isna().all():
        return NUMBER, _as(NUMBER, column, source)
    if pd.api.types.is_datetime64_any_dtype(column):
        return DATES, _as(DATES, column, source)
    known = column.dropna()
    if pd.to_numeric(known, errors="coerce").notna().mean() >= NEARLY_ALL:
        kind = NUMBER
    elif not known.astype(str).str.fullmatch(DATE).all():
        kind = CATEGORY
    else:  # the day comes first unless a day where the month would be says otherwise
        second = _date_parts(known)[1].astype(int)
        kind = MONTH_FIRST if second.max() > 12 else DATES
    return kind, _as(kind, column, source)


def _as(kind, column, source):
    if kind == CATEGORY:
        return column.map(str, na_action="ignore").astype(object)
    values = (
        pd.to_numeric(column, errors="coerce")
        if kind == NUMBER
        else _days(column, kind == MONTH_FIRST)
    )
    values = values.astype(float)
    wrong = values.isna() & column.notna()
    if wrong.any():
        raise TableError(
            f"{source}: column {column.name!r} holds {kind.split(',')[0]}s, but row {_row(wrong)} "
            f"below the header has {column[wrong].iloc[0]!r}: mend it, or leave the cell empty"
        )
    large = values.abs() > LARGEST
    if large.any():
        raise TableError(
            f"{source}: column {column.name!r} has {values[large].iloc[0]:g} in row {_row(large)} "
            "below the header, too large to compute with: leave the cell empty, or give the number"
        )
    return values


def _days(column, month_first):
    """Days since 1970, NaN for what is no date."""
    if not pd.api.types.is_datetime64_any_dtype(column):
        parts = _date_parts(column)
        year_first = parts[0].str.len() == 4
        month = parts[1].mask(~year_first & month_first, parts[0])
        day = parts[2].mask(~year_first, parts[0] if not month_first else parts[1])
        year = parts[0].where(year_first, parts[2]).astype("Int64")
        year = year.mask(year < 100, year + 1900 + 100 * (year < CENTURY).astype("Int64"))
        written = year.astype("string") + "-" + month.str.zfill(2) + "-" + day.str.zfill(2)
        column = pd.to_datetime(
            written + " " + parts[3].fillna("00:00"), errors="coerce", format="ISO8601"
        )
    elif column.dt.tz is not None:
        column = column.dt.tz_convert(None)
    return (column - EPOCH) / pd.Timedelta(days=1)


def _date_parts(column):
    """First, second and third number, and time, of each date, missing for what is none."""
    found = [re.fullmatch(DATE, str(value)) for value in column]
    return pd.DataFrame(
        [match.groups() if match else (None,) * 4 for match in found],
        index=column.index,
        dtype="string",
    )


def _row(where):
    return int(np.flatnonzero(where)[0]) + 1


def _left_out(kind, values, distinct):
    """Why a column is no feature, or None."""
    if distinct == 0:
        return "left out: only missing values"
    if distinct == 1:
        return "left out: one value"
    whole = kind == CATEGORY or (kind == NUMBER and (values.dropna() % 1 == 0).all())
    if whole and distinct == values.notna().sum():
        return "left out: as many values as rows, as a name or a number of rows has"
    if kind == CATEGORY and (values.value_counts() < fewest(len(values))).all():
        return f"left out: no value is in {fewest(len(values))} rows"
    return None


def _becomes(kind, values):
    if kind == NUMBER:
        return "one number, standardised"
    if kind in (DATES, MONTH_FIRST):
        return "one number, days since 1970, standardised"
    counts = values.value_counts()
    if len(counts) == 2:
        return "one number, 0 or 1"
    common = min(int((counts >= fewest(len(values))).sum()), MAX_CATEGORIES)
    if common == len(counts):
        return f"{common} columns, one a category"
    common = min(common, MAX_CATEGORIES - 1)
    return f"{common + 1} columns, {len(counts) - common} rare categories joined"
