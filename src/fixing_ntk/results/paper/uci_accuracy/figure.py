"""Figure `uci_accuracy`: accuracy of MKL against NTK, one point for each dataset."""

import numpy as np

from fixing_ntk.comparison.statistics import LARGE, wins_ties_losses
from fixing_ntk.drawing import style

BAR = 0.115  # inches of height for each dataset, whose name stands beside its bar


def draw(table):
    """Return the figure: MKL's test accuracy against the NTK's, and their difference by dataset.

    Parameters
    ----------
    table : pandas.DataFrame
        The table `uci_accuracy`, as read from its CSV file. Datasets that failed are left out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = table.dropna(subset=["ntk", "mkl"])
    height = max(2.9, 0.7 + BAR * len(table))
    fig, (left, right) = style.figure(1, 2, height=height, width_ratios=[1.45, 1])
    ntk, mkl = 100 * table.ntk, 100 * table.mkl
    low = np.floor(min(ntk.min(), mkl.min()) / 5) * 5 - 2
    left.plot([low, 100], [low, 100], color=style.NEUTRAL, lw=0.8)
    left.errorbar(
        ntk,
        mkl,
        xerr=100 * table.ntk_std.fillna(0),
        yerr=100 * table.mkl_std.fillna(0),
        fmt="o",
        ms=3.5,
        color=style.MKL,
        ecolor=style.LIGHT,
        elinewidth=0.6,
        mec="white",
        mew=0.4,
    )
    left.set(xlim=(low, 101), ylim=(low, 101), aspect="equal", anchor="N")
    left.set(xlabel="NTK, test accuracy (%)", ylabel="MKL, test accuracy (%)")
    count = wins_ties_losses(table.mkl, table.ntk)
    counts = f"MKL better on {count['wins']}, tied on {count['ties']}, NTK on {count['losses']}"
    left.set_title(counts, loc="right", fontsize=7.5)

    order = np.argsort((mkl - ntk).to_numpy(), kind="stable")
    difference, n = (mkl - ntk).to_numpy()[order], table.n.to_numpy()[order]
    at = np.arange(len(order))
    colours = np.where(difference > 0, style.MKL, style.NTK)
    style.small_sets(right, at, difference, n < LARGE, colours)
    right.axvline(0, color=style.NEUTRAL, lw=0.8)
    right.set_yticks(at, table.dataset.to_numpy()[order], fontsize=6)
    if (n < LARGE).any():
        right.set_title(f"pale: fewer than {LARGE} rows", loc="right", fontsize=7.5)
    right.tick_params(axis="y", length=0, pad=1)
    right.set(xlabel="MKL − NTK (points)", ylim=(-0.7, len(at) - 0.3))
    right.grid(axis="y", visible=False)
    style.label_panels((left, right))
    style.certificate(fig, table.gap.max())
    return fig
