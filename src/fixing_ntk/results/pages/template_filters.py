"""Jinja filters of the templates in `docs/findings/`, which write numbers and facts as text."""

import numpy as np

from fixing_ntk.comparison.methods import NAMES
from fixing_ntk.drawing.cells import MEANS, tally


def short(value):
    """Format a ratio with one decimal, or none from ten on; None stands for infinity: "inf"."""
    if value is None:
        return "inf"
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def percent(share):
    """Format a share, a number or its text, as whole per cent, without the sign for per cent."""
    return f"{100 * float(share):.0f}"


def power(value):
    """Format a positive number, or its text, as the nearest power of ten, such as 1e-6."""
    return f"1e{round(np.log10(float(value)))}"


def words(number):
    """Write a whole number up to twelve as a word, zero as "no", a larger number in digits."""
    return _WORDS[number] if number < len(_WORDS) else f"{number:,}"


def spread(row):
    """Write the mean of a count with its range, as ``mean (low to high)``, one decimal each.

    ``row`` has the keys ``mean``, ``low`` and ``high``.
    """
    return "{mean:.1f} ({low:.1f} to {high:.1f})".format(**row)


def likely(row):
    """Write a probability and its standard error in per cent, as ``20 ± 3 %``.

    ``row`` has the keys ``probability`` and ``probability_se``.
    """
    return f"{100 * row['probability']:.2g} ± {100 * row['probability_se']:.1g} %"


def means(fact):
    """Write the mean, the median and the mean over larger datasets, as signed points of accuracy.

    ``fact`` is a result of `statistics.means` that is already in points. The text is such as
    ``+1.2, +0.8, -0.3``: each number has one decimal, and zero has the sign "+".
    """
    rounded = (round(fact[name], 1) + 0.0 for name in MEANS)  # no -0.0
    return ", ".join(f"{value:+.1f}" for value in rounded)


def of_small_sets(fact):
    """Return the share of the mean difference over all datasets that is due to the small ones.

    ``fact`` has ``mean`` and ``mean_large`` of `statistics.means`, and the numbers ``datasets`` and
    ``large`` of all datasets and of the larger ones.
    """
    return 1 - fact["large"] * fact["mean_large"] / (fact["datasets"] * fact["mean"])


def p_value(p):
    """Format a p-value with two significant digits; None gives a dash."""
    return "–" if p is None else f"{p:.2g}"


def apart(points):
    """Write a difference in points as ``1.2 points above``, or ``below`` if it is not positive.

    The number has no sign.
    """
    return f"{abs(points):.1f} points {'above' if points > 0 else 'below'}"


def listed(rows):
    """List datasets as text, each with a difference in points of accuracy and its training rows.

    The text is such as ``iris +1.2 (n = 75), wine -0.4 (n = 89)``. ``rows`` are dicts with the keys
    ``dataset``, ``points`` (MKL's accuracy less the NTK's) and ``n``.
    """
    return ", ".join("{dataset} {points:+.1f} (n = {n})".format(**row) for row in rows)


def units(line, run):
    """Write the range of units at which MKL and NTK are equally good, such as ``3 to 12``.

    The range is over dimensions and levels of noise of the map `when_it_pays`, at one n and
    teacher. An end off the map is written as ``under 1`` or ``over 50``, with the ends of ``run``.
    If both ends have the same text, it stands once.

    Parameters
    ----------
    line : dict
        Ends ``low`` and ``high`` of the range. An end is 0 if it is below the fewest units that
        were run, and None if it is above the most.
    run : (int, int)
        Fewest and most units that were run.
    """
    low, high = (
        f"over {run[1]}" if s is None else f"under {run[0]}" if s == 0 else f"{s:.0f}"
        for s in (line["low"], line["high"])
    )
    return low if low == high else f"{low} to {high}"


def named(method):
    """Return the name that readers see for the key of a method, such as "NTK" for ``ntk``."""
    return NAMES[method]


FILTERS = (
    *(short, percent, power, words, tally, spread, likely, means, p_value, apart, listed, units),
    *(named, of_small_sets),
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
