"""Figure `irls_convergence`: IRLS from the NTK's objective down to the conic optimum."""

import numpy as np

from fixing_ntk.report.figures import style


def draw(data):
    """Data of `experiments.irls_convergence.irls_convergence`."""
    fig, (left, right) = style.figure(1, 2, height=2.4)
    half = float(data["half_norm"])
    k = np.arange(len(data["gl"]))
    left.plot(k, data["gl"] / half, color=style.MKL, label="IRLS, group lasso form")
    left.plot(k, data["mkl"] / half, "--", color=style.NTK, label="IRLS, MKL form")
    for optimum in (data["optimum"], data["mkl_optimum"]):
        left.axhline(float(optimum) / half, color=style.NEUTRAL, lw=0.8, ls=":")
    left.plot(0, data["mkl"][0] / half, "o", color=style.NTK, label="NTK ridge regression")
    left.set_xscale("symlog", linthresh=1)
    left.set(xlabel="iteration", ylabel=r"objective / $\frac{1}{2}\|y\|^2$")
    left.set_xlim(0, len(k))
    left.set_ylim(top=1.3 * data["gl"][0] / half)  # room for the legend
    left.legend(loc="upper right")

    floor = max(float(data["optimum_gap"]), 1e-16)
    for values, optimum, look in (
        (data["gl"], data["optimum"], dict(color=style.MKL)),
        (data["mkl"], data["mkl_optimum"], dict(color=style.NTK, ls="--")),
        (data["newton"], data["optimum"], dict(color=style.CLOSED, marker="s", ms=3, lw=0.9)),
    ):
        above = (values - float(optimum)) / half
        shown = above > floor
        right.plot(np.flatnonzero(shown), above[shown], **look)
    right.axhline(floor, color=style.NEUTRAL, lw=0.8, ls=":")
    right.annotate(
        "certified gap of the optimum",
        (1.0, floor),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        fontsize=7,
        color=style.NEUTRAL,
    )
    right.lines[2].set_label("Newton (default solver)")
    right.legend(loc="upper right")
    right.set_xscale("symlog", linthresh=1)
    right.set(yscale="log", xlabel="iteration")
    right.set_ylim(top=10)
    right.set_ylabel(r"above optimum / $\frac{1}{2}\|y\|^2$")
    right.set_xlim(0, len(k))
    style.label_panels((left, right))
    style.certificate(fig, max(data["optimum_gap"], data["newton_gap"][-1]))
    return fig
