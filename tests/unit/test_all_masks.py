"""Bounds on the optimum over all masks: against the optimum where all masks are known."""

import numpy as np
import pytest

from fixing_ntk import MaskSet, solve_mkl
from fixing_ntk.programs import MaskedDesign
from fixing_ntk.solvers import bounds_over_all_masks

EXPONENTS = [8 / 7, 4 / 3, 2.0, np.inf]


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_normal((12, 2)), np.ones(12)])
    y = np.sign(X[:, 0] * X[:, 1]) + 0.1 * rng.standard_normal(12)
    every = MaskSet.enumerate(X)
    scale = np.linalg.eigvalsh(MaskedDesign(X, every).kernel(every.ntk_weights))[-1]
    return X, y, every, 0.02 * scale


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("among", [False, True])
def test_both_are_the_optimum_at_its_own_dual_point(problem, p, among):
    X, y, every, mu = problem
    optimum = solve_mkl(X, y, every, mu, p, ntk=among, tol=1e-9)
    found = bounds_over_all_masks(X, y, optimum, 200_000, seed=1)
    assert found.lower == pytest.approx(optimum.objective, abs=4 * found.lower_error)
    assert found.upper == pytest.approx(optimum.objective, abs=4 * found.upper_error)
    assert max(found.lower_error, found.upper_error) < 0.01 * optimum.objective


@pytest.mark.parametrize("p", EXPONENTS)
def test_a_sample_of_the_masks_bounds_the_optimum_over_all(problem, p):
    X, y, every, mu = problem
    optimum = solve_mkl(X, y, every, mu, p, tol=1e-9).objective
    sample = solve_mkl(X, y, MaskSet.sample(X, 60, seed=3), mu, p)
    found = bounds_over_all_masks(X, y, sample, 200_000, seed=1)
    assert found.lower < optimum < found.upper
    assert optimum - found.lower > 4 * found.lower_error
    assert found.upper - optimum > 4 * found.upper_error


def test_errors_fall_as_the_root_of_the_gates_and_cover_the_truth(problem):
    X, y, every, mu = problem
    optimum = solve_mkl(X, y, every, mu, 4 / 3, tol=1e-9)
    few = [bounds_over_all_masks(X, y, optimum, 2_000, seed=k) for k in range(40)]
    many = bounds_over_all_masks(X, y, optimum, 200_000, seed=1)
    for name in ("lower", "upper"):
        values = np.array([getattr(one, name) for one in few])
        errors = np.array([getattr(one, f"{name}_error") for one in few])
        assert values.std(ddof=1) == pytest.approx(errors.mean(), rel=0.5)
        # At the optimum the upper bound's error has a part that falls as one over the gates.
        assert getattr(many, f"{name}_error") < 0.15 * errors.mean()
        # Without the jackknife's correction the mean would be off by more.
        assert abs(values.mean() - optimum.objective) < 4 * values.std(ddof=1) / np.sqrt(40)


def test_a_dual_point_of_other_samples_bounds_the_optimum_from_further_off(problem):
    X, y, every, mu = problem
    optimum = solve_mkl(X, y, every, mu, 2.0, tol=1e-9)
    Z = np.column_stack([np.random.default_rng(7).standard_normal((12, 2)), np.ones(12)])
    other = solve_mkl(Z, y, MaskSet.enumerate(Z), mu, 2.0)
    near, far = (bounds_over_all_masks(X, y, s, 200_000, seed=2) for s in (optimum, other))
    assert far.lower + 4 * far.lower_error < optimum.objective
    assert far.upper - 4 * far.upper_error > optimum.objective
    assert far.upper - far.lower > 10 * (near.upper - near.lower)


def test_units_do_not_matter(problem):
    X, y, every, mu = problem
    at = solve_mkl(X, y, every, mu, 2.0, ntk=True)
    scaled = solve_mkl(1e3 * X, 1e-4 * y, every, 1e6 * mu, 2.0, ntk=True)
    a, b = (
        bounds_over_all_masks(*data, 4_000, seed=2)
        for data in ((X, y, at), (1e3 * X, 1e-4 * y, scaled))
    )
    assert np.array(b) == pytest.approx(1e-8 * np.array(a), rel=1e-4)


def test_what_it_cannot_bound_is_refused(problem):
    X, y, every, mu = problem
    with pytest.raises(ValueError, match="p above 1"):
        bounds_over_all_masks(X, y, solve_mkl(X, y, every, mu))
    with pytest.raises(ValueError, match="same samples"):
        bounds_over_all_masks(X[1:], y, solve_mkl(X, y, every, mu, 2.0))
    labels = np.sign(y)
    for other in (
        solve_mkl(X, labels, every, 0.1 * mu, 2.0, loss="logistic"),
        solve_mkl(X, labels, every, mu, 2.0, sample_weight=np.arange(1.0, 13.0)),
        solve_mkl(X, labels, every, mu, 2.0, fit_intercept=True),
        solve_mkl(X, -labels, every, mu, 2.0),
    ):
        with pytest.raises(ValueError, match="by the squared loss, without weights"):
            bounds_over_all_masks(X, labels, other)


@pytest.mark.parametrize("among", [False, True])
def test_targets_of_zeros_have_the_optimum_zero(problem, among):
    X, y, every, mu = problem
    solution = solve_mkl(X, 0.0 * y, every, mu, 2.0, ntk=among)
    assert bounds_over_all_masks(X, 0.0 * y, solution) == (0.0, 0.0, 0.0, 0.0)
