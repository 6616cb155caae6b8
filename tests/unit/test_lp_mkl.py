"""Programs between the NTK and optimal MKL: norm, dual, limits, solver."""

from dataclasses import replace
from importlib import import_module
from itertools import pairwise

import numpy as np
import pytest
from conftest import kernel_weights_program, random_problem
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from fixing_ntk import MaskSet, solve, solve_mkl, solve_mkl_path
from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.masks import RegeneratedMasks
from fixing_ntk.programs import MaskedDesign, eta_from_weights, group_norms
from fixing_ntk.programs import lp_mkl as program
from fixing_ntk.solvers.lp_newton import Kernels, prior_scale

EXPONENTS = [1.0, 8 / 7, 4 / 3, 2.0, 5.0, np.inf]
SMOOTH = EXPONENTS[1:]


@pytest.fixture
def problem():
    """X, y, masks of different measures, and mu."""
    X, y, masks, _ = random_problem(30, 3, 300, seed=1)
    assert len(np.unique(masks.ntk_weights)) > 3
    return X, y, masks, 0.05 * scale(X, masks)


def scale(X, masks):
    return float(np.linalg.eigvalsh(MaskedDesign(X, masks).kernel(masks.ntk_weights))[-1])


def random_groups(seed, zero=0):
    rng = np.random.default_rng(seed)
    norms, prior = rng.exponential(size=12), rng.dirichlet(np.ones(12)) * 0.9
    norms[:zero] = 0.0
    return norms, prior


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("zero", [0, 3])
def test_the_weights_of_norms_attain_the_norm_on_the_ball(p, zero):
    norms, prior = random_groups(0, zero)
    eta = program.weights_of(norms, prior, p)
    used = norms > 0
    assert np.sum(norms[used] ** 2 / eta[used]) == pytest.approx(
        program.squared_norm(norms, prior, p)
    )
    assert ball(eta, prior, p) == pytest.approx(1.0)


def ball(eta, prior, p):
    if np.isinf(p):
        return np.max(eta / prior)
    return np.sum(prior * (eta / prior) ** p)


@pytest.mark.parametrize("p", [8 / 7, 4 / 3, 2.0, 5.0])
def test_no_other_weights_of_the_ball_are_better(p):
    norms, prior = random_groups(1)

    def cost(logs):
        eta = np.exp(logs)
        eta = eta / ball(eta, prior, p) ** (1.0 / p)
        return np.sum(norms**2 / eta)

    found = minimize(cost, np.log(prior), method="BFGS", options=dict(gtol=1e-9)).fun
    assert found == pytest.approx(program.squared_norm(norms, prior, p), rel=1e-6)


@pytest.mark.parametrize("p", SMOOTH)
def test_the_weights_of_scores_attain_the_dual_norm_on_the_ball(p):
    squared, prior = random_groups(2)
    eta = program.weights_at(squared, prior, p)
    assert eta @ squared == pytest.approx(program.dual_norm(squared, prior, p))
    assert ball(eta, prior, p) == pytest.approx(1.0)


@pytest.mark.parametrize("p", EXPONENTS)
def test_norm_and_dual_norm_are_dual(p):
    """``sum_i s_i ||w_i|| <= sqrt(N) Omega``, with equality at the weights of the scores."""
    norms, prior = random_groups(3)
    squared = random_groups(4)[0]
    bound = np.sqrt(program.dual_norm(squared, prior, p) * program.squared_norm(norms, prior, p))
    assert np.sqrt(squared) @ norms <= bound * (1 + 1e-12)
    if p > 1:
        norms = program.weights_at(squared, prior, p) * np.sqrt(squared)
        omega = np.sqrt(program.squared_norm(norms, prior, p))
        assert np.sqrt(squared) @ norms == pytest.approx(
            np.sqrt(program.dual_norm(squared, prior, p)) * omega
        )


