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

from fixing_ntk.programs.design import MaskedDesign, power_of_two
from fixing_ntk.programs.losses import Intercept, Squared, dual

EPS = np.finfo(float).eps
SUMS = 16  # number of products and sums, of up to n terms each, behind one value of P or D


class Certificate(NamedTuple):
    """Primal and dual value of a group lasso point, and the gap between them.

    ``dual_point`` (n,) satisfies every dual constraint, so ``dual_objective`` is a lower bound on
    the optimum whatever produced it.
    """

    objective: float
    dual_objective: float
    gap: float
    dual_point: np.ndarray


def group_norms(weights):
    """Return ``||w_i||``, (p,), for weights (d, p)."""
    return np.sqrt(np.einsum("dk,dk->k", weights, weights))


def primal(residual, norms, lam):
    """Return ``P = 1/2 ||r||^2 + lam sum_i ||w_i||`` from residual (n,) and group norms (p,)."""
    return 0.5 * residual @ residual + lam * np.sum(norms)


def feasible_scale(max_score, lam):
    """Return ``min(1, lam / max_i ||X^T D_i a||)``, which makes ``a`` dual feasible."""
    return 1.0 if max_score <= lam else lam / max_score


def best_scale(a, y, max_score, lam):
    """Return the t >= 0 that maximises D(t a) with ``t max_i ||X^T D_i a|| <= lam``.

    It is 1 for a = 0. It is above 1 if ``a`` was shrunk into stronger constraints than these.
    """
    if not a.any():
        return 1.0
    free = max(float(a @ y) / float(a @ a), 0.0)
    return min(free, lam / max_score) if max_score > 0 else free


def relative_gap(primal_value, dual_value, y, rounding=0.0):
    """Return ``(P - D) / (1/2 ||y||^2)``, the measure of accuracy; ``P - D`` for y = 0.

    By weak duality the gap is nonnegative. If rounding makes it negative, zero is returned.

    Parameters
    ----------
    primal_value, dual_value : float
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
    """Return `relative_gap` for any loss on n samples; ``scale`` is its value at zero outputs."""
    difference = float(primal_value - dual_value)
    if difference < 0.0:
        terms = abs(primal_value) + abs(dual_value) + scale
        if difference < -(SUMS * n * EPS * terms + rounding):
            raise ArithmeticError(
                f"the dual value {dual_value:.9g} is above the primal value {primal_value:.9g} by "
                f"more than rounding: they are not of one program, or not to be had in float64"
            )
        difference = 0.0
    return difference / (scale if scale > 0 else 1.0)


def score(residual, norms, a, max_score, y, lam):
    """Certify a point by its residual (n,), group norms (p,) and a dual point a (n,).

    Parameters
    ----------
    a : ndarray (n,)
        Dual point, which is shrunk into the dual feasible set; the residual, up to rounding.
    max_score : float
        ``max_i ||X^T D_i a||``.

    Returns
    -------
    Certificate
        Its gap is zero if ``P < D``. This can happen within a solver, whose values are in single
        precision or take ``lam b`` for the residual r, with larger errors than rounding. `certify`
        decides at the end of every solve.
    """
    a = a * feasible_scale(max_score, lam)
    P, D = primal(residual, norms, lam), dual(a, y)
    return Certificate(float(P), float(D), relative_gap(max(P, D), D, y), a)


def bound(loss, fitted, penalty, max_score, lam, a=None):
    """Certify outputs (n,) for any loss, as `score`; the dual point is the residual by default.

    Parameters
    ----------
    loss : Loss
    fitted : ndarray (n,)
    penalty : float
        ``lam sum_i ||w_i||``.
    max_score : float
        ``max_i ||X^T D_i a||``.
    lam : float
    a : ndarray (n,), optional
        A dual point in place of the residual.
    """
    a = (loss.residual(fitted) if a is None else a) * feasible_scale(max_score, lam)
    P, D = float(loss.value(fitted) + penalty), float(loss.dual(a))
    return Certificate(P, D, gap_over(loss.at_zero, max(P, D), D, len(a)), a)


def certify(design, y, lam, weights, index=None, loss=None, a=None):
    """Score any point of the group lasso, whichever solver made it.

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
        difference of y and A w, and shrinking it magnifies its rounding error.

    Returns
    -------
    Certificate
        With the dual point ``a min(1, lam / max_i ||X^T D_i a||)``.

    Raises
    ------
    ArithmeticError
        As `relative_gap`.
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
        largest = np.linalg.norm(design.X) * np.linalg.norm(a) * norms.sum()
        rounding = SUMS * (design.n + design.d + len(norms)) * EPS * largest
        gap_over(loss.at_zero, P, D, design.n, rounding)
    return certificate


