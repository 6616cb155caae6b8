"""Figure `averaging`: accuracy, test error and training objective of one draw and of several."""

import numpy as np

from fixing_ntk.drawing import style
from fixing_ntk.results.beyond.averaging.table import SHOWN

COLOURS = {"mkl": style.MKL, "averaged": style.MKL, "union": style.MKL, "one_program": style.MKL}


def draw(table):
    """Rows of `tables.averaging`, as its CSV file holds them."""
    fig, axes = style.figure(1, 3, height=0.9 + 0.24 * len(table), sharey=True)
    accuracy, error, objective = axes
    at = np.arange(len(table))[::-1]
    colours = [COLOURS.get(method, style.NTK) for method in table.method]
    colours = [
        style.NEUTRAL if method == "stopped" else colour
        for method, colour in zip(table.method, colours, strict=True)
    ]
    look = dict(height=0.62, color=colours)

    accuracy.axvline(0, color=style.NEUTRAL, lw=0.8)
    for y, colour, row in zip(at, colours, table.itertuples(), strict=True):
        if row.method == "ntk":
            continue
        spread = 0 if np.isnan(row.ntk_error) else row.ntk_error
        accuracy.errorbar(row.ntk_mean, y, xerr=spread, fmt="o", color=colour, elinewidth=1)
        accuracy.plot(row.ntk_mean_large, y, "D", color="white", mec=colour, ms=4, zorder=3)
    accuracy.set(xlabel="accuracy − NTK (points)")
    accuracy.set_yticks(at, table.method.map(SHOWN))
    accuracy.tick_params(axis="y", length=0)

    error.barh(at, table.test_error, **look)
    # What averaging removes stands on top of the average, and together they are a single draw.
    known = table.variance.notna().to_numpy()
    hatched = dict(color="white", edgecolor=style.NEUTRAL, hatch="//////", lw=0.5)
    error.barh(
        at[known], table.variance[known], left=table.test_error[known], height=0.62, **hatched
    )
    error.set(xlabel="mean squared test error")
    low = table.test_error.min()
    error.set_xlim(0.8 * low, None)

    above = 100 * table.above
    shown = (above > 1e-3).to_numpy()  # the optimum is at its own bound
    objective.plot(above[shown], at[shown], "o", color=style.NEUTRAL, ms=0)
    for y, colour, value in zip(at[shown], np.array(colours)[shown], above[shown], strict=True):
        objective.plot(value, y, "o", color=colour)
    for y, value in zip(at, above, strict=True):
        if np.isnan(value):
            objective.text(0.5, y, "no point of it", **_beside(objective))
        elif value <= 1e-3:
            objective.text(0.5, y, "the optimum", **_beside(objective))
    objective.set(xscale="log", xlabel="objective above optimum (%)")
    for ax in axes:
        ax.grid(axis="y", visible=False)
        ax.set_ylim(-0.6, len(table) - 0.4)
    style.label_panels(axes)
    style.certificate(fig, table.gap.max())
    return fig


def _beside(ax):
    """Keywords of a text in place of a mark, whose x is a share of the axis."""
    return dict(
        transform=ax.get_yaxis_transform(),
        ha="center",
        va="center",
        fontsize=7,
        color=style.NEUTRAL,
    )