def test_no_weight_may_lie_on_a_mask_of_measure_zero_but_at_p_one():
    norms, prior = random_groups(5)
    prior[0] = 0.0
    assert program.squared_norm(norms, prior, 2.0) == np.inf
    assert program.squared_norm(norms, prior, 1.0) == pytest.approx(norms.sum() ** 2)
    norms[0] = 0.0
    assert np.isfinite(program.squared_norm(norms, prior, 2.0))


@pytest.mark.parametrize("p", [1.0, 8 / 7, 4 / 3, 2.0, np.inf])
@pytest.mark.parametrize("with_ntk", [False, True])
@pytest.mark.parametrize("share", [1.0, 0.01])
def test_an_independent_solver_agrees(p, with_ntk, share):
    """On two targets, with the weights of the kernels as variables on their ball."""
    if p == 1 and with_ntk:
        return
    X, y, masks, _ = random_problem(10, 3, 15, seed=2)
    Y, mu = np.column_stack([y, np.sign(X[:, 0])]), share * scale(X, masks)
    both = solve_mkl(X, Y, masks, mu, p, ntk=with_ntk, tol=1e-8)
    half = 0.5 if with_ntk else 0.0
    for ours, target in zip(both, Y.T, strict=True):
        expected = kernel_weights_program(X, target, masks.dense(), masks.ntk_weights, mu, p, half)
        assert ours.status == "optimal"
        assert ours.objective == pytest.approx(expected, rel=1e-6)
        assert ours.dual_objective <= expected * (1 + 1e-6)


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("with_ntk", [False, True])
@pytest.mark.parametrize("share", [0.1, 1e-3])
def test_a_conic_solver_agrees(p, with_ntk, share):
    if p == 1 and with_ntk:
        return
    X, y, masks, _ = random_problem(30, 3, 60, seed=5)
    arguments = X, np.column_stack([y, X[:, 0] > 0]), masks, share * scale(X, masks), p, with_ntk
    ours = solve_mkl(*arguments, tol=1e-9)
    theirs = solve_mkl(*arguments, method="conic", backend="clarabel")
    for newton, conic, target in zip(ours, theirs, arguments[1].T, strict=True):
        assert conic.status == "optimal"
        assert abs(conic.objective - newton.objective) <= 1e-7 * 0.5 * target @ target
        assert conic.eta == pytest.approx(newton.eta, abs=1e-3)


@pytest.mark.parametrize("units", [(1e3, 1e-3), (1e-3, 1e3)])
def test_a_conic_solver_does_not_see_units(units):
    X, y, masks, _ = random_problem(30, 3, 60, seed=5)
    mu, (x, k) = 0.01 * scale(X, masks), units
    masks = replace(masks, gates=masks.gates)
    plain = solve_mkl(X, y, masks, mu, 4 / 3, method="conic")
    scaled = solve_mkl(x * X, k * y, masks, x * x * mu, 4 / 3, method="conic")
    assert scaled.status == "optimal"
    assert scaled.objective == pytest.approx(k * k * plain.objective, rel=1e-6)


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("with_ntk", [False, True])
def test_objective_and_bound_are_those_of_the_point(problem, p, with_ntk):
    """From the definitions: the answer's weights, and its dual point."""
    X, y, masks, mu = problem
    if p == 1 and with_ntk:
        return
    s = solve_mkl(X, y, masks, mu, p, ntk=with_ntk, tol=1e-6)
    design, H = MaskedDesign(X, masks), ntk(X)
    f = masks.predict(s.weights, X) + H @ s.ntk_coefficients
    prior, norms = masks.ntk_weights, group_norms(s.weights)
    squared = design.scores(s.dual_point) ** 2
    if with_ntk:
        own = np.sqrt(s.ntk_coefficients @ H @ s.ntk_coefficients)
        prior, norms = np.append(0.5 * prior, 0.5), np.append(norms, own)
        squared = np.append(squared, s.dual_point @ H @ s.dual_point)
        assert s.ntk_eta > 0
    r, a = y - f, s.dual_point
    P = 0.5 * r @ r + 0.5 * mu * program.squared_norm(norms, prior, p)
    D = a @ y - 0.5 * a @ a - program.dual_norm(squared, prior, p) / (2 * mu)
    assert s.objective == pytest.approx(P)
    assert s.dual_objective == pytest.approx(D, rel=1e-10)
    assert s.gap == pytest.approx((s.objective - s.dual_objective) / (0.5 * y @ y), abs=1e-15)
    assert s.gap <= 1e-6


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("p", SMOOTH)
@pytest.mark.parametrize("unit", [2.0**-330, 2.0**330])
def test_no_unit_of_the_features_changes_a_digit(problem, p, unit):
    X, y, masks, mu = problem
    one, scaled = solve_mkl(X, y, masks, mu, p), solve_mkl(unit * X, y, masks, unit**2 * mu, p)
    assert (scaled.objective, scaled.gap, scaled.mu) == (one.objective, one.gap, unit**2 * mu)
    assert np.array_equal(unit * scaled.weights, one.weights)
    assert np.array_equal(scaled.dual_point, one.dual_point)
    many, large = (
        solve_mkl(c * X, y, masks, c**2 * mu, p, ntk=True).ntk_coefficients for c in (1.0, unit)
    )
    assert large * unit**2 == pytest.approx(many, rel=1e-5, abs=1e-6 * np.abs(many).max())
    assert prior_scale(MaskedDesign(unit * X, masks)) == unit**2 * prior_scale(
        MaskedDesign(X, masks)
    )


