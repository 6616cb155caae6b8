"""Solve the ReLU program with any smooth loss, by `solvers.proximal_newton`.

Scaling a row of X by a positive number does not change the cones, so ``root X`` has the cones of X.
The quadratic models are squared programs, which `newton` solves. A residual is shrunk until its
scores, or upper bounds on them, satisfy the dual constraints.
"""

from typing import NamedTuple

import numpy as np

from fixing_ntk.programs import Fit, bound, group_norms
from fixing_ntk.relu.faces import Faces
from fixing_ntk.relu.newton import newton
from fixing_ntk.solvers.proximal_newton import minimise, mixed


def proximal_newton(loss, design, lam, tol, max_iter=100, warm_starts=()):
    """Solve the ReLU program of any smooth loss by a sequence of programs of the squared loss.

    Parameters
    ----------
    loss : Loss
    design : MaskedDesign
    lam, tol : float
        Penalty, and relative gap at which to stop.
    max_iter : int
        Maximum number of steps. A step solves one squared program, and solves it again to a smaller
        gap where the first answer does not descend.
    warm_starts : sequence of ReLUSolution, optional
        Solutions of nearby problems; the last is used.

    Returns
    -------
    Fit
        As `newton` returns it.
    """
    program = _Program(loss, design, lam)
    if warm_starts:
        start = program.at(warm_starts[-1].active_weights, warm_starts[-1].active)
    else:
        start = program.at(np.zeros((design.d, 0)), np.zeros((2, 0), int))
    point, history = minimise(loss, program, start, tol, max_iter)
    certificate = program.certificate(point)
    return Fit(point.weights, point.index, certificate, len(history), history, "newton")


class _Start(NamedTuple):
    """A warm start of `newton`: ``active_weights`` (d, k), and ``active`` (2, k), sign and mask."""

    active: np.ndarray
    active_weights: np.ndarray


class _Program:
    """The ReLU program of a loss at one penalty, as `solvers.proximal_newton.minimise` takes it."""

    def __init__(self, loss, design, lam):
        self.loss, self.design, self.lam = loss, design, lam
        self.faces = Faces(design.X, design.masks)

    def at(self, weights, index):
        """Return the point of weights (d, k) whose signs and masks are in ``index`` (2, k)."""
        sign, mask = index
        M = self.design.masks.rows(mask, float)
        M[sign == 1] *= -1.0
        fitted = np.einsum("kn,nk->n", M, self.design.X @ weights)
        return _Point(weights, index, fitted, self.lam * group_norms(weights).sum())

    def certificate(self, point):
        """Return the `Certificate` of a point, from its residual and bounds on its scores."""
        z = self.design.adjoint(self.loss.residual(point.fitted)).T
        z = np.concatenate([z, -z])
        scores = np.linalg.norm(z, axis=1)
        pairs = np.flatnonzero(scores > self.lam)
        scores[pairs] = np.linalg.norm(self.faces.project(pairs, z[pairs], self.lam), axis=1)
        top = scores.max(initial=0.0)
        return bound(self.loss, point.fitted, point.penalty, top, self.lam)

    def step(self, root, target, point, tol):
        """Return the `_Point` that solves a quadratic model, a program of the squared loss.

        The program has the rows of X times ``root`` (n,). Its targets are ``target`` (n,), which
        are not multiplied by ``root`` here. It is solved from ``point`` to the relative gap
        ``tol``.
        """
        design = self.design.scaled_rows(root)
        start = [_Start(point.index, point.weights)] if point.weights.any() else []
        fit = newton(design, target, self.lam, tol, warm_starts=start)
        return self.at(fit.weights, fit.index)

    def mix(self, point, other, t):
        """Return ``(1 - t) point + t other``; weights stay in their cones, which are convex."""
        p = self.design.p
        ours, theirs = (index[0] * p + index[1] for index in (point.index, other.index))
        weights, pairs = mixed(point.weights, ours, other.weights, theirs, t)
        return self.at(weights, np.stack([pairs // p, pairs % p]))


class _Point:
    """Weights (d, k) inside their cones, signs and masks ``index`` (2, k), and what they give.

    ``fitted`` (n,) are the outputs at the samples, without an intercept. ``penalty`` is ``lam sum_j
    ||w_j||``.
    """

    def __init__(self, weights, index, fitted, penalty):
        self.weights, self.index, self.fitted, self.penalty = weights, index, fitted, penalty
