"""Adapter of this package's own solvers, whose certificate is part of the measured time."""

from functools import partial

from fixing_ntk.solvers import solve

PACKAGE = "fixing_ntk"
FIRST_TOL = None


def own(solver=solve, **options):
    """Return the ``prepare`` of an adapter that calls `solve` or `solve_relu` with the options."""
    return partial(_prepare, solver, options)


def _prepare(solver, options, X, y, masks):
    def run(lam, tol):
        solution = solver(X, y, masks, lam, tol, **options)
        return solution.active_weights, solution.active

    return run
