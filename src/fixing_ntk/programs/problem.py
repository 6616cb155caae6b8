"""Targets on one design, with the scores that `lambda_max` and every solve start from."""

from functools import cached_property

import numpy as np

from fixing_ntk.masks.checks import array, flag
from fixing_ntk.programs.checks import check_targets
from fixing_ntk.programs.design import MaskedDesign
from fixing_ntk.programs.losses import LOSSES, Squared, weighted
from fixing_ntk.programs.objective import is_orthogonal


class Problem:
    """The gated ReLU programs of k targets on one design.

    Parameters
    ----------
    design : MaskedDesign
    targets : ndarray (k, n)
    losses : list of k Loss, optional
        One loss for each target; squared by default.
    """

    def __init__(self, design, targets, losses=None):
        self.design, self.targets = design, targets
        self.losses = losses or [Squared(y) for y in targets]

    @classmethod
    def of(cls, X, y, masks, loss="squared", sample_weight=None, fit_intercept=False):
        """Check X (n, d), y (n,) or (n, k), masks and weights (n,), and state their problem.

        Raises
        ------
        TypeError, ValueError
            As `check_targets`. Also if the loss is unknown, labels are not -1 and 1, sample weights
            are negative or all zero, or labels of one class leave an intercept without an optimum.
        """
        X, targets = check_targets(X, y, masks)
        if not isinstance(loss, str) or loss not in LOSSES:
            raise ValueError(f"unknown loss {loss!r}: choose from {list(LOSSES)}")
        weight, fit_intercept = (
            _weights(sample_weight, len(X)),
            flag(fit_intercept, "fit_intercept"),
        )
        for y in targets:
            LOSSES[loss].check(y, weight, fit_intercept)
        losses, root = weighted(loss, targets, weight, fit_intercept)
        if sample_weight is not None:
            X = root[:, None] * X
        column = root if fit_intercept else None
        targets = np.array([one.y for one in losses])
        return cls(MaskedDesign(X, masks, column), targets, losses)

    @property
    def in_row_space(self):
        """The same problem in at most n features, and their basis.

        With ``X = Z Q^T``, Q orthonormal, weights ``w_i = Q v_i`` have the norms of v_i and the
        outputs ``Z v_i``. A part of w_i outside the range of Q would add to the norm but not to the
        outputs, so no solution has such a part. Masks are stored as bits and do not change.

        Returns
        -------
        Problem
        ndarray (d, n) or None
            Q; None if d is at most n: the problem is then this one.
        """
        return (self, None) if self.design.d <= self.design.n else self._rotated

    @cached_property
    def _rotated(self):  # never self: a problem that held itself would outlive its solve
        Q, R = np.linalg.qr(self.design.X.T)
        design = MaskedDesign(R.T, self.design.masks, self.design.column)
        return Problem(design, self.targets, self.losses), Q

    @cached_property
    def scores(self):
        """``||X^T D_i a||`` of each target's residual ``a`` at zero weights, (k, p).

        They come from `MaskedDesign.screened_scores`. For the squared loss ``a`` is y.
        """
        problem, basis = self.in_row_space
        if basis is not None:
            return problem.scores
        return np.array([self.design.screened_scores(at_zero(loss)) for loss in self.losses])

    @cached_property
    def lambda_max(self):
        """Largest score of each target, (k,); zero if no score is above rounding.

        At and above this penalty the solution is exactly zero. The function `lambda_max` computes
        all scores in float64, and differs by the rounding of one product.
        """
        tops = self.scores.max(axis=1)
        for k, loss in enumerate(self.losses):
            if is_orthogonal(self.design, at_zero(loss), tops[k]):
                tops[k] = 0.0
        return tops


def at_zero(loss):
    """Return the residual of a loss at zero weights, (n,)."""
    return loss.residual(np.zeros_like(loss.y))


def _weights(sample_weight, n):
    if sample_weight is None:
        return np.ones(n)
    weight = array(sample_weight, "sample_weight", "n")
    if len(weight) != n:
        raise ValueError(f"sample_weight must be (n,) = ({n},), got {weight.shape}")
    if not (weight >= 0).all() or not weight.any():
        raise ValueError("sample_weight must be at least 0, and not all zero")
    return weight
