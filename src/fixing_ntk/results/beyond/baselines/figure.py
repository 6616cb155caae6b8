"""Figure `baselines`: average ranks of all methods, and which differ significantly."""

import numpy as np

from fixing_ntk.comparison import statistics
from fixing_ntk.comparison.methods import NAMES, methods
from fixing_ntk.drawing import style


def draw(table):
    """Return the `diagram` of the table `baselines`, which was read from its CSV file.

    Datasets without an accuracy of every method are dropped.
    """
    accuracies = table[methods(table)].dropna()
    return diagram(accuracies.rename(columns=NAMES))


def diagram(scores):
    """Return a critical difference diagram: average ranks, bars over methods that do not differ.

    Two methods differ where their average ranks are further apart than the critical difference of
    the Nemenyi test at 5 %.

    Parameters
    ----------
    scores : pandas.DataFrame (n_cases, n_methods)
        Scores, larger is better; columns have the names to show.

    Returns
    -------
    matplotlib.figure.Figure
    """
    mean = statistics.average_ranks(scores)
    difference = statistics.critical_difference(len(mean), len(scores))
    groups = statistics.not_told_apart(mean, difference)
    left, right = max(1, np.floor(mean.min())), min(len(mean), np.ceil(mean.max()))

    fig, ax = style.figure(height=1.9)
    half = (len(mean) + 1) // 2
    line = 0.5 + 0.28 * len(groups)  # where the names begin, below the bars of the groups
    for k, (method, rank) in enumerate(mean.items()):
        colour = {"NTK": style.NTK, "MKL": style.MKL}.get(method, style.NEUTRAL)
        best = k < half
        y = -line - 0.55 * (k if best else len(mean) - 1 - k)
        end = left - 0.06 if best else right + 0.06
        ax.plot([rank, rank, end], [0, y, y], color=colour, lw=1)
        ax.plot(rank, 0, "o", color=colour, ms=4, clip_on=False)
        ax.text(
            *(end, y, f" {method} ({rank:.2f}) "),
            color=colour,
            ha="right" if best else "left",
            va="center",
        )
    for k, (i, j) in enumerate(groups):
        y = -0.3 - 0.28 * k
        ax.plot([mean.iloc[i] - 0.02, mean.iloc[j] + 0.02], [y, y], color="black", lw=2.5)
    # The bar of the critical difference is raised where it would meet the axis' name.
    bar = 0.95 if left + difference < right - 0.38 * (right - left) else 1.35
    ax.plot([left, left + difference], [bar, bar], color="black", lw=1, marker="|", ms=6)
    ax.text(
        *(left + difference / 2, bar + 0.1, f"critical difference {difference:.2f}"),
        ha="center",
        va="bottom",
        fontsize=8,
    )
    ticks = np.arange(left, right + 0.25, 0.5)
    ax.plot([left, right], [0, 0], color="black", lw=0.8)
    for tick in ticks:
        ax.plot([tick, tick], [0, 0.12], color="black", lw=0.6)
        ax.text(tick, 0.2, f"{tick:g}", ha="center", va="bottom", fontsize=8)
    ax.text(right, 0.62, "average rank, 1 the best", ha="right", va="bottom", fontsize=8)
    ax.set(xlim=(left - 0.9, right + 0.9), ylim=(-line - 0.55 * half, bar + 0.65))
    ax.axis("off")
    return fig
