"""Scale a program so that rows of X, and y, are of order one: safe in single precision."""

import numpy as np

from fixing_ntk.programs import certify, power_of_two


class UnitProblem:
    """``(X, y, lam)`` divided by powers of two, so that no digit changes.

    Attributes
    ----------
    design, y, lam
        Design, targets and penalty of the scaled program.
    unit : float
        Weights, and mask weights eta, of the given program are ``unit`` times those of this one.
    y_unit : float
        Objectives of the given program are ``y_unit**2`` times those of this one.
    """

    def __init__(self, design, y, lam):
        self._given = design, y, lam
        self.design, X_unit = design.in_unit_scale
        self.y_unit = power_of_two(np.linalg.norm(y))
        self.unit = self.y_unit / X_unit
        self.y, self.lam = y / self.y_unit, lam / (X_unit * self.y_unit)

    def certified(self, weights, index, a=None):
        """Return scaled weights in the units of the given program, and their certificate there.

        ``weights`` (d, k), of the masks in ``index`` (k,), are in the scaled units. So is a dual
        point ``a`` (n,), which replaces the residual in `certify`.
        """
        design, y, lam = self._given
        weights = weights * self.unit
        a = None if a is None else a * self.y_unit
        return weights, certify(design, y, lam, weights, index, a=a)