def test_at_p_one_it_is_the_group_lasso_at_the_penalty_of_its_own_solution(problem):
    X, y, masks, mu = problem
    s = solve_mkl(X, y, masks, mu, tol=1e-8)
    lam = mu * group_norms(s.weights).sum()
    gl = solve(X, y, masks, lam, tol=1e-9)
    assert mu * group_norms(gl.weights).sum() == pytest.approx(lam, rel=1e-3)
    assert s.eta == pytest.approx(eta_from_weights(s.weights))


@pytest.mark.parametrize("with_ntk", [False, True])
def test_at_p_infinite_it_is_ridge_regression_with_the_priors_weights(problem, with_ntk):
    X, y, masks, mu = problem
    s = solve_mkl(X, y, masks, mu, np.inf, ntk=with_ntk)
    K = MaskedDesign(X, masks).kernel(masks.ntk_weights)
    K = 0.5 * K + 0.5 * ntk(X) if with_ntk else K
    ridge = KernelRidge(K, y)
    beta = ridge.coefficients(mu)[:, 0]
    assert s.objective == pytest.approx(ridge.objective(mu, beta))
    f = masks.predict(s.weights, X) + ntk(X) @ s.ntk_coefficients
    assert f == pytest.approx(K @ beta)


@pytest.mark.parametrize("p", [1.002, 1.02, 1.2])
def test_optimal_mkl_is_approached_as_fast_as_the_measures_allow(problem, p):
    """``N_p >= min_i m_i^(1/p') N_1``, and the optimum over mu falls as mu grows."""
    X, y, masks, mu = problem
    least, optimal = masks.ntk_weights.min(), solve_mkl(X, y, masks, mu, tol=1e-8)
    s = solve_mkl(X, y, masks, mu, p)
    assert s.status == "optimal"
    bound = optimal.objective * least ** (-1.0 / program.conjugate(p))
    assert optimal.dual_objective <= s.objective
    assert s.dual_objective <= bound


def test_the_priors_kernel_is_approached(problem):
    X, y, masks, mu = problem
    far, limit = (solve_mkl(X, y, masks, mu, p).objective for p in (300, np.inf))
    assert far == pytest.approx(limit, rel=0.002)


