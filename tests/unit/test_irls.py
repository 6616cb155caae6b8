"""The paper's algorithm: its start, its descent, its two forms, and what its eps costs."""

from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest
from conftest import random_problem
from sklearn.exceptions import ConvergenceWarning

from fixing_ntk import MaskSet, lambda_max, solve
from fixing_ntk.programs import MaskedDesign, lam_from_mu, mkl_objective, smoothing_cost
from fixing_ntk.solvers import gl_iterates, irls_mkl, iterate_weights, mkl_iterates

GOLDEN = (1.0 + 5.0**0.5) / 2.0


def test_iteration_zero_is_ntk_ridge_regression(problem):
    X, y, masks, lam = problem
    design = MaskedDesign(X, masks)
    first = next(gl_iterates(design, y, lam))
    K = design.kernel(masks.ntk_weights)
    assert np.allclose((K + lam * np.eye(len(y))) @ first.beta, y)
    assert np.allclose(masks.predict(iterate_weights(design, first), X), K @ first.beta)


def test_gl_step_is_the_reweighting_of_group_norms(problem):
    """eta_i s_i is ||w_i||: IRLS majorises ||w_i|| by ||w_i||^2 / (2 eta_i) + eta_i / 2."""
    X, y, masks, lam = problem
    design = MaskedDesign(X, masks)
    now, after = islice(gl_iterates(design, y, lam), 2)
    norms = np.linalg.norm(iterate_weights(design, now), axis=0)
    assert np.allclose(after.eta, norms)


def test_mkl_form_descends_from_the_ntk_objective_to_the_mkl_optimum(problem):
    X, y, masks, _ = problem
    design, mu = MaskedDesign(X, masks), 1.0
    iterates = list(islice(mkl_iterates(design, y, mu), 50))
    J = np.array([it.objective for it in iterates])
    ntk = masks.ntk_weights / masks.ntk_weights.sum()
    assert J[0] == pytest.approx(mkl_objective(design.kernel(ntk), y, mu))
    assert np.all(np.diff(J) <= 1e-12 * J[0])
    assert all(it.eta.sum() == pytest.approx(1.0) for it in iterates)


def test_group_lasso_and_mkl_share_their_minimiser(problem):
    X, y, masks, _ = problem
    design, mu = MaskedDesign(X, masks), 1.0
    v, eta, history = irls_mkl(design, y, mu, tol=1e-9)
    gl = solve(X, y, masks, lam_from_mu(mu, v), tol=1e-9)
    assert mkl_objective(design.kernel(gl.eta), y, mu) == pytest.approx(history[-1][0], rel=1e-7)
    assert np.allclose(masks.predict(gl.weights, X), masks.predict(v, X), atol=1e-3)
    assert np.allclose(gl.eta, eta, atol=2e-2)


def unmet_cones():
    """All arrangements in rank 5, most of whose cones were met by none of a few great circles."""
    rng = np.random.default_rng(0)
    X, y = np.column_stack([rng.standard_normal((12, 4)), np.ones(12)]), rng.standard_normal(12)
    masks = MaskSet.enumerate(X, n_circles=50)
    assert np.mean(masks.ntk_weights == 0) > 0.5
    return X, y, masks, 0.02 * lambda_max(X, y, masks)


def test_masks_of_weight_zero_enter_where_the_optimum_needs_them():
    X, y, masks, lam = unmet_cones()
    solution = solve(X, y, masks, lam, tol=1e-4, method="irls", max_iter=3000)
    assert solution.status == "optimal"
    assert np.any(masks.ntk_weights[solution.active] == 0)
    _, eta, history = irls_mkl(MaskedDesign(X, masks), y, 0.1, tol=1e-4, max_iter=3000)
    assert history[-1][1] <= 1e-4
    assert np.any(eta[masks.ntk_weights == 0] > 0)


def test_masks_none_of_which_has_a_weight_are_solved_too():
    X, y, masks, _ = unmet_cones()
    unmet = masks.subset(np.flatnonzero(masks.ntk_weights == 0))
    lam = 0.1 * lambda_max(X, y, unmet)
    assert solve(X, y, unmet, lam, tol=1e-4, method="irls").status == "optimal"
    assert irls_mkl(MaskedDesign(X, unmet), y, 0.1, tol=1e-4)[2][-1][1] <= 1e-4


def test_masks_that_only_just_violate_enter_too(problem):
    X, y, masks, _ = problem
    lam = 0.6 * lambda_max(X, y, masks)
    optimum = solve(X, y, masks, lam, tol=1e-8)
    weights = masks.ntk_weights.copy()
    weights[optimum.active] = 0.0
    unmet = replace(masks, ntk_weights=weights)
    found = solve(X, y, unmet, lam, tol=1e-5, method="irls", max_iter=3000)
    assert found.status == "optimal"
    (*_, mkl) = irls_mkl(MaskedDesign(X, unmet), y, 1.0, tol=1e-5, max_iter=3000)
    assert mkl[-1][1] <= 1e-5


def test_iteration_zero_is_the_ntk_where_weights_are_zero():
    X, y, masks, lam = unmet_cones()
    assert np.array_equal(next(gl_iterates(MaskedDesign(X, masks), y, lam)).eta, masks.ntk_weights)


def test_positive_weights_are_only_ever_multiplied_by_their_scores(problem):
    X, y, masks, lam = problem
    its = list(islice(gl_iterates(MaskedDesign(X, masks), y, lam), 30))
    assert all(np.array_equal(b.eta, a.eta * a.scores) for a, b in pairwise(its))


def smoothed(X, y, masks, lam, weights, eps):
    """``P_eps`` from its definition."""
    residual = np.sum(masks.dense() * (X @ weights), axis=1) - y
    return 0.5 * residual @ residual + lam * np.sum(np.sqrt(np.sum(weights**2, axis=0) + eps))


