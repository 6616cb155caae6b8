"""Figure `mask_count`: objective and test error against sampled gates, beside all arrangements."""

import numpy as np

from fixing_ntk.report.figures import style


def draw(data):
    """Data of `experiments.mask_count.mask_count`."""
    fig, (left, right) = style.figure(1, 2, height=2.4)
    floor = max(float(data["gap"]), 1e-9)
    looks = [dict(color=style.MKL, marker="o"), dict(color=style.NTK, marker="s", ls="--")]
    for i, look in enumerate(looks[: len(data["rank"])]):
        label = f"rank {data['rank'][i]}, {data['arrangements'][i]:,} arrangements"
        spread(left, data["gates"], np.maximum(data["above"][i], floor), label, look)
        spread(right, data["gates"], data["test"][i], None, look)
        right.axhline(data["reference"][i], color=look["color"], lw=0.9, ls=":")
    left.axhline(floor, color=style.NEUTRAL, lw=0.8, ls=":")
    left.set(xscale="log", yscale="log", xlabel="gates drawn")
    left.set_ylabel(r"above the optimum / $\frac{1}{2}\|y\|^2$")
    left.legend(loc="lower left", fontsize=7)
    right.set(xscale="log", yscale="log", xlabel="gates drawn")
    right.set_ylabel("test error, relative")
    right.plot([], [], ":", color=style.NEUTRAL, lw=0.9, label="all arrangements")
    right.legend(loc="upper right", fontsize=7)
    style.label_panels((left, right))
    style.certificate(fig, data["gap"])
    return fig


def spread(ax, gates, values, label, look):
    """Median over draws (m, s) and the band from the 10th to the 90th percentile."""
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=1)
    ax.plot(gates, middle, label=label, ms=3, **look)
    ax.fill_between(gates, low, high, color=look["color"], alpha=0.18, lw=0)