@pytest.mark.parametrize("with_ntk", [False, True])
def test_the_optimum_never_falls_as_p_grows(problem, with_ntk):
    """Lp norms of a probability measure do not."""
    X, y, masks, mu = problem
    grid = [1.05, 1.2, 1.5, 2.0, 4.0, np.inf] if with_ntk else [1.0, 1.05, 1.2, 1.5, 2.0, np.inf]
    optima = [solve_mkl(X, y, masks, mu, p, ntk=with_ntk, tol=1e-8) for p in grid]
    for less, more in pairwise(optima):
        assert less.dual_objective <= more.objective


@pytest.mark.parametrize("p", [1.0, 4 / 3, 2.0, 5.0])
def test_reweighting_least_squares_finds_the_same_optimum(problem, p):
    X, y, masks, mu = problem
    design, eta = MaskedDesign(X, masks), masks.ntk_weights
    for _ in range(300):
        b = np.linalg.solve(design.kernel(eta) + mu * np.eye(len(y)), y)
        norms = eta * design.scores(b)
        eta = program.weights_of(norms, masks.ntk_weights, p)
    r = mu * b
    value = program.primal(r, norms, masks.ntk_weights, p, mu)
    assert value == pytest.approx(solve_mkl(X, y, masks, mu, p, tol=1e-8).objective, rel=1e-4)


@pytest.mark.parametrize("p", SMOOTH)
@pytest.mark.parametrize("with_ntk", [False, True])
def test_masks_that_repeat_share_their_measure(p, with_ntk):
    """Merged or not, and stored or made anew: one program."""
    X, y, *_ = random_problem(12, 2, 5, seed=3)
    regenerated = RegeneratedMasks.sample(X, 400, seed=0)
    merged = MaskSet.from_gates(X, regenerated.gates_at(np.arange(400)))
    assert len(merged) < 50
    mu = 0.05 * scale(X, merged)
    a = solve_mkl(X, y, merged, mu, p, ntk=with_ntk, tol=1e-9)
    b = solve_mkl(X, y, regenerated, mu, p, ntk=with_ntk, tol=1e-9)
    assert a.objective == pytest.approx(b.objective, rel=1e-8)
    f = merged.predict(a.weights, X) + ntk(X) @ a.ntk_coefficients
    g = regenerated.predict(b.weights, X) + ntk(X) @ b.ntk_coefficients
    assert f == pytest.approx(g, abs=1e-4)


@pytest.mark.parametrize("p", SMOOTH)
@pytest.mark.parametrize("with_ntk", [False, True])
def test_without_a_factor_it_is_the_same(problem, p, with_ntk, monkeypatch):
    X, y, masks, mu = problem
    expected = solve_mkl(X, y, masks, mu, p, ntk=with_ntk, tol=1e-8)
    module = import_module("fixing_ntk.solvers.lp_newton")
    monkeypatch.setattr(module, "FACTOR_UP_TO", 0)
    monkeypatch.setattr(module, "LANDMARKS", 10)
    s = solve_mkl(X, y, masks, mu, p, ntk=with_ntk, tol=1e-6)
    assert s.status == "optimal"
    assert s.objective == pytest.approx(expected.objective, abs=1e-6 * 0.5 * y @ y)


@pytest.mark.parametrize("p", SMOOTH)
@pytest.mark.parametrize("with_ntk", [False, True])
@pytest.mark.parametrize("factor_up_to", [4000, 0])
def test_a_step_solves_with_the_hessian(problem, p, with_ntk, factor_up_to, monkeypatch):
    """Along the step the gradient falls by itself, by finite differences."""
    X, y, masks, mu = problem
    module = import_module("fixing_ntk.solvers.lp_newton")
    monkeypatch.setattr(module, "FACTOR_UP_TO", factor_up_to)
    kernels = module.Kernels(MaskedDesign(X, masks), ntk(X) if with_ntk else None)
    best = module.best_on_ray(kernels.at(y + np.sin(np.arange(len(y)))), y, mu, p)

    def gradient(point):
        eta = program.weights_at(point.squared, kernels.prior, p)
        return y - point.a - point.combine(eta) / mu

    start = gradient(best.point)
    direction = module.curvature(best, p, mu, float).solve(mu, start)
    ahead, behind = (gradient(kernels.at(best.point.a + s * direction)) for s in (1e-5, -1e-5))
    error = (behind - ahead) / 2e-5 - start
    assert np.linalg.norm(error) <= (1e-6 if factor_up_to else 3e-3) * np.linalg.norm(start)


