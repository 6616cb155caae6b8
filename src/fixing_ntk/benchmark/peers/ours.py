"""Adapter of this package's own solvers, whose certificate is part of the measured time."""

from functools import partial

from fixing_ntk.solvers import solve

PACKAGE = "fixing_ntk"
FIRST_TOL = None


def own(solver=solve, **options):
    """Return ``prepare`` of an adapter that calls a solver of this package with the options.

    ``solver`` is `solve` or `solve_relu`. The tolerance of a run is the relative gap. ``run``
    returns the weights (d, k) of the active masks alone, and their index. The index is (k,), but
    (2, k) for `solve_relu`: the sign, 0 for plus and 1 for minus, and the mask of each column.
    """
    return partial(_prepare, solver, options)


def _prepare(solver, options, X, y, masks):
    """Return ``run(lam, tol)``, which calls the solver with the options; see `benchmark.peers`."""

    def run(lam, tol):
        solution = solver(X, y, masks, lam, tol, **options)
        return solution.active_weights, solution.active

    return run
