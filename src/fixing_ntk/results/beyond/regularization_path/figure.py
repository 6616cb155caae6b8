"""Figure `regularization_path`: group norms, active masks and accuracy against the penalty."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm

from fixing_ntk.drawing import style

MASKS = style.SERIES[1]["color"]  # colour of the number of active masks and of its axis, the right


def draw(data):
    """Return the figure: group norms, and accuracy with the number of active masks, along the path.

    The horizontal axes are the penalty over `lambda_max`, which falls to the right. Norms are a
    line for each mask that becomes active. The twenty masks of largest norm have colours, by the
    penalty at which they become active. ``data`` is from `regularization_path.compute`.
    """
    fig, (left, right) = style.figure(1, 2, height=2.4)
    ratio, norms = data["ratio"], data["norms"]
    ever = np.argsort(-norms.max(axis=0))[: np.count_nonzero(norms.any(axis=0))]
    left.plot(ratio, while_active(norms[:, ever[20:]]), color=style.LIGHT, lw=0.4)
    largest = ever[:20]
    entry = ratio[np.argmax(norms[:, largest] > 0, axis=0)]
    shades = ScalarMappable(LogNorm(ratio.min(), ratio.max()), "viridis_r")
    for line, penalty in zip(while_active(norms[:, largest]).T, entry, strict=True):
        left.plot(ratio, line, lw=0.9, color=shades.to_rgba(penalty))
    entry_bar(left, shades)
    left.set(xscale="log", xlabel=r"$\lambda / \lambda_{\max}$", ylabel=r"$\|w_i\|$")
    left.invert_xaxis()
    left.set_title(str(data["dataset"]), loc="right")

    right.plot(ratio, 100 * data["train"], "--", color=style.NEUTRAL, label="training")
    right.plot(ratio, 100 * data["test"], color=style.MKL, label="test")
    right.set(xscale="log", xlabel=r"$\lambda / \lambda_{\max}$", ylabel="accuracy (%)")
    right.invert_xaxis()
    count = right.twinx()
    count.spines["right"].set_visible(True)
    count.plot(ratio, (norms > 0).sum(axis=1), ":", color=MASKS, label="active masks")
    count.set_ylabel("active masks", color=MASKS)
    count.grid(visible=False)
    lines = [*right.get_lines(), *count.get_lines()]
    right.legend(lines, [line.get_label() for line in lines], loc="lower right")
    style.label_panels((left, right))
    style.certificate(fig, data["gap"].max())
    return fig


def entry_bar(ax, shades):
    """Draw a colour bar of the penalties at which masks become active, in a corner of the panel.

    ``shades`` is the `ScalarMappable` from a penalty over `lambda_max` to the colour of a line.
    """
    inset = ax.inset_axes([0.06, 0.86, 0.42, 0.035])
    bar = ax.figure.colorbar(shades, cax=inset, orientation="horizontal")
    bar.ax.invert_xaxis()  # as the panel's own
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(labelsize=6.5, width=0.4, length=2, pad=1)
    bar.ax.minorticks_off()
    bar.ax.set_title(r"enters at $\lambda / \lambda_{\max}$", fontsize=7, pad=2)


def while_active(norms):
    """Return norms (k, p) with NaN where a mask is inactive at a penalty and at both neighbours.

    So no line is drawn along zero. The k rows are penalties in order, the p columns masks.
    """
    active = np.pad(norms > 0, ((1, 1), (0, 0)))
    return np.where(active[:-2] | active[1:-1] | active[2:], norms, np.nan)
