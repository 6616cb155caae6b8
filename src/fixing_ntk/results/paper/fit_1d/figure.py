"""Figure `fit_1d`: fits by the NTK, by iterates of IRLS, and by optimal MKL."""

import numpy as np
from matplotlib.figure import Figure

from fixing_ntk.drawing import style

METHODS = {"ntk": ("NTK", dict(color=style.NTK, ls="--")), "mkl": ("MKL", dict(color=style.MKL))}


def draw(data):
    """Return the figure: one-dimensional fits of NTK and MKL (left), and of IRLS and MKL (right).

    At the upper left both have the same penalty, at the lower left each its own tuned one.

    Parameters
    ----------
    data : mapping
        Arrays of `fit_1d.compute`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig = Figure(figsize=(style.WIDTH, 4.3))
    left_half, right_half = (fig.add_subfigure(fig.add_gridspec(1, 2)[k]) for k in range(2))
    same, tuned = left_half.subplots(2, 1, sharex=True, sharey=True)
    right = right_half.subplots(len(data["iterations"]), 1, sharex=True, squeeze=False)[:, 0]
    for ax, suffix in ((same, ""), (tuned, "_tuned")):
        ax.plot(data["grid"], data["target"], color=style.LIGHT, lw=2.5, label="target")
        ax.plot(data["x"], data["y"], "o", color="k", ms=2.4, zorder=4, label="samples")
        for name, (label, look) in METHODS.items():
            values = data[f"{name}{suffix}"]
            ax.plot(data["grid"], values, label=f"{label}: {error(data, values):.2f}", **look)
        ax.set_ylabel("$f(x)$")
        handles, labels = ax.get_legend_handles_labels()
        title = dict(title="error", title_fontsize=7, fontsize=7, handlelength=1.6)
        ax.legend(handles[2:], labels[2:], loc="upper right", borderaxespad=0.0, **title)
    tuned.set_xlabel("$x$")
    ratio = f"{float(data['ratio']):g}"
    same.set_title(rf"both at $\lambda = {ratio}\,\lambda_{{\max}}$", loc="right")
    tuned.set_title(r"each $\lambda$ by leave-one-out", loc="right")

    above = data["irls_objective"] / float(data["mkl_objective"]) - 1.0
    for ax, k, values, excess in zip(right, data["iterations"], data["irls"], above, strict=True):
        ax.plot(data["grid"], data["mkl"], color=style.MKL, lw=2.4, alpha=0.45, label="optimal MKL")
        ax.plot(data["grid"], values, color="black", lw=0.9, label="IRLS")
        text = f"$k = {k}$\n{100 * excess:{'.0f' if excess > 0.1 else '.2g'}} %"
        ax.text(0.99, 0.97, text, transform=ax.transAxes, ha="right", va="top", fontsize=7)
        ax.set_ylim(*tuned.get_ylim())
        ax.set_yticks([0.0])
    right[0].set_title(r"iteration $k$, objective above MKL", loc="right")
    right[-1].set_xlabel("$x$")
    handles = same.get_legend_handles_labels()[0][:2] + right[0].lines[:2][::-1]
    labels = ["target", "samples", "IRLS", "optimal MKL"]
    fig.legend(handles, labels, loc="outside upper center", ncols=4)
    style.label_panels((same, tuned, right[0]))
    gaps = ("ntk_gap", "ntk_tuned_gap", "mkl_gap", "mkl_tuned_gap")
    style.certificate(fig, max(data[gap] for gap in gaps))
    return fig


def error(data, values):
    """Return the root mean square distance of a prediction to the target function on [-1, 1].

    ``values`` is the prediction at the points ``data["grid"]``, of which those outside [-1, 1] are
    ignored.
    """
    inside = np.abs(data["grid"]) <= 1.0
    return np.sqrt(np.mean((values - data["target"])[inside] ** 2))
