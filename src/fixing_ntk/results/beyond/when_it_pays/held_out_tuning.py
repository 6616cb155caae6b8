"""Fit NTK, MKL, and MKL stopped early; each chooses its penalty by its error on held-out points.

A method's grid has `GRID_SIZE` penalties, which start at `NTK_START` or `MKL_START` times its unit
and fall by a factor. The unit of MKL is `prediction_error.compute.penalty`, a bound on the noise.
`fit_ntk` states the unit of the NTK. The functions ``fit_*`` take a problem and targets of
`teachers`.

The search starts where most searches end and looks at smaller penalties, or else at larger ones. It
ends where the held-out error no longer falls by the share `MIN_FALL`.
"""

from functools import cache, partial
from itertools import count
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from fixing_ntk.programs import ridge_gap
from fixing_ntk.results.paper.prediction_error.compute import penalty
from fixing_ntk.solvers import solve
from fixing_ntk.solvers.early_stopping import REWEIGHTINGS, early_stops

NTK_START, NTK_STEP = 16.0, 1.0 / 3.0
MKL_START, MKL_STEP = 2.0, 1.0 / 2.0
GRID_SIZE = 14
MIN_FALL = 1e-3  # share of the error
# Positions on the grid where searches start: for the NTK and MKL stopped early, and for MKL.
FIRST_STEP, MKL_FIRST_STEP = 3, 2
SEARCH_TOL = 3e-3  # gap of MKL's fits in its search; with 1e-2 the choice is worse at few samples
PROBES = 30  # random signs behind the estimate of a trace


def fit_ntk(problem, targets):
    """Fit ridge regression with the closed-form NTK to every target, each at its own penalty.

    The penalty of a target is chosen by its error on held-out points. The unit of the penalties is
    ``noise^2 tr H / n``: the noise variance of a Gaussian process whose prior is the kernel H,
    scaled to the targets' unit variance. Targets of the same noise share a factor of the kernel at
    each penalty.

    Parameters
    ----------
    problem : teachers.Problem
    targets : sequence of teachers.Target

    Returns
    -------
    list of ((float, float), float, float)
        For each target: its `errors` on fresh points, the effective dimension, and the larger gap
        of the fits to the two draws of the noise. The dimension
        ``tr H (H + lam I)^-1 = n - lam tr (H + lam I)^-1`` is Hutchinson's estimate from `PROBES`
        random signs.
    """
    H, H_held_out, H_fresh = problem.ntk
    n = len(H)
    shifted, diagonal = np.empty_like(H), np.diag_indices(n)  # all factors share this memory
    probes = np.random.default_rng(0).choice([-1.0, 1.0], (n, PROBES))
    Y = np.column_stack([y for target in targets for y in (target.y, target.again)])

    @cache
    def ridge(lam):
        """Return ``(H + lam I)^-1 Y``, and the effective dimension of the NTK H at lam.

        Y (n, 2 t) has for each of t targets two draws of the noise.
        """
        shifted[...] = H
        shifted[diagonal] += lam
        factor = cho_factor(shifted.T, lower=True, overwrite_a=True, check_finite=False)
        solve_with = partial(cho_solve, factor, check_finite=False)
        return solve_with(Y), n - lam * n * np.mean(probes * solve_with(probes))

    def fit(target, column):
        """Return `errors`, effective dimension and gap of a target, at its best penalty.

        ``column`` is the first of the target's two columns of Y.
        """
        start = NTK_START * target.noise**2 * np.trace(H) / n

        def at_held_out(step):
            betas, _ = ridge(start * NTK_STEP**step)
            return error(H_held_out @ betas[:, column], target.held_out)

        step, _ = local_minimum(at_held_out, FIRST_STEP)
        lam = start * NTK_STEP**step
        betas, dimension = ridge(lam)
        beta, again = betas[:, column], betas[:, column + 1]
        pairs = (beta, target.y), (again, target.again)
        gap = max(ridge_gap(b, H @ b, y, lam) for b, y in pairs)
        return errors(H_fresh @ beta, H_fresh @ again, target.fresh), dimension, gap

    return [fit(target, 2 * i) for i, target in enumerate(targets)]


