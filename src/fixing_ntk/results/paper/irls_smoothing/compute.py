"""Measure the cost of algorithm 1's smoothing eps: distance to the optimum, and lost sparsity."""

from itertools import islice

import numpy as np

from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, lambda_max, smoothing_cost
from fixing_ntk.relu import relu_iterates, solve_relu
from fixing_ntk.results.bounds import not_negative, several, shares, whole_numbers
from fixing_ntk.results.claim_kinds import ALGORITHM, claim_row
from fixing_ntk.results.rates import slope
from fixing_ntk.results.student_teacher import student_teacher
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import gl_iterates, solve

SOLVED = 1e-2  # gap of a smoothed program, over the bound on the cost of its eps
LARGE = 1e-3  # share of the largest weight above which weights are counted as large


def irls_smoothing(
    tol,
    seed,
    conic_backend,
    *,
    n=60,
    d=5,
    neurons=5,
    noise=0.1,
    n_gates=150,
    ratio=0.05,
    costs=(0.1, 0.03, 0.01, 0.003, 0.001),
    max_iter=5000,
):
    """Run algorithm 1 at several eps on one synthetic problem, for gated and ReLU networks.

    Parameters
    ----------
    tol : float
        Relative gap of the optima.
    seed : int
    conic_backend : str
        Backend of the conic solver, such as "clarabel".
    n : int
        Samples.
    d : int
        Features, the bias included.
    neurons : int
        Neurons of the teacher network.
    noise : float
        Standard deviation of the noise on the targets.
    ratio : float
        lambda / lambda_max.
    n_gates : int
        Gates drawn.
    costs : sequence of float
        Bounds on the cost of eps, each of which gives an eps: ``lam p sqrt(eps)`` over ``1/2
        ||y||^2``, with p the number of masks, or of pairs of mask and sign for ReLU networks.
    max_iter : int
        Maximum number of passes at each eps.

    Returns
    -------
    data : dict of ndarray
        ``gap``, the largest relative gap of the two optima, and the number of masks ``p``. With the
        prefixes "gated" and "relu", for k decreasing values of eps: ``_eps`` (k,); ``_above`` (k,),
        the excess of the objective after the last pass over the optimum, and ``_bound`` (k,), the
        bound on this excess, both over the optimum; ``_passes`` (k,), the number of passes;
        ``_norms``, decreasing norms of the weights at each eps, and at the optimum last, (k + 1, p)
        for gated and (k + 1, 2p) for ReLU networks.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.
    """
    whole_numbers(2, d=d)
    whole_numbers(1, neurons=neurons)
    whole_numbers(10, n=n, n_gates=n_gates)
    whole_numbers(500, max_iter=max_iter)
    several(costs=costs)
    not_negative(noise=noise)
    shares(ratio=ratio, costs=costs)
    X, y = student_teacher(n, d, neurons, noise, stream(seed, "irls_smoothing", "data"))
    masks = MaskSet.sample(X, n_gates, stream(seed, "irls_smoothing", "gates"))
    lam, design, half = ratio * lambda_max(X, y, masks), MaskedDesign(X, masks), 0.5 * y @ y
    optima = dict(
        gated=solve(X, y, masks, lam, tol, method="conic", backend=conic_backend),
        relu=solve_relu(X, y, masks, lam, tol, method="conic", backend=conic_backend),
    )
    costs = np.array(sorted(costs, reverse=True))
    gap = max(optimum.gap for optimum in optima.values())
    data, rows = dict(gap=gap, p=len(masks)), []
    for name, iterates in (("gated", gl_iterates), ("relu", relu_iterates)):
        at_optimum = np.linalg.norm(optima[name].weights, axis=-2).ravel()
        unit = smoothing_cost(lam, len(at_optimum), 1.0) / half
        runs = [
            _run(iterates(design, y, lam, eps), lam, eps, SOLVED * cost, max_iter)
            for eps, cost in zip((costs / unit) ** 2, costs, strict=True)
        ]
        norms = [*((it.eta * it.scores).ravel() for _, it in runs), at_optimum]
        objectives = np.array([it.objective for _, it in runs])
        data |= {
            f"{name}_eps": (costs / unit) ** 2,
            f"{name}_above": objectives / optima[name].objective - 1.0,
            f"{name}_bound": costs * half / optima[name].objective,
            f"{name}_passes": np.array([len(smoothed) for smoothed, _ in runs]),
            f"{name}_norms": np.array([-np.sort(-w) for w in norms]),
        }
        bound = (objectives - optima[name].dual_objective) / half
        rows += claims(name, data, costs, bound, runs, half)
    return data, rows


