"""Figure `own_ranks`: average ranks of all methods over the splits of a user's own table."""

from fixing_ntk.comparison.methods import GUESS
from fixing_ntk.results.beyond.baselines.figure import diagram


def draw(rows):
    """Rows of `comparison.own_table.compare`, all splits; the guess has no rank."""
    rows = rows[~rows.method.isin(GUESS.values())]
    return diagram(rows.pivot(index="split", columns="method", values="score"))
