"""Figure `trained_networks`: objectives and test accuracy of trained networks, by dataset."""

import numpy as np

from fixing_ntk.comparison.statistics import LARGE
from fixing_ntk.comparison.trained_networks import GATED, OF_MKL, OWN, RELU
from fixing_ntk.drawing import style

ROW = 0.135  # inches of height for each dataset
LEAST = 1e-10  # left end of the axis of distances
LOOKS = {
    OF_MKL: dict(marker="o", ms=4.5, mfc="none", label="MKL's λ"),
    OWN: dict(marker="x", ms=4, label="own λ"),
}
COMPARED = {
    "ntk": dict(marker="s", ms=3, color=style.NTK, label="NTK"),
    f"{GATED}_{OWN}": dict(
        marker="D", ms=3.5, mfc="none", color=style.NEUTRAL, label="gated, own λ"
    ),
    f"{RELU}_{OF_MKL}": dict(
        marker="o", ms=4.5, mfc="none", color=style.RELU, label="ReLU, MKL's λ"
    ),
    f"{RELU}_{OWN}": dict(marker="x", ms=4, color=style.RELU, label="ReLU, own λ"),
}


def draw(table):
    """Return the figure: by dataset, objectives of trained networks, and accuracy less MKL's.

    Accuracies are on the test rows. Objectives of gated networks are shown as distances above the
    certified lower bound, those of ReLU networks as ratios to the optimum on the drawn masks.

    Parameters
    ----------
    table : pandas.DataFrame
        The table `trained_networks`, as read from its CSV file.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = table.iloc[::-1].reset_index(drop=True)
    rows = np.arange(len(table))
    fig, axes = style.figure(1, 3, height=1.5 + ROW * max(len(rows), 8), sharey=True)
    left, middle, right = axes
    for choice, look in LOOKS.items():
        gated = table[f"{GATED}_{choice}_above"].clip(lower=LEAST)
        left.plot(gated, rows, ls="none", color=style.NEUTRAL, **look)
        ratio = table[f"{RELU}_{choice}_ratio_to_optimum"]
        middle.plot(ratio, rows, ls="none", color=style.RELU, **look)
    left.set(xscale="log", xlabel=r"above bound / $\frac{1}{2}\|y\|^2$")
    left.set_xlim(left=LEAST / 2)
    middle.axvline(1.0, color=style.NEUTRAL, lw=0.8)
    middle.set_xlabel("objective / optimum")
    differences = 100 * table[[f"{name}_test" for name in COMPARED]].sub(table.mkl_test, axis=0)
    small = table.n < LARGE  # these datasets do not set the limits of the axis
    end = 1.1 * max((differences if small.all() else differences[~small]).abs().max().max(), 1.0)
    for name, look in COMPARED.items():
        right.plot(differences[f"{name}_test"].clip(-end, end), rows, ls="none", **look)
    right.axvline(0.0, color=style.MKL, lw=0.8)
    right.set(xlabel="test − MKL (points)", xlim=(-1.06 * end, 1.06 * end))
    names = [
        f"{row.dataset} ({row.n} rows)" if row.n < LARGE else row.dataset
        for row in table.itertuples()
    ]
    left.set_yticks(rows, names, fontsize=6.5)
    left.set_ylim(-0.7, len(rows) - 0.3)
    for ax in axes:
        ax.tick_params(axis="y", length=0)
    handles, labels = left.get_legend_handles_labels()
    more = right.get_legend_handles_labels()
    fig.legend(
        handles + more[0],
        [*(f"(a, b) {x}" for x in labels), *(f"(c) {x}" for x in more[1])],
        loc="outside upper center",
        ncols=3,
        fontsize=7.5,
    )
    style.label_panels(axes)
    style.certificate(fig, table.gap.max())
    return fig
