"""Figure `irls_convergence`: IRLS from the NTK's objective down to the conic optimum."""

import numpy as np

from fixing_ntk.drawing import style

GROUP_LASSO, _, KERNELS = (look | dict(marker="") for look in style.SERIES[:3])
NEWTON: dict = style.SERIES[1] | dict(ms=3, lw=0.9)


def draw(data):
    """Return the figure: objectives of IRLS by iteration, and their distances to the optima.

    The left panel has the objectives of the two forms of IRLS. The right panel has their distances,
    and those of the default solver, Newton's method.

    Parameters
    ----------
    data : mapping
        Arrays of `irls_convergence.compute`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, (left, right) = style.figure(1, 2, height=2.4)
    half = float(data["half_norm"])
    k = np.arange(len(data["gl"]))
    left.plot(k, data["gl"] / half, label="IRLS, group lasso form", **GROUP_LASSO)
    left.plot(k, data["mkl"] / half, label="IRLS, MKL form", **KERNELS)
    for optimum in (data["optimum"], data["mkl_optimum"]):
        left.axhline(float(optimum) / half, color=style.NEUTRAL, lw=0.8, ls=":")
    left.plot(0, data["mkl"][0] / half, "o", color=style.NTK, label="NTK ridge regression")
    left.set_xscale("symlog", linthresh=1)
    left.set(xlabel="iteration", ylabel=r"objective / $\frac{1}{2}\|y\|^2$")
    left.set_xlim(0, len(k))
    left.set_ylim(top=1.3 * data["gl"][0] / half)  # room for the legend
    left.legend(loc="upper right")

    # Distances below the floor cannot be distinguished from zero.
    gap = max(float(data["optimum_gap"]), float(data["newton_gap"][-1]))
    floor = gap * half / float(data["optimum"])
    for values, optimum, look in (
        (data["gl"], data["optimum"], GROUP_LASSO),
        (data["mkl"], data["mkl_optimum"], KERNELS),
        (data["newton"], data["optimum"], NEWTON | dict(label="Newton (default solver)")),
    ):
        descend(right, values / float(optimum) - 1.0, gap * half / float(optimum), look)
    right.axhline(floor, color=style.NEUTRAL, lw=0.8, ls=":")
    right.annotate(
        rf"{gap:.1e} $\cdot\,\frac{{1}}{{2}}\|y\|^2$ / optimum",
        (1.0, floor),
        xycoords=("axes fraction", "data"),
        xytext=(0, -3),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=7,
        color=style.NEUTRAL,
    )
    hollow = dict(color=style.NEUTRAL, mfc="white", ms=5)
    right.plot([], [], "s", label="at or below the certified gap", **hollow)
    right.legend(loc="upper right", fontsize=7)
    right.set_xscale("symlog", linthresh=1)
    right.set(yscale="log", xlabel="iteration", ylabel="above optimum, relative")
    right.set_ylim(floor / 50, 300)  # room for the legend
    right.set_xlim(0, len(k))
    style.label_panels((left, right))
    style.certificate(fig, gap)
    return fig


def descend(ax, above, floor, look):
    """Draw relative distances to the optimum, ``above`` (n_iter,), until one reaches ``floor``.

    Smaller distances are below the certified gap. The iteration that reaches the floor has a hollow
    mark. ``look`` are keywords of matplotlib's ``plot``.
    """
    reached = np.flatnonzero(above <= floor)[:1]
    line = np.maximum(above[: reached[0] + 1] if len(reached) else above, floor)
    ax.plot(line, **look)
    hollow = dict(color=look["color"], marker=look["marker"] or "o", ms=5, mfc="white")
    ax.plot(reached, np.full(len(reached), floor), ls="none", zorder=3, **hollow)
