"""The ReLU program by its solvers, against cvxpy and its gated relaxation."""

from dataclasses import replace
from importlib import import_module
from itertools import islice

import numpy as np
import pytest
from conftest import random_problem
from sklearn.exceptions import ConvergenceWarning

from fixing_ntk import (
    ConvexReLURegressor,
    MaskSet,
    lambda_max,
    solve,
    solve_relu,
    solve_relu_path,
    to_network,
)
from fixing_ntk.programs import MaskedDesign
from fixing_ntk.relu import cones, relu_iterates
from fixing_ntk.relu.admm import start_weights

newton = import_module("fixing_ntk.relu.newton")

cvxpy = pytest.importorskip("cvxpy")


def by_cvxpy(X, y, masks, lam):
    shape = (X.shape[1], len(masks))
    M = masks.dense().astype(float)
    V, W = cvxpy.Variable(shape), cvxpy.Variable(shape)
    fit = cvxpy.sum(cvxpy.multiply(M, X @ (V - W)), axis=1)
    penalty = cvxpy.sum(cvxpy.norm(V, 2, axis=0) + cvxpy.norm(W, 2, axis=0))
    inside = [cvxpy.multiply(2 * M - 1, X @ U) >= 0 for U in (V, W)]
    objective = 0.5 * cvxpy.sum_squares(fit - y) + lam * penalty
    return cvxpy.Problem(cvxpy.Minimize(objective), inside).solve(solver="CLARABEL")


METHODS = {"newton": {}, "conic": {"backend": "clarabel"}}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ratio", [0.5, 0.1, 0.01])
@pytest.mark.parametrize("shape", [(30, 3, 60), (10, 6, 40), (40, 4, 15)])
def test_agrees_with_cvxpy(shape, ratio, method):
    X, y, masks, lam = random_problem(*shape, seed=0, ratio=ratio)
    solution = solve_relu(X, y, masks, lam, tol=1e-7, method=method, **METHODS[method])
    optimum, scale = by_cvxpy(X, y, masks, lam), 0.5 * y @ y
    assert solution.status == "optimal"
    assert solution.gap <= 1e-7
    assert abs(solution.objective - optimum) <= 2e-7 * scale
    assert solution.dual_objective <= optimum + 1e-7 * scale
    assert solution.violation <= 1e-12


@pytest.mark.parametrize("method", METHODS)
def test_a_small_group_is_kept(method):
    """Each row has a mask of its own: the optimum shrinks each target by the penalty."""
    X, masks = np.eye(2), MaskSet.from_gates(np.eye(2), 2 * np.eye(2) - 1)
    y = np.array([1.0, 0.1 + 3e-4])
    solution = solve_relu(X, y, masks, 0.1, 1e-8, method=method, **METHODS[method])
    assert solution.status == "optimal"
    first, second = to_network(solution)
    np.testing.assert_allclose(np.maximum(X @ first, 0.0) @ second, [0.9, 3e-4], atol=1e-4)


@pytest.mark.parametrize(("method", "ratio"), [("newton", 0.01), ("newton", 0.1), ("conic", 0.1)])
def test_scales_to_hundreds_of_samples_and_masks(ratio, method):
    X, y, masks, lam = random_problem(200, 10, 200, seed=0, ratio=ratio)
    solution = solve_relu(X, y, masks, lam, method=method, **METHODS[method])
    assert solution.status == "optimal"
    assert solution.violation <= 1e-12


def test_gated_optimum_is_never_above(problem):
    X, y, masks, lam = problem
    gated, relu = solve(X, y, masks, lam, tol=1e-8), solve_relu(X, y, masks, lam, tol=1e-8)
    assert gated.dual_objective <= relu.objective
    # The same w on D_i and -D_i: one sign is lost to the cones, not to the relaxation.
    assert relu.objective > gated.objective


