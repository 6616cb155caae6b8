"""Figure `arrangement`: the plane cut by the data, cones shaded by NTK and learned weights."""

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Wedge

from fixing_ntk.drawing import style

RADIUS = 1.0  # radius of the disk of gates
EDGE = 1.52  # half the width of a panel, with room for the bars and their letters
BAR = 0.36  # length of the bar of the largest share; narrow cones are visible by their bars
SHADES = ListedColormap(colormaps["Greys"](np.linspace(0.0, 0.72, 256)))  # black dots stay visible
LONG = 1e-2  # share of the largest weight below which a mask has no arrow


def draw(data):
    """Return the figure: cones in the plane of gates, shaded by NTK, gated and ReLU weights.

    Parameters
    ----------
    data : mapping
        Arrays of `arrangement.compute`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, axes = style.figure(1, 3, height=3.0)
    gated, relu = data["gated"], data["relu"]
    panels = [
        ("(a) NTK", data["ntk_weights"], r"share $\tilde\eta_i = P[h \in \mathcal{K}_i]$"),
        ("(b) MKL, gated ReLU", gated, r"share $\eta^\star_i$ of $\|w_i\|$"),
        ("(c) ReLU program", relu, r"share of $\|w_i\| + \|w_i'\|$"),
    ]
    scale = Normalize(0.0, max(weights.max() for _, weights, _ in panels))
    ends = borders(data["X"])
    for ax, (title, weights, share) in zip(axes, panels, strict=True):
        shade(ax, ends, data["gates"], weights, scale)
        bars(ax, ends, data["gates"], weights, scale)
        samples(ax, data)
        ax.set_title(title, loc="left", fontweight="bold")
        ax.text(0, -EDGE, share, ha="center", va="top", fontsize=8)
        ax.set(xlim=(-EDGE, EDGE), ylim=(-EDGE - 0.2, EDGE), aspect="equal")
        ax.set_axis_off()
    cones = np.flatnonzero(gated > LONG * gated.max())
    arrows(axes[1], ends, data["gates"][:, cones], gated[cones], scale, data["gated_weights"])
    homes = [home(data["X"], data["gates"], relu, w) for w in data["relu_weights"].T]
    arrows(axes[2], ends, data["gates"][:, homes], relu[homes], scale, data["relu_weights"])
    bar = fig.colorbar(
        ScalarMappable(scale, SHADES), ax=axes, location="bottom", shrink=0.6, aspect=45, pad=0.01
    )
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(labelsize=7, width=0.4, length=2)
    bar.set_label("share of the cone, one scale for all panels", fontsize=8)
    legend(fig)
    style.certificate(fig, data["gap"])
    return fig


def legend(fig):
    """Draw the figure's legend: samples by the sign of their target, arrows and bars."""
    handles = [
        Line2D([], [], marker="o", ls="", ms=3.2, mfc=face, mec="black", mew=0.7, label=label)
        for face, label in (("black", "sample, $y > 0$"), ("white", r"sample, $y \leq 0$"))
    ]
    handles += [
        Line2D(
            [], [], color="black", lw=1.1, marker=">", ms=4, label="learned weight, same letter"
        ),
        Line2D([], [], color=style.NEUTRAL, lw=3.0, label="bar at the rim: share of the cone"),
    ]
    fig.legend(handles=handles, loc="outside upper left", ncols=4, fontsize=7, columnspacing=1.2)


def borders(X):
    """Return the angles (2n + 1,) at which hyperplanes cut the circle of gates, increasing.

    X is (n, 2), and each of its rows is normal to a hyperplane. Angles are in radians. The last is
    the first plus a full turn.
    """
    normals = np.arctan2(X[:, 1], X[:, 0])
    ends = np.sort(np.concatenate([normals + 0.5 * np.pi, normals - 0.5 * np.pi]) % (2 * np.pi))
    return np.append(ends, ends[0] + 2 * np.pi)


def wedges(ends, gates):
    """Return the index i of the wedge, from ``ends[i]`` to ``ends[i + 1]``, of each gate, (p,).

    ``ends`` are the angles from `borders`, and ``gates`` are (2, p).
    """
    angle = np.arctan2(gates[1], gates[0])
    return np.searchsorted(ends, ends[0] + (angle - ends[0]) % (2 * np.pi), "right") - 1


