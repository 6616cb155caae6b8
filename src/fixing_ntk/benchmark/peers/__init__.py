"""Adapters: one small module a solver, named like it, each with the same names.

``prepare(X, y, masks)``
    Does what is left out of the clock, such as an explicit matrix, and returns ``run(lam, tol)``,
    which gives weights (d, k) and the index (k,) of their masks, None for all.
``PACKAGE``
    Distribution whose version stands in every row.
``FIRST_TOL``
    The package's own tolerance at which its ladder starts; None if ``tol`` is the relative gap
    itself, so that a ladder starts at each target.
``certify(X, y, masks, lam, weights, index)``
    May be left out by a solver of the gated program with the squared loss: who certifies what
    ``run`` gave.
``ONE_RUN``, ``LAST_TOL``, ``STEP``
    May be left out: whether one run at ``FIRST_TOL`` serves every target; where the ladder ends;
    the factor between two tolerances.
"""

from importlib import import_module


def adapter(solver):
    """Module of a solver's adapter."""
    return import_module(f"{__name__}.{solver}")