def eps_of_cost(cost, y, masks, lam):
    """The eps that costs at most ``cost`` times 1/2 ||y||^2."""
    return (cost * 0.5 * y @ y / (lam * len(masks))) ** 2


def test_smoothed_objective_descends(problem):
    X, y, masks, lam = problem
    design, eps = MaskedDesign(X, masks), eps_of_cost(0.01, y, masks, lam)
    values = [
        smoothed(X, y, masks, lam, iterate_weights(design, it), eps)
        for it in islice(gl_iterates(design, y, lam, eps), 200)
    ]
    assert np.diff(values).max() <= 1e-14 * values[0]
    assert values[-1] < 0.9 * values[0]


def test_smoothed_program_is_solved():
    cvxpy = pytest.importorskip("cvxpy")
    X, y, masks, lam = random_problem(25, 3, 30, seed=0)
    eps, M = eps_of_cost(0.1, y, masks, lam), masks.dense().astype(float)
    with pytest.warns(ConvergenceWarning, match="lower eps"):
        found = solve(X, y, masks, lam, tol=1e-6, method="irls", eps=eps)
    W = cvxpy.Variable((3, len(masks)))
    fit = cvxpy.sum(cvxpy.multiply(M, X @ W), axis=1)
    raised = cvxpy.vstack([W, np.full((1, len(masks)), np.sqrt(eps))])
    objective = 0.5 * cvxpy.sum_squares(fit - y) + lam * cvxpy.sum(cvxpy.norm(raised, 2, axis=0))
    optimum = cvxpy.Problem(cvxpy.Minimize(objective)).solve(solver="CLARABEL")
    value = smoothed(X, y, masks, lam, found.weights, eps)
    assert abs(value - optimum) <= 1e-7 * optimum
    (*_, last) = islice(gl_iterates(MaskedDesign(X, masks), y, lam, eps), found.n_iter)
    assert (value - optimum) / (0.5 * y @ y) <= last.smoothed_gap + 1e-8


@pytest.mark.parametrize("cost", [1e-1, 1e-2, 1e-3])
def test_what_eps_costs(problem, cost):
    """The gap ends at ``lam sum ||w_i|| (1 - s_i)`` with s in [0, 1]: at most GOLDEN^-2.5 of it."""
    X, y, masks, lam = problem
    eps, optimum = eps_of_cost(cost, y, masks, lam), solve(X, y, masks, lam, tol=1e-9)
    assert smoothing_cost(lam, len(masks), eps) == pytest.approx(cost * 0.5 * y @ y)
    with pytest.warns(ConvergenceWarning, match="lower eps"):
        found = solve(X, y, masks, lam, method="irls", eps=eps)
    assert found.status == "not_converged"
    assert found.n_iter < 2000
    above = (found.objective - optimum.objective) / (0.5 * y @ y)
    assert 0.05 * cost <= above <= found.gap
    assert found.gap <= 1.01 * GOLDEN**-2.5 * cost
    assert found.n_active == len(masks) > optimum.n_active
    norms = np.linalg.norm(found.weights, axis=0)
    assert np.count_nonzero(norms > 30 * np.sqrt(eps)) <= optimum.n_active


def test_eps_that_costs_the_tolerance_still_certifies_it(problem):
    X, y, masks, lam = problem
    eps = eps_of_cost(1e-6, y, masks, lam)
    found = solve(X, y, masks, lam, tol=1e-6, method="irls", eps=eps)
    assert found.status == "optimal"
    assert found.method == f"irls[eps={eps:g}]"


def test_eps_scales_with_squared_weights(problem):
    X, y, masks, lam = problem
    eps, c, k = eps_of_cost(0.01, y, masks, lam), 4.0, 0.5
    with pytest.warns(ConvergenceWarning, match="lower eps"):
        base = solve(X, y, masks, lam, method="irls", eps=eps)
    with pytest.warns(ConvergenceWarning, match="lower eps"):
        scaled = solve(c * X, k * y, masks, c * k * lam, method="irls", eps=eps * (k / c) ** 2)
    assert np.allclose(scaled.weights, base.weights * k / c, atol=1e-3 * np.sqrt(eps) * k / c)
    assert scaled.gap == pytest.approx(base.gap, rel=1e-3)


@pytest.mark.parametrize("eps", [-1e-6, np.nan, np.inf])
def test_eps_out_of_range_is_refused(problem, eps):
    with pytest.raises(ValueError, match="eps must be finite"):
        solve(*problem, method="irls", eps=eps)


def test_no_pass_is_no_solution(problem):
    X, y, masks, lam = problem
    with pytest.raises(ValueError, match="max_iter"):
        solve(X, y, masks, lam, method="irls", max_iter=0)
    with pytest.raises(ValueError, match="max_iter"):
        irls_mkl(MaskedDesign(X, masks), y, 1.0, max_iter=-1)


def test_mkl_that_stops_short_says_so(problem):
    X, y, masks, _ = problem
    with pytest.warns(ConvergenceWarning, match="above tol=1e-09; raise max_iter"):
        irls_mkl(MaskedDesign(X, masks), y, 1.0, tol=1e-9, max_iter=3)


def test_mask_weights_are_zero_or_normal_numbers():
    """Products with subnormal ones take tenfold time on some processors."""
    X, y, masks, lam = random_problem(12, 3, 30, seed=0, ratio=0.3)
    *_, last = islice(gl_iterates(MaskedDesign(X, masks), y, lam), 3000)
    assert (last.eta == 0).any()
    assert last.eta[last.eta > 0].min() >= np.finfo(float).tiny
    assert last.gap <= 1e-6
