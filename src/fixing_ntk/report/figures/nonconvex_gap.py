"""Figure `nonconvex_gap`: trained networks above the convex optimum, over width."""

import numpy as np

from fixing_ntk.report.figures import style


def draw(data):
    """Data of `experiments.nonconvex_gap.nonconvex_gap`."""
    fig, axes = style.figure(1, 2, height=2.4, sharey=True)
    floor = max(float(data["gap"]), 1e-9)
    position = np.arange(len(data["widths"]))
    for ax, kind, color in zip(axes, ("relu", "gated"), (style.MKL, style.NTK), strict=True):
        above = np.maximum(data[kind], floor)
        spread = np.linspace(-0.28, 0.28, above.shape[1])
        for x, ends in zip(position, above, strict=True):
            ax.plot(x + spread, np.sort(ends), "o", color=color, ms=2.2, alpha=0.6, mew=0)
        medians = np.median(above, axis=1)
        ax.plot(position, medians, "_", color="black", ms=16, mew=1.2, label="median")
        ax.axhline(floor, color=style.NEUTRAL, lw=0.8, ls=":", label="certified gap")
        ax.set_xticks(position, [f"{w}" for w in data["widths"]])
        ax.set(yscale="log", xlabel="neurons")
    axes[0].set_ylabel(r"above the optimum / $\frac{1}{2}\|y\|^2$")
    axes[0].set_title("(a) ReLU", loc="left")
    axes[1].set_title("(b) gated ReLU", loc="left")
    axes[1].legend(loc="lower left")
    style.certificate(fig, data["gap"])
    return fig
