"""Newton's method by conjugate gradients on a subsample, with samples far below the whole."""

import numpy as np
import pytest
from conftest import random_problem
from test_solvers import SHAPES, by_cvxpy, degenerate

from fixing_ntk import lambda_max, solve, solve_path
from fixing_ntk.masks import RegeneratedMasks
from fixing_ntk.programs import MaskedDesign
from fixing_ntk.solvers import newton_cg as module
from fixing_ntk.solvers.newton import newton_from
from fixing_ntk.solvers.subsample import Subsample


@pytest.fixture(autouse=True)
def small_samples(monkeypatch):
    """Samples that are a small part of the problems here, as they are of large ones."""
    monkeypatch.setattr(module, "SAMPLE", 100)
    monkeypatch.setattr(module, "MIN_SAMPLE", 50)
    monkeypatch.setattr(module, "FACTOR_UP_TO", 0)


def solved(X, y, masks, ratio, **options):
    lam = ratio * lambda_max(X, y, masks)
    return solve(X, y, masks, lam, method="newton_cg", **options), lam


@pytest.mark.parametrize("ratio", [0.9, 0.3, 0.1, 0.01, 1e-3, 1e-4])
@pytest.mark.parametrize(("n", "d", "p"), [(600, 5, 300), (400, 30, 200), (500, 3, 2000)])
def test_newton_agrees_to_1e7(n, d, p, ratio):
    X, y, masks, _ = random_problem(n, d, p, seed=1)
    solution, lam = solved(X, y, masks, ratio, tol=1e-8)
    exact = solve(X, y, masks, lam, tol=1e-9, method="newton")
    assert solution.status == "optimal"
    assert abs(solution.objective - exact.objective) <= 1e-7 * 0.5 * y @ y


@pytest.mark.parametrize("ratio", [0.9, 0.05, 1e-4])
@pytest.mark.parametrize("shape", SHAPES)
def test_clarabel_agrees_to_1e7(shape, ratio):
    X, y, masks, lam = random_problem(*SHAPES[shape], seed=0, ratio=ratio)
    solution = solve(X, y, masks, lam, tol=1e-8, method="newton_cg")
    optimum = by_cvxpy(X, y, masks, lam)
    assert abs(solution.objective - optimum) <= 1e-7 * 0.5 * y @ y
    assert solution.dual_objective <= optimum + 1e-8 * 0.5 * y @ y


@pytest.mark.parametrize("ratio", [0.9, 0.1, 0.01, 1e-4])
@pytest.mark.parametrize(
    "kind",
    ["repeated masks", "rank-deficient X", "d > n", "p < n", "y in the span", "one sample"],
)
def test_degenerate_problems_are_certified_as_newton_certifies_them(kind, ratio, monkeypatch):
    monkeypatch.setattr(module, "SAMPLE", 15)
    monkeypatch.setattr(module, "MIN_SAMPLE", 15)
    X, y, masks = degenerate(kind)
    solution, lam = solved(X, y, masks, ratio, tol=1e-8)
    exact = solve(X, y, masks, lam, tol=1e-9, method="newton")
    assert solution.status == "optimal"
    assert abs(solution.objective - exact.objective) <= 1e-7 * 0.5 * y @ y


def test_regenerated_masks_give_the_optimum_of_the_same_masks_stored():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_normal((400, 4)), np.ones(400)])
    y = rng.standard_normal(400)
    regenerated = RegeneratedMasks.sample(X, 3000, seed=0)
    solution, lam = solved(X, y, regenerated, 0.03)
    stored = regenerated.subset(slice(None))
    assert solution.objective == pytest.approx(
        solve(X, y, stored, lam, method="newton").objective, rel=1e-6
    )


def test_a_path_ends_where_its_last_point_alone_does():
    X, y, masks, _ = random_problem(600, 5, 300, seed=2)
    lams = lambda_max(X, y, masks) * np.geomspace(0.8, 0.01, 6)
    path = solve_path(X, y, masks, lams, method="newton_cg")
    assert all(s.status == "optimal" for s in path)
    alone = solve(X, y, masks, lams[-1], method="newton_cg")
    assert abs(path[-1].objective - alone.objective) <= 1e-6 * 0.5 * y @ y
    assert path[-1].n_iter < alone.n_iter


