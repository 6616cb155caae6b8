"""Every solver against an independent one, its optimality conditions, and invariances."""

import dataclasses
import sys
import warnings

import numpy as np
import pytest
from conftest import random_problem
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso
from threadpoolctl import threadpool_limits

from fixing_ntk import MaskSet, lambda_max, solve, solve_path
from fixing_ntk.programs import MaskedDesign, certify
from fixing_ntk.solvers import METHODS

pytestmark = pytest.mark.usefixtures("small_samples")

cvxpy = pytest.importorskip("cvxpy")

SHAPES = {
    "n > d": (40, 4, 60),
    "d > n": (12, 20, 40),
    "p < n": (60, 3, 15),
    "p >> n": (15, 5, 400),
}


def by_cvxpy(X, y, masks, lam):
    W = cvxpy.Variable((X.shape[1], len(masks)))
    fit = cvxpy.sum(cvxpy.multiply(masks.dense().astype(float), X @ W), axis=1)
    penalty = cvxpy.sum(cvxpy.norm(W, 2, axis=0))
    problem = cvxpy.Problem(cvxpy.Minimize(0.5 * cvxpy.sum_squares(fit - y) + lam * penalty))
    return problem.solve(solver="CLARABEL")


@pytest.mark.parametrize("ratio", [0.5, 0.05, 0.005])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_method_reaches_the_optimum_of_cvxpy(shape, ratio):
    X, y, masks, lam = random_problem(*SHAPES[shape], seed=0, ratio=ratio)
    optimum = by_cvxpy(X, y, masks, lam)
    scale = 0.5 * y @ y
    for method in METHODS:
        solution = solve(X, y, masks, lam, tol=1e-5, method=method)
        assert solution.status == "optimal", method
        assert abs(solution.objective - optimum) <= 1.1e-5 * scale, method
        assert solution.dual_objective <= optimum + 1e-8 * scale, method


def degenerate(kind):
    """Problems at the edges of what the program allows."""
    X, y, masks, _ = random_problem(40, 5, 80, seed=3)
    if kind == "repeated masks":
        again = np.repeat(np.arange(len(masks)), 3)
        masks = masks.subset(again)
    elif kind == "rank-deficient X":
        X = np.hstack([X, X[:, :3], np.zeros((40, 2))])
        masks = MaskSet.sample(X, 80, seed=3)
    elif kind == "d > n":
        X, y, masks, _ = random_problem(15, 40, 60, seed=3)
    elif kind == "p < n":
        X, y, masks, _ = random_problem(90, 4, 7, seed=3)
    elif kind == "y in the span":
        W = np.random.default_rng(0).standard_normal((5, len(masks)))
        y = MaskedDesign(X, masks).forward(W)
    elif kind == "one sample":
        X, y, masks, _ = random_problem(1, 3, 10, seed=3)
    return X, y, masks


@pytest.mark.parametrize("ratio", [0.3, 0.01, 1e-4])
@pytest.mark.parametrize(
    "kind",
    ["repeated masks", "rank-deficient X", "d > n", "p < n", "y in the span", "one sample"],
)
def test_degenerate_problems_agree_with_clarabel_to_1e7(kind, ratio):
    X, y, masks = degenerate(kind)
    lam = ratio * lambda_max(X, y, masks)
    scale = 0.5 * y @ y
    optimum = by_cvxpy(X, y, masks, lam)
    for method in ("newton", "newton_cg", *["first_order"] * (ratio >= 0.01)):
        solution = solve(X, y, masks, lam, tol=1e-8, method=method)
        assert solution.status == "optimal", method
        assert abs(solution.objective - optimum) <= 1e-7 * scale, method


def test_zero_targets_and_large_penalties_give_zero(problem):
    X, y, masks, _ = problem
    for targets, lam in [(np.zeros_like(y), 1.0), (y, lambda_max(X, y, masks))]:
        solution = solve(X, targets, masks, lam)
        assert solution.n_active == 0
        assert solution.gap == 0.0
        assert solution.eta.sum() == 1.0


