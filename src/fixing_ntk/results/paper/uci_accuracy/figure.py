"""Figure `uci_accuracy`: MKL against NTK, one point a dataset."""

import numpy as np

from fixing_ntk.comparison.statistics import wins_ties_losses
from fixing_ntk.drawing import style

BAR = 0.115  # inches of height for each dataset, whose name stands beside its bar


def draw(table):
    """Rows of `tables.uci_accuracy`, as its CSV file holds them; failed ones are not drawn."""
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
    left.text(0.04, 0.94, f"MKL better: {count['wins']}", transform=left.transAxes, va="top")
    left.text(0.04, 0.86, f"tied: {count['ties']}", transform=left.transAxes, va="top")
    left.text(0.96, 0.05, f"NTK better: {count['losses']}", transform=left.transAxes, ha="right")

    difference = (mkl - ntk).set_axis(table.dataset).sort_values(kind="stable")
    at = np.arange(len(difference))
    colours = np.where(difference > 0, style.MKL, style.NTK)
    right.barh(at, difference, color=colours, height=0.8)
    right.axvline(0, color=style.NEUTRAL, lw=0.8)
    right.set_yticks(at, difference.index, fontsize=6)
    right.tick_params(axis="y", length=0, pad=1)
    right.set(xlabel="MKL − NTK (points)", ylim=(-0.7, len(at) - 0.3))
    right.grid(axis="y", visible=False)
    style.label_panels((left, right))
    style.certificate(fig, table.gap.max())
    return fig
