"""Figure `at_least_as_accurate`: over splits, the number of datasets on which MKL wins or ties."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from fixing_ntk.comparison.win_counts import BEST, PAPER, SAME, TUNED
from fixing_ntk.drawing import style

HEIGHT = 0.85  # of the highest bar of a row, in units of the distance between rows


def draw(table):
    """Return the figure: on how many datasets MKL wins or ties with the NTK, over splits.

    A row of the figure is a way to choose the penalties. ``table`` is the table
    `at_least_as_accurate`, read from its CSV file. At a common penalty only the comparison with the
    NTK of the sampled gates is drawn.
    """
    same = table[(table.reading == SAME) & (table.against == "ntk_sampled")]
    rows = [
        *table[table.reading == TUNED].itertuples(),
        *same.sort_values("ratio", ascending=False).itertuples(),
        *table[table.reading == BEST].itertuples(),
    ]
    fig, ax = style.figure(height=0.75 + 0.3 * len(rows))
    for at, row in enumerate(rows):
        base = len(rows) - 1 - at
        datasets, splits = np.unique(np.array(row.counts.split(), int), return_counts=True)
        look = dict(color=style.MKL, alpha=0.45, lw=0)
        ax.bar(datasets, HEIGHT * splits / splits.max(), 0.9, base, **look)
        ax.plot([row.low, row.high], [base, base], color=style.MKL, lw=1.6)
        ax.plot(row.mean, base, "o", color=style.MKL, mec="white", mew=0.5, ms=5, zorder=3)
        ax.plot(row.mean - row.ties, base, "D", color="white", mec=style.NEUTRAL, mew=0.9, ms=4)
        share = f"{100 * row.share:.0f} %"
        ax.text(1.015, base, share, transform=ax.get_yaxis_transform(), va="bottom", fontsize=8)
    ax.axvline(table.enough.iloc[0], color="black", lw=1, ls="--")
    ax.set_ylim(-0.35, len(rows) + 0.1)
    ax.set_yticks(range(len(rows))[::-1], [f"{name(row)}, {row.splits} splits" for row in rows])
    ax.set_xlim(right=table.datasets.max() + 0.5)
    ax.set_xlabel(f"of {table.datasets.max()} datasets, MKL at least as accurate")
    ax.text(1.015, len(rows), "reached", transform=ax.get_yaxis_transform(), fontsize=8)
    ax.grid(axis="y", visible=False)
    ax.legend(
        handles=[
            Patch(color=style.MKL, alpha=0.45, lw=0, label="splits"),
            Line2D([], [], color=style.MKL, marker="o", lw=1.6, label="mean, 5 to 95 %"),
            Line2D([], [], color="white", marker="D", mec=style.NEUTRAL, label="mean without ties"),
            Line2D(
                [], [], color="black", lw=1, ls="--", label=f"the paper: {PAPER[0]} of {PAPER[1]}"
            ),
        ],
        ncols=4,
        loc="lower center",
        bbox_to_anchor=(0.45, 1.0),
        columnspacing=1.2,
    )
    style.certificate(fig, table.gap.max())
    return fig


def name(row):
    """Return the label of a row of the table: how its penalties are chosen."""
    if row.reading == SAME:
        return rf"$\lambda = {row.ratio:g}\,\lambda_{{\max}}$ for both"
    return {TUNED: "cross-validation", BEST: "best on test rows"}[row.reading]
