"""Figure `own_ranks`: average ranks of all methods over the splits of a user's own table."""

from fixing_ntk.comparison.methods import GUESS
from fixing_ntk.results.beyond.baselines.figure import diagram


def draw(rows):
    """Draw the average ranks over splits, from rows of `comparison.own_table.compare`.

    The guess has no rank, unless it is one of at most two methods.
    """
    scores = rows.pivot(index="split", columns="method", values="score")
    learned = [method for method in scores if method not in GUESS.values()]
    return diagram(scores[learned] if len(learned) > 1 else scores)
