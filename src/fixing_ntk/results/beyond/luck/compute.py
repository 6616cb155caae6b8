"""Spread of predictions over draws of the gates, and objectives beside bounds over all masks."""

import logging

import numpy as np

from fixing_ntk.comparison.records import require_certified
from fixing_ntk.kernels import ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs.lp_mkl import EXPONENTS
from fixing_ntk.results.bounds import several, whole_numbers
from fixing_ntk.results.claim_kinds import FINDING, TOGETHER, claim_row
from fixing_ntk.results.rates import slope
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import bounds_over_all_masks, solve_mkl

log = logging.getLogger(__name__)

MONTE_CARLO = -0.5  # exponent in the number of gates if gates contribute independently
# Tolerances, set before the first run: of the exponent at p = 1, and of its distance to Monte
# Carlo's at p from 2 on, and at p in between.
AWAY, NEAR, SOME = 0.25, 0.15, 0.3


def luck(
    problems,
    tol,
    seed,
    *,
    gates=(250, 1000, 4000),
    n_draws=5,
    share=0.01,
    fresh_gates=20_000,
):
    """Fit the program of every p on independent draws of gates, and measure how predictions spread.

    On a dataset the penalty is the same for every p and draw. For p > 1 every drawn gate is kept.
    At p = 1 gates with the same mask are merged.

    Parameters
    ----------
    problems : list of (Split, MaskSet)
        Datasets; their masks are not used, since new gates are drawn.
    tol : float
        Relative gap of the fits.
    seed : int
    gates : sequence of int
        Numbers of gates in a draw.
    n_draws : int
        Independent draws of each number of gates.
    share : float
        Penalty mu over the largest eigenvalue of the NTK.
    fresh_gates : int
        Number of new gates for the bounds on the optimum over all masks.

    Returns
    -------
    data : dict of ndarray
        ``names`` (k,) of the datasets; ``exponents`` p (e,) and numbers of ``gates`` (m,),
        increasing. ``spread`` (k, e, m), a ratio of two root mean squares over test rows: of the
        predictions' standard deviation over draws, to their mean over draws. Over half the squared
        norm of the training labels: ``objective`` (k, e, m, draws), and ``bounds`` (k, e, 4) on the
        optimum over all masks: the lower bound, its standard error, the upper bound and its
        standard error. The bounds are from the first draw of the most gates, and NaN at p = 1.
        ``slopes`` (e,), the exponents of the spread in the number of gates, each fitted to all
        datasets together, and ``slope_errors`` (e,), their standard errors. ``gap``, the largest of
        the fits.
    rows : list of dict
        Rows of claims, as `claim_kinds.claim_row` makes them.

    Raises
    ------
    UncertifiedFit
        If a fit misses the gap.
    """
    whole_numbers(2, n_draws=n_draws)
    whole_numbers(1, gates=gates, fresh_gates=fresh_gates)
    several(gates=gates)
    exponents, gates, gap = sorted(EXPONENTS), sorted(gates), 0.0
    shape = len(problems), len(exponents), len(gates)
    spread, objective = np.empty(shape), np.empty((*shape, n_draws))
    bounds = np.full((*shape[:2], 4), np.nan)
    for k, (split, _) in enumerate(problems):
        X, y, Z, _ = split.train_test()
        mu, half = share * np.linalg.eigvalsh(ntk(X))[-1], 0.5 * y @ y
        for j, m in enumerate(gates):
            outputs = np.empty((len(exponents), n_draws, len(Z)))
            for b in range(n_draws):
                rng = stream(seed, "luck", split.dataset, m, b)
                drawn = rng.standard_normal((X.shape[1], m))
                for e, p in enumerate(exponents):
                    masks = MaskSet.from_gates(X, drawn, merged=p == 1.0)
                    solution = solve_mkl(X, y, masks, mu, p, tol=tol)
                    require_certified(split, mu, solution.gap, tol)
                    gap = max(gap, solution.gap)
                    outputs[e, b] = masks.predict(solution.weights, Z)
                    objective[k, e, j, b] = solution.objective / half
                    if p > 1.0 and (m, b) == (gates[-1], 0):
                        fresh = stream(seed, "luck", split.dataset, "fresh")
                        found = bounds_over_all_masks(X, y, solution, fresh_gates, fresh)
                        bounds[k, e] = np.array(found) / half
            size = np.sqrt(np.mean(outputs.mean(axis=1) ** 2, axis=-1))
            spread[k, :, j] = np.sqrt(np.mean(outputs.var(axis=1, ddof=1), axis=-1)) / size
        log.info("%s: spread %s", split.dataset, np.round(spread[k, :, -1], 3))
    fits = np.array([exponent(gates, spread[:, e]) for e in range(len(exponents))])
    data = dict(
        names=np.array([split.dataset for split, _ in problems]),
        exponents=np.array(exponents),
        gates=np.array(gates),
        spread=spread,
        objective=objective,
        bounds=bounds,
        slopes=fits[:, 0],
        slope_errors=fits[:, 1],
        gap=np.array(gap),
    )
    return data, claims(data)


def exponent(gates, spread):
    """Return the fitted exponent of the spread (k, m) in the number of gates (m,), and its error.

    The error is the standard error. Logarithms are centred for each of the k datasets, which share
    the exponent but not the level.
    """
    logs = np.log(spread)
    return slope(np.log(gates), (logs - logs.mean(axis=1, keepdims=True)).T)


def claims(data):
    """Return rows of claims, one for each p, on the fitted exponent of the spread in the gates.

    The rate of Monte Carlo is -1/2. At p = 1 the claim is that more gates hardly help: the value is
    minus the exponent, and holds up to `AWAY`. Between p = 1 and 2 the value is the exponent plus
    1/2, and holds up to `SOME`. From p = 2 on it is the distance to -1/2, and holds up to `NEAR`.
    ``data`` is the first value of `luck`.
    """
    rows = []
    for p, value, error in zip(
        data["exponents"], data["slopes"], data["slope_errors"], strict=True
    ):
        of = f"p = {p:.3g}: fitted exponent {value:.2f} ± {error:.2f} of the spread in the gates"
        if p == 1.0:
            words = "More gates hardly cure optimal MKL of the luck of their draw"
            row = f"{of}, below 0", -value, AWAY, "half of Monte Carlo's rate"
        elif p < 2.0:
            words = "Within a ball around the NTK more gates cure the luck of the draw"
            row = f"{of}, above -1/2", value - MONTE_CARLO, SOME, "more than a third of its rate"
        else:
            words = "Far enough from the optimal kernel they do so at Monte Carlo's rate"
            row = f"{of}, distance to -1/2", abs(value - MONTE_CARLO), NEAR, "errors of five draws"
        quantity, found, tolerance, reason = row
        rows.append(
            claim_row(
                words,
                TOGETHER,
                quantity,
                found,
                tolerance,
                data["gap"],
                kind=FINDING,
                reason=f"{reason}; set before the run",
            )
        )
    return rows
