"""Proximal Newton: solve a program with any smooth loss by a sequence of squared programs.

At outputs f with residual ``a = -grad L(f)`` and curvatures h, the loss of f' is to second order ::

    1/2 ||root (f' - f) - a / root||^2 + constant,    root = sqrt(h)

Masks are signs of products with the rows of X, so ``root X`` has the masks of X. To minimise this
model plus the penalty is therefore the squared program on the rows ``root X`` and the target
``root f + a / root``, and its solver needs no change. Each solve starts from the last point and
stops at a share of the gap of this point. Then follows a line search between the two points (Lee,
Sun and Saunders, SIAM J. Optim. 24, 2014).

Tried on breast-cancer, ionosphere, pima and statlog-german-credit (500 and 1,000 masks, .1 to .001
lambda_max), and slower:

- Curvatures of at least a thousandth of the largest one: far below lambda_max, where few samples
  are near the boundary, convergence is then linear, in more than 50 solves instead of 11.
- Solves to a hundredth of the gap: one solve less in ten or none, and up to 70 % more Newton steps.
"""

import numpy as np

from fixing_ntk.programs import (
    Fit,
    Intercept,
    Start,
    bound,
    certify,
    eta_from_weights,
    group_norms,
    project,
)
from fixing_ntk.solvers.stall_monitor import StallMonitor

FLAT = 1e-9  # over the largest curvature: smaller curvatures are raised to this
# A model is solved to SHARE times the gap at first. The share falls to a tenth, but not below
# LEAST_SHARE, whenever a step left more than SLOW times the gap or did not descend.
SHARE, SLOW, LEAST_SHARE = 0.3, 0.5, 1e-7
LOOSEST = 0.1  # maximum relative gap to which a model is solved
ARMIJO, HALVINGS = 1e-4, 30
ROUNDING = 1e-13  # allowed rounding error of P, over L(0)


def proximal_newton(loss, design, lam, tol, scores, warm_starts=(), max_iter=100, *, solver, name):
    """Solve the gated ReLU program of any smooth loss by a sequence of squared programs.

    Parameters
    ----------
    loss : Loss
    design : MaskedDesign
    lam, tol : float
        Penalty, and the relative gap to certify.
    scores : ndarray (p,)
        ``||X^T D_i a||`` of the loss's residual a at zero weights.
    warm_starts : sequence of Start, optional
        Solutions of nearby problems; the last is used.
    max_iter : int
        Maximum number of squared programs.
    solver, name : callable, str
        A solver of the squared program that uses warm starts, such as `newton`, and its name.

    Returns
    -------
    Fit
    """
    program = Gated(loss, design, lam, solver)
    if warm_starts:
        point = program.at(warm_starts[-1].active_weights, warm_starts[-1].active)
    else:
        point = program.at(np.zeros((design.d, 0)), np.zeros(0, int), scores)
    point, history = minimise(loss, program, point, tol, max_iter)
    used = np.flatnonzero(point.norms)
    weights, index = point.weights[:, used], point.index[used]
    certificate = certify(design, loss.y, lam, weights, index, loss)
    return Fit(weights, index, certificate, len(history), history, name)


def minimise(loss, program, point, tol, max_iter):
    """Take proximal Newton steps until the gap is ``tol`` or no longer falls.

    Parameters
    ----------
    loss : Loss
    program
        Has ``certificate(point)``; ``step(root, target, point, tol)``, which solves the squared
        program on rows times ``root`` to the relative gap ``tol``, from ``point``; and
        ``mix(point, other, t)``, which is ``(1 - t) point + t other``. Its points have the outputs
        ``fitted`` (n,) and their ``penalty``.
    point
        Where the method starts.
    tol : float
    max_iter : int
        Maximum number of steps.

    Returns
    -------
    point
        The point of least gap. Points get their objective as ``value``.
    history : list of (objective, gap)
        Of all points, the first included.
    """
    monitor, history, share = StallMonitor(np.float64), [], SHARE
    point.value = loss.value(point.fitted) + point.penalty
    while True:
        certificate = program.certificate(point)
        history.append((certificate.objective, certificate.gap))
        monitor.record(point, certificate.gap)
        if certificate.gap <= tol or monitor.stalled or len(history) > max_iter:
            return monitor.best, history
        if len(history) > 1 and certificate.gap > SLOW * history[-2][1]:
            share = max(0.1 * share, LEAST_SHARE)
        moved = _step(loss, program, point, share * certificate.gap * loss.at_zero)
        while moved is None:
            if share <= LEAST_SHARE:
                return monitor.best, history
            share = max(0.1 * share, LEAST_SHARE)
            moved = _step(loss, program, point, share * certificate.gap * loss.at_zero)
        monitor.step(point, moved)
        point = moved


