"""Solve the programs of p > 1 by an interior point solver, as a check of `lp_newton`.

`conic_program.between_program` states the dual. Only the dual point is taken from the answer. The
primal point follows from it, as in `lp_newton`, and the gap between the two is certified. The
program is stated over all masks at once, so this is for small problems.
"""

import numpy as np

from fixing_ntk.solvers.backends import choose
from fixing_ntk.solvers.conic import LOOSEST, TIGHTEST
from fixing_ntk.solvers.conic_program import between_program
from fixing_ntk.solvers.lp_newton import best_on_ray, solution_of

MAX_ITER = 200  # interior point iterations


def lp_conic(kernels, y, mu, p, tol, backend):
    """Solve the MKL program of p > 1 through its dual, as one conic program on all masks.

    Parameters
    ----------
    kernels : Kernels
    y : ndarray (n,)
    mu, p, tol : float
        As in `lp_newton.Path` and its ``solve``.
    backend : {"auto", "mosek", "clarabel"}
        See `backends.choose`.

    Returns
    -------
    MKLSolution
        Its ``n_iter`` counts interior point iterations, and its ``history`` has one pair.

    Raises
    ------
    RuntimeError
        If the backend cannot run.
    """
    unit = float(np.linalg.norm(y)) or 1.0
    stated = between_program(kernels.design, y / unit, mu, p, kernels.H)
    precision = float(np.clip(1e-3 * tol, TIGHTEST, LOOSEST))
    result = choose(backend).solve(stated, precision, MAX_ITER)
    best = best_on_ray(kernels.at(unit * result.x[: kernels.n]), y, mu, p)
    return solution_of(best, y, mu, p, tol, result.n_iter, [(best.P, best.gap)])
