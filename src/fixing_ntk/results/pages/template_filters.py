"""Filters of the templates, which write numbers as sentences need them."""

import numpy as np

from fixing_ntk.comparison.methods import NAMES
from fixing_ntk.drawing.cells import MEANS, tally


def short(value):
    """Write a ratio with two digits; None stands for infinity."""
    if value is None:
        return "inf"
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def percent(share):
    """Write a share, given as number or text, in whole per cent."""
    return f"{100 * float(share):.0f}"


def power(value):
    """Write a number, given as number or text, as the nearest power of ten, such as 1e-6."""
    return f"1e{round(np.log10(float(value)))}"


def words(number):
    """Write a whole number up to twelve as a word, a larger one in digits."""
    return _WORDS[number] if number < len(_WORDS) else f"{number:,}"


def spread(row):
    """Write the mean of a count with its range."""
    return "{mean:.1f} ({low:.1f} to {high:.1f})".format(**row)


def likely(row):
    """Write a probability and its standard error, in per cent."""
    return f"{100 * row['probability']:.2g} ± {100 * row['probability_se']:.1g} %"


def means(fact):
    """Write `statistics.means` of points of accuracy: mean, median, mean over larger datasets."""
    rounded = (round(fact[name], 1) + 0.0 for name in MEANS)  # no -0.0
    return ", ".join(f"{value:+.1f}" for value in rounded)


def p_value(p):
    """Write a p-value, or a dash for None."""
    return "–" if p is None else f"{p:.2g}"


def apart(points):
    """Write a difference in points of accuracy as so many points above or below."""
    return f"{abs(points):.1f} points {'above' if points > 0 else 'below'}"


def listed(rows):
    """List datasets with MKL's accuracy less the NTK's, in points, and training rows n."""
    return ", ".join("{dataset} {points:+.1f} (n = {n})".format(**row) for row in rows)


def units(line, run):
    """Write the least and the most units at a line of the map, over dimensions.

    Parameters
    ----------
    line : dict
        ``low`` and ``high``: 0 below the fewest units that were run, None above the most.
    run : (int, int)
        Fewest and most units that were run.
    """
    low, high = (
        f"over {run[1]}" if s is None else f"under {run[0]}" if s == 0 else f"{s:.0f}"
        for s in (line["low"], line["high"])
    )
    return low if low == high else f"{low} to {high}"


def named(method):
    """Return the name of a method that readers know."""
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