@pytest.mark.parametrize("p", SMOOTH)
def test_few_steps_are_enough(p):
    X, y, masks, _ = random_problem(150, 6, 400, seed=4)
    for share in (0.3, 1e-2, 1e-4):
        s = solve_mkl(X, y, masks, share * scale(X, masks), p)
        assert (s.status, s.n_iter <= 10) == ("optimal", True)


@pytest.mark.parametrize("p", [1.0, 4 / 3, np.inf])
def test_units_do_not_matter(problem, p):
    """X times c and y times k: mu times c^2, the objective times k^2."""
    X, y, masks, mu = problem
    s = solve_mkl(X, y, masks, mu, p, tol=1e-8)
    scaled = replace(masks, gates=masks.gates)
    t = solve_mkl(1e3 * X, 1e-4 * y, scaled, 1e6 * mu, p, tol=1e-8)
    assert t.objective == pytest.approx(1e-8 * s.objective, rel=1e-6)


@pytest.mark.parametrize("p", [1.0, 4 / 3])
def test_a_path_is_its_solves_and_targets_are_alone(problem, p):
    X, y, masks, mu = problem
    mus = [mu, 10 * mu, 0.1 * mu]
    path = solve_mkl_path(X, y, masks, mus, p, tol=1e-8)
    for one, value in zip(path, mus, strict=True):
        alone = solve_mkl(X, y, masks, value, p, tol=1e-8)
        assert (one.mu, one.objective) == (value, pytest.approx(alone.objective, rel=1e-6))
    two = solve_mkl(X, np.column_stack([y, -2 * y]), masks, mu, p, tol=1e-8)
    assert two[1].objective == pytest.approx(4 * two[0].objective, rel=1e-6)
    assert two[0].objective == pytest.approx(path[0].objective, rel=1e-6)


def test_a_start_at_the_solution_takes_no_step(problem):
    X, y, masks, mu = problem
    s = solve_mkl(X, y, masks, mu, 4 / 3)
    assert s.n_iter > 0
    assert solve_mkl(X, y, masks, mu, 4 / 3, start=s).n_iter == 0


@pytest.mark.parametrize("ratio", [1.0, 0.05])
def test_a_start_without_an_intercept_starts_a_program_with_one(problem, ratio):
    X, y, masks, mu = problem
    y, mu = y + 3.0, ratio * mu
    start = solve_mkl(X, y, masks, mu, 2.0)
    cold = solve_mkl(X, y, masks, mu, 2.0, fit_intercept=True, tol=1e-9)
    warm = solve_mkl(X, y, masks, mu, 2.0, fit_intercept=True, start=start)
    assert warm.status == "optimal"
    assert warm.dual_objective <= cold.objective * (1.0 + 1e-12)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-5)


@pytest.mark.parametrize("p", EXPONENTS)
def test_targets_of_zero_have_the_solution_zero(problem, p):
    X, y, masks, mu = problem
    s = solve_mkl(X, 0 * y, masks, mu, p)
    assert (s.status, s.objective) == ("optimal", 0.0)
    assert not s.weights.any()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_too_few_steps_are_said(problem):
    X, y, masks, mu = problem
    with pytest.warns(ConvergenceWarning, match="solve_mkl .*p=1.1"):
        s = solve_mkl(X, y, masks, mu, 1.1, tol=1e-12, max_iter=1)
    assert s.status == "not_converged"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (dict(p=0.9), "p must be a number from 1 to inf"),
        (dict(p=np.nan), "p must be a number from 1 to inf"),
        (dict(p=1, ntk=True), "ntk=True needs p above 1"),
        (dict(method="newton"), "unknown method 'newton'"),
        (dict(p=2, method="conic", backend="scs"), "unknown backend 'scs'"),
        (dict(p=2, backend="clarabel"), "backend='clarabel' needs method='conic'"),
    ],
)
def test_what_has_no_meaning_is_refused(problem, arguments, said):
    X, y, masks, mu = problem
    with pytest.raises(ValueError, match=said):
        solve_mkl(X, y, masks, mu, **arguments)


