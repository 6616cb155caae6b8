"""One look for every figure: a NeurIPS column, one font, colours safe for the colour-blind."""

from pathlib import Path

import numpy as np
from matplotlib import rc_context, rcParams
from matplotlib.figure import Figure

WIDTH = 5.5  # inches, the text width of a NeurIPS page
# Okabe and Ito's palette; line styles and markers differ too, for print in grey.
# Blue and orange mean NTK and MKL in every figure.
NTK, MKL, CLOSED, NEUTRAL, LIGHT = "#0072B2", "#D55E00", "#009E73", "#444444", "#BBBBBB"
RELU, CONVERTED = "#CC79A7", "#56B4E9"  # beside the gated network, which is MKL
# Other series, such as layers, sizes or penalties; each figure's legend names them.
SERIES = (
    dict(color="#000000", marker="o", ls="-"),
    dict(color="#009E73", marker="s", ls="--"),
    dict(color="#CC79A7", marker="^", ls="-."),
    dict(color="#56B4E9", marker="D", ls=":"),
)

BELOW = dict(loc="upper center", bbox_to_anchor=(0.5, -0.22))  # a legend under its panel

rcParams.update(
    {
        "font.family": "serif",
        "font.serif": ["STIXGeneral"],
        "mathtext.fontset": "stix",
        "font.size": 9,
        "axes.labelsize": 9,
        "axes.titlesize": 9,
        "legend.fontsize": 8,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.6,
        "axes.grid": True,
        "grid.linewidth": 0.4,
        "grid.color": "#E4E4E4",
        "axes.axisbelow": True,
        "lines.linewidth": 1.3,
        "lines.markersize": 4,
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
        "savefig.dpi": 300,
        # A fixed salt, so that the same data give the same bytes.
        "svg.hashsalt": "fixing_ntk",
    }
)


def looks(n):
    """Return n looks of series, dicts of arguments for `plot`.

    The fifth to eighth look differ from the first four by hollow markers. From the ninth on the
    looks repeat.
    """
    again = len(SERIES)
    return [SERIES[i % again] | (dict(mfc="white") if i // again % 2 else {}) for i in range(n)]


def figure(rows=1, columns=1, height=2.3, **options):
    """Return a figure as wide as the text of a page, and its axes.

    ``rows`` and ``columns`` are the numbers of panels, and ``height`` is of the figure, in inches.
    ``options`` are those of `Figure.subplots`, which says whether the axes are one or an array. The
    figure is made without `matplotlib.pyplot`, which would keep it in memory until it is closed.
    """
    fig = Figure(figsize=(WIDTH, height))
    return fig, fig.subplots(rows, columns, **options)


def small_sets(ax, at, values, small, colours):
    """Draw a horizontal bar for each dataset, from zero; bars of small datasets are pale.

    The limits of x are symmetric about zero, and 15 % beyond the longest bar of the other datasets,
    which counts as 1 if it is shorter. A bar beyond the limits is cut and labelled with its value.
    If all datasets are small, all set the limits.

    Parameters
    ----------
    ax : Axes
    at, values : array (n,)
        Places along y, and signed lengths of the bars along x.
    small : array (n,) of bool
        Which datasets are small.
    colours : array (n,)
        Colours of the bars.
    """
    counted = np.abs(values[~small] if (~small).any() else values)
    end = 1.15 * max(counted.max(initial=0.0), 1.0)
    ax.barh(at, np.clip(values, -end, end), color=colours, height=0.8)
    for bar, pale in zip(ax.patches[-len(at) :], small, strict=True):
        bar.set_alpha(0.4 if pale else 1.0)
    for y, value in zip(at, values, strict=True):
        if abs(value) > end:
            side = np.sign(value)
            words = dict(va="center", ha="left" if side < 0 else "right", fontsize=6)
            ax.text(0.97 * side * end, y, f"{value:+.1f}".replace("-", "−"), **words)
    ax.set_xlim(-end, end)


def label_panels(axes):
    """Write (a), (b), ... as the left titles of up to six axes, in their order."""
    for letter, ax in zip("abcdef", axes, strict=False):
        ax.set_title(f"({letter})", loc="left", fontweight="bold")


def certificate(fig, gap):
    """Write the largest relative duality gap behind a figure at its lower right, in small type.

    ``gap`` is this gap. The text takes the place of the figure's common label of x.
    """
    text = f"largest relative duality gap behind this figure: {float(gap):.1e}"
    fig.supxlabel(text, x=0.99, ha="right", fontsize=6.5, color=NEUTRAL)


def save(fig, *paths):
    """Write the figure to each path, .svg or .png, without dates or versions in the files.

    So the same data give the same bytes. Afterwards the figure has no layout engine, and its axes
    have fixed, rounded places.
    """
    fig.draw_without_rendering()
    # The layout engine "none" would leave a placeholder, which draws each file's figure twice.
    with rc_context({"figure.constrained_layout.use": False}):
        fig.set_layout_engine(None)
    for ax in fig.axes:  # rounded: last digits differ between runs, and name the clip paths
        ax.set_position(np.round(ax.get_position(original=True).bounds, 6))
    for path in map(Path, paths):
        empty = {".svg": {"Date": None, "Creator": None}, ".png": {"Software": None}}
        fig.savefig(path, metadata=empty[path.suffix])
