"""Numbers as sentences write them: filters of the templates."""

import numpy as np

from fixing_ntk.comparison.methods import NAMES
from fixing_ntk.drawing.cells import MEANS, tally


def short(value):
    """A ratio to two digits, as people write it; None is infinite."""
    if value is None:
        return "inf"
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def percent(share):
    """A share, or its text, in whole per cent."""
    return f"{100 * float(share):.0f}"


def power(value):
    """A number, or its text, as a power of ten, 1e-6."""
    return f"1e{round(np.log10(float(value)))}"


def words(number):
    """A small number as a word, a larger one in digits."""
    return _WORDS[number] if number < len(_WORDS) else f"{number:,}"


def spread(row):
    """Mean of a count with its range."""
    return "{mean:.1f} ({low:.1f} to {high:.1f})".format(**row)


def likely(row):
    """A probability and its standard error, in per cent."""
    return f"{100 * row['probability']:.2g} ± {100 * row['probability_se']:.1g} %"


def means(fact):
    """`statistics.means` of points of accuracy: mean, median and mean over the larger datasets."""
    rounded = (round(fact[name], 1) + 0.0 for name in MEANS)  # no -0.0
    return ", ".join(f"{value:+.1f}" for value in rounded)


def p_value(p):
    """A p-value, or a dash where there is none."""
    return "–" if p is None else f"{p:.2g}"


def apart(points):
    """How far above or below, in points."""
    return f"{abs(points):.1f} points {'above' if points > 0 else 'below'}"


def listed(rows):
    """Datasets with MKL's accuracy above the NTK's, and training rows n."""
    return ", ".join("{dataset} {points:+.1f} (n = {n})".format(**row) for row in rows)


def units(line, run):
    """Units at a line, least and most over dimensions, which may be beyond those that were run.

    Parameters
    ----------
    line : dict
        low and high, 0 below what was run and None beyond.
    run : (int, int)
        Fewest and most units that were run.
    """
    low, high = (
        f"over {run[1]}" if s is None else f"under {run[0]}" if s == 0 else f"{s:.0f}"
        for s in (line["low"], line["high"])
    )
    return low if low == high else f"{low} to {high}"


def named(method):
    """A method as readers know it."""
    return NAMES[method]


FILTERS = (
    *(short, percent, power, words, tally, spread, likely, means, p_value, apart, listed, units),
    named,
)
_WORDS = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
