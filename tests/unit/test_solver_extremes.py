"""Solvers where scales, penalties or shapes are extreme: a certified gap, or a clear status."""

import warnings

import numpy as np
import pytest
from conftest import random_problem
from sklearn.exceptions import ConvergenceWarning

from fixing_ntk import GatedReLURegressor, MaskSet, lambda_max, solve, solve_mkl, solve_relu
from fixing_ntk.solvers.interface import METHODS

pytestmark = pytest.mark.usefixtures("small_samples")

TOL = 1e-6
# Iterations: the others may stop short, after 500 where nothing else is said.
LIMIT = {"newton": None, "newton_cg": None, "conic": None, "irls": 60, "first_order": 1000}
SHAPES = {"n > d": (24, 4, 40), "p < n": (40, 3, 6), "p >> n": (10, 4, 300), "d > n": (8, 15, 30)}
SCALES = [  # of X and of y
    (1e-8, 1.0),
    (1e8, 1.0),
    (1.0, 1e-8),
    (1.0, 1e8),
    (1e-8, 1e-8),
    (1e8, 1e8),
    (1e-8, 1e8),
    (1e8, 1e-8),
    (1e-70, 1e-70),
    (1e140, 1.0),
    (1.0, 1e-150),
    (1.0, 1e150),
]


def explicit_gap(X, y, masks, lam, solution):
    """The relative gap of weights and dual point by an explicit matrix, in units that are safe.

    What the dual point violates its constraints by, rounding takes off it.
    """
    x_unit, y_unit = np.abs(X).max(), np.abs(y).max()
    A = np.hstack([m[:, None] * (X / x_unit) for m in masks.dense().T])
    y, lam, W = y / y_unit, lam / y_unit / x_unit, solution.weights / (y_unit / x_unit)
    r, a = y - A @ W.T.ravel(), solution.dual_point / y_unit
    top = np.linalg.norm((A.T @ a).reshape(len(masks), -1), axis=1).max()
    a = a * min(1.0, lam / top) if top > 0 else a
    primal = 0.5 * r @ r + lam * np.linalg.norm(W, axis=0).sum()
    return (primal - a @ y + 0.5 * a @ a) / (0.5 * y @ y)


def checked(X, y, masks, lam, method):
    """Solve; a solution that is not certified must have said so, and only so."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        limit = LIMIT.get(method, 500)
        solution = solve(X, y, masks, lam, tol=TOL, method=method, max_iter=limit)
    assert {w.category for w in caught} <= {ConvergenceWarning}
    assert (solution.status == "optimal") == (solution.gap <= TOL)
    assert (solution.status == "not_converged") == bool(caught)
    assert np.isfinite(solution.weights).all()
    assert solution.eta.sum() == pytest.approx(1.0)
    gap = explicit_gap(X, y, masks, lam, solution)
    # Scores near lam are sums of terms near lambda_max, and the dual is of second order in them.
    rounding = (len(y) * np.finfo(float).eps * lambda_max(X, y, masks) / lam) ** 2
    assert gap == pytest.approx(solution.gap, rel=1e-2, abs=max(1e-8, rounding))
    return solution


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("x_scale", "y_scale"), SCALES)
def test_scale_of_the_data(shape, x_scale, y_scale):
    X, y, masks, _ = random_problem(*SHAPES[shape], seed=5)
    X, y = x_scale * X, y_scale * y
    masks = MaskSet.from_gates(X, masks.gates)
    lam = 0.1 * lambda_max(X, y, masks)
    for method in METHODS:
        solution = checked(X, y, masks, lam, method)
        assert solution.n_active > 0
        # The paper's algorithm starts from the NTK weights, whatever the scale of the data.
        assert solution.status == "optimal" or method == "irls", method


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ratio", [1e6, 1.0 + 1e-9, 1.0 - 1e-9, 1e-4, 1e-7, 1e-12])
def test_penalty_above_and_far_below_its_largest(shape, ratio):
    X, y, masks, _ = random_problem(*SHAPES[shape], seed=6)
    lam = ratio * lambda_max(X, y, masks)
    for method in METHODS:
        solution = checked(X, y, masks, lam, method)
        if ratio > 1:
            assert (solution.n_active, solution.gap) == (0, 0.0)
        if ratio >= (1e-7 if method == "conic" else 1e-4) and method in ("newton", "conic"):
            assert solution.status == "optimal", method


def singular(kind):
    X, y, masks, _ = random_problem(30, 4, 50, seed=7)
    if kind == "rows that repeat":
        X, y = np.repeat(X[:10], 3, axis=0), np.repeat(y[:10], 3)
    elif kind == "rows that contradict":
        X, y = np.vstack([X[:15], X[:15]]), np.concatenate([y[:15], 0.5 - y[:15]])
    elif kind == "rank one":
        X = np.outer(X[:, 0], [1.0, 2.0, -1.0])
    elif kind == "rows of zeros":
        X = X * (np.arange(30) % 3 > 0)[:, None]
    elif kind == "one feature":
        X = X[:, :1]
    gates = np.random.default_rng(0).standard_normal((X.shape[1], 50))
    masks = MaskSet.from_gates(X, gates)
    if kind == "masks that repeat":
        masks = masks.subset(np.repeat(np.arange(len(masks)), 4))
    return X, y, masks


@pytest.mark.parametrize("ratio", [0.3, 1e-3, 1e-7])
@pytest.mark.parametrize(
    "kind",
    [
        "rows that repeat",
        "rows that contradict",
        "rank one",
        "rows of zeros",
        "one feature",
        "masks that repeat",
    ],
)
def test_singular_kernels(kind, ratio):
    X, y, masks = singular(kind)
    lam = ratio * lambda_max(X, y, masks)
    for method in METHODS:
        solution = checked(X, y, masks, lam, method)
        if method == "conic" or (method == "newton" and ratio >= 1e-3):
            assert solution.status == "optimal", method


def tiny_column(seed):
    """One column is tiny, and the target orthogonal to the other."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([1e-8 * rng.standard_normal(40), np.ones(40)])
    y = rng.standard_normal(40)
    return X, y - y.mean(), MaskSet.from_gates(X, np.array([[0.0], [1.0]]))


