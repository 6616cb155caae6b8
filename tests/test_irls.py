"""The paper's algorithm: its start, its descent, and the equivalence of its two forms."""

from itertools import islice

import numpy as np
import pytest

from fixing_ntk import solve
from fixing_ntk.programs import MaskedDesign, lam_from_mu, mkl_objective
from fixing_ntk.solvers import gl_iterates, iterate_weights, mkl_iterates, solve_mkl


def test_iteration_zero_is_ntk_ridge_regression(problem):
    X, y, masks, lam = problem
    design = MaskedDesign(X, masks)
    first = next(gl_iterates(design, y, lam))
    K = design.kernel(masks.ntk_weights)
    assert np.allclose((K + lam * np.eye(len(y))) @ first.beta, y)
    assert np.allclose(masks.predict(iterate_weights(design, first), X), K @ first.beta)


def test_gl_step_is_the_reweighting_of_group_norms(problem):
    """eta_i s_i is ||w_i||: IRLS majorises ||w_i|| by ||w_i||^2 / (2 eta_i) + eta_i / 2."""
    X, y, masks, lam = problem
    design = MaskedDesign(X, masks)
    now, after = islice(gl_iterates(design, y, lam), 2)
    norms = np.linalg.norm(iterate_weights(design, now), axis=0)
    assert np.allclose(after.eta, norms)


def test_mkl_form_descends_from_the_ntk_objective_to_the_mkl_optimum(problem):
    X, y, masks, _ = problem
    design, mu = MaskedDesign(X, masks), 1.0
    iterates = list(islice(mkl_iterates(design, y, mu), 50))
    J = np.array([it.objective for it in iterates])
    ntk = masks.ntk_weights / masks.ntk_weights.sum()
    assert J[0] == pytest.approx(mkl_objective(design.kernel(ntk), y, mu))
    assert np.all(np.diff(J) <= 1e-12 * J[0])
    assert all(it.eta.sum() == pytest.approx(1.0) for it in iterates)


def test_group_lasso_and_mkl_share_their_minimiser(problem):
    X, y, masks, _ = problem
    design, mu = MaskedDesign(X, masks), 1.0
    v, eta, history = solve_mkl(design, y, mu, tol=1e-9)
    gl = solve(X, y, masks, lam_from_mu(mu, v), tol=1e-9)
    assert mkl_objective(design.kernel(gl.eta), y, mu) == pytest.approx(history[-1][0], rel=1e-7)
    assert np.allclose(masks.predict(gl.weights, X), masks.predict(v, X), atol=1e-3)
    assert np.allclose(gl.eta, eta, atol=2e-2)
