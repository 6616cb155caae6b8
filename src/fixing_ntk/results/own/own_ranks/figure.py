"""Figure `own_ranks`: average ranks of all methods over the splits of a user's own table."""

from fixing_ntk.results.beyond.baselines.figure import diagram


def draw(rows):
    """Rows of `comparison.own_table.compare`, all splits."""
    return diagram(rows.pivot(index="split", columns="method", values="score"))
