"""Figure `gated_to_relu`: the cost of converting to a ReLU network, and how the norms grow."""

import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from fixing_ntk.drawing import style

LOOKS = (
    dict(color=style.MKL, marker="o", ms=5, label="gated optimum"),
    dict(color=style.RELU, marker="s", ms=3.5, label="ReLU optimum"),
    dict(color=style.CONVERTED, marker="D", ms=4.5, mfc="none", label="gated, converted to ReLU"),
)
TEACHERS = (dict(marker="v", ls="-"), dict(marker="^", ls="--"), dict(marker="<", ls="-."))


def draw(data):
    """Return the figure: objectives and test errors of each network, and growth of the norms.

    The networks are the gated optimum, the ReLU optimum, and the converted network. The growth is
    by training rows over features, for teachers and datasets.

    Parameters
    ----------
    data : mapping
        Arrays of `gated_to_relu.compute`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    height = 1.5 + 0.16 * max(len(data["names"]), 6)
    fig, (left, middle, right) = style.figure(1, 3, height=height, width_ratios=[1, 1, 1.2])
    row = -np.arange(len(data["names"]))
    for ax, key in ((left, "objectives"), (middle, "test_errors")):
        for values, look in zip(data[key].T, LOOKS, strict=True):
            ax.plot(values, row, ls="none", **look)
        ax.set_yticks(row, data["names"] if ax is left else [], fontsize=7)
        ax.tick_params(axis="y", length=0)
    left.axvline(1.0, color=style.NEUTRAL, lw=0.8, ls=":")
    left.set(xscale="log", xlabel=r"objective / $\frac{1}{2}\|y\|^2$")
    left.set_ylim(row[-1] - 0.5, 0.5)
    middle.set_ylim(left.get_ylim())
    middle.set_xlabel("test error, relative")

    per, medians = data["per_dimension"], np.median(data["teacher_growth"], axis=2)
    for d, growth, line in zip(data["dimensions"], medians, TEACHERS, strict=False):
        right.plot(per, growth, color=style.NEUTRAL, ms=3, label=f"teacher, $d = {d}$", **line)
    size, growth = data["n_over_d"][1:], data["growth"][1:]
    right.plot(size, growth, "D", color=style.CONVERTED, mfc="none", label="datasets")
    right.set(xscale="log", yscale="log", xlabel="$n / d$", ylabel="norms, converted / gated")
    right.legend(fontsize=6.5, handlelength=1.6, borderaxespad=0.0)
    for axis in (left.xaxis, right.xaxis, right.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())
    handles, labels = left.get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=3)
    style.label_panels((left, middle, right))
    style.certificate(fig, data["gap"])
    return fig
