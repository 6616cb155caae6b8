"""Figure `interpolation`: accuracy along the path, down to the penalty zero."""

import numpy as np
from matplotlib.ticker import FixedLocator, NullLocator

from fixing_ntk.drawing import style

COLUMNS = 3
LOOKS = {
    "mkl_test": dict(color=style.MKL, ls="-", label="MKL, test"),
    "mkl_train": dict(color=style.MKL, ls="-.", label="MKL, training"),
    "ntk_test": dict(color=style.NTK, ls="--", label="NTK, test"),
    "ntk_train": dict(color=style.NTK, ls=":", label="NTK, training"),
}
ENDS = {"mkl": dict(marker="o", ms=3, zorder=4), "ntk": dict(marker="s", ms=5, zorder=3)}


def draw(data):
    """Return the figure: accuracy of MKL and the NTK against the penalty, a panel for each dataset.

    ``data`` is from `interpolation.compute`. The ends of the paths are drawn at the penalty zero.
    """
    count = len(data["names"])
    rows = -(-count // COLUMNS)
    options = dict(squeeze=False, sharex=True)
    fig, axes = style.figure(rows, COLUMNS, height=0.9 + 1.55 * rows, **options)
    exponent = {"mkl": np.log10(data["ratio"]), "ntk": np.log10(data["ntk_ratio"])}
    least = min(values.min() for values in exponent.values())
    zero = least - 1.2  # where the ends are drawn, beyond the smallest penalty
    for k, ax in enumerate(axes.flat[:count]):
        for name, look in LOOKS.items():
            method, accuracy = name[:3], 100 * data[name][k]
            at = exponent[method]
            ax.plot(at, accuracy[:-1], lw=1.1, **look)
            ax.plot([at[-1], zero], accuracy[-2:], color=look["color"], lw=0.4)
            face = look["color"] if name.endswith("test") else "white"
            ax.plot(zero, accuracy[-1], color=look["color"], mfc=face, **ENDS[method])
        ax.set_title(str(data["names"][k]), fontsize=8)
        if not data["interpolates"][k]:
            where = dict(transform=ax.transAxes, ha="right", va="center", fontsize=7)
            rank = min(data["rank"][k], data["ntk_rank"][k])
            ax.text(0.98, 0.55, f"rank {rank} of {data['n'][k]}", **where)
        powers = np.arange(np.ceil(least), 1, 2)
        ax.xaxis.set_major_locator(FixedLocator([zero, *powers]))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xticklabels(["0", *(f"$10^{{{power:.0f}}}$" for power in powers)], fontsize=6.5)
    axes[0, 0].invert_xaxis()  # of all panels
    for ax in axes.flat[count:]:
        ax.set_visible(False)
    for ax in axes.flat[max(0, count - COLUMNS) : count]:
        ax.tick_params(labelbottom=True)
        ax.set_xlabel("penalty, relative", fontsize=8)
    for ax in axes[:, 0]:
        ax.set_ylabel("accuracy (%)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=4)
    style.certificate(fig, data["gap"].max())
    return fig
