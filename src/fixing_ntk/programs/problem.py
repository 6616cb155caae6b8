"""Targets on one design, with the scores that `lambda_max` and every solve start from."""

from functools import cached_property

import numpy as np

from fixing_ntk.programs.checks import check_targets
from fixing_ntk.programs.design import MaskedDesign
from fixing_ntk.programs.objective import is_orthogonal


class Problem:
    """The gated ReLU programs of k targets on one design.

    Parameters
    ----------
    design : MaskedDesign
    targets : ndarray (k, n)
    """

    def __init__(self, design, targets):
        self.design, self.targets = design, targets

    @classmethod
    def of(cls, X, y, masks):
        """Check X (n, d), y (n,) or (n, k) and masks, and state their problem.

        Raises
        ------
        TypeError, ValueError
            As `check_targets`.
        """
        X, targets = check_targets(X, y, masks)
        return cls(MaskedDesign(X, masks), targets)

    @cached_property
    def scores(self):
        """``||X^T D_i y||`` of each target, as `MaskedDesign.screened_scores` has them, (k, p)."""
        return np.array([self.design.screened_scores(y) for y in self.targets])

    @cached_property
    def lambda_max(self):
        """Of each target ``max_i ||X^T D_i y||``, (k,); zero where y is orthogonal to all masks.

        At and above it the solution is exactly zero. It differs from `objective.lambda_max`, which
        makes all scores in float64, by the rounding of one product.
        """
        tops = self.scores.max(axis=1)
        for k, y in enumerate(self.targets):
            if is_orthogonal(self.design, y, tops[k]):
                tops[k] = 0.0
        return tops