@pytest.mark.parametrize("seed", range(8))
def test_newton_certifies_1e9_on_random_shapes(seed):
    rng = np.random.default_rng(seed)
    n, d, p = rng.integers(5, 120), rng.integers(2, 40), rng.integers(1, 500)
    for ratio in (0.9, 0.1, 0.003):
        X, y, masks, lam = random_problem(n, d, p, seed, ratio=ratio, labels=seed % 2 == 0)
        solution = solve(X, y, masks, lam, tol=1e-9)
        assert solution.gap <= 1e-9
        assert solution.method == "newton"


def test_solution_satisfies_the_kkt_conditions(problem):
    X, y, masks, lam = problem
    solution = solve(X, y, masks, lam, tol=1e-12)
    design = MaskedDesign(X, masks)
    residual = y - design.forward(solution.weights)
    correlations = design.adjoint(residual)
    norms = np.linalg.norm(solution.weights, axis=0)
    assert np.all(np.linalg.norm(correlations, axis=0) <= lam * (1 + 1e-6)), "dual feasibility"
    active = norms > 0
    assert np.allclose(
        correlations[:, active], lam * solution.weights[:, active] / norms[active], atol=1e-5 * lam
    ), "stationarity on the active groups"
    assert 0 < active.sum() < len(masks)
    assert solution.n_active == active.sum()
    assert np.allclose(solution.eta, norms / norms.sum())


def test_reported_certificate_is_the_one_of_the_weights(problem):
    X, y, masks, lam = problem
    solution = solve(X, y, masks, lam, tol=1e-3)
    again = certify(MaskedDesign(X, masks), y, lam, solution.active_weights, solution.active)
    assert (again.objective, again.gap) == (solution.objective, solution.gap)
    better = solve(X, y, masks, lam, tol=1e-10)
    assert solution.objective - better.objective <= solution.gap * 0.5 * y @ y


def test_groups_of_size_one_are_the_lasso():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((50, 1)), rng.standard_normal(50)
    X = np.column_stack([x, np.ones(50)])
    masks = MaskSet.sample(X, 500, seed=0)
    # d = 1: keep the masks, drop the bias from the features.
    one = dataclasses.replace(masks, gates=masks.gates[:1])
    lam = 0.1 * lambda_max(x, y, one)
    lasso = Lasso(alpha=lam / 50, fit_intercept=False, tol=1e-10, max_iter=100_000)
    lasso.fit(one.dense() * x, y)
    residual = y - lasso.predict(one.dense() * x)
    optimum = 0.5 * residual @ residual + lam * np.abs(lasso.coef_).sum()
    assert solve(x, y, one, lam, tol=1e-9).objective == pytest.approx(optimum, rel=1e-7)


def test_scaling_targets_and_penalty_scales_the_solution(problem):
    X, y, masks, lam = problem
    base = solve(X, y, masks, lam, tol=1e-10)
    for c in (1e-6, 1e6):
        scaled = solve(X, c * y, masks, c * lam, tol=1e-10)
        assert scaled.objective == pytest.approx(c**2 * base.objective, rel=1e-8)
        assert np.allclose(scaled.eta, base.eta, atol=1e-4)


def test_scaling_features_and_penalty_keeps_the_predictions(problem):
    X, y, masks, lam = problem
    base = solve(X, y, masks, lam, tol=1e-10)
    for c in (1e-4, 1e4):
        scaled = solve(c * X, y, MaskSet.from_gates(c * X, masks.gates), c * lam, tol=1e-10)
        assert scaled.objective == pytest.approx(base.objective, rel=1e-8)


def test_rotating_features_and_gates_keeps_the_optimum(problem):
    X, y, masks, lam = problem
    Q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((X.shape[1],) * 2))
    turned = solve(X @ Q, y, MaskSet.from_gates(X @ Q, Q.T @ masks.gates), lam, tol=1e-10)
    base = solve(X, y, masks, lam, tol=1e-10)
    assert turned.objective == pytest.approx(base.objective, rel=1e-9)


