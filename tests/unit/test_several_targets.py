"""Several targets in one call: each is a program of its own, on shared masks."""

import numpy as np
import pytest
from conftest import random_problem
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from fixing_ntk import GatedReLUClassifier, MaskSet, lambda_max, solve, solve_path
from fixing_ntk.programs import Problem
from fixing_ntk.solvers import interface
from fixing_ntk.solvers.interface import solve_paths


@pytest.fixture(scope="module")
def problem():
    X, y, masks, _ = random_problem(120, 5, 60, seed=0)
    rng = np.random.default_rng(1)
    return X, np.column_stack([y, rng.standard_normal(120), X[:, 0]]), masks


def test_each_target_has_its_own_solution_and_certificate(problem):
    X, Y, masks = problem
    lams = 0.1 * lambda_max(X, Y, masks)
    for solution, y, lam in zip(solve(X, Y, masks, lams), Y.T, lams, strict=True):
        alone = solve(X, y, masks, lam)
        assert solution.gap <= 1e-6
        assert np.array_equal(solution.weights, alone.weights)
        assert solution.lam == lam == 0.1 * lambda_max(X, y, masks)


def test_one_penalty_is_that_of_every_target(problem):
    X, Y, masks = problem
    lam = 0.3 * lambda_max(X, Y, masks).min()
    together, each = solve(X, Y, masks, lam), solve(X, Y, masks, np.full(3, lam))
    assert [s.objective for s in together] == [s.objective for s in each]


def test_paths_are_those_of_each_target_alone(problem):
    X, Y, masks = problem
    lams = lambda_max(X, Y, masks)[:, None] * np.array([0.1, 0.5])
    paths = solve_path(X, Y, masks, lams)
    for path, y, grid in zip(paths, Y.T, lams, strict=True):
        alone = solve_path(X, y, masks, grid)
        assert [s.objective for s in path] == [s.objective for s in alone]
    shared = solve_path(X, Y, masks, lams[0])
    assert [s.lam for s in shared[2]] == list(lams[0])


def test_a_start_from_another_target_is_in_the_scale_of_ones_own(problem, monkeypatch):
    """In other units the first solution is the second's: it is certified and no step is taken."""
    monkeypatch.setattr(interface, "SEVERAL_FROM", 100)
    X, Y, masks = problem
    Y = np.column_stack([Y[:, 0], 1e3 * Y[:, 0]])
    first, second = solve(X, Y, masks, 0.01 * lambda_max(X, Y, masks))
    assert second.n_iter == 1 < first.n_iter


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_a_path_starts_from_its_largest_penalty(problem, order):
    """Which is then solved as if alone, and those below from it."""
    X, Y, masks = problem
    lams = lambda_max(X, Y[:, 0], masks) * np.array([0.02, 0.019, 0.018])[order]
    path = solve_path(X, Y[:, 0], masks, lams)
    alone = [solve(X, Y[:, 0], masks, lam) for lam in lams]
    largest = np.argmax(lams)
    assert path[largest].history == alone[largest].history
    assert sum(s.n_iter for s in path) < sum(s.n_iter for s in alone)


def test_starts_are_one_for_each_target(problem):
    X, Y, masks = problem
    lams = 0.1 * lambda_max(X, Y, masks)
    near = solve(X, Y, masks, 1.05 * lams)
    again = solve(X, Y, masks, lams, start=near)
    assert sum(s.n_iter for s in again) < sum(s.n_iter for s in solve(X, Y, masks, lams))
    with pytest.raises(TypeError, match="start must be a list of 3"):
        solve(X, Y, masks, lams, start=near[0])


def test_what_does_not_fit_is_named(problem):
    X, Y, masks = problem
    with pytest.raises(ValueError, match="lam must be one number or 3"):
        solve(X, Y, masks, [1.0, 2.0])
    with pytest.raises(ValueError, match="a row for each target, got 2"):
        solve_path(X, Y, masks, np.ones((2, 4)))
    with pytest.raises(ValueError, match="y must be"):
        solve(X, Y[..., None], masks, 1.0)
    with pytest.raises(ValueError, match="y"):
        solve(X, Y[:-1], masks, 1.0)
    with pytest.raises(TypeError, match="lam must be a number"):
        solve(X, Y[:, 0], masks, [1.0])


