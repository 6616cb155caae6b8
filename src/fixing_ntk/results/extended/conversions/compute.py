"""Convert gated networks to ReLU networks, on the first split of every dataset."""

import numpy as np

from fixing_ntk.comparison.records import require_certified
from fixing_ntk.results.bounds import shares, whole_numbers
from fixing_ntk.results.paper.gated_to_relu.compute import claims, compare, gathered


def conversions(tol, problems, *, n_masks=1000, ratio=0.1):
    """Convert the gated network of each dataset to a ReLU network, and solve the ReLU program.

    Converted networks are compared with both optima, and the claims are those of `gated_to_relu`.

    Parameters
    ----------
    tol : float
        Relative gap of the gated and of the ReLU optimum.
    problems : sequence of (Split, MaskSet)
        A split of each dataset, and the masks of its training rows.
    n_masks : int
        Maximum number of masks, the first of each dataset's.
    ratio : float
        ``lam / lambda_max``.

    Returns
    -------
    data : dict of ndarray
        ``names`` (k,) of the datasets; each field of `gated_to_relu.compute.Outcome`, (k,) or (k,
        3); ``n_masks`` and ``ratio``; ``gap``, the largest relative gap of the gated and the ReLU
        optima.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.

    Raises
    ------
    UncertifiedFit
        If the gap of an optimum is above tol.
    """
    whole_numbers(1, n_masks=n_masks)
    shares(ratio=ratio)
    outcomes = {}
    for split, drawn in problems:
        masks = drawn.subset(np.arange(min(n_masks, len(drawn))))
        X, y, Z, z = split.train_test()
        outcomes[split.dataset] = outcome = compare(X, y, Z, z, masks, ratio, tol)
        require_certified(split, outcome.lam, outcome.gaps[:2].max(), tol)
    data = gathered(outcomes, n_masks, ratio)
    return data, claims(data, f"{len(outcomes)} datasets")
