"""The mathematics that every solver, table and test shares: objectives, duals, gap, conversions.

Group lasso (GL), the convex gated ReLU program, with ``A w = sum_i D_i X w_i``::

    P(w) = 1/2 ||A w - y||^2 + lam sum_i ||w_i||
    D(a) = 1/2 ||y||^2 - 1/2 ||y - a||^2   over  ||X^T D_i a|| <= lam for every i

Multiple kernel learning (MKL) over the masking kernels ``K_i = D_i X X^T D_i``::

    J(eta) = mu/2 y^T (K(eta) + mu I)^-1 y,   eta in the simplex
    min_eta J = min_v 1/2 ||A v - y||^2 + mu/2 (sum_i ||v_i||)^2

The two share their minimiser at ``lam = mu sum_i ||v_i||``, where ``eta_i`` is the share of
``||v_i||`` in that sum.

The smoothed group lasso, which the paper's algorithm 1 solves at ``eps > 0``::

    P_eps(w) = 1/2 ||A w - y||^2 + lam sum_i sqrt(||w_i||^2 + eps)
    D_eps(a) = D(a) + sqrt(eps) sum_i sqrt(lam^2 - ||X^T D_i a||^2)   over the same constraints

Its minimum lies between the minimum of the group lasso and ``lam p sqrt(eps)`` above that.

The module `losses` has the losses other than the squared one.
"""

from typing import NamedTuple

import numpy as np

from fixing_ntk.masks.samples import divide_columns, entries
from fixing_ntk.programs.border import project
from fixing_ntk.programs.design import MaskedDesign, power_of_two
from fixing_ntk.programs.losses import Intercept, Squared, dual

EPS = np.finfo(float).eps
SUMS = 16  # number of products and sums, of up to n terms each, behind one value of P or D


class Certificate(NamedTuple):
    """The objective P of a point, a lower bound D on the optimum, and their relative gap.

    ``dual_point`` (n,) satisfies every dual constraint. So its dual value ``dual_objective`` is a
    lower bound on the optimum, whatever produced the point. ``gap`` is P - D over the loss at zero
    outputs.
    """

    objective: float
    dual_objective: float
    gap: float
    dual_point: np.ndarray


def group_norms(weights):
    """Return the Euclidean norms ``||w_i||``, (p,), of the columns of weights (d, p)."""
    return np.sqrt(np.einsum("dk,dk->k", weights, weights))


def primal(residual, norms, lam):
    """Return the group lasso objective ``1/2 ||r||^2 + lam sum_i ||w_i||``.

    ``residual`` (n,) is r, the target less the outputs, and ``norms`` (p,) are the ``||w_i||``.
    """
    return 0.5 * residual @ residual + lam * np.sum(norms)


def feasible_scale(max_score, lam):
    """Return ``min(1, lam / max_score)``, the factor that makes a dual point feasible.

    The dual's constraints at a point a are ``||X^T D_i a|| <= lam`` for every mask i, and
    ``max_score`` is the largest left side.
    """
    return 1.0 if max_score <= lam else lam / max_score


def best_scale(a, y, max_score, lam):
    """Return the t >= 0 that maximises the dual objective at ``t a`` among feasible t; 1 for a = 0.

    The objective is ``t a^T y - t^2/2 ||a||^2``, and feasible is ``t max_score <= lam``, with
    ``max_score`` the largest left side of a dual constraint at a. t may be above 1.
    """
    if not a.any():
        return 1.0
    free = max(float(a @ y) / float(a @ a), 0.0)
    return min(free, lam / max_score) if max_score > 0 else free


def relative_gap(primal_value, dual_value, y, rounding=0.0):
    """Return ``(P - D) / (1/2 ||y||^2)``, the relative duality gap; ``P - D`` for y = 0.

    By weak duality the gap is nonnegative. If rounding makes it negative, zero is returned.

    Parameters
    ----------
    primal_value, dual_value : float
        P and D.
    y : ndarray (n,)
    rounding : float
        Error of P and D that is allowed beyond the rounding of sums over n terms.

    Raises
    ------
    ArithmeticError
        If the dual value is above the primal value by more than rounding: one of them is wrong.
    """
    return gap_over(0.5 * y @ y, primal_value, dual_value, len(y), rounding)


