"""Non-convex training from many starts against the convex optimum over all arrangements."""

import numpy as np

from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import lambda_max
from fixing_ntk.relu import network_objective, solve_relu, to_network, train
from fixing_ntk.results.bounds import shares, whole_numbers
from fixing_ntk.results.claim_rows import CONVEX, GATED, claim_row
from fixing_ntk.results.student_teacher import student_teacher
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve


def nonconvex_gap(
    tol,
    seed,
    *,
    n=25,
    d=3,
    ratio=0.05,
    widths=(2, 5, 10, 30, 100, 300),
    starts=50,
):
    """Objectives of trained networks, of both kinds, and the optima that bound them from below.

    Parameters
    ----------
    tol : float
        Relative gap of the convex optima.
    seed : int
    n : int
        Samples.
    d : int
        Features with the bias.
    ratio : float
        ``lam / lambda_max``.
    widths : sequence of int
        Neurons of the ReLU networks; gated ones have that many gates, drawn from all arrangements.
    starts : int
        Random starts of each width.

    Returns
    -------
    data : dict of ndarray
        ``widths`` (w,); ``relu`` and ``gated`` (w, starts), objectives above the optimum, over it;
        ``relu_gap`` and ``gated_gap``, how far above the certified lower bound the optimum is, over
        it; ``arrangements``, ``neurons`` of the optimal network, ``gap``.
    rows : list of dict
    """
    whole_numbers(3, n=n)
    whole_numbers(2, d=d)
    whole_numbers(1, widths=widths, starts=starts)
    shares(ratio=ratio)
    widths = sorted(widths)
    X, y = student_teacher(n, d, 3, 0.1, stream(seed, "nonconvex_gap", "data"))
    masks = MaskSet.enumerate(X)
    lam = ratio * lambda_max(X, y, masks)
    relu, gated = solve_relu(X, y, masks, lam, tol), solve(X, y, masks, lam, tol)
    first, second = to_network(relu)
    attained = network_objective(first, second, X, y, lam)
    ends = np.empty((2, len(widths), starts))
    for j, width in enumerate(widths):
        for k in range(starts):
            rng = stream(seed, "nonconvex_gap", width, k)
            chosen = rng.choice(len(masks), size=min(width, len(masks)), replace=False)
            ends[0, j, k] = train(X, y, lam, width, rng).objective
            ends[1, j, k] = train(X, y, lam, None, rng, gates=masks.gates[:, chosen]).objective
    runs = f"{ends[0].size:,} runs at widths {widths[0]} to {widths[-1]}"
    claims = {
        "ReLU": "Non-convex training of a ReLU network is never below its convex program",
        "gated ReLU": "Non-convex training of a gated network is never below its convex program",
    }
    rows = [
        claim_row(
            claim,
            CONVEX,
            f"{name} over all {len(masks)} arrangements: certified lower bound above the best of "
            f"{runs}, over the optimum",
            (optimum.dual_objective - end.min()) / optimum.objective,
            0.0,
            optimum.gap,
        )
        for (name, claim), optimum, end in zip(claims.items(), (relu, gated), ends, strict=True)
    ]
    rows += [
        claim_row(
            "The network read off the convex solution attains the convex optimum",
            CONVEX,
            f"non-convex objective of its {len(second)} neurons against the convex one, relative",
            abs(attained - relu.objective) / relu.objective,
            1e-9,
            relu.gap,
        ),
        claim_row(
            "Gated networks relax ReLU networks: on the same masks their optimum is not above",
            GATED,
            "gated lower bound above the ReLU objective, over the gated optimum",
            (gated.dual_objective - relu.objective) / gated.objective,
            0.0,
            max(relu.gap, gated.gap),
        ),
    ]
    optima = dict(relu=relu, gated=gated)
    data = dict(
        widths=np.array(widths),
        **{k: end / s.objective - 1.0 for (k, s), end in zip(optima.items(), ends, strict=True)},
        **{f"{k}_gap": 1.0 - s.dual_objective / s.objective for k, s in optima.items()},
        arrangements=len(masks),
        neurons=len(second),
        gap=max(relu.gap, gated.gap),
    )
    return data, rows
