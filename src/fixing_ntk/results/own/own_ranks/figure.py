"""Figure `own_ranks`: average ranks of all methods over the splits of a user's own table."""

from fixing_ntk.comparison.methods import GUESS
from fixing_ntk.results.beyond.baselines.figure import diagram


def draw(rows):
    """Return the figure: average ranks of the methods over the splits of a user's own table.

    Ranks are by test score. The method that gives every row the same answer, the guess, is left out
    if two or more other methods were run.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `comparison.own_table.compare`, of all splits.

    Returns
    -------
    matplotlib.figure.Figure
    """
    scores = rows.pivot(index="split", columns="method", values="score")
    learned = [method for method in scores if method not in GUESS.values()]
    return diagram(scores[learned] if len(learned) > 1 else scores)
