"""Figure `probabilities`: reliability curves of the methods that have probabilities."""

import numpy as np

from fixing_ntk.comparison.methods import GUESS, LOGISTIC
from fixing_ntk.drawing import style

Z = 1.96  # standard deviations around the mean that hold 95 % of a normal variable


def draw(curves):
    """Return the figure: a reliability curve for each method with probabilities, one panel each.

    By bin of the predicted probability of a class, it shows the share of rows whose label is this
    class against the mean of these probabilities, over all splits. With two classes the second is
    counted, with more every class. The method that gives every row the same answer, the guess, is
    drawn only if it is alone. Vertical bars are 95 % intervals of the share, and the size of a mark
    grows with the number of probabilities in its bin.

    Parameters
    ----------
    curves : pandas.DataFrame
        From `comparison.own_table.compare`, of all splits: method, split, and the columns of
        `comparison.probabilities.reliability`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    methods = curves.method.unique()
    methods = [name for name in methods if name not in GUESS.values()] or methods
    others = iter(style.SERIES)
    fig, axes = style.figure(1, len(methods), height=2.1, sharex=True, sharey=True, squeeze=False)
    for ax, method in zip(axes[0], methods, strict=True):
        look = dict(color=style.MKL, marker="o") if method == LOGISTIC else next(others)
        bins = curves[curves.method == method].groupby("bin")[["count", "predicted", "there"]].sum()
        count = bins["count"].to_numpy()
        given, share = bins.predicted / count, (bins.there / count).to_numpy()
        low, high = wilson(share, count)
        ax.plot([0, 1], [0, 1], ":", color=style.NEUTRAL, lw=0.9)
        ax.vlines(given, low, high, color=look["color"], lw=0.8)
        size = 4 + 30 * np.sqrt(count / count.max())
        ax.scatter(
            given,
            share,
            s=size,
            color=look["color"],
            marker=look["marker"],
            zorder=3,
            clip_on=False,
        )
        ax.set(xlim=(0, 1), ylim=(0, 1), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
        ax.set_aspect("equal")
        ax.set_title(_in_lines(method), fontsize=8, pad=8)
        ax.set_xlabel("probability")
    axes[0, 0].set_ylabel("share of rows")
    return fig


def wilson(share, count):
    """Return the low and the high end of the 95 % Wilson score interval of a share.

    ``share`` is of ``count`` independent cases. The arguments are numbers, or arrays with an entry
    for each bin.
    """
    z = Z**2 / count
    middle = (share + z / 2) / (1 + z)
    half = np.sqrt(z * share * (1 - share) + z**2 / 4) / (1 + z)
    return middle - half, middle + half


def _in_lines(method):
    """Break a method's name after its first comma, else at its first blank, for a panel's title."""
    head, comma, tail = method.partition(", ")
    return f"{head},\n{tail}" if comma else method.replace(" ", "\n", 1)