def _run(iterates, lam, eps, solved, max_iter):
    """Run passes of algorithm 1 until the gap of ``P_eps`` is at most ``solved``.

    ``P_eps`` is the smoothed program, and its gap is relative. ``iterates`` yields the passes at
    ``lam`` and ``eps``. There are at most ``max_iter``, whatever the gap is then.

    Returns
    -------
    smoothed : ndarray (n_passes,)
        Objective of ``P_eps`` at every pass.
    it : Iterate or ReLUIterate
        The last pass.
    """
    smoothed = []
    for it in islice(iterates, max_iter):
        norms = it.eta * it.scores
        smoothed.append(it.objective + lam * np.sum(np.hypot(norms, np.sqrt(eps)) - norms))
        if it.smoothed_gap <= solved:
            break
    return np.array(smoothed), it


def claims(name, data, costs, bound, runs, half):
    """Return five claim rows on algorithm 1 at eps > 0, for gated or for ReLU networks.

    The smoothed objective ``P_eps`` descends in every pass, and its gap ends small. The cost of eps
    is at most its bound, and falls as the square root of eps. All mask weights eta are at least
    sqrt(eps), so no mask is left out.

    Parameters
    ----------
    name : {"gated", "relu"}
    data : dict
        Data of `irls_smoothing`.
    costs : ndarray (k,)
        Bounds on the cost of each eps, over ``1/2 ||y||^2``, decreasing.
    bound : ndarray (k,)
        Objective at each eps less the certified lower bound on the optimum, over ``1/2 ||y||^2``.
    runs : list of (ndarray, Iterate or ReLUIterate)
        Results of `_run`, one for each eps.
    half : float
        ``1/2 ||y||^2``.
    """
    gap, norms = data["gap"], data[f"{name}_norms"]
    eps, groups = data[f"{name}_eps"], norms.shape[1]
    words = {"gated": "gated ReLU", "relu": "ReLU"}[name]
    large = np.count_nonzero(norms > LARGE * norms[:, :1], axis=1)
    decay, _ = slope(np.log(eps), np.log(data[f"{name}_above"])[:, None])
    kept = f"{', '.join(map(str, large[:-1]))} of {groups} weights above {LARGE:g} of the largest"
    return [
        claim_row(
            "Algorithm 1 at eps > 0 descends on the smoothed objective and minimises it",
            ALGORITHM,
            f"{words}: largest change of P_eps in a pass, over 1/2 ||y||^2",
            max(np.diff(smoothed).max() for smoothed, _ in runs) / half,
            1e-13,
        ),
        claim_row(
            "Algorithm 1 at eps > 0 descends on the smoothed objective and minimises it",
            ALGORITHM,
            f"{words}: relative gap of P_eps over what eps may cost, largest",
            max(it.smoothed_gap / cost for (_, it), cost in zip(runs, costs, strict=True)),
            SOLVED,
        ),
        claim_row(
            "What eps costs is at most lambda p sqrt(eps)",
            ALGORITHM,
            f"{words}: objective above the certified lower bound, over lambda p sqrt(eps), largest",
            np.max(bound / costs),
            1.0,
            gap=gap,
        ),
        claim_row(
            "The cost of eps vanishes as its root",
            ALGORITHM,
            f"{words}: fitted exponent {decay:.2f} of the objective above the optimum against eps, "
            "distance from 1/2",
            abs(decay - 0.5),
            0.05,
            gap=gap,
        ),
        claim_row(
            "At eps > 0 no mask is left out: eta is never below sqrt(eps)",
            ALGORITHM,
            f"{words}: sqrt(eps) over the least eta; {kept} at eps that may cost "
            f"{', '.join(f'{cost:g}' for cost in costs)}, {large[-1]} at the optimum",
            max(np.sqrt(e) / it.eta.min() for (_, it), e in zip(runs, eps, strict=True)),
            1.0,
            gap=gap,
        ),
    ]