@pytest.mark.parametrize("seed", range(3))
def test_a_tiny_column_costs_no_digit(seed):
    X, y, masks = tiny_column(seed)
    lam = 0.01 * lambda_max(X, y, masks)
    solution, best = (
        solve(X, y, masks, lam, tol, method) for method, tol in (("newton", 1e-9), ("conic", 1e-6))
    )
    assert solution.gap <= 1e-9
    assert solution.objective == pytest.approx(best.objective, rel=1e-7)


@pytest.mark.parametrize("ratio", [1e-5, 1e-7])
@pytest.mark.parametrize(("n", "d", "n_gates"), [(50, 3, 10), (60, 2, 30), (200, 3, 10)])
def test_few_masks_are_certified_far_below_lambda_max(n, d, n_gates, ratio):
    """Where the residual of the weights is mostly rounding, Newton's own dual point is not."""
    for seed in range(6):
        X, y, masks, lam = random_problem(n, d, n_gates, seed, ratio, labels=seed % 2)
        assert checked(X, y, masks, lam, "newton").status == "optimal", seed


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_features_far_smaller_than_the_bias_are_certified(seed, fit_intercept):
    X, y, _, _ = random_problem(50, 3, 10, seed)
    model = GatedReLURegressor(n_gates=20, random_state=seed, fit_intercept=fit_intercept)
    assert model.fit(1e-5 * X, y).dual_gap_ <= TOL


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(3))
def test_no_solution_is_worse_than_zero_weights(method, seed):
    X, y, masks = tiny_column(seed)
    for limit in (1, 3):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            lam = 0.01 * lambda_max(X, y, masks)
            solution = solve(X, y, masks, lam, method=method, max_iter=limit)
        assert solution.objective <= 0.5 * y @ y
        gap = (solution.objective - solution.dual_objective) / (0.5 * y @ y)
        assert solution.gap == pytest.approx(gap, abs=1e-12)


@pytest.mark.parametrize("scale", [1e-170, 1e160])
def test_a_target_whose_squares_are_no_numbers_is_refused(scale):
    X, y, masks, _ = random_problem(20, 3, 10, seed=0)
    for call in (solve, solve_relu, solve_mkl):
        with pytest.raises(ValueError, match=r"y has entries of .*multiply it by a constant"):
            call(X, scale * y, masks, 0.1)