def gap_over(scale, primal_value, dual_value, n, rounding=0.0):
    """Return the relative duality gap ``(primal_value - dual_value) / scale``, for any loss.

    Parameters
    ----------
    primal_value, dual_value : float
    scale : float
        The loss at zero outputs. If it is zero, the gap is not divided.
    n : int
        Number of samples.
    rounding : float
        Error of the values that is allowed beyond the rounding of sums over n terms.

    Returns
    -------
    float
        Zero if rounding makes the difference negative.

    Raises
    ------
    ArithmeticError
        If the dual value is above the primal value by more than rounding: one of them is wrong.
    """
    difference = float(primal_value - dual_value)
    if difference < 0.0:
        terms = abs(primal_value) + abs(dual_value) + scale
        if difference < -(SUMS * n * EPS * terms + rounding):
            raise ArithmeticError(
                f"the dual value {dual_value:.9g} is above the primal value {primal_value:.9g} by "
                f"more than rounding: they are not of one program, or float64 has too few digits"
            )
        difference = 0.0
    return difference / (scale if scale > 0 else 1.0)


def score(residual, norms, a, max_score, y, lam):
    """Return the `Certificate` of a group lasso point with the squared loss, from given quantities.

    Parameters
    ----------
    residual : ndarray (n,)
        ``y - A w``, with ``A w = sum_i D_i X w_i``.
    norms : ndarray (p,)
        Group norms ``||w_i||``.
    a : ndarray (n,)
        Dual point, such as the residual. It is multiplied by `feasible_scale`.
    max_score : float
        ``max_i ||X^T D_i a||``.
    y : ndarray (n,)
    lam : float

    Returns
    -------
    Certificate
        Its gap is zero if ``P < D``, by however much. Within a solver the quantities may have
        larger errors than rounding in float64. `certify` raises an error in this case.
    """
    a = a * feasible_scale(max_score, lam)
    P, D = primal(residual, norms, lam), dual(a, y)
    return Certificate(float(P), float(D), relative_gap(max(P, D), D, y), a)


def bound(loss, fitted, penalty, max_score, lam, a=None):
    """Return the `Certificate` of given outputs for any loss.

    Parameters
    ----------
    loss : Loss
    fitted : ndarray (n,)
        Outputs at the samples, without the intercept if the loss is an `Intercept`.
    penalty : float
        ``lam sum_i ||w_i||``.
    max_score : float
        Largest left side of a dual constraint at the dual point, before the multiplication. In the
        gated ReLU program it is ``max_i ||X^T D_i a||``.
    lam : float
    a : ndarray (n,), optional
        Dual point; by default the residual of the outputs. It is multiplied by `feasible_scale`.

    Returns
    -------
    Certificate
        Its gap is zero if ``P < D``, by however much.
    """
    a = (loss.residual(fitted) if a is None else a) * feasible_scale(max_score, lam)
    P, D = float(loss.value(fitted) + penalty), float(loss.dual(a))
    return Certificate(P, D, gap_over(loss.at_zero, max(P, D), D, len(a)), a)


def certify(design, y, lam, weights, index=None, loss=None, a=None):
    """Return the `Certificate` of any weights of the group lasso, whichever solver made them.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    lam : float
    weights : ndarray (d, k)
        Weights of the masks in ``index``; all other weights are zero.
    index : ndarray of int (k,), optional
        All masks by default.
    loss : Loss, optional
        Loss of the targets y; by default squared, with an intercept if the design has one.
    a : ndarray (n,), optional
        Dual point; by default the residual. Far below `lambda_max` the residual is a small
        difference of y and the outputs, and shrinking it magnifies its rounding error.

    Returns
    -------
    Certificate
        With the dual point ``a min(1, lam / max_i ||X^T D_i a||)``. A given ``a`` first goes
        through `Loss.feasible`.

    Raises
    ------
    ArithmeticError
        If the dual value is above the primal value by more than rounding.
    """
    if loss is None:
        loss = Squared(y) if design.column is None else Intercept(Squared(y), design.column)
    norms = group_norms(weights)
    fitted = design.forward(weights, index)
    a = loss.residual(fitted) if a is None else loss.feasible(a)
    top = design.screened_scores(a).max()
    certificate = bound(loss, fitted, lam * np.sum(norms), top, lam, a)
    P, D, _, a = certificate
    if P < D:
        # A w and X^T D_i a are off by rounding in sums whose terms may cancel.
        largest = np.linalg.norm(entries(design.X)) * np.linalg.norm(a) * norms.sum()
        rounding = SUMS * (design.n + design.d + len(norms)) * EPS * largest
        gap_over(loss.at_zero, P, D, design.n, rounding)
    return certificate


