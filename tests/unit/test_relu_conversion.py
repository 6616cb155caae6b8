"""A gated network as a ReLU network: exact on the samples, feasible, of least norm, and scored."""

import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk import MaskSet, lambda_max, solve, solve_relu, to_network, to_relu
from fixing_ntk.programs import MaskedDesign
from fixing_ntk.relu import cones, decompose, network_objective, network_output

SHAPES = [(12, 3, 20), (40, 4, 60), (60, 8, 50), (20, 2, 100)]


@pytest.mark.parametrize("ratio", [0.3, 0.01])
@pytest.mark.parametrize("shape", SHAPES)
def test_same_predictions_from_weights_in_their_cones(shape, ratio):
    X, y, masks, lam = random_problem(*shape, seed=1, ratio=ratio)
    gated = solve(X, y, masks, lam, tol=1e-8)
    relu = to_relu(gated, X, masks)
    fitted = masks.predict(gated.weights, X)
    output = network_output(*to_network(relu), X)
    assert np.linalg.norm(output - fitted) <= 1e-10 * np.linalg.norm(fitted)
    assert np.allclose(relu.weights[0] - relu.weights[1], gated.weights, atol=1e-12)
    assert relu.violation <= 1e-12
    for pair in relu.weights:
        for i in np.flatnonzero(pair.any(axis=0)):
            inner = np.where(masks.dense()[:, i], 1.0, -1.0) * (X @ pair[:, i])
            assert inner.min() >= -1e-12 * np.abs(inner).max()


@pytest.mark.parametrize("shape", SHAPES[:3])
def test_scored_by_the_dual_of_the_relu_program(shape):
    X, y, masks, lam = random_problem(*shape, seed=2)
    gated, optimum = solve(X, y, masks, lam, tol=1e-8), solve_relu(X, y, masks, lam, tol=1e-7)
    relu, half = to_relu(gated, X, masks), 0.5 * y @ y
    assert relu.method == "to_relu"
    assert relu.objective == pytest.approx(network_objective(*to_network(relu), X, y, lam))
    assert gated.dual_objective + 1e-3 * half < relu.dual_objective
    assert relu.dual_objective <= optimum.objective <= relu.objective
    assert cones.largest_score(MaskedDesign(X, masks), relu.dual_point) == pytest.approx(lam)
    assert relu.gap == pytest.approx((relu.objective - relu.dual_objective) / half)
    assert relu.status == "not_converged"
    # Feasible for what every unit weight of a cone can gain.
    for w in np.hstack(relu.weights).T[np.hstack(relu.weights).any(axis=0)]:
        assert abs(relu.dual_point @ np.maximum(X @ w, 0.0)) <= lam * np.linalg.norm(w) * (1 + 1e-9)


def test_least_sum_of_norms():
    cvxpy, rng = pytest.importorskip("cvxpy"), np.random.default_rng(0)
    for n, d in [(8, 3), (20, 4), (60, 5), (6, 4)] * 3:
        X, gate = rng.standard_normal((n, d)), rng.standard_normal(d)
        G = np.where((X @ gate >= 0)[:, None], X, -X)
        w = 0.3 * rng.standard_normal(d) + gate * rng.integers(-1, 2)
        u, v = decompose(G, w, gate)
        V = cvxpy.Variable(d)
        split = cvxpy.norm(V + w) + cvxpy.norm(V)
        problem = cvxpy.Problem(cvxpy.Minimize(split), [G @ (V + w) >= 0, G @ V >= 0])
        assert np.linalg.norm(u) + np.linalg.norm(v) <= problem.solve(solver="CLARABEL") * (
            1 + 1e-6
        )
        assert np.allclose(u - v, w, atol=1e-14 * np.linalg.norm(u))


def test_a_weight_inside_its_cone_stays_alone():
    rng = np.random.default_rng(0)
    X, gate = rng.standard_normal((10, 3)), rng.standard_normal(3)
    G = np.where((X @ gate >= 0)[:, None], X, -X)
    assert [part.tolist() for part in decompose(G, gate, gate)] == [gate.tolist(), [0.0] * 3]
    assert [part.tolist() for part in decompose(G, -gate, gate)] == [[0.0] * 3, gate.tolist()]


def test_the_narrower_the_cone_the_longer_the_pair():
    w, gate, norms = np.array([1.0, 0.0]), np.array([0.0, 1.0]), []
    for width in (1e-1, 1e-3, 1e-6):
        G = np.array([[1.0, width], [-1.0, width]])  # |u_1| <= width u_2
        u, v = decompose(G, w, gate)
        assert np.allclose(u - v, w, atol=1e-15 / width)
        assert min((G @ u).min(), (G @ v).min()) >= -1e-15  # on the edge, to rounding
        norms.append(width * (np.linalg.norm(u) + np.linalg.norm(v)))
    assert np.allclose(norms, 1.0, rtol=0.02)


def test_zero_rows_and_a_gate_on_the_edge_of_its_cone():
    G, w = np.array([[1.0, 0.0], [0.0, 0.0], [0.5, 1.0]]), np.array([1.0, -2.0])
    u, v = decompose(G, w, np.array([0.0, 1.0]))
    assert np.allclose(u - v, w)
    assert min((G @ u).min(), (G @ v).min()) >= 0


def test_a_cone_without_interior_is_named():
    X = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    y = np.array([0.0, -3.0, 1.0, 0.0])
    masks = MaskSet.from_gates(X, [[1.0, 0.0], [0.5, 1.0]])  # the second is orthogonal to two rows
    assert masks.dense()[:, 1].all()
    solution = solve(X, y, masks, 0.1 * lambda_max(X, y, masks))
    assert 1 in solution.active
    with pytest.raises(ValueError, match="mask 1: its cone has no interior"):
        to_relu(solution, X, masks)


def test_scale_of_the_data_changes_nothing_but_the_scale():
    X, y, masks, lam = random_problem(30, 4, 40, seed=3)
    base = to_relu(solve(X, y, masks, lam, tol=1e-9), X, masks)
    for c, k in [(2.0**40, 1.0), (2.0**-40, 2.0**20)]:
        scaled = to_relu(solve(c * X, k * y, masks, c * k * lam, tol=1e-9), c * X, masks)
        assert scaled.gap == pytest.approx(base.gap, rel=1e-4)
        assert scaled.violation <= 1e-12


def test_zero_weights_are_the_zero_network():
    X, y, masks, _ = random_problem(20, 3, 20, seed=0)
    zero = to_relu(solve(X, y, masks, lambda_max(X, y, masks)), X, masks)
    assert not zero.weights.any()
    assert zero.gap == 0.0
    assert zero.status == "optimal"


def test_masks_of_another_solution_are_refused():
    X, y, masks, lam = random_problem(20, 3, 20, seed=0)
    solution = solve(X, y, masks, lam)
    with pytest.raises(ValueError, match="give those that were solved over"):
        to_relu(solution, X, masks.subset(np.arange(5)))
    with pytest.raises(ValueError, match="give those that were solved over"):
        to_relu(solution, X[:10], MaskSet.sample(X[:10], 20))


def test_other_rows_than_the_solutions_are_refused():
    """Those without the roots of the sample weights, and others."""
    X, y, masks, lam = random_problem(40, 4, 30, seed=1)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, 40)
    solution = solve(X, y, masks, lam, sample_weight=weight)
    converted = to_relu(solution, np.sqrt(weight)[:, None] * X, masks)
    assert converted.objective >= solution.objective * (1.0 - 1e-9)
    for rows in (X, 2.0 * X):
        with pytest.raises(ValueError, match="times the roots of the sample weights"):
            to_relu(solution, rows, masks)
