"""Figure `ntk_width`: distance of networks to their NTK by width, at initialisation and trained."""

import numpy as np

from fixing_ntk.drawing import style
from fixing_ntk.results.paper.linearization.compute import NETWORKS
from fixing_ntk.results.paper.ntk_width.compute import LAYERS

LOOKS = dict(zip(LAYERS, style.SERIES, strict=False))
TRAINED = dict(zip(NETWORKS, style.SERIES[1:], strict=False))  # gated looks like both layers in (a)


def draw(initial, trained):
    """Return the figure: distances to the NTK by width, of initial kernels and trained networks.

    Parameters
    ----------
    initial, trained : mapping
        Arrays of `ntk_width.compute` and of `linearization.compute`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, (left, right) = style.figure(1, 2, height=2.5)
    for name, errors, slope in zip(LAYERS, initial["errors"], initial["slopes"], strict=True):
        band(left, initial["widths"], errors, f"{name}: slope ${slope:.3f}$", LOOKS[name])
    for kind, errors, slope in zip(NETWORKS, trained["errors"], trained["slopes"], strict=True):
        band(right, trained["widths"], errors, f"{kind}: slope ${slope:.3f}$", TRAINED[kind])
    for ax, widths, errors in (
        (left, initial["widths"], initial["errors"][0]),
        (right, trained["widths"], trained["errors"].min(axis=0)),
    ):
        guide = 0.5 * errors.mean(axis=1)[0] * np.sqrt(widths[0] / widths)
        ax.plot(widths, guide, ":", color=style.NEUTRAL, label=r"slope $-1/2$")
        ax.set(xscale="log", yscale="log", xlabel="width $m$")
        ax.set_ylim(bottom=guide[-1] / 8)
        ax.legend(loc="lower left", fontsize=7)
    left.set_ylabel(r"kernel: $\|\hat K_m - H\|_F \,/\, \|H\|_F$")
    right.set_ylabel(r"trained: $\|f_m - f_{NTK}\| \,/\, \|f_{NTK}\|$")
    style.label_panels((left, right))
    return fig


def band(ax, widths, errors, label, look):
    """Draw the mean over s networks of ``errors`` (w, s), with a band from percentile 5 to 95.

    ``widths`` (w,) are along x, and ``look`` are keywords of matplotlib's ``plot``.
    """
    low, high = np.quantile(errors, [0.05, 0.95], axis=1)
    ax.plot(widths, errors.mean(axis=1), label=label, **look)
    ax.fill_between(widths, low, high, color=look["color"], alpha=0.15, lw=0)
