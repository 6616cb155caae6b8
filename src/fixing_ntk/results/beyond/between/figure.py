"""Figure `between`: error over the NTK's as p goes from the NTK to the optimal kernel."""

from itertools import zip_longest
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from fixing_ntk.drawing import style
from fixing_ntk.programs.lp_mkl import NAMES
from fixing_ntk.results.beyond.between.ratios import ratios

TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 2.0)
FORMS: dict[str, dict[str, Any]] = {"masks": dict(ls="-"), "with_ntk": dict(ls="--", mfc="white")}
TITLES = {"gated": "gated teachers", "relu": "ReLU teachers"}


def draw(data):
    """Return the figure: error over the NTK's against p, a panel for each kind of teacher.

    ``data`` is from `between.compute`. Of its numbers of samples only the middle one is drawn.
    Errors are as in `ratios`, a line for each number of units, without and with the NTK as a
    kernel.
    """
    fig, panels = style.figure(1, 2, height=2.9)
    found, middle = ratios(data), len(data["samples"]) // 2
    exponents = data["exponents"][::-1]
    for t, (ax, teacher) in enumerate(zip(panels, data["teachers"], strict=True)):
        for u, look in enumerate(style.looks(len(data["units"]))):
            for name, form in FORMS.items():
                values = found[name][t, u, middle, ::-1]
                ax.plot(values, **look | form)
        ax.axhline(1.0, color=style.NTK, lw=0.9)
        ax.set_title(f"{TITLES[teacher]}, n = {data['samples'][middle]}", loc="right")
        ax.set(yscale="log", xlabel="p (∞: the NTK's weights, 1: optimal)")
        low, high = ax.get_ylim()
        wide = high > 3.0 * low  # ticks around 1 would lie over each other
        ticks = [y for y in TICKS if low <= y <= high and not (wide and 0.5 < y != 1.0)]
        ax.set_yticks(ticks, [f"{y:g}" for y in ticks])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.set_xticks(range(len(exponents)))
        ax.set_xticklabels([NAMES[p] for p in exponents])
    panels[0].set_ylabel("test error over the NTK's")
    legend(fig, data["units"], panels[0].lines[-1])
    style.label_panels(np.ravel(panels))
    style.certificate(fig, data["gap"])
    return fig


def legend(fig, units, ntk):
    """Draw the legend: teachers, by ``units``, in its first row, and kernels in its second.

    ``ntk`` is the line of the NTK's error; its label is set.
    """
    teachers = [
        Line2D([], [], **look | FORMS["masks"], label=f"{s} unit{'' if s == 1 else 's'}")
        for s, look in zip(units, style.looks(len(units)), strict=True)
    ]
    kernels = [
        Line2D([], [], color=style.NEUTRAL, marker="o", **form, label=words)
        for form, words in zip(FORMS.values(), ("masks", "masks and the NTK"), strict=True)
    ]
    ntk.set_label("the NTK alone")
    columns = zip_longest(teachers, [*kernels, ntk])  # a legend is filled by columns
    handles = [handle for column in columns for handle in column if handle]
    fig.legend(handles=handles, loc="outside upper center", ncols=max(len(teachers), 3))