def test_order_of_masks_does_not_matter(problem):
    X, y, masks, lam = problem
    order = np.random.default_rng(0).permutation(len(masks))
    shuffled = solve(X, y, MaskSet.from_gates(X, masks.gates[:, order]), lam, tol=1e-10)
    assert shuffled.objective == pytest.approx(solve(X, y, masks, lam, tol=1e-10).objective)


def test_rank_deficient_features_and_repeated_rows():
    X, y, _, _ = random_problem(30, 4, 10, seed=0)
    X = np.hstack([X, X[:, :2]])
    X, y = np.vstack([X, X]), np.concatenate([y, -y])
    masks = MaskSet.sample(X, 100, seed=0)
    assert solve(X, y, masks, 0.1 * lambda_max(X, np.abs(y), masks), tol=1e-8).gap <= 1e-8
    y = np.abs(y)
    assert solve(X, y, masks, 0.01 * lambda_max(X, y, masks), tol=1e-8).gap <= 1e-8


def test_targets_in_the_span_are_fitted_as_the_penalty_falls():
    X, _, masks, _ = random_problem(40, 4, 60, seed=0)
    W = np.random.default_rng(0).standard_normal((4, len(masks)))
    y = MaskedDesign(X, masks).forward(W)
    solution = solve(X, y, masks, 1e-6 * lambda_max(X, y, masks), tol=1e-8)
    assert solution.gap <= 1e-8
    fitted = masks.predict(solution.weights, X)
    assert np.linalg.norm(fitted - y) < 1e-2 * np.linalg.norm(y)


def test_many_samples_are_solved_by_conjugate_gradients(monkeypatch):
    X, y, masks, lam = random_problem(400, 5, 100, seed=0)
    exact = solve(X, y, masks, lam, tol=1e-9)
    monkeypatch.setattr("fixing_ntk.solvers.interface.NEWTON_UP_TO", 399)
    solution = solve(X, y, masks, lam, tol=1e-7)
    assert solution.method == "newton_cg"
    assert solution.objective == pytest.approx(exact.objective, rel=1e-7)


def test_steps_that_start_too_long_are_shortened(problem, monkeypatch):
    X, y, masks, lam = problem
    module = sys.modules["fixing_ntk.solvers.fista"]
    monkeypatch.setattr(module, "_curvature_along", lambda *_: 1e-6)
    for method in ("fista", "first_order"):
        assert solve(X, y, masks, lam, method=method).status == "optimal"


def test_two_threads_change_the_objective_by_less_than_1e10(monkeypatch):
    X, y, masks, lam = random_problem(300, 8, 200, seed=0, ratio=0.03, labels=True)
    with threadpool_limits(1):
        one = solve(X, y, masks, lam)
    monkeypatch.setattr("fixing_ntk.programs.blas.WORTH_THREADS", 0)
    with threadpool_limits(2):
        two = solve(X, y, masks, lam)
    assert two.objective == pytest.approx(one.objective, rel=1e-10)


@pytest.mark.parametrize("method", ["newton", "fista"])
def test_refit_from_the_solution_takes_at_most_two_iterations(problem, method):
    X, y, masks, lam = problem
    first = solve(X, y, masks, lam, tol=1e-7, method=method)
    again = solve(X, y, masks, lam, tol=1e-6, method=method, start=first)
    assert again.n_iter <= 2
    assert again.status == "optimal"


def test_path_equals_single_solves_in_any_order(problem):
    X, y, masks, lam = problem
    lams = lam * np.array([0.1, 20.0, 1.0, 0.5])
    path = solve_path(X, y, masks, lams, tol=1e-9)
    assert [s.lam for s in path] == list(lams)
    assert not path[1].weights.any()
    for s in path:
        alone = solve(X, y, masks, s.lam, tol=1e-9)
        assert s.objective == pytest.approx(alone.objective, rel=1e-8)