def interpolation_gap(norms, a, y, max_score):
    """Return the relative gap of an interpolant, ``(sum_i ||w_i|| - D) / sum_i ||w_i||``.

    The minimum-norm interpolant solves ``min sum_i ||w_i||`` subject to ``sum_i D_i X w_i = y``.
    Its dual is ``max a^T y`` subject to ``||X^T D_i a|| <= 1`` for every mask i. So any a gives the
    lower bound ``D = a^T y min(1, 1 / max_score)``.

    Parameters
    ----------
    norms : ndarray (p,)
        ``||w_i||`` of weights that interpolate y.
    a : ndarray (n,)
        Dual point, which need not be feasible.
    y : ndarray (n,)
    max_score : float
        ``max_i ||X^T D_i a||``.

    Returns
    -------
    float
        Zero for zero weights, and where rounding puts the dual value above the sum of norms.
    """
    total = float(np.sum(norms))
    bound = float(a @ y) * feasible_scale(max_score, 1.0)
    return max(0.0, 1.0 - bound / total) if total > 0 else 0.0


def smoothed_gap(residual, norms, a, scores, y, lam, eps):
    """Return the relative gap of the smoothed group lasso, ``(P_eps - D_eps(a)) / (1/2 ||y||^2)``.

    ``P_eps`` has the penalty ``lam sum_i sqrt(||w_i||^2 + eps)``. Its dual ``D_eps`` is the group
    lasso's dual plus ``sqrt(eps) sum_i sqrt(lam^2 - ||X^T D_i a||^2)``.

    Parameters
    ----------
    residual : ndarray (n,)
        ``y - A w``, with ``A w = sum_i D_i X w_i``.
    norms : ndarray (p,)
        ``||w_i||``.
    a : ndarray (n,)
        Dual point, which is shrunk into the dual feasible set.
    scores : ndarray (p,)
        ``||X^T D_i a||``.
    y : ndarray (n,)
    lam, eps : float

    Returns
    -------
    float
        Zero if the dual value is above the primal value.
    """
    scale = feasible_scale(scores.max(), lam)
    room = np.sqrt(np.maximum(lam**2 - (scale * scores) ** 2, 0.0))
    P = primal(residual, np.hypot(norms, np.sqrt(eps)), lam)
    D = dual(scale * a, y) + np.sqrt(eps) * np.sum(room)
    return relative_gap(max(P, D), D, y)


def smoothing_cost(lam, p, eps):
    """Return ``lam p sqrt(eps)``, a bound on what smoothing the group lasso of p masks can cost.

    The smoothed penalty is ``lam sum_i sqrt(||w_i||^2 + eps)``. At the smoothed program's minimiser
    the group lasso objective is at most this much above its minimum.
    """
    return lam * p * np.sqrt(eps)


def is_orthogonal(design, y, top):
    """Return whether ``X^T D_i y`` is zero for every mask i, up to the rounding of its sums.

    Then `lambda_max` is zero. Entry j of ``X^T D_i y`` is divided by the bound on its rounding
    error, ``(n + 8) eps |X_j|^T |y|``, with X_j column j of X and eps the precision of float64. For
    every mask the vector of these ratios must have norm at most 1. Columns may differ in scale: the
    rounding error of one column may be far above the values of another.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
        Residual at zero weights: the target, for the squared loss without an intercept.
    top : float
        ``max_i ||X^T D_i y||``. If it is above any possible rounding, no product is computed.

    Returns
    -------
    bool
    """
    relative = (design.n + 8) * EPS
    size = np.linalg.norm(entries(design.X)) * np.linalg.norm(y)
    if top > relative * size:  # no entry's bound is above
        return False
    y = y / power_of_two(np.abs(y).max(initial=0.0))
    bound = relative * (np.abs(y) @ abs(design.X))
    scaled = MaskedDesign(divide_columns(design.X, np.where(bound > 0, bound, 1.0)), design.masks)
    return bool(scaled.scores(y).max() <= 1.0)


def mkl_objective(K, y, mu):
    """Return ``J = mu/2 y^T (K + mu I)^-1 y``, the least objective of kernel ridge regression.

    Parameters
    ----------
    K : ndarray (n, n)
        Kernel at the samples, as ``K(eta) = sum_i eta_i K_i``.
    y : ndarray (n,)
    mu : float
    """
    from scipy.linalg import solve

    return 0.5 * mu * float(y @ solve(K + mu * np.eye(len(y)), y, assume_a="pos"))