@pytest.mark.parametrize("with_ntk", [False, True])
def test_with_every_row_a_landmark_the_preconditioner_is_the_inverse(problem, with_ntk):
    X, y, masks, mu = problem
    module = import_module("fixing_ntk.solvers.lp_newton")
    kernels = module.Kernels(MaskedDesign(X, masks), ntk(X) if with_ntk else None)
    apply = module.preconditioner(kernels, kernels.prior, mu)
    K = kernels.matrix(kernels.prior)
    assert apply(y + K @ y / mu) == pytest.approx(y, abs=1e-6)


@pytest.mark.parametrize("factor_up_to", [4000, 0])
def test_the_unit_of_mu_is_the_largest_eigenvalue(problem, factor_up_to, monkeypatch):
    X, _, masks, _ = problem
    module = import_module("fixing_ntk.solvers.lp_newton")
    monkeypatch.setattr(module, "FACTOR_UP_TO", factor_up_to)
    design = MaskedDesign(X, masks)
    assert module.prior_scale(design) == pytest.approx(scale(X, masks))


@pytest.mark.parametrize("p", SMOOTH)
def test_a_path_starts_each_penalty_at_its_neighbour_above(problem, p):
    X, y, masks, mu = problem
    middle, above, below = solve_mkl_path(X, y, masks, [mu, 4 * mu, mu / 4], p)
    for one, start in ((middle, above), (below, middle)):
        point = start.dual_point
        squared = np.sum((X.T @ (masks.dense() * point[:, None])) ** 2, axis=0)
        N = program.dual_norm(squared, masks.ntk_weights, p)
        t = program.best_multiple(point, y, N, one.mu)
        bound = program.dual(t * point, y, t * t * N, one.mu)
        P, gap = one.history[0]
        assert P - gap * 0.5 * y @ y == pytest.approx(bound, rel=1e-9)


@pytest.mark.parametrize("p", [8 / 7, 4 / 3, 2.0])
def test_a_curvature_is_kept_along_a_path(p, monkeypatch):
    """Far fewer are made than penalties are solved for, and every gap is certified."""
    X, y, masks, _ = random_problem(120, 5, 300, seed=4)
    module, made = import_module("fixing_ntk.solvers.lp_newton"), []
    curvature = module.curvature
    monkeypatch.setattr(
        module, "curvature", lambda *arguments: made.append(1) or curvature(*arguments)
    )
    mus = scale(X, masks) * np.geomspace(100.0, 1e-8, 60)
    path = solve_mkl_path(X, y, masks, mus, p)
    assert all(s.status == "optimal" for s in path)
    assert 0 < len(made) < len(mus) / 2 < sum(s.n_iter for s in path)


@pytest.mark.parametrize("p", [1.02, 8 / 7, 2.0])
def test_a_curvature_in_single_precision_does_not_limit_the_gap(p):
    X, y, masks, _ = random_problem(120, 5, 300, seed=4)
    for share in (1.0, 1e-2, 1e-4, 1e-6, 1e-8):
        s = solve_mkl(X, y, masks, share * scale(X, masks), p, tol=1e-10)
        assert s.status == "optimal"


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("with_ntk", [False, True])
def test_what_is_fitted_is_the_output_at_the_samples(problem, p, with_ntk):
    X, y, masks, mu = problem
    if (p, with_ntk) != (1.0, True):
        s = solve_mkl(X, y, masks, mu, p, ntk=with_ntk)
        output = masks.predict(s.weights, X) + ntk(X) @ s.ntk_coefficients
        assert s.fitted == pytest.approx(output, abs=1e-10)


