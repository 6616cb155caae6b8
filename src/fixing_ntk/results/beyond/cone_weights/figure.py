"""Figure `cone_weights`: weights of the cones and the fitted function, a column for each p."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch, Wedge

from fixing_ntk.drawing import style
from fixing_ntk.programs.lp_mkl import NAMES

ENDS = {"∞": ", NTK", "1": ", MKL"}
# By direction of a gate, the samples for which it opens.
SIDES = {"all": (0, 1), "none": (0, -1), "right": (1, 0), "left": (-1, 0)}
WIDE = 1.15  # a panel's width over its height
HORIZONTAL = {0: "center", 1: "left", -1: "right"}


def draw(data):
    """Return the figure: the weights of the cones and the fitted function, a column for each p.

    From top to bottom, the rows are the cones as sectors, the fit, and the weights summed as in
    `by_interval`. ``data`` is from `cone_weights.compute`.
    """
    columns = len(data["exponents"])
    fig, axes = style.figure(3, columns, height=3.9, height_ratios=[1.45, 1.0, 0.65])
    box = corners(data, radii(data))
    heights = np.array([by_interval(data, eta) for eta in data["eta"]])
    for e, p in enumerate(data["exponents"]):
        disk, fit, kinks = axes[:, e]
        look = colour(e / (columns - 1))
        disk.set_title(f"p = {NAMES[p]}{ENDS.get(NAMES[p], '')}", color=look)
        sectors(disk, data, radii(data)[e], look)
        disk.set(xlim=box[0], ylim=box[1], aspect="equal")
        function(fit, data, e, look)
        bars(kinks, data["x"], heights[e], look)
        kinks.set(xlim=fit.get_xlim(), ylim=1.1 * heights.max() * np.array([-1, 1]), xlabel="$x$")
        kinks.set_yticks([-0.2, 0.0, 0.2], ["0.2", "0", "0.2"])
        for ax in (fit, kinks)[: 2 if e else 0]:
            ax.tick_params(labelleft=False)
        fit.tick_params(labelbottom=False)
    for text, at in SIDES.items():
        place = dict(ha=HORIZONTAL[at[0]], va="center", fontsize=7)
        axes[0, 0].text(*(np.array([1.1, 1.3]) * at), text, **place)
    for text, y, va in (("open to the right", 0.97, "top"), ("open to the left", 0.03, "bottom")):
        axes[2, 0].text(0.03, y, text, transform=axes[2, 0].transAxes, va=va, fontsize=7)
    axes[1, 0].set_ylabel("$f(x)$")
    axes[2, 0].set_ylabel("weight")
    handles = [
        Line2D([], [], color="black", marker="o", ls="", ms=2.6, label="samples"),
        Line2D([], [], color=style.LIGHT, lw=2.5, label="target"),
        Line2D([], [], color=style.NTK, lw=0.9, ls="--", label="the NTK's weights and fit"),
        Patch(fc="none", ec=style.NEUTRAL, hatch="/////", lw=0.5, label="closed mask"),
    ]
    fig.legend(handles=handles, loc="outside upper center", ncols=4)
    style.label_panels(axes[:, 0])
    style.certificate(fig, data["gap"].max())
    return fig


def colour(share):
    """Return the RGB colour between the NTK's, at ``share`` 0, and MKL's, at 1."""
    return tuple((1.0 - share) * np.array(to_rgb(style.NTK)) + share * np.array(to_rgb(style.MKL)))


def radii(data):
    """Return the radii (e, c) of sectors whose areas are proportional to the kernel weights.

    There are e exponents p and c cones. A radius is 1 where the weight is the NTK's.
    """
    return np.sqrt(data["eta"] / data["ntk_weights"])


def corners(data, radius):
    """Return the limits of x and the limits of y, two pairs, with room for all sectors and labels.

    ``radius`` (e, c) are the radii of the sectors. The labels are those of `SIDES`.
    """
    longest = radius.max(axis=0)
    tips = np.concatenate([longest * on_circle(data[end]) for end in ("low", "high")], axis=1)
    low, high = 1.05 * tips.min(axis=1), 1.05 * tips.max(axis=1)
    low, high = np.minimum(low, [-1.8, -1.45]), np.maximum(high, [1.8, 1.45])
    wider = max(0.0, WIDE * (high - low)[1] - (high - low)[0]) / 2  # as wide as the panels below
    return (low[0] - wider, high[0] + wider), (low[1], high[1])


def on_circle(angle):
    """Return points of the unit circle, (2, c), at c angles."""
    return np.array([np.cos(angle), np.sin(angle)])


def sectors(ax, data, radius, look):
    """Draw the cones as sectors of radii (c,) in the colour ``look``, and the closed cone hatched.

    On the dashed unit circle weights are the NTK's.
    """
    for low, high, r in zip(*np.degrees([data["low"], data["high"]]), radius, strict=True):
        ax.add_patch(Wedge((0, 0), r, low, high, fc=look, ec="white", lw=0.5))
    closed = np.degrees(data["closed"])
    ax.add_patch(Wedge((0, 0), 1.0, *closed, fc="none", ec=style.LIGHT, hatch="/////", lw=0.0))
    ax.add_patch(Circle((0, 0), 1.0, fc="none", ec=style.NTK, lw=0.9, ls="--"))
    ax.set_axis_off()


def function(ax, data, e, look):
    """Draw samples, target, and the e-th p's fit in the colour ``look`` beside the NTK's fit."""
    ax.plot(data["grid"], data["target"], color=style.LIGHT, lw=2.5)
    if e:
        ax.plot(data["grid"], data["fits"][0], color=style.NTK, lw=0.9, ls="--")
    ax.plot(data["grid"], data["fits"][e], color=look, lw=1.5)
    ax.plot(data["x"], data["y"], "o", color="black", ms=2.2, zorder=4)
    text = f"objective {data['objective'][e]:.2f}"
    ax.text(0.98, 0.03, text, transform=ax.transAxes, ha="right", va="bottom", fontsize=7)


def by_interval(data, eta):
    """Sum the weights of cones whose boundary lies between two neighbouring samples, (2, n - 1).

    ``data`` is from `cone_weights.compute`, and ``eta`` (c,) has the weights of its c cones. The
    gate (g_1, g_2) at the middle angle of a cone stands for it. Its boundary is at
    ``x = -g_2 / g_1``, and it opens to the right where g_1 > 0 (first row), else to the left
    (second row). Cones with a boundary outside the samples are left out.
    """
    middle = 0.5 * (data["low"] + data["high"])
    place = np.searchsorted(data["x"], -np.tan(middle))
    right, n = np.cos(middle) > 0, len(data["x"])
    inner = (place > 0) & (place < n)
    return np.array(
        [
            np.bincount(place[inner & side] - 1, eta[inner & side], minlength=n - 1)
            for side in (right, ~right)
        ]
    )


def bars(ax, x, heights, look):
    """Draw bars of heights (2, n - 1) between neighbouring samples x (n,), see `by_interval`.

    Bars point up for gates that open to the right, and down for gates that open to the left.
    """
    for height, sign in zip(heights, (1, -1), strict=True):
        ax.bar(x[:-1], sign * height, np.diff(x), align="edge", fc=look, ec="white", lw=0.5)
    ax.axhline(0.0, color=style.NEUTRAL, lw=0.6)
