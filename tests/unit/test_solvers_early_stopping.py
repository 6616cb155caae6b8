"""IRLS stopped early: the passes of the paper's algorithm, and what each stop certifies."""

from itertools import islice

import numpy as np
import pytest

from fixing_ntk import MaskSet, lambda_max, solve
from fixing_ntk.programs import MaskedDesign
from fixing_ntk.solvers import gl_iterates, iterate_weights
from fixing_ntk.solvers.early_stopping import early_stops

COUNTS = (0, 1, 3, 9)


def problem(n=60, d=4, seed=0):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    return X, y, MaskSet.sample(X, 80, seed=1)


@pytest.mark.parametrize("ratio", [0.5, 0.01, 1e-4])
def test_stops_are_the_passes_of_the_algorithm(ratio):
    X, y, masks = problem()
    X, y = X / np.sqrt(np.mean(X**2)), y / np.sqrt(np.mean(y**2))
    design, lam = MaskedDesign(X, masks), ratio * lambda_max(X, y, masks)
    passes = list(islice(gl_iterates(design, y, lam), max(COUNTS) + 1))
    for k, stop in early_stops(design, y, lam, COUNTS).items():
        weights = iterate_weights(design, passes[k])
        assert np.abs(stop.weights - weights).max() <= 1e-4 * np.abs(weights).max()
        assert stop.mkl_gap == pytest.approx(passes[k].gap, rel=1e-3)


@pytest.mark.parametrize(("x_unit", "y_unit"), [(1e-60, 1e60), (1e60, 1e-60), (1.0, 7.3), (0.3, 1)])
def test_stops_are_the_same_in_any_units(x_unit, y_unit):
    X, y, masks = problem()
    lam = 0.02 * lambda_max(X, y, masks)
    plain = early_stops(MaskedDesign(X, masks), y, lam, COUNTS)
    design = MaskedDesign(x_unit * X, masks)
    scaled = early_stops(design, y_unit * y, x_unit * y_unit * lam, COUNTS)
    for k in COUNTS:
        predicted = design.forward(scaled[k].weights) / y_unit
        expected = MaskedDesign(X, masks).forward(plain[k].weights)
        np.testing.assert_allclose(predicted, expected, atol=1e-5)


def test_a_stop_to_choose_by_predicts_as_the_exact_one_does():
    """Where single precision alone would be off by some per cent."""
    X, y, _ = problem(n=100, d=2)
    masks = MaskSet.sample(np.column_stack([X, np.ones(100)]), 50, seed=1)
    design = MaskedDesign(np.column_stack([X, np.ones(100)]), masks)
    for ratio in (1e-5, 1e-7):
        lam = ratio * design.scores(y).max()
        rough, exact = (early_stops(design, y, lam, COUNTS, refined) for refined in (False, True))
        for k in COUNTS:
            away = design.forward(rough[k].weights - exact[k].weights)
            assert np.linalg.norm(away) <= 2e-5 * np.linalg.norm(y)


def test_ridge_regression_at_a_stop_is_exact():
    X, y, masks = problem()
    design, lam = MaskedDesign(X, masks), 0.02 * lambda_max(X, y, masks)
    for stop in early_stops(design, y, lam, COUNTS).values():
        K = design.kernel(stop.eta)
        left = K @ stop.beta + lam * stop.beta - y
        assert np.linalg.norm(left) <= 1e-8 * np.linalg.norm(y)
        assert stop.gap <= 1e-12
        np.testing.assert_allclose(design.forward(stop.weights), K @ stop.beta, rtol=1e-9)


def test_the_distance_to_the_optimum_is_bounded_and_falls():
    X, y, masks = problem()
    design, lam = MaskedDesign(X, masks), 0.05 * lambda_max(X, y, masks)
    optimum = solve(X, y, masks, lam, tol=1e-9).objective
    gaps = []
    for stop in early_stops(design, y, lam, COUNTS).values():
        residual = y - design.forward(stop.weights)
        objective = 0.5 * residual @ residual + lam * np.linalg.norm(stop.weights, axis=0).sum()
        assert 0.0 <= objective - optimum <= stop.mkl_gap * 0.5 * y @ y
        gaps.append(stop.mkl_gap)
    assert all(np.diff(gaps) < 0)


def test_samples_that_repeat_leave_a_certificate():
    X, y, masks = problem(n=20)
    X, y = np.vstack([X, X]), np.concatenate([y, y])
    masks = MaskSet.from_gates(X, masks.gates)
    design, lam = MaskedDesign(X, masks), 1e-9 * lambda_max(X, y, masks)
    for stop in early_stops(design, y, lam, COUNTS).values():
        assert stop.gap <= 1e-6
