"""Figure `between`: error over the NTK's as p goes from the NTK to the optimal kernel."""

import numpy as np
from matplotlib.ticker import NullLocator

from fixing_ntk.drawing import style
from fixing_ntk.programs.lp_mkl import NAMES
from fixing_ntk.results.beyond.between.ratios import ratios

TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 2.0)
TITLES = {"gated": "gated teachers", "relu": "ReLU teachers"}


def draw(data):
    """Data of `between.compute`."""
    fig, panels = style.figure(1, 2, height=2.9)
    found, middle = ratios(data), len(data["samples"]) // 2
    exponents = data["exponents"][::-1]
    for t, (ax, teacher) in enumerate(zip(panels, data["teachers"], strict=True)):
        for u, look in zip(range(len(data["units"])), style.SERIES, strict=False):
            for name, line in (("masks", "-"), ("with_ntk", "--")):
                values = found[name][t, u, middle, ::-1]
                label = f"{data['units'][u]}" if (t, name) == (0, "masks") else None
                ax.plot(values, **look | dict(ls=line), label=label)
        ax.axhline(1.0, color=style.NTK, lw=0.9)
        ax.set_title(f"{TITLES[teacher]}, n = {data['samples'][middle]}", loc="right")
        ax.set(yscale="log", xlabel="p, from the NTK's weights to the optimal ones")
        low, high = ax.get_ylim()
        wide = high > 3.0 * low  # ticks around 1 would lie over each other
        ticks = [y for y in TICKS if low <= y <= high and not (wide and 0.5 < y != 1.0)]
        ax.set_yticks(ticks, [f"{y:g}" for y in ticks])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.set_xticks(range(len(exponents)))
        ax.set_xticklabels([NAMES[p] for p in exponents])
    panels[0].set_ylabel("test error over the NTK's")
    handles, labels = panels[0].get_legend_handles_labels()
    for words, line in (("masks", "-"), ("masks and the NTK", "--")):
        handles += panels[0].plot([], [], line, color=style.NEUTRAL)
        labels.append(words)
    handles.append(panels[0].lines[2 * len(data["units"])])
    labels.append("NTK")
    fig.legend(handles, labels, loc="outside upper center", ncols=7, title="units of the teacher")
    style.label_panels(np.ravel(panels))
    style.certificate(fig, data["gap"])
    return fig