def test_many_samples_are_solved_by_a_sample_where_lam_is_large(problem, monkeypatch):
    monkeypatch.setattr(interface, "SEVERAL_FROM", 100)
    X, Y, masks = problem
    tops = lambda_max(X, Y, masks)
    for ratio, name in ((0.1, "newton_cg"), (0.01, "newton")):
        for solution, y in zip(solve(X, Y, masks, ratio * tops), Y.T, strict=True):
            alone = solve(X, y, masks, solution.lam)
            assert solution.method == name
            assert alone.method == "newton"
            assert abs(solution.objective - alone.objective) <= 1e-6 * 0.5 * y @ y


def test_where_lam_is_small_each_target_starts_from_the_first(problem, monkeypatch):
    monkeypatch.setattr(interface, "SEVERAL_FROM", 100)
    X, Y, masks = problem
    Y = Y * np.array([1.0, 1e4, 0.0])  # scales that differ, and a target without any
    tops = np.maximum(lambda_max(X, Y, masks), 1.0)
    alone = [solve(X, y, masks, 0.005 * top) for y, top in zip(Y.T, tops, strict=True)]
    together = solve(X, Y[:, ::-1], masks, 0.005 * tops[::-1])[::-1]
    for one, solution, y in zip(alone, together, Y.T, strict=True):
        assert solution.gap <= 1e-6
        assert abs(solution.objective - one.objective) <= 1e-6 * 0.5 * y @ y
    Y = np.column_stack([Y[:, 0], Y[:, 0] + 0.1 * Y[:, 1] / 1e4])
    near = solve(X, Y, masks, 0.005 * tops[0])
    assert near[1].n_iter < solve(X, Y[:, 1], masks, 0.005 * tops[0]).n_iter


def test_a_path_is_predicted_by_solutions_of_its_own_target(problem, monkeypatch):
    """Those of another are the start of its first point, and no more."""
    seen = []

    def newton(design, y, lam, tol, scores, warm_starts=(), **options):
        seen.append((len(warm_starts), sum(np.array_equal(one.y, y) for one in warm_starts)))
        return interface.newton(design, y, lam, tol, scores, warm_starts, **options)

    monkeypatch.setattr(interface, "SEVERAL_FROM", 100)
    monkeypatch.setitem(interface.METHODS, "newton", newton)
    X, Y, masks = problem
    grids = lambda_max(X, Y, masks)[:2, None] * np.array([0.015, 0.012, 0.01])
    solve_path(X, Y[:, :2], masks, grids)
    assert seen == [(0, 0), (1, 1), (2, 2), (1, 0), (1, 1), (2, 2)]


def test_each_target_that_stops_short_warns_of_the_callers_line(problem):
    X, Y, masks = problem
    with pytest.warns(ConvergenceWarning) as said:
        solutions = solve(X, Y, masks, 0.005 * lambda_max(X, Y, masks), tol=1e-12, max_iter=3)
    short = [solution for solution in solutions if solution.status != "optimal"]
    assert short
    assert [warning.filename for warning in said] == [__file__] * len(short)


def test_a_problem_keeps_its_design_and_scores(problem):
    """Who has one gets what `solve_path` gives, without another pass for the scores of y."""
    X, Y, masks = problem
    lams = np.outer(lambda_max(X, Y, masks), [0.5, 0.1])
    stated = Problem.of(X, Y, masks)
    np.testing.assert_allclose(stated.lambda_max, lambda_max(X, Y, masks), rtol=1e-14)
    scores = stated.scores
    paths = solve_paths(stated, lams)
    assert stated.scores is scores
    for path, alone in zip(paths, solve_path(X, Y, masks, lams), strict=True):
        for one, other in zip(path, alone, strict=True):
            assert np.array_equal(one.weights, other.weights)


def test_a_classifier_of_ten_classes_certifies_them_all():
    X, labels = load_digits(return_X_y=True)
    model = GatedReLUClassifier(lam=0.03, n_gates=100, random_state=0).fit(X[:1200], labels[:1200])
    assert model.dual_gap_ <= 1e-6
    assert model.eta_.shape == (10, model.gates_.shape[1])
    assert model.score(X[1200:], labels[1200:]) > 0.8


def test_one_column_is_a_list_of_one():
    X, y, masks, lam = random_problem(40, 3, 20, seed=0, ratio=0.1)
    assert isinstance(masks, MaskSet)
    (solution,) = solve(X, y[:, None], masks, lam)
    assert np.array_equal(solution.weights, solve(X, y, masks, lam).weights)
