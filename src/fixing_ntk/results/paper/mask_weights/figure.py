"""Figure `mask_weights`: the NTK's fixed weights beside the weights that MKL learned."""

import numpy as np

from fixing_ntk.drawing import style
from fixing_ntk.masks import shares


def draw(fit_1d, dataset, masks, learned):
    """Return the figure: the NTK's and MKL's kernel weights, by gate angle and sorted.

    The weights by angle are of `fit_1d`, the sorted ones of a dataset.

    Parameters
    ----------
    fit_1d : mapping
        Arrays of `fit_1d.compute`.
    dataset, masks, learned : mapping
        Arrays of one dataset: of its file of `data.splits`, of its file of `masks.storage`, and
        ``eta`` and ``gap`` of MKL at the tuned penalty. The first split is drawn, whose keys begin
        with ``0/``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig, (left, right) = style.figure(1, 2, height=2.4)
    angle = np.degrees(fit_1d["angle"])
    for values, colour, marker, label in (
        (
            fit_1d["ntk_weights"],
            style.NTK,
            "o",
            r"NTK, $\tilde\eta_i \approx P[h \in \mathcal{K}_i]$",
        ),
        (fit_1d["eta"], style.MKL, "s", r"MKL, $\eta^\star_i$"),
    ):
        shown = values > 0
        left.vlines(angle[shown], 0, values[shown], color=colour, lw=0.8, alpha=0.6)
        left.plot(angle[shown], values[shown], marker, color=colour, ms=3, label=label)
    left.set(xlabel="angle of the gate (degrees)", ylabel="weight of the mask")
    left.set_ylim(top=1.45 * max(fit_1d["ntk_weights"].max(), fit_1d["eta"].max()))
    left.set_xticks([-180, -90, 0, 90, 180])
    left.set_title("1-D regression", loc="right")
    left.legend(loc="upper right")

    ranked(right, masks["0/ntk_weights"], learned["0/eta"])
    right.set_title(str(dataset["name"]), loc="right")
    style.label_panels((left, right))
    style.certificate(fig, max(fit_1d["mkl_gap"], learned["0/gap"]))
    return fig


def ranked(ax, ntk_weights, eta):
    """Draw the kernel weights of MKL and of the NTK, each from the largest to the smallest.

    ``eta`` (p,) are MKL's weights. ``ntk_weights`` (p,), shares of drawn gates, are divided by
    their sum. A rank is not the same mask for each method. MKL's weights of zero are not drawn.
    """
    order = np.sort(eta)[::-1]
    rank = np.arange(1, len(eta) + 1)
    ntk = np.sort(shares(ntk_weights))[::-1]
    ax.plot(rank, ntk, "--", color=style.NTK, label="NTK, share of drawn gates")
    active = int(np.count_nonzero(order))
    ax.plot(rank[:active], order[:active], color=style.MKL, label=f"MKL, {active} masks active")
    ax.set(xscale="log", yscale="log", xlabel="rank of the mask", ylabel="weight on the simplex")
    ax.set_ylim(max(min(order[active - 1], ntk[-1]), 1e-7) / 2, 3)  # room for the legend
    ax.legend(loc="upper right")
