"""The losses of the programs, each with its value, residual, curvature and dual.

With the outputs ``f = A w`` at the samples and the convex conjugate L* of the loss L, a program and
its dual are ::

    P(w) = L(f) + lam sum_i ||w_i||
    D(a) = -L*(-a)   over  ||X^T D_i a|| <= lam for every i

The *residual* ``a = -grad L(f)``, shrunk until it satisfies the constraints, proves a lower bound.
Gaps are relative to ``L(0)``, the objective of zero weights. The losses, with labels y of -1 and 1
for the logistic one, sample weights s, and ``H(p) = -p log p - (1 - p) log(1 - p)``, are ::

    squared    L = 1/2 ||f - y||^2,                    a = y - f,
               D = a^T y - 1/2 ||a||^2
    logistic   L = sum_j s_j log(1 + exp(-y_j f_j)),   a_j = s_j y_j / (1 + exp(y_j f_j)),
               D = sum_j s_j H(y_j a_j / s_j),         0 <= y_j a_j <= s_j

For the squared loss, sample weights scale the rows: X and y are multiplied by ``sqrt(s)``.

An *intercept* that is not penalised is minimised out: ``min_b L(f + b u)``, with u a column of
ones, is a loss too, `Intercept`. Its residuals have ``u^T a = 0``. For such a, its dual is the dual
of L.

A loss is registered in `LOSSES` and implements `Loss`; ``curvature`` is its second derivative.
``tests/unit/test_losses.py`` checks that the methods are consistent.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

NEWTON_STEPS, ROUNDING = 60, 1e-15  # for an intercept: maximum steps; relative slope to stop at


class Loss(ABC):
    """Interface of a convex loss ``L(f)`` of the outputs f (n,) at n samples, for fixed targets.

    Attributes
    ----------
    name : str
        Its key in `LOSSES`.
    y : ndarray (n,)
        Targets.
    at_zero : float
        ``L(0)``, the loss of zero outputs, by which duality gaps are divided.
    """

    name: str
    y: np.ndarray
    at_zero: float

    @staticmethod
    def check(y, weight, fit_intercept):
        """Raise ValueError if the loss does not take the targets y (n,), or has no minimum.

        This method of the base class lets any targets pass. The logistic loss takes labels -1 and
        1. With ``fit_intercept`` it needs both labels among the samples of positive ``weight``
        (n,), or the best intercept would be infinite.
        """
        return

    @abstractmethod
    def value(self, f) -> float:
        """Return ``L(f)`` for outputs f (n,)."""

    @abstractmethod
    def residual(self, f) -> np.ndarray:
        """Return the residual at outputs f (n,): minus the gradient of L at f, (n,)."""

    @abstractmethod
    def curvature(self, f) -> np.ndarray:
        """Return the second derivative of L in each output at f (n,): an array (n,), at least 0.

        An `Intercept` returns those of the loss in it at ``f + b u``, with the intercept b fixed.
        """

    @abstractmethod
    def dual(self, a) -> float:
        """Return the dual objective ``-L*(-a)`` at a (n,), with L* the convex conjugate of L.

        ``a`` must be a point at which it is finite, such as a residual times a factor from 0 to 1.
        """

    @abstractmethod
    def feasible(self, a) -> np.ndarray:
        """Return a point near a (n,) at which the dual objective ``-L*(-a)`` is finite, (n,).

        It is a itself, up to rounding, if the objective is finite there. The program's constraints
        ``||X^T D_i a|| <= lam`` are left to `feasible_scale`.
        """


class Squared(Loss):
    """The loss ``1/2 ||f - y||^2`` of outputs f (n,) for targets y (n,)."""

    name = "squared"

    def __init__(self, y):
        self.y, self.at_zero = y, 0.5 * y @ y

    def value(self, f):
        residual = self.y - f
        return 0.5 * residual @ residual

    def residual(self, f):
        return self.y - f

    def curvature(self, f):
        return np.ones_like(f)

    def dual(self, a):
        return dual(a, self.y)

    def feasible(self, a):
        return a


class Logistic(Loss):
    """The loss ``sum_j s_j log(1 + exp(-y_j f_j))`` of outputs f (n,).

    The labels y (n,) are -1 and 1, and s (n,) are the sample weights.
    """

    name = "logistic"

    def __init__(self, y, sample_weight):
        self.y, self.weight = y, sample_weight
        self.at_zero = float(np.log(2.0) * np.sum(sample_weight))

    @staticmethod
    def check(y, weight, fit_intercept):
        if not np.all(np.abs(y) == 1.0):
            raise ValueError("y must be labels -1 and 1 for loss='logistic'")
        if fit_intercept and np.ptp(y[weight > 0]) == 0.0:
            raise ValueError("y has labels of one class: an intercept alone has no optimum")

    def value(self, f):
        return float(self.weight @ np.logaddexp(0.0, -self.y * f))

    def residual(self, f):
        return self.weight * self.y * sigmoid(-self.y * f)

    def curvature(self, f):
        return self.weight * sigmoid(f) * sigmoid(-f)

    def dual(self, a):
        one = self.y * a
        return -float(sum(_entropy(part, self.weight) for part in (one, self.weight - one)))

    def feasible(self, a):
        return self.y * np.clip(self.y * a, 0.0, self.weight)


class Intercept(Loss):
    """The loss ``min_b L(f + b u)``: L with an intercept b, which is not penalised, minimised out.

    L is the given ``loss``, and u (n,) the given ``column``, with entries of at least 0. Residuals
    a have ``u^T a = 0``. Curvatures are those of L at ``f + b u``, at the minimiser b.
    """

    def __init__(self, loss, column):
        self.loss, self.column = loss, column
        self.name, self.y = loss.name, loss.y
        self._last, self._shift = None, 0.0
        self.at_zero = self.value(np.zeros_like(column))

    def intercept(self, f):
        """Return the intercept b that minimises ``L(f + b u)`` for outputs f (n,), a float.

        L is the loss without an intercept. u (n,) is the intercept's column: ones, or the factors
        of the rows of X where these were scaled. Newton's method starts from the b of the last
        call. The same array f gives the same b again, so callers must not change f in place.
        """
        if self._last is not f:
            self._shift, self._last = self._minimised(f, self._shift), f
        return self._shift

    def _minimised(self, f, b):
        """Return the b that minimises ``L(f + b u)``, by Newton's method with step halving.

        L and u are as in `intercept`. The method starts from the given b, a float.
        """
        u, value = self.column, self.loss.value(f + b * self.column)
        # The longest step, also taken where there is no curvature.
        far = 1.0 + (np.abs(f).max() + np.abs(self.y).max()) / np.abs(u).max()
        for _ in range(NEWTON_STEPS):
            at = f + b * u
            a, h = self.loss.residual(at), self.loss.curvature(at)
            slope, bend = float(u @ a), float(u @ (h * u))
            step = slope / bend if abs(slope) < far * bend else far * np.sign(slope)
            for t in 0.5 ** np.arange(NEWTON_STEPS):
                after = self.loss.value(f + (b + t * step) * u)
                if after <= value:
                    break
            else:
                return b
            if b + t * step == b or abs(slope) <= ROUNDING * (np.abs(u) @ np.abs(a)):
                return b + t * step
            b, value = b + t * step, after
        return b

    def _at(self, f):
        return f + self.intercept(f) * self.column

    def value(self, f):
        return self.loss.value(self._at(f))

    def residual(self, f):
        return self._balanced(self.loss.residual(self._at(f)))

    def curvature(self, f):
        return self.loss.curvature(self._at(f))

    def dual(self, a):
        return self.loss.dual(a)

    def feasible(self, a):
        return self._balanced(self.loss.feasible(a))

    def _balanced(self, a):
        """Return a (n,) with its positive or its negative entries shrunk so that ``u^T a = 0``.

        u is the column of the intercept. The entries whose sum, weighted by u, is larger in size
        are all multiplied by the same factor. No entry changes its sign or grows, so an entry
        stays in any interval that holds it and zero.
        """
        plus, minus = self.column @ np.maximum(a, 0.0), self.column @ np.maximum(-a, 0.0)
        both = min(plus, minus)
        return np.where(a > 0.0, a * (both / (plus or 1.0)), a * (both / (minus or 1.0)))


LOSSES: dict[str, Any] = {loss.name: loss for loss in (Squared, Logistic)}


def weighted(loss, targets, weight, fit_intercept):
    """Return the losses of k targets with sample weights, and factors (n,) that scale rows of X.

    For the squared loss the factors are the roots of the sample weights, and scale the targets
    too. For other losses the weights are part of the loss, and all factors are one.

    Parameters
    ----------
    loss : str
        A key of `LOSSES`.
    targets : ndarray (k, n)
    weight : ndarray (n,)
        Sample weights.
    fit_intercept : bool
        Whether each loss is an `Intercept`, with the factors as its column.

    Returns
    -------
    losses : list of k Loss
    factors : ndarray (n,)
    """
    if loss == Squared.name:
        root = np.sqrt(weight)
        losses: list = [Squared(root * y) for y in targets]
    else:
        root = np.ones(len(weight))
        losses = [LOSSES[loss](y, weight) for y in targets]
    return ([Intercept(one, root) for one in losses] if fit_intercept else losses), root


def dual(a, y):
    """Return the squared loss's dual objective ``a^T y - 1/2 ||a||^2`` for a and y (n,).

    ``a`` is a dual point, such as the residual ``y - f``, and y the target. The equal form ``1/2
    ||y||^2 - 1/2 ||y - a||^2`` would lose digits where a is small.
    """
    return a @ y - 0.5 * a @ a


def sigmoid(f):
    """Return ``1 / (1 + exp(-f))`` for f of any shape: the probability of label 1 at output f."""
    return np.exp(-np.logaddexp(0.0, -f))


def _entropy(part, whole):
    """Return ``sum_j part_j log(part_j / whole_j)`` over the j with ``part_j > 0``, both (n,).

    For ``0 <= part <= whole`` it is at most 0: the entropy's terms with the opposite sign.
    """
    positive = part > 0.0
    return np.sum(part[positive] * np.log(part[positive] / whole[positive]))
