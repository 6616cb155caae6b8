"""Figure `own_data`: NTK against MKL split by split, and the kernel weights that MKL learned."""

import numpy as np

from fixing_ntk.comparison.methods import BETWEEN, MKL, NTK, OURS_ON_A_TABLE
from fixing_ntk.drawing import style
from fixing_ntk.results.paper.mask_weights.figure import ranked

SCORES = {"classification": "test accuracy", "regression": "test $R^2$"}


def draw(rows, learned):
    """Return the figure: MKL's test scores against the NTK's, and its kernel weights on all rows.

    The panel of scores is left out if the NTK was not run.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `comparison.own_table.compare`, of all splits.
    learned : mapping
        From `comparison.own_table.learn`, with the kernel weights of a fit to all rows. MKL's are
        averaged over the outputs, of which a problem with several classes has one for each class.

    Returns
    -------
    matplotlib.figure.Figure
    """
    scores = rows.pivot(index="split", columns="method", values="score")
    panels = ["scores", "weights"] if NTK in scores else ["weights"]
    fig, axes = style.figure(1, len(panels), height=2.8, squeeze=False)
    by_panel = dict(zip(panels, axes[0], strict=True))
    if NTK in scores:
        _against_ntk(by_panel["scores"], scores, SCORES[str(learned["task"])])
        style.label_panels(axes[0])
    else:
        axes[0, 0].set_title("(b)", loc="left", fontweight="bold")  # as the caption has it
    axes[0, 0].set_title(rows.dataset[0], loc="right")
    ranked(by_panel["weights"], learned["ntk_weights"], np.mean(learned["eta"], axis=0))
    style.certificate(fig, max(rows.gap.max(), float(learned["gap"])))
    return fig


def _against_ntk(ax, scores, score):
    """Draw the scores of MKL, and of MKL at p = 4/3 if it was run, against the NTK's.

    ``scores`` is a frame of splits by methods. Each split is a point, and so is the mean over
    splits; above the diagonal the NTK is worse. ``score`` is the name of the score, for the labels
    of the axes.
    """
    shown = scores[[method for method in OURS_ON_A_TABLE if method in scores]]
    low, high = shown.min(axis=None), shown.max(axis=None)
    margin = 0.05 * (high - low) + 1e-3
    ends = [low - margin, high + margin]
    ax.plot(ends, ends, ":", color=style.NEUTRAL, lw=0.9)
    ntk, mkl = scores[NTK], scores[MKL]
    ax.plot(ntk, mkl, "o", color=style.MKL, ms=4, alpha=0.7)
    ax.plot(ntk.mean(), mkl.mean(), "D", color="k", ms=5, label="MKL, mean")
    if BETWEEN in scores:
        between = scores[BETWEEN]
        ax.plot(ntk, between, "s", mfc="none", mec="k", ms=4, mew=0.6)
        ax.plot(ntk.mean(), between.mean(), "s", mfc="none", mec="k", ms=7, label="p = 4/3, mean")
    ax.set(xlim=ends, ylim=ends, xlabel=f"{score}, NTK", ylabel=f"{score}, MKL")
    ax.locator_params(nbins=4)
    ax.set_aspect("equal")
    ax.legend(**style.BELOW, ncols=2, columnspacing=1.0)