def shade(ax, ends, gates, weights, scale):
    """Draw the cones of gates as shaded wedges of a disk, and the hyperplanes between them.

    ``ends`` are from `borders`, and ``gates`` (2, p) hold a gate of each cone. The shade shows the
    share of the cone in ``weights`` (p,), on the matplotlib norm ``scale``. The cone of the
    all-zero mask has no gate, and the share 0.
    """
    shares = dict(zip(wedges(ends, gates).tolist(), weights, strict=True))
    for i, (low, high) in enumerate(np.degrees(np.column_stack([ends[:-1], ends[1:]]))):
        # The cone whose gates open for no sample has no mask, and the share 0.
        face = SHADES(scale(shares.get(i, 0.0)))
        ax.add_patch(Wedge((0, 0), RADIUS, low, high, fc=face, ec="none"))
    ax.add_patch(Circle((0, 0), RADIUS, fc="none", ec=style.NEUTRAL, lw=0.5))
    for end in ends[:-1]:
        ax.plot(*np.outer(at(end), [0, RADIUS]), color=style.NEUTRAL, lw=0.5)


def bars(ax, ends, gates, weights, scale):
    """Draw at each cone a bar outside the disk, whose length is proportional to its share.

    Arguments are as for `shade`.
    """
    middles = (0.5 * (ends[:-1] + ends[1:]))[wedges(ends, gates)]
    for middle, weight in zip(middles, weights, strict=True):
        line = np.outer(at(middle), [RADIUS, tip(weight, scale)])
        ax.plot(*line, color=style.NEUTRAL, lw=3.0, solid_capstyle="butt", zorder=2)


def tip(weight, scale):
    """Return the radius where the bar of a share ``weight`` ends; ``scale`` maps it to [0, 1]."""
    return RADIUS + BAR * scale(weight)


def samples(ax, data):
    """Mark the samples as dots in the disk of gates, each on the normal of its hyperplane.

    ``data`` is as for `draw`; its samples ``X`` (n, 2) have no bias column. They are all scaled by
    the same factor. Dots are filled where the target is positive.
    """
    points = 0.87 * RADIUS * data["X"] / np.linalg.norm(data["X"], axis=1).max()
    for positive, face in ((True, "black"), (False, "white")):
        shown = points[(data["y"] > 0) == positive]
        ax.plot(*shown.T, "o", ms=3.2, mfc=face, mec="black", mew=0.7, zorder=3)


def home(X, gates, shares, w):
    """Return the index among ``gates`` (2, p) of the cone that holds the weight w (2,).

    If w lies on a border, the index is of the adjacent cone with the largest of the ``shares``
    (p,).
    """
    side = np.where(X @ gates >= 0, 1.0, -1.0) * (X @ w)[:, None]
    inside = np.all(side >= -1e-6 * np.linalg.norm(w) * np.linalg.norm(X, axis=1)[:, None], axis=0)
    return int(np.argmax(np.where(inside, shares, -1.0)))


def arrows(ax, ends, gates, weights, scale, directions):
    """Draw ``directions`` (2, k) as arrows of the same length from the centre of the disk.

    The letter of direction j stands on its arrow, and again beyond the bar of gate j in ``gates``
    (2, k), whose share is ``weights[j]``. ``ends`` and ``scale`` are as for `shade`.
    """
    middles = (0.5 * (ends[:-1] + ends[1:]))[wedges(ends, gates)]
    for k, (middle, weight, w) in enumerate(zip(middles, weights, directions.T, strict=True)):
        letter, unit = chr(ord("A") + k), w / np.linalg.norm(w)
        ax.annotate(
            "",
            xy=0.97 * RADIUS * unit,
            xytext=(0, 0),
            arrowprops=dict(arrowstyle="-|>", color="black", lw=1.1, shrinkA=0, shrinkB=0),
            zorder=4,
        )
        text = dict(ha="center", va="center", fontsize=7, fontweight="bold")
        ax.text(*((tip(weight, scale) + 0.13) * at(middle)), letter, **text)
        # Letters are at different distances, since directions may coincide.
        box = dict(boxstyle="circle,pad=0.12", fc="white", ec="black", lw=0.6)
        place = (0.76 - 0.2 * (k % 3)) * RADIUS * unit
        ax.text(*place, letter, bbox=box, zorder=5, **(text | dict(fontsize=5.5)))


def at(angle):
    """Return the point (2,) of the unit circle at an angle in radians."""
    return np.array([np.cos(angle), np.sin(angle)])