def _step(loss, program, point, gap):
    """Return the point after a solve of the model and a line search; None if no step descends.

    Parameters
    ----------
    loss, program
        As for `minimise`.
    point
        Point of the program before the step, where the second-order model of the loss is made.
    gap : float
        Gap to which the model is solved, absolute, in units of the objective.
    """
    f, a, h = point.fitted, loss.residual(point.fitted), loss.curvature(point.fitted)
    root = np.sqrt(np.maximum(h, FLAT * h.max()))
    target = root * f + a / root
    if isinstance(loss, Intercept):
        target = project(target, root * loss.column)
    half = 0.5 * target @ target
    if half < np.finfo(float).tiny:  # the loss is flat: its model has no digits
        return None
    goal = program.step(root, target, point, min(gap / half, LOOSEST))
    slope = goal.penalty - point.penalty - a @ (goal.fitted - f)
    for t in 0.5 ** np.arange(HALVINGS):
        moved = goal if t == 1.0 else program.mix(point, goal, t)
        moved.value = loss.value(moved.fitted) + moved.penalty
        enough = ARMIJO * t * min(slope, 0.0) + ROUNDING * loss.at_zero
        if moved.value <= point.value + enough:
            return moved
    return None


class Gated:
    """The gated ReLU program of any smooth loss, in the form that `minimise` takes."""

    def __init__(self, loss, design, lam, solver):
        self.loss, self.design, self.lam, self.solver = loss, design, lam, solver

    def at(self, weights, index, scores=None):
        """Return the point of weights (d, k) of the masks in ``index``.

        ``scores`` (p,) are ``||X^T D_i a||`` at the loss's residual a, if the caller knows them.
        """
        return _Point(self, weights, index, scores)

    def certificate(self, point):
        """Return the certificate of a point, from the scores of all masks."""
        return bound(self.loss, point.fitted, point.penalty, point.scores.max(), self.lam)

    def step(self, root, target, point, tol):
        """Return the solution, as a point, of the squared program on rows times ``root`` (n,).

        ``target`` (n,) is its target, and ``tol`` its relative gap. The solver starts from
        ``point``. The returned point has outputs for the rows of X, not for the scaled rows.
        """
        design = self.design.scaled_rows(root)
        start = []
        if point.norms.any():
            eta = np.zeros(design.p)
            eta[point.index] = eta_from_weights(point.weights)
            start = [Start(point.index, point.weights, eta, self.lam)]
        fit = self.solver(design, target, self.lam, tol, point.scores, start)
        return self.at(fit.weights, fit.index)

    def mix(self, point, other, t):
        return self.at(*mixed(point.weights, point.index, other.weights, other.index, t))


def mixed(weights, index, others, index_of_others, t):
    """Return ``(1 - t) w + t w'`` and its masks, for weights w of some masks and w' of others.

    The masks are the sorted union of ``index`` and ``index_of_others``; ``others`` are w'.
    """
    both = np.union1d(index, index_of_others)
    out = np.zeros((len(weights), len(both)))
    out[:, np.searchsorted(both, index)] = (1.0 - t) * weights
    out[:, np.searchsorted(both, index_of_others)] += t * others
    return out, both


class _Point:
    """Weights (d, k) of the masks in ``index``, outputs (n,), and penalty ``lam sum_i ||w_i||``.

    ``program`` is the `Gated` program. ``scores`` (p,) are the ``||X^T D_i a||`` of all masks, at
    the loss's residual a; with None they are computed when first needed.
    """

    def __init__(self, program, weights, index, scores):
        self.weights, self.index, self.norms = weights, index, group_norms(weights)
        self.fitted = program.design.forward(weights, index)
        self.penalty = program.lam * np.sum(self.norms)
        self._program, self._scores = program, scores

    @property
    def scores(self):
        """``||X^T D_i a||`` of all masks, (p,), at the loss's residual a; made at first use."""
        if self._scores is None:
            program = self._program
            self._scores = program.design.screened_scores(program.loss.residual(self.fitted))
        return self._scores
