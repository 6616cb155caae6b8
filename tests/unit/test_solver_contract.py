"""What docs/solvers.md asks of a solver, for every one that is registered."""

import inspect

import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk.pipeline.config import solver_names
from fixing_ntk.programs import MaskedDesign, certify
from fixing_ntk.results.beyond.solvers.compute import methods
from fixing_ntk.solvers import METHODS, solve

pytestmark = [
    pytest.mark.usefixtures("small_samples"),
    pytest.mark.parametrize("method", METHODS),
]
TOL = 1e-6


@pytest.fixture
def given():
    """A design, target, penalty, tolerance, and scores, as `solve` hands them to a solver."""
    X, y, masks, lam = random_problem(40, 5, 60, seed=11, ratio=0.1)
    design = MaskedDesign(X, masks)
    return design, y, lam, TOL, design.screened_scores(y)


def test_it_takes_the_arguments_of_newton(method):
    names = list(inspect.signature(METHODS["newton"]).parameters)
    own = inspect.signature(METHODS[method]).parameters
    assert list(own)[: len(names)] == names
    assert isinstance(own["max_iter"].default, int)
    assert all(own[name].default is not inspect.Parameter.empty for name in list(own)[5:])


def test_it_returns_the_masks_in_use_and_their_certificate(method, given):
    design, y, lam, tol, _ = given
    fit = METHODS[method](*given)
    assert fit.name.startswith(method)
    assert len(set(fit.index)) == len(fit.index)
    assert fit.weights.shape == (design.d, len(fit.index))
    assert fit.weights.any(axis=0).all()
    again = certify(design, y, lam, fit.weights, fit.index)
    assert again.objective == pytest.approx(fit.certificate.objective, rel=1e-12)
    assert again.gap <= max(fit.certificate.gap, tol)
    assert fit.certificate.gap <= tol


def test_its_history_ends_at_its_end(method, given):
    fit = METHODS[method](*given)
    objective, gap = fit.history[-1]
    assert objective == pytest.approx(fit.certificate.objective, rel=2 * TOL)
    assert gap <= TOL


def test_it_may_stop_short_and_says_so(method, given):
    if method == "conic":
        pytest.skip("its iterations are another program's, counted otherwise")
    design, y, lam, *_ = given
    fit = METHODS[method](*given[:3], 1e-14, given[4], max_iter=1)
    again = certify(design, y, lam, fit.weights, fit.index)
    assert fit.certificate.gap == pytest.approx(again.gap, rel=1e-6, abs=1e-14)


def test_it_changes_nothing_and_repeats_itself(method, given):
    design, y, _, _, scores = given
    before = [a.copy() for a in (design.X, y, scores)]
    one, other = METHODS[method](*given), METHODS[method](*given)
    for a, b in zip(before, (design.X, y, scores), strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(one.index, other.index)
    assert np.array_equal(one.weights, other.weights)


def test_it_takes_warm_starts(method, given):
    design, y, lam, tol, _ = given
    warm_starts = [solve(design.X, y, design.masks, ratio * lam) for ratio in (4.0, 2.0)]
    cold, warm = METHODS[method](*given), METHODS[method](*given, warm_starts)
    assert warm.certificate.gap <= tol
    slack = tol * 0.5 * y @ y
    assert warm.certificate.objective == pytest.approx(cold.certificate.objective, abs=slack)


def test_configuration_and_comparison_know_it(method):
    assert method in solver_names()
    assert method in methods(every=True) or method == "newton_cg"  # the same as newton there
