"""Parts of the default solver: its derivatives, screening, factors and working set."""

from types import SimpleNamespace

import numpy as np
import pytest
from conftest import random_problem
from scipy.linalg import LinAlgError

from fixing_ntk import MaskSet, solve
from fixing_ntk.programs import MaskedDesign, UnpackedDesign, group_norms, relative_gap
from fixing_ntk.programs.objective import primal
from fixing_ntk.solvers import newton_cg
from fixing_ntk.solvers.newton import _Point, _Run, newton_from
from fixing_ntk.solvers.ridge_factor import factorise
from fixing_ntk.solvers.screening import Scorer
from fixing_ntk.solvers.unit_problem import UnitProblem
from fixing_ntk.solvers.working_set import largest, update_working_set


def run_at(X, y, masks, lam, eta):
    run = _Run(UnitProblem(MaskedDesign(X, masks), y, lam), np.float64, by_features=False)
    index = np.arange(len(masks))
    few = run.design.unpacked(index)
    return run, few, index, _Point(run, few, index, eta)


@pytest.fixture
def at_random_point(problem):
    eta = np.random.default_rng(0).random(len(problem[2])) / len(problem[2])
    return (*run_at(*problem, eta), eta)


def gradient(run, few, index, eta):
    return 0.5 * run.lam * (1.0 - _Point(run, few, index, eta).scores ** 2)


def test_hessian_and_third_order_term_are_the_derivatives_of_the_gradient(at_random_point):
    run, few, index, point, eta = at_random_point
    v = 0.3 * eta * np.random.default_rng(1).standard_normal(len(eta))
    h = 1e-3
    ahead, behind = (gradient(run, few, index, eta + s * h * v) for s in (1, -1))
    first = (ahead - behind) / (2 * h)
    assert np.allclose(run._hessian(few, point) @ v, first, atol=1e-5 * np.abs(first).max())
    second = (ahead - 2 * gradient(run, few, index, eta) + behind) / h**2
    bent = run._third_order(few, point, v)
    assert np.allclose(2 * bent, second, atol=1e-4 * np.abs(second).max())


def test_value_is_the_group_lasso_objective_minimised_over_weights(at_random_point):
    """f(eta) = min_w 1/2 ||A w - y||^2 + lam/2 sum_i (||w_i||^2 / eta_i + eta_i)."""
    run, few, _, point, eta = at_random_point
    w = eta * few.adjoint(point.beta)
    r = run.y - few.forward(w)
    direct = 0.5 * r @ r + 0.5 * run.lam * np.sum(group_norms(w) ** 2 / eta + eta)
    assert point.value == pytest.approx(direct, rel=1e-10)
    assert point.value >= primal(r, group_norms(w), run.lam)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("k", [0, 2, 40])
def test_both_sides_of_the_factor_invert_the_shifted_kernel(dtype, k):
    X, y, masks, _ = random_problem(60, 4, 80, seed=0)
    design = MaskedDesign(X.astype(dtype), masks)
    eta, few = np.linspace(0.1, 1.0, k), design.unpacked(np.arange(k))
    factor = factorise(few, eta, 0.5, design)
    K = MaskedDesign(X, masks).kernel(np.concatenate([eta, np.zeros(len(masks) - k)]))
    inverse = np.linalg.inv(K + 0.5 * np.eye(60))
    rtol = 1e-3 if dtype == np.float32 else 1e-10
    assert np.allclose(factor.solve(y.astype(dtype)), inverse @ y, rtol=rtol, atol=rtol)
    B = np.random.default_rng(0).standard_normal((60, 3))
    quadratic = np.tril(factor.quadratic(np.asfortranarray(B, dtype)))
    assert np.allclose(quadratic, np.tril(0.5 * B.T @ inverse @ B), rtol=rtol, atol=rtol)


def test_an_indefinite_matrix_is_refused():
    X, _, masks, _ = random_problem(60, 4, 80, seed=0)
    design = MaskedDesign(X, masks)
    few = design.unpacked(np.arange(40))
    with pytest.raises(LinAlgError):
        factorise(few, np.ones(40), -1.0, design)


