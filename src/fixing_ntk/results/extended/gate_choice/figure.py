"""Figure `gate_choice`: test predictions and accuracies over redraws of the active gates."""

import numpy as np

from fixing_ntk.drawing import style

REDRAWN, SPREAD = style.SERIES[1]["color"], style.SERIES[0]["color"]


def draw(data):
    """Return the figure: changed test predictions and accuracies over redraws of the gates.

    Two panels are by dataset. The third has the share of changed predictions and the standard
    deviation of accuracy, in points, against n / d.

    Parameters
    ----------
    data : mapping
        Arrays of `gate_choice.compute`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    ratio = data["n"] / data["d"]
    order = np.argsort(ratio, kind="stable")
    height = 1.5 + 0.115 * max(len(order), 8)
    fig, axes = style.figure(1, 3, height=height, width_ratios=[0.8, 1.2, 1.2])
    shares, accuracies, against = axes
    row = np.arange(len(order))
    names = [f"{data['names'][i]}  {ratio[i]:.3g}" for i in order]
    percent = {name: 100 * data[name][order] for name in ("changed", "between", "ever")}
    shares.barh(row, percent["ever"], color=style.LIGHT, height=0.7, label="in some redraw")
    shares.plot(percent["changed"], row, "o", color=REDRAWN, ms=3, label="in a redraw")
    shares.set_yticks(row, names, fontsize=5.5)
    shares.set_xlabel("test predictions\nchanged (%)")
    shares.set_xscale("symlog", linthresh=1.0)
    shares.set_xticks([0, 1, 10, 100], ["0", "1", "10", "100"])
    shares.set_xlim(0, 150)

    points = 100 * (data["redrawn"] - data["chosen"][:, None])[order]
    low, high = points.min(axis=1), points.max(axis=1)
    accuracies.hlines(row, low, high, color=style.LIGHT, lw=1.2, label="range of redraws")
    quarters = np.quantile(points, [0.25, 0.75], axis=1)
    accuracies.hlines(row, *quarters, color=REDRAWN, lw=2.6, label="middle half of redraws")
    average = 100 * (data["average"] - data["chosen"])[order]
    accuracies.plot(average, row, "D", color=style.MKL, ms=3.2, mfc="white", label="average")
    accuracies.axvline(0.0, color=style.NEUTRAL, lw=0.8)
    accuracies.set_yticks(row, [])
    accuracies.set_xlabel("accuracy above that of\nthe chosen gates (points)")
    accuracies.set_xscale("symlog", linthresh=5.0)
    accuracies.set_xticks([-20, -5, 0, 5, 20], ["−20", "−5", "0", "5", "20"])
    accuracies.set_xlim(1.4 * min(low.min(), -5.0), 1.4 * max(high.max(), 5.0))
    accuracies.minorticks_off()
    for ax in (shares, accuracies):
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(-0.7, len(row) - 0.3)
        ax.grid(visible=False, axis="y")

    scatter(against, ratio, 100 * data["changed"], "o", REDRAWN, "predictions changed (%)")
    spread = 100 * data["redrawn"].std(axis=1, ddof=1)
    scatter(against, ratio, spread, "^", SPREAD, "st. dev. of accuracy (points)")
    against.set(xscale="log", xlabel="$n / d$")
    against.set_yscale("symlog", linthresh=0.1)
    against.set_ylim(-0.02, 150)  # room for the legend
    against.set_yticks([0, 0.1, 1, 10], ["0", "0.1", "1", "10"])
    against.legend(loc="upper right", fontsize=6.5, handletextpad=0.2, borderaxespad=0.0)
    handles = [mark for ax in axes[:2] for mark in ax.get_legend_handles_labels()[0]]
    fig.legend(handles=handles, loc="outside upper center", ncols=3, fontsize=7)
    style.label_panels(axes)
    style.certificate(fig, data["gap"].max())
    return fig


def scatter(ax, x, y, marker, colour, label):
    """Draw a mark at (x, y) for each dataset, x and y (k,)."""
    ax.plot(x, y, marker, color=colour, ms=3.2, mec="white", mew=0.3, label=label)
