"""Claims on networks that are trained by gradients on the datasets."""

import numpy as np

from fixing_ntk.comparison.trained_networks import GATED
from fixing_ntk.results.claim_kinds import FINDING, claim_row
from fixing_ntk.results.claim_kinds import GATED as PANEL

NEAR = 0.01


def trained_networks(networks):
    """Compare the objectives of trained gated networks with the certified optima of their programs.

    No run may end below the certified lower bound. The best start at each penalty should end at
    most `NEAR`, a hundredth of ``1/2 ||y||^2``, above it.

    Parameters
    ----------
    networks : pandas.DataFrame
        Rows of `comparison.trained_networks.fit_networks`, of all datasets.

    Returns
    -------
    data : dict of ndarray
        ``excess``, for every run of a gated network its objective less the certified lower bound,
        over ``1/2 ||y||^2``; ``gap``, the largest relative gap of the gated optima.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.
    """
    gated = networks[networks.network == GATED]
    excess = ((gated.objective - gated.bound) / gated.scale).to_numpy()
    best = gated.groupby(["dataset", "choice"]).objective.transform("min")
    above = ((best - gated.bound) / gated.scale).to_numpy()
    gap = gated.gap.max()
    runs = f"of {len(gated)} runs on {gated.dataset.nunique()} datasets"
    rows = [
        claim_row(
            "Non-convex training of a gated network is never below its convex program",
            PANEL,
            f"certified lower bound above the trained objective, over 1/2 ||y||^2, largest {runs}",
            -excess.min(),
            1e-12,
            gap,
        ),
        claim_row(
            "Training by gradients reaches the optimum of the gated program from random starts",
            PANEL,
            "trained objective above the certified lower bound, over 1/2 ||y||^2, best start of "
            f"each penalty, largest {runs}",
            above.max(),
            NEAR,
            gap,
            kind=FINDING,
            reason="so near, predictions hardly differ; chosen after runs on seven sets",
        ),
    ]
    return dict(excess=np.asarray(excess), gap=np.asarray(gap)), rows
