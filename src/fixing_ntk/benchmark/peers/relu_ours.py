"""What this package's own solvers of the ReLU program share; their certificate is on the clock."""

from functools import partial

import numpy as np

from fixing_ntk.relu import solve_relu

PACKAGE = "fixing_ntk"
FIRST_TOL = None


def own(**options):
    """``prepare`` of an adapter that calls `solve_relu` with the options."""
    return partial(_prepare, options)


def _prepare(options, X, y, masks):
    def run(lam, tol):
        weights = solve_relu(X, y, masks, lam, tol, **options).weights
        sign, mask = np.nonzero(weights.any(axis=1))
        return weights[sign, :, mask].T, np.array([sign, mask])

    return run
