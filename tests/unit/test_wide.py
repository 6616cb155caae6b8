"""More features than samples: every program is solved in the row space, and stays what it was."""

import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk import MKLClassifier, lambda_max, solve, solve_mkl, solve_relu
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, Problem, certify
from fixing_ntk.programs import lp_mkl as program
from fixing_ntk.relu import certify as certify_relu


@pytest.fixture
def wide():
    """12 samples of 40 features, with masks of gates in all of them."""
    return random_problem(12, 40, 30, seed=0, ratio=0.05)


def outside(X, weights):
    """The largest part of weights (d, k) that no sample sees, over the largest weight."""
    Q, _ = np.linalg.qr(X.T)
    return np.abs(weights - Q @ (Q.T @ weights)).max() / np.abs(weights).max()


def test_the_row_space_has_an_orthonormal_basis_and_the_same_scores(wide):
    X, y, masks, _ = wide
    problem = Problem.of(X, y, masks)
    narrow, Q = problem.in_row_space
    np.testing.assert_allclose(Q.T @ Q, np.eye(12), atol=1e-12)
    np.testing.assert_allclose(narrow.design.X @ Q.T, X, atol=1e-12)
    np.testing.assert_allclose(problem.scores[0], problem.design.scores(y), rtol=1e-5)
    tall = Problem.of(X[:, :12], y, MaskSet.from_gates(X[:, :12], masks.gates[:12]))
    assert tall.in_row_space == (tall, None)


@pytest.mark.parametrize("method", ["newton", "newton_cg", "first_order", "fista", "conic"])
def test_weights_are_certified_for_the_features_as_given(wide, method):
    X, y, masks, lam = wide
    solution = solve(X, y, masks, lam, method=method)
    certificate = certify(MaskedDesign(X, masks), y, lam, solution.weights)
    assert certificate.gap <= 1.01e-6
    assert certificate.objective == pytest.approx(solution.objective)
    assert outside(X, solution.active_weights) < 1e-10
    again = solve(X, y, masks, lam, start=solution, tol=1e-9)
    assert again.gap <= 1e-9


def test_the_family_is_certified_for_the_features_as_given(wide):
    X, y, masks, _ = wide
    for p in (1.0, 4 / 3, np.inf):
        solution = solve_mkl(X, y, masks, 0.1, p)
        residual = y - MaskedDesign(X, masks).forward(solution.weights)
        norms = np.linalg.norm(solution.weights, axis=0)
        prior = program.prior_of(masks, False)
        if p > 1:
            value = program.primal(residual, norms, prior, p, 0.1)
            assert value == pytest.approx(solution.objective)
        assert np.allclose(y - residual, solution.fitted)
        assert outside(X, solution.weights) < 1e-10


def test_the_relu_program_is_certified_for_the_features_as_given(wide):
    X, y, masks, lam = wide
    solution = solve_relu(X, y, masks, lam)
    certificate = certify_relu(X, y, masks, lam, solution.active_weights, solution.active)
    assert certificate.gap <= 1.01e-6
    assert outside(X, solution.active_weights) < 1e-10


def test_a_rotation_of_the_features_rotates_a_model():
    """Into more of them too: predictions are the same, since gates see the same signs."""
    X, y, _, _ = random_problem(12, 10, 30, seed=1)
    new = np.random.default_rng(2).standard_normal((5, 10))
    R, _ = np.linalg.qr(np.random.default_rng(3).standard_normal((50, 10)))
    gates = np.random.default_rng(4).standard_normal((10, 40))
    plain, rotated = MaskSet.from_gates(X, gates), MaskSet.from_gates(X @ R.T, R @ gates)
    lam = 0.1 * lambda_max(X, y, plain)
    one, other = solve(X, y, plain, lam, 1e-10), solve(X @ R.T, y, rotated, lam, 1e-10)
    np.testing.assert_allclose(
        rotated.predict(other.weights, new @ R.T), plain.predict(one.weights, new), atol=1e-4
    )


def test_an_estimator_takes_thousands_of_features():
    X = np.random.default_rng(0).standard_normal((30, 3000))
    labels = X[:, 0] > 0
    model = MKLClassifier(random_state=0).fit(X, labels)
    assert model.dual_gap_ <= 1e-6
    assert model.score(X, labels) == 1.0
