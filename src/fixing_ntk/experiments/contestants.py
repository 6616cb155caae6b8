"""NTK, MKL, and MKL stopped early, each with what is best on held-out points, on one target.

Each has a grid of `STEPS` penalties that fall from `NTK_START` or `MKL_START` times their unit, to
a third or a half as on the grids for real data. It walks over it from about where most end: down,
or else up, to where its error on held-out points no longer falls by a thousandth.
"""

from functools import cache, partial
from itertools import count
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from fixing_ntk.experiments.prediction_error import penalty
from fixing_ntk.kernels import ntk
from fixing_ntk.programs import ridge_gap
from fixing_ntk.solvers import solve
from fixing_ntk.solvers.early_stopping import REWEIGHTINGS, early_stops

NTK_START, NTK_STEP = 16.0, 1.0 / 3.0
MKL_START, MKL_STEP = 2.0, 1.0 / 2.0
FALLS, STEPS = 1.0 - 1e-3, 14
FIRST, MKL_FIRST = 3, 2  # steps down the grid, of the NTK and MKL stopped early, and of MKL
COMPARED = 3e-3  # gap of MKL's fits on its walk; at 1e-2 its choice is worse at few samples
PROBES = 30  # of the trace


def fit_ntk(problem, targets):
    """Ridge regression with the closed form, one factor at a penalty for all targets.

    Its unit of penalties is that of a Gaussian process: targets of unit variance have a prior of
    scale ``n / tr H``.

    Returns
    -------
    list of ((float, float), float, float)
        Error and its part that is variance, effective dimension, gap, of each target. The
        dimension ``tr H (H + lam I)^-1 = n - lam tr (H + lam I)^-1`` is Hutchinson's estimate from
        `PROBES` signs.
    """
    H, H_held_out, H_fresh = (
        ntk(Z, problem.X) for Z in (problem.X, problem.held_out, problem.fresh)
    )
    n = len(H)
    shifted, diagonal = np.empty_like(H), np.diag_indices(n)  # one place for all factors
    probes = np.random.default_rng(0).choice([-1.0, 1.0], (n, PROBES))
    Y = np.column_stack([y for target in targets for y in (target.y, target.again)])

    @cache
    def ridge(lam):
        """``(H + lam I)^-1 Y`` (n, 2 targets), and the effective dimension."""
        shifted[...] = H
        shifted[diagonal] += lam
        factor = cho_factor(shifted.T, lower=True, overwrite_a=True, check_finite=False)
        solve_with = partial(cho_solve, factor, check_finite=False)
        return solve_with(Y), n - lam * n * np.mean(probes * solve_with(probes))

    def fit(target, column):
        start = NTK_START * target.noise**2 * np.trace(H) / n

        def at_held_out(step):
            betas, _ = ridge(start * NTK_STEP**step)
            return error(H_held_out @ betas[:, column], target.held_out)

        step, _ = walk(at_held_out, FIRST)
        lam = start * NTK_STEP**step
        betas, dimension = ridge(lam)
        beta, again = betas[:, column], betas[:, column + 1]
        pairs = (beta, target.y), (again, target.again)
        gap = max(ridge_gap(b, H @ b, y, lam) for b, y in pairs)
        return errors(H_fresh @ beta, H_fresh @ again, target.fresh), dimension, gap

    return [fit(target, 2 * i) for i, target in enumerate(targets)]


def fit_mkl(problem, target, tol):
    """MKL's solution, its error on held-out points, its `errors`, and the gap of both fits.

    The walk compares fits of a looser gap; what it chooses is solved on to ``tol``.
    """
    (n, d), p, masks = problem.X.shape, len(problem.masks), problem.masks
    start, top = MKL_START * penalty(n, d, p, target.noise), problem.design.scores(target.y).max()
    fits: dict[int, Any] = {}

    def held_out_error(fit):
        return error(problem.held_out_design.forward(fit.weights), target.held_out)

    def at_held_out(step):
        near = fits.get(step - 1, fits.get(step + 1))
        lam = start * MKL_STEP**step
        fits[step] = solve(problem.X, target.y, masks, lam, max(tol, COMPARED), start=near)
        return held_out_error(fits[step])

    below = next(step for step in count() if start * MKL_STEP**step < top)
    step, _ = walk(at_held_out, max(below, MKL_FIRST))
    chosen = solve(problem.X, target.y, masks, fits[step].lam, tol, start=fits[step])
    again = solve(problem.X, target.again, masks, chosen.lam, tol, start=chosen)
    predicted, other = (masks.predict(fit.weights, problem.fresh) for fit in (chosen, again))
    gap = max(chosen.gap, again.gap)
    return chosen, held_out_error(chosen), errors(predicted, other, target.fresh), gap


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
    start = MKL_START * penalty(n, d, len(masks), target.noise)
    tried = {}

    def at_held_out(step):
        lam = start * MKL_STEP**step
        stops = early_stops(problem.design, target.y, lam, REWEIGHTINGS, refined=False).values()
        tried[step] = [
            (error(problem.held_out_design.forward(stop.weights), target.held_out), k, stop)
            for k, stop in enumerate(stops)
        ]
        return min(tried[step])[0]

    step, best = walk(at_held_out, FIRST)
    chosen = min(tried[step])[2]
    gap = max(stop.gap for stops in tried.values() for *_, stop in stops)
    if mkl[0] <= best:
        return mkl[1], True, gap
    return error(masks.predict(chosen.weights, problem.fresh), target.fresh), False, gap


def walk(error_at, step):
    """The step of a grid at which the error falls no longer, and that error.

    Parameters
    ----------
    error_at : function of int
        At a step from 0 to `STEPS` - 1; it is called once for each.
    step : int
        Where to begin.
    """
    best = error_at(step)
    for way in (1, -1):
        here = step
        while 0 <= step + way < STEPS:
            there = error_at(step + way)
            if there > FALLS * best:
                break
            step, best = step + way, there
        if step != here:
            break
    return step, best


def error(predicted, target):
    """Mean squared."""
    return float(np.mean((predicted - target) ** 2))


def errors(predicted, again, target) -> tuple[float, float]:
    """Mean squared error, and the part that is variance, from fits to two draws of the noise."""
    return error(predicted, target), 0.5 * error(predicted, again)