@pytest.mark.parametrize("seed", range(6))
def test_largest_score_in_mixed_precision_is_the_exact_one(seed):
    rng = np.random.default_rng(seed)
    n, d = rng.integers(2, 300), rng.integers(2, 40)
    X, y, masks, _ = random_problem(n, d, 200, seed)
    design = MaskedDesign(X * 10.0 ** rng.integers(-6, 6, d), masks)
    for a in (y, y * 1e-200, y * 1e150):
        exact, mixed = design.scores(a), design.screened_scores(a)
        assert mixed.max() == pytest.approx(exact.max(), rel=1e-14)
        assert np.allclose(mixed / exact.max(), exact / exact.max(), atol=1e-4)
    some = rng.permutation(len(masks))[: max(1, len(masks) // 2)]
    assert np.allclose(design.scores(y, some), design.scores(y)[some], rtol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 1e-30])
def test_screening_survives_the_largest_errors_that_float32_can_make(scale):
    """The largest score too low by nearly the bound, one just below it too high by as much."""
    X, *_, masks, _ = random_problem(60, 4, 200, seed=2)
    X = X * (np.sqrt(len(X)) / np.linalg.norm(X))  # in the unit of the design
    design, rng = MaskedDesign(X, masks), np.random.default_rng(3)
    start, end = rng.standard_normal((2, len(X)))

    def at(t):
        return scale * ((1.0 - t) * start + t * end)

    first = int(np.argmax(design.scores(at(0.0))))
    low, high = 0.0, 1.0
    for _ in range(60):  # to where another mask takes over
        middle = 0.5 * (low + high)
        leads = np.argmax(design.scores(at(middle))) == first
        low, high = (middle, high) if leads else (low, middle)
    a = at(low)
    exact = design.scores(a)
    best, second = np.argsort(-exact)[:2]
    bound = (len(X) + 8) * 2.0**-24 * np.linalg.norm(np.abs(a) @ np.abs(X))
    assert 0.0 < exact[best] - exact[second] + 1e-18 * scale < 1e-3 * bound
    wrong = exact.copy()
    wrong[best] -= 0.99 * bound
    wrong[second] += 0.99 * bound
    design.in_unit_scale[0].single = SimpleNamespace(scores=lambda a, index: wrong.copy())
    assert design.screened_scores(a)[best] == exact[best]


@pytest.mark.parametrize("seed", range(12))
def test_screening_never_discards_an_active_mask(seed):
    rng = np.random.default_rng(seed)
    n, d, p = rng.integers(10, 80), rng.integers(2, 8), rng.integers(20, 300)
    X, y, masks, lam = random_problem(n, d, p, seed, ratio=rng.choice([0.7, 0.3, 0.05]))
    active = solve(X, y, masks, lam, tol=1e-12).active
    design = MaskedDesign(X, masks)
    for tol in (1e-1, 1e-3, 1e-5, 1e-8):
        rough = solve(X, y, masks, lam, tol=tol, method="fista")
        scorer = Scorer(design, exact=False)
        residual = y - design.forward(rough.weights)
        scores = scorer(residual / lam, rough.active, design.scores(residual / lam, rough.active))
        scorer.screen(scores, rough.gap, y, lam)
        if scorer.alive is not None:
            assert np.isin(active, scorer.alive).all()
    assert len(scorer.alive) < len(masks), "it discards something"


def test_the_radius_of_screening_is_the_distance_that_the_gap_allows():
    """Each row has a mask of its own, and the dual optimum is (1, 1), 0.4 from (1, 0.6)."""
    y, masks = np.array([2.0, 1.0]), MaskSet.from_gates(np.eye(2), 2 * np.eye(2) - 1)
    for distance, alive in ((0.4, [0, 1]), (0.3, [0])):
        scorer = Scorer(MaskedDesign(np.eye(2), masks), exact=True)
        scorer.screen(np.array([1.0, 0.6]), distance**2 / (y @ y), y, 1.0)
        assert list(scorer.alive) == alive


def test_working_set_keeps_what_is_used_and_adds_the_most_violated():
    scores = np.array([0.5, 1.0, 3.0, 0.9, 2.0, 1.5])
    used = np.array([False, True, False])
    index, kept = update_working_set(np.array([0, 1, 3]), used, scores, 1.0)
    assert kept.tolist() == [False, True, False]
    assert index.tolist() == [1, 2, 4, 5]
    assert largest(scores, 2).tolist() == [2, 4]
    assert largest(np.array([1.0, 2.0, 1.0, 2.0]), 3).tolist() == [1, 3, 0]
    assert sorted(largest(scores, 100)) == list(range(6))


def test_exact_scaling_changes_no_digit(problem):
    X, y, masks, lam = problem
    base = solve(X, y, masks, lam, tol=1e-8)
    scaled = solve(X * 2.0**40, y * 2.0**-70, masks, lam * 2.0**-30, tol=1e-8)
    assert np.array_equal(scaled.active, base.active)
    assert np.array_equal(scaled.active_weights, base.active_weights * 2.0**-110)
    assert scaled.gap == base.gap


def test_unpacked_design_is_the_packed_one(problem):
    X, y, masks, _ = problem
    design, index = MaskedDesign(X, masks), np.array([5, 0, 7])
    few = design.unpacked(index)
    assert isinstance(few, UnpackedDesign)
    W = np.random.default_rng(0).standard_normal((4, 3))
    assert np.allclose(few.forward(W), design.forward(W, index), atol=1e-13)
    assert np.allclose(few.adjoint(y), design.adjoint(y)[:, index], atol=1e-13)
    eta = np.zeros(len(masks))
    eta[index] = [0.1, 0.2, 0.3]
    assert np.allclose(few.apply_kernel(eta[index], y), design.kernel(eta) @ y, atol=1e-12)
    assert relative_gap(1.0, 1.0, y) == 0.0


@pytest.mark.parametrize(("ratio", "left"), [(0.3, True), (0.05, False), (0.002, True)])
def test_the_default_agrees_with_newton_where_both_are_at_home(ratio, left, monkeypatch):
    """The end is left to `newton` with few features in use and with many masks, not between."""
    calls = []

    def noted(*arguments):
        calls.append(arguments)
        return newton_from(*arguments)

    X, y, masks, lam = random_problem(2100, 8, 300, seed=0, ratio=ratio)
    exact = solve(X, y, masks, lam, tol=1e-8, method="newton")
    monkeypatch.setattr(newton_cg, "newton_from", noted)
    here = solve(X, y, masks, lam)
    assert (here.method, here.status, len(calls)) == ("newton_cg", "optimal", left)
    assert abs(here.objective - exact.objective) <= 1e-6 * 0.5 * y @ y
