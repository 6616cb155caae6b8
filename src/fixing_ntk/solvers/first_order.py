"""Accelerated proximal gradient on a working set of masks: few operations, no n x n matrix.

This is the start of Newton's method, and a solver of its own. An iteration on k masks costs
``4 n d k`` operations, and half as many again whenever its step has to be shortened. Steps are in
float32, and in float64 once float32 no longer lowers the gap.
"""

from itertools import islice

import numpy as np

from fixing_ntk.programs import Fit, group_norms, score
from fixing_ntk.solvers.fista import fista_iterates
from fixing_ntk.solvers.unit_problem import UnitProblem
from fixing_ntk.solvers.working_set import largest, update_working_set

FIRST = 64  # masks at the start, those of largest score
STEPS, MORE_STEPS = 20, 100  # steps before all masks are scored: while the set grows, and after
PATIENCE = 5  # float32 ends when so many scorings in a row did not lower the gap by a tenth


def first_order(design, y, lam, tol, scores, warm_starts=(), max_iter=50_000):
    """Solve the gated ReLU program by accelerated proximal gradient on a working set of masks.

    Arguments and returns are as in `newton.newton`, but ``max_iter`` counts proximal steps, and
    only the last warm start is used. Steps are counted in blocks of `STEPS` or `MORE_STEPS`, so the
    last block may exceed ``max_iter``.
    """
    problem = UnitProblem(design, y, lam)
    index, weights = largest(scores, FIRST), None
    if warm_starts and warm_starts[-1].n_active:
        last = warm_starts[-1]
        index, weights = last.active, last.active_weights / problem.unit
    history: list = []
    n_iter = 0
    for dtype in (np.float32, np.float64):
        index, weights, n_iter = _descend(
            problem, index, weights, dtype, tol, n_iter, max_iter, history
        )
        index, weights = index[group_norms(weights) > 0], weights[:, group_norms(weights) > 0]
        given, certificate = problem.certified(weights.astype(float), index)
        if certificate.gap <= tol or n_iter >= max_iter:
            break
    return Fit(given, index, certificate, n_iter, history, "first_order")


def start_weights(working_set, y, lam):
    """Return weights (d, k) after `STEPS` steps of accelerated proximal gradient from zero.

    ``working_set`` is the `UnpackedDesign` of the k masks, y (n,) the target and ``lam`` the
    penalty. The weights are in the dtype of the working set.
    """
    zero = np.zeros((working_set.X.shape[1], len(working_set.M)), working_set.X.dtype, order="F")
    return _advance(fista_iterates(working_set, y.astype(zero.dtype), lam, zero), STEPS)


def _descend(problem, index, weights, dtype, tol, n_iter, max_iter, history):
    """Take proximal steps in one precision; return masks (k,), weights (d, k) and ``n_iter``.

    Steps on a `UnitProblem`, in its units, start from ``weights`` of the masks in ``index``, or
    from zero if None. ``n_iter`` counts them, from its given value. They end at the relative gap
    ``tol``, at ``max_iter``, or in float32 when the gap no longer falls. Whenever all masks are
    scored, objective, in the units of the given program, and gap are appended to ``history``. Then
    the working set is updated.
    """
    design = problem.design.single if dtype == np.float32 else problem.design
    y, lam = problem.y, problem.lam
    if weights is None:
        weights = np.zeros((design.d, len(index)))
    weights = np.asfortranarray(weights, dtype)
    iterates = fista_iterates(design.unpacked(index), y.astype(dtype), lam, weights)
    best_gap, idle, steps = np.inf, 0, STEPS
    while True:
        weights = _advance(iterates, steps)
        n_iter += steps
        norms = group_norms(weights).astype(float)
        residual = y - problem.design.forward(weights.astype(float), index)
        scores = problem.design.screened_scores(residual)
        P, _, gap, _ = score(residual, norms, residual, scores.max(), y, lam)
        history.append((P * problem.y_unit**2, gap))
        grown, kept = update_working_set(index, norms > 0, scores, lam)
        added = len(grown) - np.count_nonzero(kept)
        idle = 0 if gap < 0.9 * best_gap or added else idle + 1
        best_gap = min(gap, best_gap)
        stalled = dtype == np.float32 and idle == PATIENCE
        if gap <= tol or stalled or n_iter >= max_iter:
            return index, weights, n_iter
        steps = STEPS if added else MORE_STEPS
        if added:
            new = np.zeros((design.d, added), dtype)
            index, weights = grown, np.asfortranarray(np.hstack([weights[:, kept], new]))
            iterates = fista_iterates(design.unpacked(index), y.astype(dtype), lam, weights)


def _advance(iterates, steps):
    return next(islice(iterates, steps - 1, None))
