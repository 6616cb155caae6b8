"""Figure `own_data`: NTK against MKL split by split, and the kernel weights that MKL learned."""

import numpy as np

from fixing_ntk.comparison.methods import BETWEEN, MKL, NTK, OURS_ON_A_TABLE
from fixing_ntk.drawing import style
from fixing_ntk.results.paper.mask_weights.figure import ranked

SCORES = {"classification": "test accuracy", "regression": "test $R^2$"}


def draw(rows, learned):
    """Scores of every split, and weights of a fit to all rows.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `comparison.own_table.compare`, all splits.
    learned : mapping
        Of `comparison.own_table.learn`; weights are averaged over its outputs.
    """
    score = SCORES[str(learned["task"])]
    fig, (left, right) = style.figure(1, 2, height=2.8)
    scores = rows.pivot(index="split", columns="method", values="score")[list(OURS_ON_A_TABLE)]
    low, high = scores.min(axis=None), scores.max(axis=None)
    margin = 0.05 * (high - low) + 1e-3
    ends = [low - margin, high + margin]
    left.plot(ends, ends, ":", color=style.NEUTRAL, lw=0.9)
    ntk, mkl, between = (scores[method] for method in (NTK, MKL, BETWEEN))
    left.plot(ntk, mkl, "o", color=style.MKL, ms=4, alpha=0.7)
    left.plot(ntk.mean(), mkl.mean(), "D", color="k", ms=5, label="MKL, mean")
    left.plot(ntk, between, "s", mfc="none", mec="k", ms=4, mew=0.6)
    left.plot(ntk.mean(), between.mean(), "s", mfc="none", mec="k", ms=7, label="p = 4/3, mean")
    left.set(xlim=ends, ylim=ends, xlabel=f"{score}, NTK", ylabel=f"{score}, MKL")
    left.locator_params(nbins=4)
    left.set_aspect("equal")
    left.legend(**style.BELOW, ncols=2, columnspacing=1.0)
    left.set_title(rows.dataset[0], loc="right")
    ranked(right, learned["ntk_weights"], np.mean(learned["eta"], axis=0))
    style.label_panels((left, right))
    style.certificate(fig, max(rows.gap.max(), float(learned["gap"])))
    return fig
