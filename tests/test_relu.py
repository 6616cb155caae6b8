"""The ReLU program against cvxpy, its gated relaxation, and the network that it describes."""

import numpy as np
import pytest
from conftest import random_problem
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from fixing_ntk import MaskSet, lambda_max, solve, solve_relu, to_network
from fixing_ntk.networks import network_objective, network_output
from fixing_ntk.programs import MaskedDesign, cones, group_norms

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


@pytest.mark.parametrize("ratio", [0.5, 0.1, 0.01])
@pytest.mark.parametrize("shape", [(30, 3, 60), (10, 6, 40), (40, 4, 15)])
def test_agrees_with_cvxpy(shape, ratio):
    X, y, masks, lam = random_problem(*shape, seed=0, ratio=ratio)
    solution = solve_relu(X, y, masks, lam, tol=1e-7, backend="clarabel")
    optimum, scale = by_cvxpy(X, y, masks, lam), 0.5 * y @ y
    assert solution.status == "optimal"
    assert solution.gap <= 1e-7
    assert abs(solution.objective - optimum) <= 2e-7 * scale
    assert solution.dual_objective <= optimum + 1e-7 * scale
    assert solution.violation <= 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [0.1, 0.01])
def test_scales_to_hundreds_of_samples_and_masks(ratio):
    X, y, masks, lam = random_problem(200, 10, 200, seed=0, ratio=ratio)
    solution = solve_relu(X, y, masks, lam, backend="clarabel")
    assert solution.status == "optimal"
    assert solution.violation <= 1e-12


def test_gated_optimum_is_never_above(problem):
    X, y, masks, lam = problem
    gated, relu = solve(X, y, masks, lam, tol=1e-8), solve_relu(X, y, masks, lam, tol=1e-8)
    assert gated.dual_objective <= relu.objective
    # The same w on D_i and -D_i: one sign is lost to the cones, not to the relaxation.
    assert relu.objective > gated.objective


def test_network_attains_the_convex_objective_and_the_prediction(problem):
    X, y, masks, lam = problem
    solution = solve_relu(X, y, masks, lam, tol=1e-8)
    first, second = to_network(solution)
    assert first.shape == (4, len(second))
    assert np.allclose(group_norms(first), np.abs(second)), "balanced layers"
    M = masks.dense()
    predicted = np.sum(M * (X @ (solution.weights[0] - solution.weights[1])), axis=1)
    assert np.allclose(network_output(first, second, X), predicted, atol=1e-10)
    objective = network_objective(first, second, X, y, lam)
    assert objective == pytest.approx(solution.objective, rel=1e-10)


def test_no_trained_network_is_below_the_optimum_over_all_masks():
    X, y, _, _ = random_problem(12, 3, 1, seed=2)
    masks = MaskSet.enumerate(X)
    lam = 0.1 * lambda_max(X, y, masks)
    optimum = solve_relu(X, y, masks, lam, tol=1e-8)
    width, rng = 20, np.random.default_rng(0)

    def objective(flat):
        first, second = flat[: 3 * width].reshape(3, width), flat[3 * width :]
        return network_objective(first, second, X, y, lam)

    for _ in range(5):
        trained = minimize(objective, rng.standard_normal(4 * width), method="L-BFGS-B").fun
        assert trained >= optimum.dual_objective


def test_projection_is_the_nearest_point_of_the_cone():
    X, _, masks, _ = random_problem(15, 4, 30, seed=0)
    rng = np.random.default_rng(0)
    for mask in masks.dense().T:
        z = rng.standard_normal(4)
        w = cones.project(X, mask, z)
        signed = np.where(mask[:, None], X, -X)
        assert np.all(signed @ w >= -1e-12), "in the cone"
        assert abs(w @ (z - w)) <= 1e-12, "orthogonal to what was taken off"
        inside = cones.project(X, mask, rng.standard_normal(4))
        assert inside @ (z - w) <= 1e-12, "what was taken off is in the polar cone"
        assert np.allclose(cones.project(X, mask, w), w, atol=1e-12)


def test_scores_bound_what_unit_weights_in_the_cones_can_gain():
    X, y, masks, _ = random_problem(15, 4, 30, seed=0)
    design, rng = MaskedDesign(X, masks), np.random.default_rng(0)
    scores = cones.scores(design, y, 0.0)
    for i, mask in enumerate(masks.dense().T):
        for _ in range(20):
            w = cones.project(X, mask, rng.standard_normal(4))
            gain = (mask * (X @ w)) @ y
            assert gain <= scores[0, i] * np.linalg.norm(w) + 1e-10
            assert -gain <= scores[1, i] * np.linalg.norm(w) + 1e-10


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