def test_the_ntks_part_of_the_dual_keeps_its_digits_where_rows_are_multiples():
    """At small mu a is long and nearly in the null space of H, where ``a^T H a`` is rounding."""
    rng = np.random.default_rng(0)
    half = rng.standard_normal((30, 4))
    X, v = np.vstack([half, half / 3]), 1e6 * rng.standard_normal(30)
    masks = MaskSet.from_gates(X, rng.standard_normal((4, 20)), merged=False)
    H, a = ntk(X), np.append(v, -3 * v)
    kernels = Kernels(MaskedDesign(X, masks), H)
    assert kernels.at(a).squared[-1] <= 1e-22 * (v @ v)
    b = rng.standard_normal(60)
    point = kernels.at(b)
    assert point.squared[-1] == pytest.approx(b @ H @ b, rel=1e-12)
    np.testing.assert_allclose(point.Ha, H @ b, rtol=1e-11)
    assert abs(a @ (H @ a)) > 1e-20 * (v @ v), "else the test shows nothing"


@pytest.mark.parametrize("with_ntk", [False, True])
@pytest.mark.parametrize("p", [1.001, 1.01])
def test_near_p_one_few_steps_certify(p, with_ntk):
    """Straight to p = 1.001 it is more than a hundred."""
    X, y, masks, _ = random_problem(60, 4, 100, seed=0, labels=True)
    mu = 1e-3 * scale(X, masks)
    solution = solve_mkl(X, y, masks, mu, p, with_ntk)
    assert solution.status == "optimal"
    assert len(solution.history) < solution.n_iter <= 40
    start = solve_mkl(X, y, masks, mu, 2.0, with_ntk)  # too far to be of use
    again = solve_mkl(X, y, masks, mu, p, with_ntk, start=start)
    assert again.n_iter == solution.n_iter


def test_nearer_to_one_is_refused_and_what_is_not_certified_no_worse_than_zero_weights():
    X, y, masks, _ = random_problem(60, 4, 100, seed=0, labels=True)
    mu, p = 1e-3 * scale(X, masks), 1.001
    with pytest.warns(ConvergenceWarning, match="raise max_iter or tol"):
        solution = solve_mkl(X, y, masks, mu, p, max_iter=1)
    assert solution.objective <= 0.5 * y @ y
    assert solution.dual_objective <= solution.objective
    norms, residual = np.linalg.norm(solution.weights, axis=0), y - solution.fitted
    assert program.primal(residual, norms, masks.ntk_weights, p, mu) <= 0.5 * y @ y
    for near in (1.0 + 1e-12, 1.0001):
        with pytest.raises(ValueError, match="is too near 1: take p=1"):
            solve_mkl(X, y, masks, mu, near)


@pytest.mark.parametrize("unit", [1e-30, 1e30, 1e40, 1e140])
@pytest.mark.parametrize("with_ntk", [False, True])
def test_targets_of_any_unit_have_the_same_weights(unit, with_ntk):
    X, y, masks, _ = random_problem(60, 4, 100, seed=0)
    mu = 1e-4 * scale(X, masks)
    plain = solve_mkl(X, y, masks, mu, 4 / 3, with_ntk)
    other = solve_mkl(X, unit * y, masks, mu, 4 / 3, with_ntk)
    assert other.status == "optimal"
    np.testing.assert_allclose(other.weights / unit, plain.weights, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("unit", [1e-18, 1e18, 1e40])
def test_features_of_any_unit_have_the_same_outputs(unit):
    X, y, masks, _ = random_problem(60, 4, 100, seed=0)
    mu = 1e-4 * scale(X, masks)
    plain = solve_mkl(X, y, masks, mu, 4 / 3)
    other = solve_mkl(unit * X, y, masks, unit**2 * mu, 4 / 3)
    assert other.status == "optimal"
    np.testing.assert_allclose(other.fitted, plain.fitted, atol=1e-2)