@pytest.mark.parametrize("step", [0.0, 1e-16, 1e-12, 1e-6, 1e-3])
def test_penalties_that_repeat_or_nearly_do(problem, step):
    X, y, masks, lam = problem
    once = lam * np.geomspace(3.0, 0.03, 6)
    lams = np.concatenate([once * (1 + step), once, once * (1 - step)])
    path = solve_path(X, y, masks, lams, tol=1e-6)
    assert {s.status for s in path} == {"optimal"}
    assert np.isfinite([s.active_weights.sum() for s in path]).all()
    for above, at, below in zip(path[:6], path[6:12], path[12:], strict=True):
        for other in (above, below):
            assert other.objective == pytest.approx(at.objective, rel=4 * step + 1e-5)


def test_the_secant_of_two_neighbours_costs_no_steps():
    """Two solutions that differ by their tolerance only predict nothing of the next."""
    ratios = np.geomspace(0.9, 1e-3, 15)
    for seed in range(3):
        X, y, masks, top = random_problem(200, 5, 500, seed, ratio=1.0)
        steps = [
            sum(s.n_iter for s in solve_path(X, y, masks, top * lams, tol=1e-4))
            for lams in (np.repeat(ratios, 2), np.outer(ratios, [1.0, 1.0 - 1e-9]).ravel())
        ]
        assert steps[1] <= 1.05 * steps[0]


def test_history_ends_at_the_solution_and_objective_never_rises(problem):
    X, y, masks, lam = problem
    for method in ("newton", "irls"):
        solution = solve(X, y, masks, lam, tol=1e-8, method=method)
        assert solution.n_iter == len(solution.history)
        assert solution.history[-1][0] == pytest.approx(solution.objective, rel=1e-9)
        assert solution.history[-1][1] <= 1e-8
    objectives = np.array([objective for objective, _ in solution.history])
    assert np.all(np.diff(objectives) <= 1e-9 * objectives[0])


@pytest.mark.parametrize("method", [name for name in METHODS if name != "conic"])
def test_stopping_short_is_said_aloud(problem, method):
    X, y, masks, lam = problem
    with pytest.warns(ConvergenceWarning, match=r"gap .* above tol=1e-12"):
        solution = solve(X, y, masks, lam, tol=1e-12, method=method, max_iter=2)
    assert solution.status == "not_converged"
    assert solution.gap > 1e-12


def test_converged_solves_do_not_warn(problem):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solve(*problem)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(X=np.ones((39, 4))), "X must be"),
        (dict(X=np.ones((40, 3))), "masks are of"),
        (dict(y=np.full(40, np.nan)), "finite"),
        (dict(lam=0.0), "lam must be positive"),
        (dict(lam=np.inf), "lam must be positive"),
        (dict(tol=0.0), "tol must be positive"),
        (dict(method="newtn"), "unknown method 'newtn'"),
        (dict(y=np.ones(39)), "X must be"),
        (dict(start=solve(*random_problem(40, 4, 30, seed=1))), "start has weights of shape"),
        *(
            (dict(method=method, max_iter=max_iter), "max_iter must")
            for method in METHODS
            for max_iter in (0, -3)
        ),
    ],
)
def test_bad_arguments_are_named(problem, change, message):
    arguments = dict(zip(("X", "y", "masks", "lam"), problem, strict=True)) | change
    with pytest.raises(ValueError, match=message):
        solve(**arguments)


@pytest.mark.parametrize("max_iter", [2.5, "3", np.nan, [4]])
def test_iterations_are_a_whole_number(problem, max_iter):
    with pytest.raises(TypeError, match="max_iter must be a whole number"):
        solve(*problem, method="fista", max_iter=max_iter)


def test_targets_changed_afterwards_change_no_solution(problem):
    X, y, masks, lam = problem
    y = y.copy()
    solution, before = solve(X, y, masks, lam), y.copy()
    y *= -1.0
    assert np.array_equal(solution.y, before)
