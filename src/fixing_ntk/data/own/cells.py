"""Parse cells of text as numbers, dates and clock times.

A cell that is no such value becomes NaN, and the caller decides what NaN means. skrub's converters
were tried: they refuse ``45%``, ``$13,495`` and ``12 kg``, read ``3.1.1970`` with the month first,
and drop the zero of ``02134``.
"""

import re

import numpy as np
import pandas as pd

BLANKS = " \u00a0\u202f\u2009'"  # separators of thousands, beside comma or point
CURRENCY = r"(?:[$€£¥₹]|US\$|USD|EUR|GBP|CHF)"
# Units that may follow a number without a blank.
UNITS = (
    *("%", "‰", "°", "°C", "°F", "K", "kg", "g", "mg", "t", "lb", "lbs", "oz", "km", "m", "cm"),
    *("mm", "µm", "mi", "ft", "in", "l", "ml", "cl", "h", "min", "s", "ms", "W", "kW", "V", "mA"),
    *("Hz", "kHz", "MHz", "Pa", "kPa", "bar", "J", "kJ", "kcal", "px", "MB", "GB", "kB", "mph"),
    *("km/h", "m/s", "yr", "yrs"),
)
NUMBER = re.compile(
    rf"(?P<before>{CURRENCY}\s?)?(?P<sign>[-+−])?(?P<after_sign>{CURRENCY}\s?)?"
    rf"(?P<digits>\d[\d.,{BLANKS}]*|[.,]\d+)(?P<power>[eE][-+]?\d+)?"
    rf"(?P<unit>(?:{'|'.join(map(re.escape, sorted(UNITS, key=len, reverse=True)))}|{CURRENCY})"
    r"|\s[^\W\d_]{1,8}(?:/[^\W\d_]{1,4})?|\s[%‰°])?"
)
ACCOUNTING = re.compile(r"\(([^()+−-]*\d[^()+−-]*)\)")  # a negative number in parentheses
# By decimal mark: numbers without units and without separators of thousands.
PLAIN = {
    mark: re.compile(rf"[-+]?(?:\d+[{mark}]?\d*|[{mark}]\d+)(?:[eE][-+]?\d+)?") for mark in ".,"
}
CODE = r"[-+]?0\d+"  # digits with a leading zero are a code, not a number

# Dates with the year first or last; a time and a time zone may follow.
CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*([AaPp])?(?:\.?[Mm]\.?)?"
ZONE = r"\s*(Z|UTC|GMT|[-+]\d{2}:?\d{2})?"
NUMERIC_DATE = re.compile(
    r"(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{1,2})([-/.])(\d{1,2})\6(\d{4}|\d{2}))"
    rf"(?:[ T]+{CLOCK}{ZONE})?"
)
MONTHS = [
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
]
MONTH = r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,?\s+)?"
WRITTEN_DATE = re.compile(
    rf"{WEEKDAY}(?:(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{MONTH},?[\s-]+(\d{{4}}|\d{{2}})"
    rf"|{MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}))(?:,?[ T]+{CLOCK}{ZONE})?",
    re.IGNORECASE,
)
CENTURY = 69  # a year of two digits is 19xx from here on, and 20xx below
EPOCH = pd.Timestamp("1970-01-01")


def numbers(text, decimal, unit=None):
    """Parse cells of text as numbers of one unit, by default their commonest one.

    Parameters
    ----------
    text : pandas.Series of str
        Without missing cells.
    decimal : {".", ","}
        The decimal mark. The other mark, a blank or an apostrophe may separate thousands. A number
        in parentheses is negative, as in accounts.
    unit : str, optional
        Unit or currency beside the digits, such as ``%``; empty keeps only numbers without one.

    Returns
    -------
    values : pandas.Series of float
        With the index of ``text``. NaN for a cell that is no number, or that has another unit.
        Cells without a unit are kept.
    unit : str
        The given unit, or the commonest one. Empty if no cell has one, and also with a given unit
        if all cells are plain digits with at most a sign, a decimal mark and a power.
    """
    if all(map(PLAIN[decimal].fullmatch, text)):  # most columns; takes a tenth of the time
        plain = [float(cell.replace(decimal, ".")) for cell in text]
        return pd.Series(plain, index=text.index, dtype=float), ""
    found = [NUMBER.fullmatch(ACCOUNTING.sub(r"-\1", cell)) for cell in text]
    units = [_unit(match) if match else None for match in found]
    values = np.array([_value(match, decimal) if match else np.nan for match in found], float)
    named = pd.Series(units)[~np.isnan(values)].loc[lambda found: found != ""]
    if unit is None:
        unit = str(named.value_counts().index[0]) if len(named) else ""
    values[[one not in (unit, "") for one in units]] = np.nan  # two units are two measures
    return pd.Series(values, index=text.index), unit


