"""Accelerated proximal gradient on a working set of masks: few operations, no n x n matrix.

The start of Newton's method, and beyond `solvers.NEWTON_UP_TO` samples, where a factor of order n
costs more than thousands of its steps, the whole solver. Steps are in float32, in which an
iteration on k masks costs ``8 n d k`` operations, and in float64 once that no longer helps.
"""

from itertools import islice

import numpy as np

from fixing_ntk.objective import group_norms, primal, score
from fixing_ntk.solution import Fit
from fixing_ntk.solvers.fista import fista_iterates, largest_eigenvalue
from fixing_ntk.solvers.unit_problem import UnitProblem
from fixing_ntk.solvers.working_set import largest, regrow

FIRST = 64  # masks at the start, those of largest score
STEPS, MORE_STEPS = 20, 100  # between two scores of all masks: while the set changes, and after
START_POWER_STEPS, POWER_STEPS = 8, 25
MAY_RISE = 1.1  # P between two scores: accelerated steps are not monotone
PATIENCE = 5  # scores in a row, none of which made the gap a tenth smaller, to leave float32


def first_order(design, y, lam, tol, scores, known=(), max_iter=50_000):
    """Solve the gated ReLU program; arguments and returns as in `newton.newton`."""
    problem = UnitProblem(design, y, lam)
    index, weights = largest(scores, FIRST), None
    if known and known[-1].n_active:
        index, weights = known[-1].active, known[-1].active_weights / problem.unit
    history, n_iter = [], 0
    for dtype in (np.float32, np.float64):
        index, weights, n_iter = _descend(
            problem, index, weights, dtype, tol, n_iter, max_iter, history
        )
        index, weights = index[group_norms(weights) > 0], weights[:, group_norms(weights) > 0]
        given, certificate = problem.certified(weights.astype(float), index)
        if certificate.gap <= tol or n_iter >= max_iter:
            break
    return Fit(given, index, certificate, n_iter, history, "first_order")


def start_weights(few, y, lam):
    """Weights (d, k) after the first `STEPS` steps from zero."""
    zero = np.zeros((few.X.shape[1], len(few.M)), few.X.dtype, order="F")
    y = y.astype(zero.dtype)
    lipschitz = largest_eigenvalue(few, y, START_POWER_STEPS)
    return _advance(fista_iterates(few, y, lam, zero, lipschitz), STEPS)


def _descend(problem, index, weights, dtype, tol, n_iter, max_iter, history):
    """Steps, growing the set, until the gap is ``tol`` or stands still; the last point."""
    design = problem.design.single if dtype == np.float32 else problem.design
    y, lam = problem.y, problem.lam
    target = y.astype(dtype)
    if weights is None:
        weights = np.zeros((design.d, len(index)))
    weights, few, iterates = np.asfortranarray(weights, dtype), None, None
    start = y - problem.design.forward(weights.astype(float), index)
    last_P = primal(start, group_norms(weights).astype(float), lam)
    best_gap, idle, steps = np.inf, 0, STEPS
    while True:
        if few is None:
            few = design.unpacked(index)
            lipschitz = largest_eigenvalue(few, target, POWER_STEPS)
        if iterates is None:
            iterates = fista_iterates(few, target, lam, weights, lipschitz)
        with np.errstate(over="ignore", invalid="ignore"):
            moved = _advance(iterates, steps)
        n_iter += steps
        norms = group_norms(moved).astype(float)
        residual = y - problem.design.forward(moved.astype(float), index)
        if not primal(residual, norms, lam) <= MAY_RISE * last_P and n_iter < max_iter:
            # Power iteration fell short, and steps of 1 / lipschitz diverge.
            lipschitz, iterates = 2.0 * lipschitz, None
            continue
        weights, scores = moved, problem.design.screened_scores(residual)
        P, _, gap, _ = score(residual, norms, residual, scores.max(), y, lam)
        history.append((P * problem.y_unit**2, gap))
        grown, kept = regrow(index, norms > 0, scores, lam)
        added = len(grown) - np.count_nonzero(kept)
        idle = 0 if gap < 0.9 * best_gap or added else idle + 1
        last_P, best_gap = P, min(gap, best_gap)
        stalled = dtype == np.float32 and idle == PATIENCE
        if gap <= tol or stalled or n_iter >= max_iter:
            return index, weights, n_iter
        steps = STEPS if added else MORE_STEPS
        if added:
            new = np.zeros((design.d, added), dtype)
            index, weights = grown, np.asfortranarray(np.hstack([weights[:, kept], new]))
            few = iterates = None


def _advance(iterates, steps):
    return next(islice(iterates, steps - 1, None))
