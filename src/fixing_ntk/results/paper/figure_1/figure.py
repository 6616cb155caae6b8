"""Figure `figure_1`: the paper's figure 1, for gated and ReLU networks, and the cost of eps."""

import numpy as np
from matplotlib.ticker import NullFormatter

from fixing_ntk.drawing import style

LOOKS = {
    "gated": dict(color=style.MKL, label="gated ReLU"),
    "relu": dict(color=style.RELU, ls="--", label="ReLU"),
}


def draw(toy, smoothing):
    """Return the figure: convergence of algorithm 1, and cost of its smoothing eps, in four panels.

    Parameters
    ----------
    toy, smoothing : mapping
        Arrays of `figure_1.compute` and of `irls_smoothing.compute`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, axes = style.figure(2, 2, height=4.4)
    (top_left, top_right), (low_left, low_right) = axes
    convergence(top_left, top_right, toy)
    cost(low_left, smoothing)
    sparsity(low_right, smoothing)
    style.label_panels(axes.ravel())
    style.certificate(fig, max(toy["gated_gap"], toy["relu_gap"], smoothing["gap"]))
    return fig


def convergence(left, right, data):
    """Draw the objective (left) and its relative distance to the optimum (right) by iteration.

    ``left`` and ``right`` are Axes, and ``data`` is the dict of `figure_1.compute`. Objectives are
    over ``1/2 ||y||^2``. Distances at or below the certified gap are not drawn.
    """
    half = float(data["half_norm"])
    for name, look in LOOKS.items():
        optimum, gap = (float(data[f"{name}_{what}"]) for what in ("optimum", "gap"))
        left.plot(data[name] / half, **look)
        above, floor = data[name] / optimum - 1.0, max(gap * half / optimum, 1e-15)
        shown = np.flatnonzero(above > floor)
        right.plot(shown, above[shown], **look)
    for name in LOOKS:
        optimum = float(data[f"{name}_optimum"]) / half
        line = left.axhline(optimum, color=style.NEUTRAL, lw=0.8, ls=":")
    line.set_label("conic optimum")
    left.plot(0, data["gated"][0] / half, "o", color=style.NTK, clip_on=False, label="NTK weights")
    left.set_xscale("symlog", linthresh=1)
    left.set(xlabel="iteration", ylabel=r"objective / $\frac{1}{2}\|y\|^2$")
    left.set_xlim(0, len(data["gated"]))
    left.set_title(f"$n = {len(data['x'])}$, {data['arrangements']} masks", loc="right")
    left.legend(fontsize=7)
    right.set(yscale="log", xlabel="iteration", ylabel="above the optimum, relative")
    right.set_xlim(left=0)


def cost(ax, data):
    """Draw the excess of the objective over the optimum against the bound on the cost of eps.

    A mark is one eps, for gated or ReLU networks. The two axes are relative to the optimum.
    ``data`` is the dict of `irls_smoothing.compute`.
    """
    for name, marker in (("gated", "o"), ("relu", "s")):
        ax.plot(data[f"{name}_bound"], data[f"{name}_above"], marker=marker, **LOOKS[name])
    bound = np.sort([data["gated_bound"], data["relu_bound"]], axis=None)
    look = dict(color=style.NEUTRAL, lw=0.8, ls=":")
    ax.plot(bound, bound, label=r"bound $\lambda p \sqrt{\epsilon}$", **look)
    ax.set(xscale="log", yscale="log", ylabel="above the optimum, relative")
    ax.xaxis.set_minor_formatter(NullFormatter())  # minor labels would overlap within a decade
    ax.set_xlabel(r"$\lambda p \sqrt{\epsilon}$ / optimum")
    ax.legend(fontsize=7, loc="lower right")


def sparsity(ax, data):
    """Draw the norms of the gated weights, sorted, at every eps and at the optimum.

    Norms are over the largest norm at the optimum. Norms of zero at the optimum are not drawn.
    ``data`` is the dict of `irls_smoothing.compute`.
    """
    norms = data["gated_norms"] / data["gated_norms"][-1, 0]
    rank, shades = np.arange(1, norms.shape[1] + 1), np.linspace(0.6, 0.1, len(norms) - 1)
    for line, eps, shade in zip(norms, data["gated_eps"], shades, strict=False):
        ax.plot(rank, line, color=str(shade), lw=0.9)
        label = dict(xytext=(3, 0), textcoords="offset points", va="center", fontsize=6.5)
        ax.annotate(scientific(eps), (rank[-1], line[-1]), color=str(shade), **label)
    ax.plot(rank, np.where(norms[-1] > 0, norms[-1], np.nan), color=style.MKL, label="optimum")
    ax.plot([], [], color=style.NEUTRAL, lw=0.9, label=r"at $\epsilon$ beside the line")
    ax.set(yscale="log", xlabel="mask, by rank", ylabel=r"$\|w_i\|$, gated ReLU")
    ax.set_ylim(0.1 * norms[:-1].min(), 2.0)
    ax.set_xlim(right=1.22 * rank[-1])
    ax.legend(fontsize=7, loc="upper right")


def scientific(x):
    """Return a number as a LaTeX formula in dollar signs: one digit times a power of ten."""
    digit, power = f"{x:.0e}".split("e")
    return rf"${digit}\cdot10^{{{int(power)}}}$"
