"""Fit MKL over masking kernels on one split: tuned by cross-validation, and at common penalties."""

import logging

from fixing_ntk.comparison.tuning import best_ratio, is_end, record, require_scale, tune
from fixing_ntk.kernels import KernelRidge
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import Problem, group_norms, mkl_primal, mu_from_lam
from fixing_ntk.solvers.interface import solve_paths

log = logging.getLogger(__name__)


def tune_mkl(split, gates, ratios, tol, **solver):
    """Return the records of the cross-validation that chooses MKL's penalty.

    Parameters
    ----------
    split : Split
    gates : ndarray (d, N)
        Gates, from which the rows of each fit get their masks.
    ratios, tol, **solver
        As for `fit_mkl`.

    Returns
    -------
    list of dict
        See `records.COLUMNS`; ``fold`` is the number of a pair of ``split.pairs``.
    """

    def fit(X, y, X_out, y_out, ratios):
        problem = Problem.of(X, y, MaskSet.from_gates(X, gates))
        return path(split, problem, X_out, y_out, ratios, tol, solver)[0]

    return tune(split, fit, ratios)


def fit_mkl(split, masks, ratios, same_ratios, tol, tuning=None, **solver):
    """Fit MKL on one split: cross-validation, the tuned refit, and fits at common penalties.

    Parameters
    ----------
    split : Split
    masks : MaskSet
        Masks of the training rows, as `Split.train_test` prepares them.
    ratios, same_ratios : sequence of float
        Penalties among which cross-validation chooses, and penalties that all methods share, in
        units of `lambda_max` of the rows of each fit.
    tol : float
        Relative gap that every fit must certify.
    tuning : list of dict, optional
        Records of `tune_mkl`, for splits that share one cross-validation. By default it is run with
        the gates of ``masks``.
    **solver
        ``method`` and its options, as for `solve`.

    Returns
    -------
    rows : list of dict
        See `records.COLUMNS`: records of stage ``cv``, then ``same``, then the one of ``tuned``.
    tuned : Solution
        The refit at the chosen penalty.
    """
    if tuning is None:
        tuning = tune_mkl(split, masks.gates, ratios, tol, **solver)
    rows = [dict(row, split=split.index) for row in tuning]
    best = best_ratio(rows)
    log.info("%s split %d: ratio %g", split.dataset, split.index, best)

    grid = sorted({*same_ratios, best}, reverse=True)
    X, y, X_test, y_test = split.train_test()
    problem = Problem.of(X, y, masks)
    final_rows, solutions = path(split, problem, X_test, y_test, grid, tol, solver)
    _add_mkl_objectives(final_rows, solutions, problem)
    chosen = grid.index(best)
    rows += [dict(row, stage="same") for row in final_rows if row["ratio"] in same_ratios]
    rows.append(dict(final_rows[chosen], stage="tuned", at_end=is_end(best, ratios)))
    return rows, solutions[chosen]


def fit_mkl_grids(split, masks, ratios, same_ratios, tol, **solver):
    """Return the records of fits to the training rows at every penalty; no penalty is chosen.

    Parameters are as for `fit_mkl`. Fits at ``ratios`` have the stage ``grid``, fits at
    ``same_ratios`` the stage ``same``; a penalty in both grids gives two records of one fit. The
    records have no ``mkl_objective``.
    """
    grid = sorted({*ratios, *same_ratios}, reverse=True)
    X, y, X_test, y_test = split.train_test()
    rows, _ = path(split, Problem.of(X, y, masks), X_test, y_test, grid, tol, solver)
    return [
        dict(row, stage=stage)
        for stage, of_stage in (("grid", ratios), ("same", same_ratios))
        for row in rows
        if row["ratio"] in of_stage
    ]


def path(split, problem, X_out, y_out, ratios, tol, solver):
    """Solve the group lasso at each ratio to `lambda_max`; return records and solutions, two lists.

    ``problem`` has the rows to fit to and one target, of any loss. X_out (m, d) and y_out (m,) are
    the held-out rows. ``split`` only fills the records' columns dataset, split and d. Records have
    no stage. ``solver`` is a dict of arguments of `solve_paths`. A fit whose gap exceeds ``tol``
    raises `UncertifiedFit`, and a `lambda_max` of 0 `DataError`.
    """
    design, (y,), (lam_max,) = problem.design, problem.targets, problem.lambda_max
    require_scale(split, lam_max)
    lams = [[ratio * lam_max for ratio in ratios]]
    (solutions,) = solve_paths(problem, lams, tol, **solver)
    rows = [
        record(
            *(split, y, y_out),
            design.forward(solution.weights) + solution.intercept,
            design.masks.predict(solution.weights, X_out) + solution.intercept,
            *(solution.lam, solution.gap, tol),
            method="mkl",
            ratio=ratio,
            p=len(design.masks),
            objective=solution.objective,
            n_iter=solution.n_iter,
            n_active=solution.n_active,
            solver=solution.method,
        )
        for ratio, solution in zip(ratios, solutions, strict=True)
    ]
    return rows, solutions


def _add_mkl_objectives(rows, solutions, problem):
    """Add to each record, in place, the MKL objective of its solution and of the NTK's weights.

    J(eta) is the least objective of ridge regression with kernel weights eta, at the mu that
    corresponds to lam. ``mkl_objective`` is the MKL objective of the solution's weights, which is
    ``min J`` up to the gap. ``ntk_mkl_objective`` is J at the NTK's weights, scaled to sum 1. Zero
    weights have no such mu, and their record stays as it is. ``problem`` has the squared loss.
    """
    design, (y,) = problem.design, problem.targets
    ntk = KernelRidge(design.kernel(design.masks.ntk_shares), y)
    for row, solution in zip(rows, solutions, strict=True):
        if not solution.n_active:
            continue
        mu = mu_from_lam(solution.lam, solution.weights)
        residual = y - design.forward(solution.weights)
        row["mkl_objective"] = float(mkl_primal(residual, group_norms(solution.weights), mu))
        row["ntk_mkl_objective"] = ntk.objective(mu, ntk.coefficients(mu)[:, 0])
