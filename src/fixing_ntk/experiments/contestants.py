"""NTK, MKL, and MKL stopped early, each with what is best on held-out points, on one target.

Each walks down its penalties from `NTK_START` or `MKL_START` times their unit, by a third or a half
as on the grids for real data, to where its error on held-out points no longer falls by a
thousandth, or `STEPS` times.
"""

from functools import partial
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from fixing_ntk.experiments.prediction_error import penalty
from fixing_ntk.kernels import ntk
from fixing_ntk.programs import ridge_gap
from fixing_ntk.solvers import solve
from fixing_ntk.solvers.stopped import REWEIGHTINGS, stopped

NTK_START, NTK_STEP = 16.0, 1.0 / 3.0
MKL_START, MKL_STEP = 2.0, 1.0 / 2.0
FALLS, STEPS = 1.0 - 1e-3, 14
PROBES = 30  # of the trace


def fit_ntk(problem, targets):
    """Ridge regression with the closed form, one walk for all targets of the same noise.

    Its unit of penalties is that of a Gaussian process: targets of unit variance have a prior of
    scale ``n / tr H``.

    Returns
    -------
    list of ((float, float), float, float)
        Error and its part that is variance, effective dimension, gap, of each target. The
        dimension ``tr H (H + lam I)^-1`` is Hutchinson's estimate from `PROBES` signs.
    """
    H, H_held_out, H_fresh = (
        ntk(Z, problem.X) for Z in (problem.X, problem.held_out, problem.fresh)
    )
    probes = np.random.default_rng(0).choice([-1.0, 1.0], (len(H), PROBES))
    found: list[Any] = [None] * len(targets)
    for noise in {target.noise for target in targets}:
        lam = NTK_START * noise**2 * np.trace(H) / len(H)
        walking = {i: np.inf for i, target in enumerate(targets) if target.noise == noise}
        for _ in range(STEPS):
            shifted = H.copy(order="F")
            shifted[np.diag_indices(len(H))] += lam
            factor = cho_factor(shifted, lower=True, overwrite_a=True, check_finite=False)
            solve_with = partial(cho_solve, factor, check_finite=False)
            dimension = np.mean(probes * (H @ solve_with(probes))) * len(H)
            for i, best in list(walking.items()):
                target = targets[i]
                betas = solve_with(np.column_stack([target.y, target.again]))
                at_held_out = error(H_held_out @ betas[:, 0], target.held_out)
                if at_held_out > FALLS * best:
                    del walking[i]
                    continue
                walking[i] = at_held_out
                found[i] = (
                    errors(H_fresh @ betas[:, 0], H_fresh @ betas[:, 1], target.fresh),
                    dimension,
                    ridge_gap(betas[:, 0], H @ betas[:, 0], target.y, lam),
                )
            if not walking:
                break
            lam *= NTK_STEP
    return found


def fit_mkl(problem, target, tol):
    """MKL's solution, its error on held-out points, and its `errors`."""
    (n, d), p, masks = problem.X.shape, len(problem.masks), problem.masks
    top = problem.design.scores(target.y).max()
    lam = MKL_START * penalty(n, d, p, target.noise)
    while lam >= top:
        lam *= MKL_STEP
    best, start = np.inf, None
    chosen: Any = None
    for _ in range(STEPS):
        start = solve(problem.X, target.y, masks, lam, tol, start=start)
        at_held_out = error(problem.held_out_design.forward(start.weights), target.held_out)
        if at_held_out > FALLS * best:
            break
        best, chosen = at_held_out, start
        lam *= MKL_STEP
    again = solve(problem.X, target.again, masks, chosen.lam, tol, start=chosen)
    predicted, other = (masks.predict(fit.weights, problem.fresh) for fit in (chosen, again))
    return chosen, best, errors(predicted, other, target.fresh)


def fit_stopped(problem, target, mkl):
    """MKL stopped early; its own fit is a candidate.

    Parameters
    ----------
    mkl : (float, float)
        Error of MKL's fit on held-out points and on fresh ones.

    Returns
    -------
    (float, bool, float)
        Error of the best on fresh points, whether that is MKL's own fit, largest gap.
    """
    (n, d), masks = problem.X.shape, problem.masks
    lam = MKL_START * penalty(n, d, len(masks), target.noise)
    best, gap = np.inf, 0.0
    chosen: Any = None
    for _ in range(STEPS):
        stops = stopped(problem.design, target.y, lam, REWEIGHTINGS, refined=False).values()
        scored = [
            (error(problem.held_out_design.forward(stop.weights), target.held_out), k, stop)
            for k, stop in enumerate(stops)
        ]
        gap = max(gap, *(stop.gap for stop in stops))
        at_held_out, _, stop = min(scored)
        if at_held_out > FALLS * best:
            break
        best, chosen = at_held_out, stop
        lam *= MKL_STEP
    if mkl[0] <= best:
        return mkl[1], True, gap
    return error(masks.predict(chosen.weights, problem.fresh), target.fresh), False, gap


def error(predicted, target):
    """Mean squared."""
    return float(np.mean((predicted - target) ** 2))


def errors(predicted, again, target) -> tuple[float, float]:
    """Mean squared error, and the part that is variance, from fits to two draws of the noise."""
    return error(predicted, target), 0.5 * error(predicted, again)
