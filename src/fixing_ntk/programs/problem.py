"""`Problem`: design, targets and losses of programs, and their scores at zero weights."""

from functools import cached_property

import numpy as np
from scipy.sparse import issparse

from fixing_ntk.masks.checks import array, flag
from fixing_ntk.masks.samples import scale_rows
from fixing_ntk.programs.checks import check_scale, check_targets
from fixing_ntk.programs.design import MaskedDesign
from fixing_ntk.programs.losses import LOSSES, Squared, weighted
from fixing_ntk.programs.objective import is_orthogonal


class Problem:
    """The design, targets and losses of k programs, gated or ReLU, on the same samples and masks.

    Parameters
    ----------
    design : MaskedDesign
    targets : ndarray (k, n)
        Row j is the ``y`` of loss j.
    losses : list of k Loss, optional
        One loss for each target; squared by default.
    """

    def __init__(self, design, targets, losses=None):
        self.design, self.targets = design, targets
        self.losses = losses or [Squared(y) for y in targets]

    @classmethod
    def of(cls, X, y, masks, loss="squared", sample_weight=None, fit_intercept=False):
        """Check the data and return their `Problem`, with sample weights and intercept built in.

        Parameters
        ----------
        X : array or sparse array (n, d)
        y : array (n,), or (n, k) of k targets
        masks : MaskSet or RegeneratedMasks
        loss : str
            A key of `LOSSES`.
        sample_weight : array (n,), optional
            For the squared loss, its roots scale the rows of X and y. For the logistic loss, it
            multiplies each sample's term of the loss.
        fit_intercept : bool

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
            _weights(sample_weight, X.shape[0]),
            flag(fit_intercept, "fit_intercept"),
        )
        for y in targets:
            LOSSES[loss].check(y, weight, fit_intercept)
        losses, root = weighted(loss, targets, weight, fit_intercept)
        if sample_weight is not None:
            X = scale_rows(root, X)
        column = root if fit_intercept else None
        targets = np.array([one.y for one in losses])
        return cls(MaskedDesign(X, masks, column), targets, losses)

    @property
    def in_row_space(self):
        """The same problem in n features in place of d > n, and the basis that maps weights back.

        With ``X = Z Q^T``, Q orthonormal, weights ``w_i = Q v_i`` have the norms of v_i and the
        outputs ``Z v_i``. A part of w_i outside the range of Q would add to the norm but not to the
        outputs, so no solution has such a part. The masks do not change.

        Returns
        -------
        problem : Problem
            With the design Z (n, n); this problem itself if d is at most n, or X is sparse.
        basis : ndarray (d, n) or None
            Q; None for this problem itself.
        """
        design = self.design
        return (self, None) if design.d <= design.n or issparse(design.X) else self._rotated

    @cached_property
    def _rotated(self):  # never self: a problem that held itself would outlive its solve
        Q, R = np.linalg.qr(self.design.X.T)
        design = MaskedDesign(R.T, self.design.masks, self.design.column)
        return Problem(design, self.targets, self.losses), Q

    @cached_property
    def scores(self):
        """``||X^T D_i a||`` of each target and mask i, (k, p), with a the residual at zero weights.

        For the squared loss without an intercept ``a`` is the target. The scores are those of
        `MaskedDesign.screened_scores`: precise to float32, and to float64 near the largest.
        """
        problem, basis = self.in_row_space
        if basis is not None:
            return problem.scores
        return np.array([self.design.screened_scores(at_zero(loss)) for loss in self.losses])

    @cached_property
    def lambda_max(self):
        """Least penalty at which each target's solution is zero, (k,): the largest of its `scores`.

        It is zero if no score is above rounding. The function `lambda_max` computes all scores in
        float64, and may differ by rounding.
        """
        tops = self.scores.max(axis=1)
        for k, loss in enumerate(self.losses):
            if is_orthogonal(self.design, at_zero(loss), tops[k]):
                tops[k] = 0.0
        return tops


def at_zero(loss):
    """Return the residual of a loss at zero weights, (n,): minus its gradient at zero outputs."""
    return loss.residual(np.zeros_like(loss.y))


def _weights(sample_weight, n):
    """Return the sample weights as an array (n,), ones for None, or raise an error.

    It is a TypeError for entries that are not numbers. It is a ValueError for another shape, for
    negative or infinite entries or NaN, for weights that are all zero, and as `check_scale`.
    """
    if sample_weight is None:
        return np.ones(n)
    weight = array(sample_weight, "sample_weight", "n")
    if len(weight) != n:
        raise ValueError(f"sample_weight must be (n,) = ({n},), got {weight.shape}")
    if not (weight >= 0).all() or not weight.any():
        raise ValueError("sample_weight must be at least 0, and not all zero")
    check_scale(weight, "sample_weight")
    return weight