def test_a_pass_is_ridge_regression_over_the_cones():
    X, y, masks, lam = random_problem(15, 3, 20, seed=0)
    M = masks.dense().astype(float)
    (*_, now) = islice(relu_iterates(MaskedDesign(X, masks), y, lam, 1e-4), 4)
    V, W = cvxpy.Variable((3, len(masks))), cvxpy.Variable((3, len(masks)))
    fit = cvxpy.sum(cvxpy.multiply(M, X @ (V - W)), axis=1)
    penalty = sum(
        cvxpy.sum_squares(U @ np.diag(1.0 / np.sqrt(eta)))
        for U, eta in zip((V, W), now.eta, strict=True)
    )
    inside = [cvxpy.multiply(2 * M - 1, X @ U) >= 0 for U in (V, W)]
    problem = cvxpy.Problem(
        cvxpy.Minimize(0.5 * cvxpy.sum_squares(fit - y) + 0.5 * lam * penalty), inside
    )
    optimum = problem.solve(solver="CLARABEL")
    residual = np.sum(M * (X @ (now.weights[0] - now.weights[1])), axis=1) - y
    squares = np.sum(now.weights**2, axis=1) / now.eta
    assert 0.5 * residual @ residual + 0.5 * lam * squares.sum() == pytest.approx(optimum, rel=1e-7)
    assert np.allclose(now.weights[0], V.value, atol=1e-4)


@pytest.mark.parametrize("seed", [0, 1])
def test_irls_ends_at_the_optimum_of_the_cone_program(seed):
    X, y, masks, lam = random_problem(15, 3, 20, seed=seed)
    optimum = solve_relu(X, y, masks, lam, tol=1e-8)
    found = solve_relu(X, y, masks, lam, tol=1e-5, method="irls", max_iter=1000)
    assert found.status == "optimal"
    assert found.method == "irls"
    assert abs(found.objective - optimum.objective) <= 1e-5 * 0.5 * y @ y
    assert found.violation <= 1e-12


def test_pairs_of_weight_zero_enter_where_the_optimum_needs_them():
    X, y, masks, lam = random_problem(15, 3, 20, seed=0)
    optimum = solve_relu(X, y, masks, lam, tol=1e-8)
    weights = np.where(optimum.weights.any(axis=(0, 1)), 0.0, masks.ntk_weights)
    assert 0 < np.count_nonzero(weights) < len(masks)
    unmet = replace(masks, ntk_weights=weights)
    found = solve_relu(X, y, unmet, lam, tol=1e-4, method="irls", max_iter=1000)
    assert found.status == "optimal"


@pytest.mark.parametrize("cost", [1e-1, 1e-2, 1e-3])
def test_smoothed_relu_objective_descends_and_its_cost_vanishes_with_eps(cost):
    X, y, masks, lam = random_problem(15, 3, 20, seed=0)
    optimum, half, M = solve_relu(X, y, masks, lam, tol=1e-9), 0.5 * y @ y, masks.dense()
    eps, values = (cost * half / (2 * lam * len(masks))) ** 2, []
    for it in islice(relu_iterates(MaskedDesign(X, masks), y, lam, eps), 200):
        residual = np.sum(M * (X @ (it.weights[0] - it.weights[1])), axis=1) - y
        smooth = np.sqrt(np.sum(it.weights**2, axis=1) + eps)
        values.append(0.5 * residual @ residual + lam * smooth.sum())
        assert it.eta.min() > 0
    assert np.diff(values).max() <= 1e-13 * half
    assert values[-1] <= optimum.objective + 1.01 * cost * half
    assert 0.01 * cost <= (it.objective - optimum.objective) / half <= cost


def test_relu_irls_that_eps_keeps_from_the_optimum_says_so():
    X, y, masks, lam = random_problem(15, 3, 20, seed=0)
    with pytest.warns(ConvergenceWarning, match="lower eps"):
        found = solve_relu(X, y, masks, lam, tol=1e-4, method="irls", eps=1e-3)
    assert found.status == "not_converged"
    assert np.count_nonzero(found.weights.any(axis=1)) > len(masks)


