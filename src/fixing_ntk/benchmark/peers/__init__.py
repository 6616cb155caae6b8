"""Adapters: a small module for each solver, with the solver's name. All define the same names.

``prepare(X, y, masks)``
    Does the work that is not timed, such as making an explicit matrix. Returns ``run(lam, tol)``,
    which returns weights (d, k) and the index (k,) of their masks, None for all masks. In the ReLU
    program the index (2, k) has the sign, 0 for plus and 1 for minus, and the mask of each column.
``PACKAGE``
    Distribution whose version is written in every row.
``FIRST_TOL``
    First of the decreasing tolerances that are tried, in the package's own unit. None if ``tol`` is
    the relative gap itself, so that each target gap is the first tolerance.
``certify(X, y, masks, lam, weights, index)``
    Certifies the weights that ``run`` returned. Optional for a solver of the gated program with the
    squared loss.
``ONE_RUN``, ``LAST_TOL``, ``STEP``
    Optional: whether one run at ``FIRST_TOL`` serves every target; the last tolerance; the factor
    between two tolerances.
"""

from importlib import import_module


def adapter(solver):
    """Return the module that adapts a solver to the benchmark, by the solver's name."""
    return import_module(f"{__name__}.{solver}")
