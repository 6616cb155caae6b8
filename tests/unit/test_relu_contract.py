"""What the methods of `solve_relu` share, for every one that is registered."""

import inspect

import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk.programs import MaskedDesign, group_norms
from fixing_ntk.relu import cones
from fixing_ntk.relu.solve import METHODS

TOL = 1e-4

pytestmark = pytest.mark.parametrize("method", METHODS)


@pytest.fixture
def given():
    """A design, target, penalty and tolerance, as `solve_relu` hands them to a method."""
    X, y, masks, lam = random_problem(20, 3, 25, seed=11, ratio=0.1)
    return MaskedDesign(X, masks), y, lam, TOL


def test_it_takes_the_same_arguments(method):
    parameters = inspect.signature(METHODS[method]).parameters
    assert list(parameters)[:5] == ["design", "y", "lam", "tol", "max_iter"]
    assert isinstance(parameters["max_iter"].default, int)


def test_it_returns_weights_in_their_cones_and_their_certificate(method, given):
    design, y, lam, tol = given
    fit = METHODS[method](*given)
    sign, index = fit.index
    M = design.masks.rows(index, bool)
    residual = y - np.sum(np.where(sign, -1.0, 1.0) * M.T * (design.X @ fit.weights), axis=1)
    objective = 0.5 * residual @ residual + lam * group_norms(fit.weights).sum()
    assert fit.name.startswith(method)
    assert len(set(zip(sign, index, strict=True))) == len(sign)
    assert fit.certificate.objective == pytest.approx(objective, rel=1e-12)
    assert cones.violation(design.X, M.T, fit.weights) <= 1e-12 * np.abs(fit.weights).max()
    a = fit.certificate.dual_point
    assert cones.scores(design, a, 0.0).max() <= lam * (1 + 1e-12)
    assert fit.certificate.dual_objective == pytest.approx(a @ y - 0.5 * a @ a, rel=1e-12)
    assert fit.certificate.gap <= tol
    assert fit.history[-1] == pytest.approx((objective, fit.certificate.gap), abs=tol * objective)


def test_it_may_stop_short_and_says_so(method, given):
    fit = METHODS[method](*given[:3], 1e-14, max_iter=1)
    assert fit.certificate.gap > 1e-14


def test_it_changes_nothing_and_repeats_itself(method, given):
    design, y, _, _ = given
    before = design.X.copy(), y.copy()
    one, other = METHODS[method](*given), METHODS[method](*given)
    assert np.array_equal(design.X, before[0])
    assert np.array_equal(y, before[1])
    assert np.array_equal(one.index, other.index)
    assert np.array_equal(one.weights, other.weights)
