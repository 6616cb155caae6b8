"""Figure `ntk_width`: the empirical NTK nears the closed form as the width grows."""

import numpy as np

from fixing_ntk.experiments.ntk_width import LAYERS
from fixing_ntk.figures import style


def draw(data):
    """Data of `experiments.ntk_width.ntk_width`."""
    fig, ax = style.figure(height=2.5)
    widths = data["widths"]
    looks = [dict(color=style.MKL, marker="o"), dict(color=style.NTK, marker="s", ls="--")]
    for name, look, errors, value in zip(
        LAYERS, looks, data["errors"], data["slopes"], strict=True
    ):
        mean = errors.mean(axis=1)
        low, high = np.quantile(errors, [0.05, 0.95], axis=1)
        ax.plot(widths, mean, label=f"{name}: slope {value:.3f}", **look)
        ax.fill_between(widths, low, high, color=look["color"], alpha=0.15, lw=0)
    guide = 0.5 * data["errors"][0].mean(axis=1)[0] * np.sqrt(widths[0] / widths)
    ax.plot(widths, guide, ":", color=style.NEUTRAL, label=r"slope $-1/2$")
    ax.set(xscale="log", yscale="log", xlabel="width $m$")
    ax.set_ylabel(r"$\|\hat K_m - H\|_F \,/\, \|H\|_F$")
    ax.legend(loc="lower left")
    return fig