@pytest.mark.parametrize("unit", [1e-30, 1e30])
def test_units_of_the_data_do_not_matter(unit):
    X, y, masks, lam = random_problem(300, 5, 100, seed=0, ratio=0.05)
    here = solve(X, y, masks, lam, method="newton_cg")
    there = solve(unit * X, y, masks, unit * lam, method="newton_cg")
    assert there.objective == pytest.approx(here.objective, rel=1e-5)
    assert there.status == "optimal"


def test_a_sample_too_small_is_doubled(monkeypatch):
    X, y, masks, _ = random_problem(600, 5, 300, seed=1)
    sizes = []

    def noted(design, m):
        sizes.append(m)
        return Subsample(design, m)

    monkeypatch.setattr(module, "SAMPLE", 20)
    monkeypatch.setattr(module, "Subsample", noted)
    solution, _ = solved(X, y, masks, 1e-3)
    assert solution.status == "optimal"
    assert max(sizes) >= 80


@pytest.mark.parametrize(
    ("ratio", "few", "many", "begun"), [(0.3, 100, 1.0, False), (0.01, 0, 0.12, True)]
)
def test_newton_goes_on_with_few_features_and_with_many_masks(ratio, few, many, begun, monkeypatch):
    X, y, masks, _ = random_problem(600, 5, 300, seed=1)
    exact = solve(X, y, masks, ratio * lambda_max(X, y, masks), tol=1e-9, method="newton")
    seen, asked, suits_newton = [], [], module._Run.suits_newton

    def noted(problem, start, scores, tol, max_iter, history):
        seen.append(len(history))
        return newton_from(problem, start, scores, tol, max_iter, history)

    def noted_masks(run, n_masks):
        asked.append(n_masks)
        return suits_newton(run, n_masks)

    monkeypatch.setattr(module, "newton_from", noted)
    monkeypatch.setattr(module._Run, "suits_newton", noted_masks)
    for name, value in (("MAX_FEATURES", few), ("MIN_MASKS", many), ("FACTOR_UP_TO", 600)):
        monkeypatch.setattr(module, name, value)
    solution, _ = solved(X, y, masks, ratio, tol=1e-8)
    [before] = seen
    assert (before > 0) == begun
    *earlier, last = (n_masks * 5 <= few or n_masks > many * 600 for n_masks in asked)
    assert last
    assert not any(earlier)
    assert (solution.method, solution.status) == ("newton_cg", "optimal")
    assert len(solution.history) == solution.n_iter > before
    assert abs(solution.objective - exact.objective) <= 1e-7 * 0.5 * y @ y
    monkeypatch.setattr(module, "FACTOR_UP_TO", 599)
    assert solved(X, y, masks, ratio, tol=1e-4)[0].status == "optimal"
    assert len(seen) == 1


def test_a_sample_whose_own_solution_is_zero_still_starts(monkeypatch):
    X, y, masks, _ = random_problem(600, 5, 300, seed=1)
    monkeypatch.setattr(module, "SAMPLE", 100)
    lost = np.sort(np.random.default_rng((600, 100)).permutation(600)[:100])
    y[lost] = 0.0
    assert solved(X, y, masks, 0.5)[0].status == "optimal"


def test_no_matrix_of_the_order_of_the_samples_is_made(monkeypatch):
    monkeypatch.delattr(MaskedDesign, "gram")
    monkeypatch.setattr(module, "newton", None)  # makes one of the sample's order
    monkeypatch.setattr(module._Run, "solved_sample", lambda run: _nothing(run.exact.d))
    X, y, masks, _ = random_problem(400, 5, 100, seed=0)
    assert solved(X, y, masks, 0.05)[0].status == "optimal"


def _nothing(d):
    return np.zeros(0, int), np.zeros(0), np.zeros((d, 0))


def test_a_zero_solution_after_one_with_weights_is_no_start():
    """The weights of the start are those of the masks that are predicted."""
    X, y, masks, lam = random_problem(60, 4, 50, seed=2, ratio=0.3)
    nonzero = solve(X, y, masks, lam)
    zero = solve(X, y, masks, 10.0 * lam)
    assert nonzero.n_active > 0 == zero.n_active
    index, eta, weights = module._extrapolated([nonzero, zero], lam, 1.0)
    assert list(index) == list(nonzero.active)
    assert np.linalg.norm(weights, axis=0) == pytest.approx(eta)
    assert weights == pytest.approx(nonzero.active_weights)
