"""Numbers as sentences write them: filters of the templates."""

import numpy as np


def short(value):
    """A ratio to two digits, as people write it."""
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def percent(share):
    """A share, or its text, in whole per cent."""
    return f"{100 * float(share):.0f}"


def power(value):
    """A power of ten, 1e-6."""
    return f"1e{round(np.log10(value))}"


def words(number):
    """A small number as a word, a larger one in digits."""
    return _WORDS[number] if number < len(_WORDS) else f"{number:,}"


def tally(row):
    """Wins, ties and losses of a row, parted by strokes."""
    return f"{row.wins}/{row.ties}/{row.losses}"


def spread(row):
    """Mean of a count with its range."""
    return f"{row['mean']:.1f} ({row.low:.0f} to {row.high:.0f})"


def likely(row):
    """A probability and its standard error, in per cent."""
    return f"{100 * row.probability:.2g} ± {100 * row.probability_se:.1g} %"


def apart(points):
    """How far above or below, in points."""
    return f"{abs(points):.1f} points {'above' if points > 0 else 'below'}"


def listed(rows):
    """Datasets with MKL's accuracy above the NTK's, and training rows n."""
    return ", ".join(f"{row.dataset} {row.points:+.1f} (n = {row.n})" for row in rows.itertuples())


def units(line):
    """Units at a line, least and most over dimensions, which may be beyond those that were run."""
    fewest, most = line.run
    low, high = (
        f"over {most}" if np.isinf(s) else f"under {fewest}" if s == 0 else f"{s:.0f}"
        for s in (line.low, line.high)
    )
    return low if low == high else f"{low} to {high}"


def ranked(ranks):
    """Methods with their ranks."""
    return ", ".join(f"{name} {rank:.2f}" for name, rank in ranks.items())


FILTERS = (short, percent, power, words, tally, spread, likely, apart, listed, units, ranked)
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