def test_method_and_eps_of_the_relu_program_are_checked(problem):
    with pytest.raises(ValueError, match="unknown method 'fista'"):
        solve_relu(*problem, method="fista")
    with pytest.raises(ValueError, match="has no backend"):
        solve_relu(*problem, backend="clarabel")
    with pytest.raises(ValueError, match="eps must be finite"):
        solve_relu(*problem, method="irls", eps=-1.0)
    with pytest.raises(ValueError, match="max_iter"):
        solve_relu(*problem, method="irls", max_iter=0)


def test_large_penalty_gives_the_zero_network(problem):
    X, y, masks, _ = problem
    solution = solve_relu(X, y, masks, lambda_max(X, y, masks))
    assert not solution.weights.any()
    assert solution.gap == 0.0
    assert to_network(solution)[1].size == 0


def test_stopping_short_is_said_aloud(problem):
    X, y, masks, lam = problem
    with pytest.warns(ConvergenceWarning, match="above tol=1e-10"):
        solution = solve_relu(X, y, masks, 0.1 * lam, tol=1e-10, max_iter=2)
    assert solution.status == "not_converged"


def repeated(X, y):
    return np.repeat(X, 3, axis=0), np.repeat(y, 3)


def opposite_rows(X, y):
    """The cone of a mask that is open at a row and at its opposite has no interior."""
    return np.vstack([X, -X[:5]]), np.concatenate([y, y[:5]])


def zero_rows(X, y):
    return np.vstack([X, np.zeros((4, X.shape[1]))]), np.append(y, np.ones(4))


def few_rows(X, y):
    rng = np.random.default_rng(3)
    return rng.standard_normal((6, 20)), y[:6]


def nearly_parallel(X, y):
    near = X[:10] + 1e-8 * np.random.default_rng(4).standard_normal((10, X.shape[1]))
    return np.vstack([X, near]), np.concatenate([y, -y[:10]])


def categories(X, y):
    return np.column_stack([np.sign(X[:, :-1]), np.ones(len(X))]), y


DATA = [repeated, opposite_rows, zero_rows, few_rows, nearly_parallel, categories]


def with_ties(X):
    """Masks of drawn gates, some twice, and that of the zero gate, open at every row."""
    gates = MaskSet.sample(X, 30, seed=0).gates
    return MaskSet.from_gates(X, np.hstack([gates, gates[:, :5], 0.0 * gates[:, :1]]), merged=False)


@pytest.mark.parametrize("ratio", [0.3, 0.01])
@pytest.mark.parametrize("change", DATA)
def test_unusual_data_are_certified(change, ratio):
    X, y, _, _ = random_problem(30, 4, 5, seed=2)
    X, y = change(X, y)
    masks = with_ties(X)
    lam = ratio * lambda_max(X, y, masks)
    solution = solve_relu(X, y, masks, lam, tol=1e-6)
    optimum, scale = by_cvxpy(X, y, masks, lam), 0.5 * y @ y
    assert solution.gap <= 1e-6
    assert solution.violation <= 1e-10
    assert abs(solution.objective - optimum) <= 3e-6 * scale
    assert solution.dual_objective <= optimum + 1e-6 * scale


def test_its_certificate_is_that_of_its_weights(problem):
    X, y, masks, lam = problem
    solution, M = solve_relu(X, y, masks, lam, tol=1e-8), masks.dense()
    residual = y - np.sum(M * (X @ (solution.weights[0] - solution.weights[1])), axis=1)
    norms = np.linalg.norm(solution.weights, axis=1).sum()
    assert solution.objective == pytest.approx(0.5 * residual @ residual + lam * norms, rel=1e-12)
    a = solution.dual_point
    assert solution.dual_objective == pytest.approx(a @ y - 0.5 * a @ a, rel=1e-12)
    largest = cones.scores(MaskedDesign(X, masks), a, 0.0).max()
    assert largest <= lam * (1 + 1e-12)