def fit_mkl(problem, target, tol):
    """Fit MKL to one target, at the penalty that is best on held-out points.

    The first draw of the noise, ``target.y``, alone chooses the penalty. The search uses the looser
    gap `SEARCH_TOL`; ``tol`` is the gap of the final fits.

    Returns
    -------
    (Solution, float, (float, float), float)
        The final fit to the first draw, its error on held-out points, its `errors` on fresh points,
        and the larger gap of the final fits to the two draws, both at the chosen penalty.
    """
    (n, d), p, masks = problem.X.shape, len(problem.masks), problem.masks
    start, top = MKL_START * penalty(n, d, p, target.noise), problem.design.scores(target.y).max()
    fits: dict[int, Any] = {}

    def held_out_error(fit):
        return error(problem.held_out_design.forward(fit.weights), target.held_out)

    def at_held_out(step):
        near = fits.get(step - 1, fits.get(step + 1))
        lam = start * MKL_STEP**step
        fits[step] = solve(problem.X, target.y, masks, lam, max(tol, SEARCH_TOL), start=near)
        return held_out_error(fits[step])

    below = next(step for step in count() if start * MKL_STEP**step < top)
    step, _ = local_minimum(at_held_out, max(below, MKL_FIRST_STEP))
    chosen = solve(problem.X, target.y, masks, fits[step].lam, tol, start=fits[step])
    again = solve(problem.X, target.again, masks, chosen.lam, tol, start=chosen)
    predicted, other = (masks.predict(fit.weights, problem.fresh) for fit in (chosen, again))
    gap = max(chosen.gap, again.gap)
    return chosen, held_out_error(chosen), errors(predicted, other, target.fresh), gap


def fit_stopped(problem, target, mkl):
    """Fit MKL stopped early to one target; the fit of MKL itself is one of its candidates.

    Every other candidate is IRLS at a penalty of the grid, stopped after a number of reweightings
    in `REWEIGHTINGS`. The error of a penalty is the least held-out error of its stops, and
    `local_minimum` searches the penalties. The best stop at the penalty that it finds is chosen,
    or MKL's own fit if its held-out error is not larger.

    Parameters
    ----------
    mkl : (float, float)
        Error of MKL's fit on held-out points and on fresh ones.

    Returns
    -------
    (float, bool, float)
        Error of the chosen candidate on fresh points, whether it is MKL's own fit, and the largest
        relative gap of the ridge regressions that were tried.
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

    step, best = local_minimum(at_held_out, FIRST_STEP)
    chosen = min(tried[step])[2]
    gap = max(stop.gap for stops in tried.values() for *_, stop in stops)
    if mkl[0] <= best:
        return mkl[1], True, gap
    return error(masks.predict(chosen.weights, problem.fresh), target.fresh), False, gap


def local_minimum(error_at, step):
    """Find a local minimum of the error on a grid, first towards its end, else towards its start.

    A move must lower the error by the share `MIN_FALL`.

    Parameters
    ----------
    error_at : callable
        Maps a position from 0 to `GRID_SIZE` - 1 to an error; called at most once for each
        position.
    step : int
        Position to start from.

    Returns
    -------
    (int, float)
        Position and error of the minimum.
    """
    best = error_at(step)
    for way in (1, -1):
        here = step
        while 0 <= step + way < GRID_SIZE:
            there = error_at(step + way)
            if there > (1.0 - MIN_FALL) * best:
                break
            step, best = step + way, there
        if step != here:
            break
    return step, best


def error(predicted, target):
    """Return the mean squared error of predictions (m,) at points with targets (m,), a float."""
    return float(np.mean((predicted - target) ** 2))


def errors(predicted, again, target) -> tuple[float, float]:
    """Return the mean squared error of ``predicted``, and the part of it that is variance.

    ``predicted`` and ``again`` are predictions of fits to two draws of the noise. The variance is
    half their mean squared difference.
    """
    return error(predicted, target), 0.5 * error(predicted, again)