def mkl_primal(residual, norms, mu):
    """Return the MKL objective ``1/2 ||r||^2 + mu/2 (sum_i ||v_i||)^2``.

    ``residual`` (n,) is r, the target less the outputs, and ``norms`` (p,) are the ``||v_i||``.
    """
    return 0.5 * residual @ residual + 0.5 * mu * np.sum(norms) ** 2


def mkl_dual(a, y, max_score, mu):
    """Return the largest MKL dual value over all multiples of a vector a (n,).

    At a the dual value is ``a^T y - 1/2 ||a||^2 - max_score^2 / (2 mu)``, with ``max_score = max_i
    ||X^T D_i a||``. It has no constraints, so the best multiple has a closed form. The result is 0
    for a = 0.
    """
    curvature = a @ a + max_score**2 / mu
    return 0.0 if curvature == 0 else 0.5 * (a @ y) ** 2 / curvature


def ridge_primal(residual, beta, K_beta, lam):
    """Return the objective of kernel ridge regression, ``1/2 ||r||^2 + lam/2 b^T K b``.

    ``beta`` is b (n,), ``K_beta`` is K b, and ``residual`` is r = y - K b, projected off the
    column of an intercept if there is one.
    """
    return 0.5 * residual @ residual + 0.5 * lam * beta @ K_beta


def ridge_dual(beta, K_beta, y, lam):
    """Return the dual objective of kernel ridge regression at the dual point ``a = lam b``.

    It is ``a^T y - 1/2 ||a||^2 - a^T K a / (2 lam)``. ``beta`` is b (n,), and ``K_beta`` is K b.
    """
    a = lam * beta
    return dual(a, y) - 0.5 * lam * beta @ K_beta


def ridge_gap(beta, K_beta, y, lam, u=None):
    """Return the relative duality gap of kernel ridge regression at coefficients ``beta`` (n,).

    ``K_beta`` (n,) is the kernel matrix times ``beta``. The dual point is ``lam beta``, and the gap
    is over ``1/2 ||y||^2``. With an intercept, which is not penalised, on a column u (n,), y is a
    target less its projection on u, and ``u^T beta = 0``.
    """
    primal = ridge_primal(project(y - K_beta, u), beta, K_beta, lam)
    return relative_gap(primal, ridge_dual(beta, K_beta, y, lam), y)


def eta_from_weights(weights):
    """Return the optimal kernel weights ``||w_i|| / sum_j ||w_j||``, (p,), for weights (d, p).

    The weights are those of the group lasso. For zero weights the ratio is undefined, and all zeros
    are returned.
    """
    norms = group_norms(weights)
    total = norms.sum()
    return norms / total if total > 0 else norms


def lam_from_mu(mu, weights):
    """Return the group lasso penalty ``lam = mu sum_i ||v_i||`` that belongs to an MKL penalty.

    ``weights`` (d, p) is the MKL minimiser v at mu. It also solves the group lasso at this lam.
    """
    return mu * group_norms(weights).sum()


def mu_from_lam(lam, weights):
    """Return the MKL penalty ``mu = lam / sum_i ||v_i||`` that belongs to a group lasso penalty.

    ``weights`` (d, p) is the group lasso minimiser v at lam. It also solves MKL at this mu.

    Raises
    ------
    ValueError
        For zero weights: at and above `lambda_max` no finite mu corresponds.
    """
    total = group_norms(weights).sum()
    if total == 0:
        raise ValueError("zero weights: lam is at or above lambda_max and no mu corresponds to it")
    return lam / total


def lam_from_weight_decay(weight_decay):
    """Return the penalty of the convex program that is equivalent to training with weight decay.

    Training minimises ``1/2 ||f(X) - y||^2 + weight_decay (||W1||^2 + ||w2||^2)`` over the layers
    W1 and w2, as in panel 1 of the paper's poster. The equivalent lam is twice the weight decay.
    """
    return 2.0 * weight_decay


def lam_from_poster(lam_tilde):
    """Return ``lam = lam_tilde / 2``, with lam_tilde the penalty of the poster's convex program.

    The paper's poster has the loss ``||f - y||^2``, without the factor 1/2.
    """
    return 0.5 * lam_tilde