@pytest.mark.parametrize("unit", [1e-60, 1e-3, 1e40])
def test_units_of_the_data_change_nothing(problem, unit):
    X, y, masks, lam = problem
    one = solve_relu(X, y, masks, lam)
    other = solve_relu(unit * X, y / unit, MaskSet.from_gates(unit * X, masks.gates), lam)
    assert other.objective * unit**2 == pytest.approx(one.objective, rel=2e-6)
    assert other.gap <= 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_a_path_has_the_solutions_of_its_penalties(problem, method):
    X, y, masks, lam = problem
    lams = lam * np.array([0.3, 3.0, 1.0, 20.0])
    path = solve_relu_path(X, y, masks, lams, method=method, **METHODS[method])
    for one, at in zip(path, lams, strict=True):
        cold = solve_relu(X, y, masks, at)
        assert one.lam == at
        assert one.gap <= 1e-6
        assert abs(one.objective - cold.objective) <= 1e-6 * 0.5 * y @ y


@pytest.mark.parametrize("method", METHODS)
def test_rounding_is_not_fitted(method):
    X, y = np.ones((3, 1)), np.array([0.1, 0.2, -0.3])
    assert 0.0 < abs(X[:, 0] @ y) < 1e-16
    solution = solve_relu(X, y, MaskSet.sample(X, 5, seed=0), 1e-20, method=method)
    assert solution.status == "optimal"
    assert not solution.weights.any()


@pytest.mark.parametrize("method", METHODS)
def test_several_targets_are_programs_of_their_own(problem, method):
    X, y, masks, lam = problem
    Y, lams = np.column_stack([y, X[:, 0] - y]), [lam, 0.5 * lam]
    both = solve_relu(X, Y, masks, lams, method=method)
    paths = solve_relu_path(X, Y, masks, lams, method=method)
    for target, one, solution, path in zip(Y.T, lams, both, paths, strict=True):
        alone = solve_relu(X, target, masks, one, method=method)
        np.testing.assert_array_equal(solution.weights, alone.weights)
        assert [s.lam for s in path] == lams
        assert all(s.gap <= s.tol for s in path)
    with pytest.raises(ValueError, match="lam must be one number or 2, one for each target, got 3"):
        solve_relu(X, Y, masks, [lam] * 3)


def test_it_repeats_itself_and_changes_nothing(problem):
    X, y, masks, lam = problem
    before = X.copy(), y.copy()
    one, other = solve_relu(X, y, masks, lam), solve_relu(X, y, masks, lam)
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(X, before[0])
    assert np.array_equal(y, before[1])


def test_columns_far_below_the_bias_end_with_the_remedy_and_soon(monkeypatch):
    """Without an end to steps that rounding spoils, 3,768 and 14,830 points b are visited."""
    visited, at = [], newton._Point._at
    monkeypatch.setattr(newton._Point, "_at", lambda point, b: visited.append(1) or at(point, b))
    X = np.random.default_rng(0).standard_normal((40, 4))
    y = X[:, 0] * X[:, 1]
    with pytest.warns(ConvergenceWarning, match="bring the columns of X to one scale"):
        model = ConvexReLURegressor(n_gates=20, random_state=0).fit(1e-8 * X, y)
    assert 1e-6 < model.dual_gap_ <= 1.0
    assert len(visited) < 2500
    assert ConvexReLURegressor(n_gates=20, random_state=0).fit(X, y).dual_gap_ <= 1e-6


def test_a_penalty_below_rounding_leaves_the_start_finite():
    F = np.random.default_rng(0).standard_normal((40, 4))
    X, M = np.column_stack([1e-10 * F, np.ones(40)]), np.outer([1.0, -1.0], np.ones(40))
    assert np.isfinite(start_weights(X, M, F[:, 0], 1e-12)).all()