def has_no_unit(cell):
    """Say whether a cell of text has the form of a number, without a unit or a currency.

    The place of its separators of thousands is not checked.
    """
    match = NUMBER.fullmatch(ACCOUNTING.sub(r"-\1", cell))
    return bool(match) and not _unit(match)


def _unit(match):
    """Return the currency and the unit in a match of `NUMBER`, joined; empty where it has none."""
    parts = match["before"], match["after_sign"], match["unit"]
    return "".join(part.strip() for part in parts if part)


def _value(match, decimal):
    """Return the number in a match of `NUMBER`; NaN where separators of thousands are misplaced.

    ``decimal`` is the decimal mark, "." or ",". The unit is left out.
    """
    digits, other = match["digits"].rstrip(), "," if decimal == "." else "."
    mark, group = re.escape(decimal), f"[{re.escape(other)}{BLANKS}]"
    if not re.fullmatch(
        rf"[1-9]\d{{0,2}}(?:{group}\d{{3}})+(?:{mark}\d*)?|\d*(?:{mark}\d*)?", digits
    ):
        return np.nan
    plain = re.sub(group, "", digits).replace(decimal, ".")
    return float(f"{(match['sign'] or '').replace('−', '-')}{plain}{match['power'] or ''}")


def days(text, month_first):
    """Parse cells of text as dates, in days since 1 January 1970.

    Parameters
    ----------
    text : pandas.Series of str
        Dates with the year first or last, or with the month in words; a time and a time zone may
        follow.
    month_first : bool
        Whether the month comes before the day in dates of digits that end with the year.

    Returns
    -------
    pandas.Series of float
        With the index of ``text``. A time of day is a fraction of a day, in UTC where the cell has
        a time zone. NaN for a cell that is no date.
    """
    return pd.Series([_days(cell, month_first) for cell in text], index=text.index, dtype=float)


def dates_or_times(text):
    """Say what more than half of the cells of a Series of text are, as a pair of words.

    It is ``("dates", "days")`` or ``("clock times", "hours")``, the second word their unit as
    numbers; None for other cells.
    """
    if days(text, month_comes_first(text)).notna().mean() > 0.5:
        return "dates", "days"
    return ("clock times", "hours") if hours(text).notna().mean() > 0.5 else None


def month_comes_first(text):
    """Say whether some cell can only be read with the month before the day, say 1/31/2020.

    Only dates of digits that end with the year are looked at. ``text`` is a Series of str.
    """
    found = [NUMERIC_DATE.fullmatch(cell) for cell in text]
    return any(match and match[7] and int(match[7]) > 12 for match in found)


def _days(cell, month_first):
    """Return one cell's date in days since 1970, see `days`; NaN where it is no date."""
    match = NUMERIC_DATE.fullmatch(cell)
    if match:
        year, month, day = match[1], match[3], match[4]
        if year is None:
            first, second, year = match[5], match[7], match[8]
            month, day = (first, second) if month_first else (second, first)
        clock = match.groups()[8:]
    else:
        match = WRITTEN_DATE.fullmatch(cell)
        if not match:
            return np.nan
        day, month, year = match[1] or match[5], match[2] or match[4], match[3] or match[6]
        month, clock = MONTHS.index(month[:3].lower()) + 1, match.groups()[6:]
    year = int(year) + (0 if len(year) == 4 else 1900 + 100 * (int(year) < CENTURY))
    try:
        date = pd.Timestamp(year=year, month=int(month), day=int(day))
    except ValueError:
        return np.nan
    *time, zone = clock
    hours = _hours(time) if time[0] else 0.0
    return (date - EPOCH).days + (hours - _offset(zone)) / 24.0


def hours(text):
    """Parse cells of text as clock times, in hours since midnight.

    ``text`` is a Series without missing cells. The result is a Series with its index, and NaN for a
    cell that is no clock time.
    """
    found = [re.fullmatch(CLOCK, cell) for cell in text]
    values = [_hours(match.groups()) if match else np.nan for match in found]
    return pd.Series(values, index=text.index, dtype=float)


def _hours(clock):
    """Return hours since midnight from the four groups of a match of `CLOCK`; NaN out of range.

    These are text: hour, minute, second or None, and "a" or "p" for am or pm, or None.
    """
    hour, minute, second, half = clock
    hour, minute, second = int(hour), int(minute), float(second or 0)
    if half:
        if not 1 <= hour <= 12:
            return np.nan
        hour = hour % 12 + 12 * (half.lower() == "p")
    if hour > 23 or minute > 59 or second >= 60:
        return np.nan
    return hour + minute / 60 + second / 3600


def _offset(zone):
    """Return the hours that a time zone such as ``+02:00`` is ahead of UTC; 0 for no zone."""
    if not zone or zone in ("Z", "UTC", "GMT"):
        return 0.0
    sign = -1.0 if zone[0] == "-" else 1.0
    return sign * (int(zone[1:3]) + int(zone[-2:]) / 60)
