"""Non-convex training against finite differences and against the convex programs it equals."""

import numpy as np
import pytest
from conftest import random_problem
from scipy.optimize import check_grad

from fixing_ntk import MaskSet, lambda_max, solve, solve_relu
from fixing_ntk.relu import objective_and_gradient, train


@pytest.mark.parametrize("gated", [False, True])
def test_gradient_is_that_of_the_objective(gated):
    X, y, _, _ = random_problem(20, 3, 1, seed=0)
    rng = np.random.default_rng(0)
    open_ = (rng.random((20, 5)) < 0.5).astype(float) if gated else None

    def parts(flat):
        return objective_and_gradient(flat[:15].reshape(3, 5), flat[15:], X, y, 0.3, open_)

    def gradient(flat):
        _, dW, dv = parts(flat)
        return np.concatenate([dW.ravel(), dv])

    for _ in range(3):
        flat = rng.standard_normal(20)
        assert check_grad(lambda f: parts(f)[0], gradient, flat) <= 1e-4 * np.linalg.norm(
            gradient(flat)
        )


@pytest.mark.parametrize("ratio", [0.3, 0.05])
def test_gated_training_ends_at_the_group_lasso_optimum(ratio):
    """Given its gates, a gated network has no worse local minimum that L-BFGS meets here."""
    X, y, masks, lam = random_problem(25, 3, 30, seed=1, ratio=ratio)
    optimum = solve(X, y, masks, lam, tol=1e-9)
    trained = [train(X, y, lam, None, seed, gates=masks.gates).objective for seed in range(3)]
    assert min(trained) >= optimum.dual_objective
    assert min(trained) == pytest.approx(optimum.objective, rel=1e-4)


def test_relu_training_is_never_below_the_optimum_over_all_masks():
    X, y, _, _ = random_problem(12, 3, 1, seed=2)
    masks = MaskSet.enumerate(X)
    lam = 0.1 * lambda_max(X, y, masks)
    optimum = solve_relu(X, y, masks, lam, tol=1e-8)
    trained = [train(X, y, lam, 30, seed).objective for seed in range(10)]
    assert min(trained) >= optimum.dual_objective
    assert min(trained) <= 1.05 * optimum.objective


def test_seed_decides_the_start():
    X, y, _, _ = random_problem(12, 3, 1, seed=2)
    one, same, other = (train(X, y, 0.5, 4, seed, max_iter=5) for seed in (0, 0, 1))
    assert np.array_equal(one.first, same.first)
    assert not np.array_equal(one.first, other.first)


def test_gated_training_says_how_far_it_came():
    X, y, masks, lam = random_problem(25, 3, 30, seed=1)
    short = train(X, y, lam, None, 0, gates=masks.gates, max_iter=3)
    full = train(X, y, lam, None, 0, gates=masks.gates)
    assert short.n_iter == 3 < full.n_iter
    assert full.gradient < 1e-4 < short.gradient
    open_ = masks.dense().astype(float)
    _, dW, dv = objective_and_gradient(short.first, short.second, X, y, lam, open_)
    decay = lam * np.hypot(np.linalg.norm(short.first), np.linalg.norm(short.second))
    gradient = np.hypot(np.linalg.norm(dW), np.linalg.norm(dv))
    assert short.gradient == pytest.approx(gradient / decay)
