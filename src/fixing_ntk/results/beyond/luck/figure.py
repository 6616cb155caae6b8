"""Figure `luck`: spread over draws and objective against the number of gates, a line for each p."""

import numpy as np

from fixing_ntk.drawing import style
from fixing_ntk.programs.lp_mkl import NAMES

TICKS = (0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5)
# Looks by p, from optimal MKL to the NTK's weights; the ends have the colours of MKL and NTK.
LOOKS = (dict(color=style.MKL, marker="v", ls="-"), *style.SERIES[:3])
LAST = dict(color=style.NTK, marker="P", ls=":")


def draw(data):
    """Return the figure: spread over draws, and objective, against the number of gates, for each p.

    Lines are geometric means over datasets. The objective is over its value at the most gates.
    Beside it, for p > 1, is the lower bound over all masks. ``data`` is from `luck.compute`.
    """
    fig, (left, right) = style.figure(1, 2, height=2.8)
    looks = [*LOOKS[: len(data["exponents"]) - 1], LAST]
    gates = data["gates"]
    beyond = 4 * gates[-1]  # where the bounds over all masks stand
    spread = np.exp(np.log(data["spread"]).mean(axis=0))
    objective = data["objective"].mean(axis=-1)
    over = np.exp(np.log(objective / objective[..., -1:]).mean(axis=0))
    with np.errstate(invalid="ignore"):
        least = np.exp(np.log(data["bounds"][..., 0] / objective[..., -1]).mean(axis=0))
    for e, (p, look) in enumerate(zip(data["exponents"], looks, strict=True)):
        label = f"p = {NAMES[p]}: {data['slopes'][e]:.2f}".replace("-", "−")
        left.plot(gates, spread[e], label=label, **look)
        right.plot(gates, over[e], **look)
        if np.isfinite(least[e]):
            right.plot([gates[-1], beyond], [1.0, least[e]], color=look["color"], lw=0.7, ls=":")
            right.plot(beyond, least[e], **look | dict(mfc="white", ls=""))
    left.set_ylabel("spread over draws, relative")
    right.set_ylabel(f"objective over its value\nat {gates[-1]:,} gates")
    left.set(yscale="log")
    low, high = left.get_ylim()
    ticks = [y for y in TICKS if low <= y <= high]
    left.set_yticks(ticks, [f"{y:g}" for y in ticks])
    for ax in (left, right):
        ax.set(xscale="log", xlabel="gates drawn", xticks=gates)
        ax.set_xticklabels([f"{m:,}" for m in gates])
        ax.minorticks_off()
    right.set_xticks([*gates, beyond], [*(f"{m:,}" for m in gates), "all"])
    title = "p: fitted exponent of the spread"
    fig.legend(loc="outside upper center", ncols=5, title=title, columnspacing=1.2)
    style.label_panels((left, right))
    style.certificate(fig, data["gap"])
    return fig
