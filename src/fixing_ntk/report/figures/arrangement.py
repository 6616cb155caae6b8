"""Figure `arrangement`: the plane cut by the data, cones shaded by NTK and learned weights."""

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Wedge

from fixing_ntk.report.figures import style

RADIUS = 1.15  # of the disk of gates; the longest sample has length one
DARKEST = 0.85  # of a colour map, so that lines and dots stay visible


def draw(data):
    """Data of `experiments.arrangement.arrangement`."""
    fig, axes = style.figure(1, 3, height=2.75)
    panels = [
        ("(a) NTK", "ntk_weights", None, "Blues", r"$\tilde\eta_i = P[h \in \mathcal{K}_i]$"),
        ("(b) MKL, gated ReLU", "gated", "gated_weights", "Oranges", r"$\eta^\star_i$"),
        (
            "(c) ReLU program",
            "relu",
            "relu_weights",
            "Oranges",
            r"share of $\|w_i\| + \|w'_i\|$",
        ),
    ]
    for ax, (title, weights, directions, colors, label) in zip(axes, panels, strict=True):
        shade(fig, ax, data, data[weights], colors, label)
        samples(ax, data)
        if directions:
            arrows(ax, data[directions])
        ax.set_title(title, loc="left", fontweight="bold")
        ax.set(xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), aspect="equal")
        ax.set_axis_off()
    legend = [
        Line2D([], [], marker="o", ls="", ms=3.2, mfc=face, mec="black", mew=0.7, label=label)
        for face, label in (("black", "sample, $y > 0$"), ("white", r"sample, $y \leq 0$"))
    ]
    legend.append(
        Line2D([], [], color=style.NTK, lw=1.1, marker=">", ms=4, label="learned direction")
    )
    fig.legend(handles=legend, loc="outside lower left", ncols=3, fontsize=7, columnspacing=1.0)
    style.certificate(fig, data["gap"])
    return fig


def shade(fig, ax, data, weights, colors, label):
    """Wedges of the cones of gates, and the hyperplanes between them."""
    normals = np.arctan2(data["X"][:, 1], data["X"][:, 0])
    ends = np.sort(np.concatenate([normals + 0.5 * np.pi, normals - 0.5 * np.pi]) % (2 * np.pi))
    ends = np.append(ends, ends[0] + 2 * np.pi)
    scale, color = Normalize(0.0, weights.max()), colormaps[colors]
    angle = np.arctan2(data["gates"][1], data["gates"][0])
    cone = (np.searchsorted(ends, ends[0] + (angle - ends[0]) % (2 * np.pi), "right") - 1).tolist()
    shares = dict(zip(cone, weights, strict=True))
    for i, (low, high) in enumerate(np.degrees(np.column_stack([ends[:-1], ends[1:]]))):
        # A cone without a mask opens no sample.
        face = color(DARKEST * scale(shares[i])) if i in shares else "white"
        ax.add_patch(Wedge((0, 0), RADIUS, low, high, fc=face, ec="none"))
    for end in ends[:-1]:
        tip = RADIUS * np.array([np.cos(end), np.sin(end)])
        ax.plot([0, tip[0]], [0, tip[1]], color=style.NEUTRAL, lw=0.5)
    shown = ListedColormap(color(np.linspace(0.0, DARKEST, 256)))
    mappable = ScalarMappable(scale, shown)
    bar = fig.colorbar(mappable, ax=ax, location="bottom", shrink=0.8, aspect=18, pad=0.02)
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(labelsize=7, width=0.4, length=2)
    bar.set_label(label, fontsize=8)


def samples(ax, data):
    """Data points, each the normal of its hyperplane; filled where the target is positive."""
    points = data["X"] / np.linalg.norm(data["X"], axis=1).max()
    for positive, face in ((True, "black"), (False, "white")):
        shown = points[(data["y"] > 0) == positive]
        ax.plot(*shown.T, "o", ms=3.2, mfc=face, mec="black", mew=0.7, zorder=3)


def arrows(ax, directions):
    """Learned directions, the longest as long as the disk's radius."""
    longest = np.linalg.norm(directions, axis=0).max()
    for w in RADIUS * directions.T / longest:
        ax.annotate(
            "",
            xy=w,
            xytext=(0, 0),
            arrowprops=dict(arrowstyle="-|>", color=style.NTK, lw=1.1, shrinkA=0, shrinkB=0),
            zorder=4,
        )