def interpolation_gap(norms, a, y, max_score):
    """Return the relative gap of an interpolant, ``(sum_i ||w_i|| - D) / sum_i ||w_i||``.

    The minimum-norm interpolant solves ``min sum_i ||w_i||`` subject to ``A w = y``. Its dual is
    ``max a^T y`` subject to ``||X^T D_i a|| <= 1``, so ``D = a^T y min(1, 1 / max_score)``.

    Parameters
    ----------
    norms : ndarray (p,)
        ``||w_i||`` of weights that interpolate y.
    a : ndarray (n,)
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
    """Return the relative gap of the smoothed program, ``P_eps - D_eps(a)`` over ``1/2 ||y||^2``.

    Parameters
    ----------
    residual : ndarray (n,)
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
    """
    scale = feasible_scale(scores.max(), lam)
    room = np.sqrt(np.maximum(lam**2 - (scale * scores) ** 2, 0.0))
    P = primal(residual, np.hypot(norms, np.sqrt(eps)), lam)
    D = dual(scale * a, y) + np.sqrt(eps) * np.sum(room)
    return relative_gap(max(P, D), D, y)


def smoothing_cost(lam, p, eps):
    """Return ``lam p sqrt(eps)``, which bounds ``P - min P`` at the minimiser of ``P_eps``."""
    return lam * p * np.sqrt(eps)


def is_orthogonal(design, y, top):
    """Return whether ``X^T D_i y`` is zero for every mask, up to the rounding of its sums.

    Entry j is compared with its own bound ``n eps |X_j|^T |y|``, with X_j a column of X and eps the
    precision of float64. Columns may differ in scale: the rounding error of one column may be far
    above the values of another.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    top : float
        ``max_i ||X^T D_i y||``.

    Returns
    -------
    bool
    """
    relative = (design.n + 8) * EPS
    if top > relative * np.linalg.norm(design.X) * np.linalg.norm(y):  # no entry's bound is above
        return False
    y = y / power_of_two(np.abs(y).max(initial=0.0))
    bound = relative * (np.abs(y) @ np.abs(design.X))
    scaled = MaskedDesign(design.X / np.where(bound > 0, bound, 1.0), design.masks)
    return bool(scaled.scores(y).max() <= 1.0)


def mkl_objective(K, y, mu):
    """Return ``J = mu/2 y^T (K + mu I)^-1 y``, the objective of kernel ridge regression at mu."""
    from scipy.linalg import solve

    return 0.5 * mu * float(y @ solve(K + mu * np.eye(len(y)), y, assume_a="pos"))


def mkl_primal(residual, norms, mu):
    """Return the MKL objective ``1/2 ||r||^2 + mu/2 (sum_i ||v_i||)^2``."""
    return 0.5 * residual @ residual + 0.5 * mu * np.sum(norms) ** 2


def mkl_dual(a, y, max_score, mu):
    """Return the largest MKL dual value over all multiples of ``a``.

    The dual is ``max_a a^T y - 1/2 ||a||^2 - max_i ||X^T D_i a||^2 / (2 mu)``, unconstrained, so
    the best multiple of ``a`` has a closed form.
    """
    curvature = a @ a + max_score**2 / mu
    return 0.0 if curvature == 0 else 0.5 * (a @ y) ** 2 / curvature


def ridge_primal(residual, beta, K_beta, lam):
    """Return the objective of kernel ridge regression at coefficients b (n,).

    It is ``1/2 ||K b - y||^2 + lam/2 b^T K b``.
    """
    return 0.5 * residual @ residual + 0.5 * lam * beta @ K_beta


def ridge_dual(beta, K_beta, y, lam):
    """Return the dual objective of kernel ridge regression at ``a = lam b``.

    It is ``a^T y - 1/2 ||a||^2 - a^T K a / (2 lam)``.
    """
    a = lam * beta
    return dual(a, y) - 0.5 * lam * beta @ K_beta


def ridge_gap(beta, K_beta, y, lam):
    """Return the relative gap of kernel ridge regression at coefficients b (n,), from ``K b``."""
    primal = ridge_primal(y - K_beta, beta, K_beta, lam)
    return relative_gap(primal, ridge_dual(beta, K_beta, y, lam), y)


def eta_from_weights(weights):
    """Return the optimal kernel weights of group lasso weights, ``||w_i|| / sum_j ||w_j||``, (p,).

    For zero weights the ratio is undefined: all zeros are returned, and the caller must choose.
    """
    norms = group_norms(weights)
    total = norms.sum()
    return norms / total if total > 0 else norms


def lam_from_mu(mu, weights):
    """Return the group lasso ``lam = mu sum_i ||v_i||`` that shares the MKL minimiser v at mu."""
    return mu * group_norms(weights).sum()


def mu_from_lam(lam, weights):
    """Return the MKL ``mu = lam / sum_i ||v_i||`` that shares the group lasso minimiser v at lam.

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
    """Return the lam of training with ``weight_decay (||W1||^2 + ||w2||^2)``: twice the decay.

    This is the training problem in panel 1 of the poster.
    """
    return 2.0 * weight_decay


def lam_from_poster(lam_tilde):
    """Return ``lam = lam_tilde / 2``: the poster's convex program has no 1/2 on the loss."""
    return 0.5 * lam_tilde
