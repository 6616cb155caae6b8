"""The ReLU network read off a solution of the ReLU program, its output and its objective."""

import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk import solve_relu, to_network
from fixing_ntk.programs import group_norms
from fixing_ntk.relu import network_objective, network_output


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


def test_objective_is_loss_and_weight_decay_of_the_network():
    X, y, _, _ = random_problem(20, 3, 1, seed=0)
    rng = np.random.default_rng(0)
    W, v = rng.standard_normal((3, 5)), rng.standard_normal(5)
    residual = network_output(W, v, X) - y
    decay = 0.15 * (np.sum(W**2) + np.sum(v**2))
    assert network_objective(W, v, X, y, 0.3) == pytest.approx(0.5 * residual @ residual + decay)
