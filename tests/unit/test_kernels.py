from importlib import import_module

import numpy as np
import pytest
from conftest import random_problem
from scipy.linalg import LinAlgError, solveh_banded
from scipy.stats import binom

from fixing_ntk import NTKClassifier, NTKRegressor
from fixing_ntk.estimators import ntk as ntk_estimators
from fixing_ntk.kernels import (
    BandedRidge,
    FactoredRidge,
    KernelRidge,
    empirical_ntk,
    masking_kernel,
    monte_carlo_ntk,
    ntk,
)
from fixing_ntk.kernels.banded_ridge import banded_form
from fixing_ntk.kernels.closed_form import angles
from fixing_ntk.programs import MaskedDesign

banded_ridge = import_module("fixing_ntk.kernels.banded_ridge")


def explicit(X, masks):
    """The matrix that the library never forms, [D_1 X ... D_p X]."""
    return np.hstack([m[:, None] * X for m in masks.dense().T])


def test_design_products_match_the_explicit_matrix(problem):
    X, y, masks, _ = problem
    A, design = explicit(X, masks), MaskedDesign(X, masks)
    W = np.random.default_rng(0).standard_normal((X.shape[1], len(masks)))
    assert np.allclose(design.forward(W), A @ W.T.ravel(), atol=1e-12)
    assert np.allclose(design.adjoint(y).T.ravel(), A.T @ y, atol=1e-12)
    per_mask = np.linalg.norm((A.T @ y).reshape(len(masks), -1), axis=1)
    assert np.allclose(design.scores(y), per_mask, rtol=1e-12)


def test_kernel_is_the_weighted_sum_of_masking_kernels(problem):
    X, _, masks, _ = problem
    eta = np.random.default_rng(0).random(len(masks))
    total = sum(e * masking_kernel(X, m) for e, m in zip(eta, masks.dense().T, strict=True))
    assert np.allclose(MaskedDesign(X, masks).kernel(eta), total, rtol=1e-12)


def test_ntk_diagonal_is_half_the_squared_norm():
    X = np.random.default_rng(0).standard_normal((50, 7))
    assert np.allclose(np.diag(ntk(X)), 0.5 * np.sum(X**2, axis=1), rtol=1e-14)


def test_ntk_is_symmetric_homogeneous_and_psd():
    X = np.random.default_rng(0).standard_normal((60, 3))
    H = ntk(X)
    assert np.allclose(H, H.T, atol=1e-13)
    assert np.linalg.eigvalsh(H).min() > -1e-10
    scale = np.random.default_rng(1).uniform(0.1, 10, 60)
    assert np.allclose(ntk(scale[:, None] * X), H * np.outer(scale, scale), rtol=1e-12)


def test_ntk_cross_block_is_part_of_the_whole():
    X = np.random.default_rng(0).standard_normal((30, 4))
    assert np.allclose(ntk(X[:10], X[10:]), ntk(X)[:10, 10:], atol=1e-14)


@pytest.mark.parametrize("theta", [1e-12, 1e-8, 1e-4, 0.3, 1.5, 3.0, np.pi - 1e-9])
def test_angles_keep_their_digits(theta):
    """arccos of the cosine would give 0 for the first two."""
    x, z = np.array([[2.0, 0.0]]), 3.0 * np.array([[np.cos(theta), np.sin(theta)]])
    assert angles(x, z)[0, 0] == pytest.approx(theta, rel=1e-10)


def test_zero_row_has_zero_kernel():
    H = ntk(np.array([[0.0, 0.0], [1.0, 2.0]]))
    assert np.array_equal(H[0], [0.0, 0.0])
    assert np.isfinite(H).all()


def test_monte_carlo_is_within_its_error():
    X = np.random.default_rng(0).standard_normal((20, 3))
    mean, error = monte_carlo_ntk(X, 40_000, seed=5)
    off = ~np.eye(20, dtype=bool)
    z = ((mean - ntk(X)) / np.where(error > 0, error, np.inf))[off]
    assert np.abs(z).max() < 5.0
    assert 0.5 < np.sqrt(np.mean(z**2)) < 1.6


def test_the_error_of_monte_carlo_is_of_a_binomial_share():
    X = np.random.default_rng(0).standard_normal((4, 2))
    mean, error = monte_carlo_ntk(X, 100, seed=0)
    inner = X @ X.T
    spread = binom(100, mean / inner).std() / 100
    np.testing.assert_allclose(error, np.abs(inner) * spread, rtol=1e-9)


def test_ridge_solves_every_penalty_and_certifies_it():
    X, y, _, _ = random_problem(50, 4, 10, seed=0)
    K = ntk(X)
    ridge = KernelRidge(K, y)
    lams = ridge.scale * np.array([10.0, 1.0, 1e-3, 1e-6])
    beta = ridge.coefficients(lams)
    for lam, b in zip(lams, beta.T, strict=True):
        assert np.allclose((K + lam * np.eye(50)) @ b, y, rtol=1e-7, atol=1e-9)
        assert ridge.gap(lam, b) < 1e-12
        assert ridge.gap(lam, 1.01 * b) > 1e-8


@pytest.mark.parametrize(("n", "width"), [(2, 3), (50, 1), (50, 7), (50, 25), (50, 64)])
def test_a_banded_form_is_an_orthogonal_transform_of_the_kernel(n, width):
    X = np.random.default_rng(0).standard_normal((n, 4))
    K = ntk(X)
    bands, blocks = banded_form(K, width)
    assert len(bands) == min(width + 1, n)
    B, Q = sum(np.diag(band[: n - i], -i) for i, band in enumerate(bands)), np.eye(n)
    for start, R, T in reversed(blocks):
        Q[start:] -= R @ T @ R.T @ Q[start:]
    np.testing.assert_allclose(Q.T @ Q, np.eye(n), atol=1e-13)
    np.testing.assert_allclose(Q @ (B + np.tril(B, -1).T) @ Q.T, K, atol=1e-13 * K.max())


def test_a_banded_form_solves_what_the_tridiagonal_one_solves(monkeypatch):
    monkeypatch.setattr(banded_ridge, "WIDTH", 7)
    rng = np.random.default_rng(1)
    X = np.column_stack([rng.standard_normal((60, 4)), np.ones(60)])
    X[7] = X[3]  # a kernel without full rank
    y, K = rng.standard_normal(60), ntk(X)
    banded, exact = BandedRidge(K, y), KernelRidge(K, y)
    assert banded.scale == pytest.approx(exact.scale, rel=1e-12)
    lams = exact.scale * np.array([10.0, 1e-3, 1e-8])
    np.testing.assert_allclose(banded.values, exact.values, atol=1e-14 * exact.scale)
    for column in (None, rng.uniform(0.5, 2.0, 60)):
        found, expected = (each.with_target(X[:, 0], column).fit(lams) for each in (banded, exact))
        for (beta, b, gap), (same, same_b, _) in zip(found, expected, strict=True):
            np.testing.assert_allclose(K @ beta, K @ same, atol=1e-6)
            assert b == pytest.approx(same_b, abs=1e-7)
            assert gap <= 1e-12


def test_a_penalty_at_which_rounding_makes_the_band_indefinite_is_solved_too():
    x = np.random.default_rng(2).standard_normal((40, 1))
    K = x @ x.T
    ridge = BandedRidge(K, x[:, 0])
    ridge._bands[0] -= 1e-12  # further below zero than rounding brought it
    lam = 1e-13
    with pytest.raises(LinAlgError):
        solveh_banded(ridge._bands + lam * (np.arange(40) == 0)[:, None], x[:, 0], lower=True)
    beta = ridge.coefficients(lam)[:, 0]
    np.testing.assert_allclose(K @ beta, x[:, 0], atol=1e-8)


def test_empirical_ntk_is_the_product_of_the_networks_gradients():
    """Against central differences of the network itself, drawn from the same stream."""
    rng = np.random.default_rng(1)
    X, m, d = rng.standard_normal((5, 3)), 7, 3
    draws = np.random.default_rng(0).standard_normal((m, 2 * d + 1))
    gates = draws[:, :d]

    def outputs(flat):
        first, second = flat[: m * d].reshape(m, d), flat[m * d :]
        return ((X @ gates.T >= 0) * (X @ first.T)) @ second / np.sqrt(m)

    flat = np.concatenate([draws[:, d : 2 * d].ravel(), draws[:, -1]])
    steps = 1e-6 * np.eye(len(flat))
    J = np.array([(outputs(flat + h) - outputs(flat - h)) / 2e-6 for h in steps]).T
    assert np.allclose(empirical_ntk(X, m, 0), J @ J.T, atol=1e-8)


@pytest.mark.parametrize(("second_layer", "factor"), [(True, 2.0), (False, 1.0)])
def test_wide_networks_have_the_closed_form_kernel(second_layer, factor):
    X = np.random.default_rng(0).standard_normal((8, 3))
    H, errors = factor * ntk(X), []
    for width in (100, 10_000):
        K = [empirical_ntk(X, width, (width, s), second_layer) for s in range(20)]
        errors.append(np.mean([np.linalg.norm(k - H) for k in K]) / np.linalg.norm(H))
    assert errors[1] < 0.03
    assert 0.07 < errors[1] / errors[0] < 0.14, "one over the root of the width"


@pytest.mark.parametrize("ratio", [10.0, 1e-3, 1e-8, 1e-9])
def test_a_factor_gives_what_the_eigenvectors_give(ratio):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_normal((60, 4)), np.ones(60)])
    X[7] = X[3]  # a kernel without full rank
    y, K = rng.standard_normal(60), ntk(X)
    by_factor, exact = FactoredRidge(K, y), KernelRidge(K, y)
    assert by_factor.scale == pytest.approx(exact.scale, rel=1e-12)
    assert by_factor.alignment == pytest.approx(exact.alignment, rel=1e-12)
    lam = ratio * exact.scale
    assert by_factor.effective_dimension(lam) == pytest.approx(
        exact.effective_dimension(lam), rel=1e-6
    )
    for column in (None, rng.uniform(0.5, 2.0, 60)):
        for target in (y, X[:, 0]):
            (found,) = by_factor.with_target(target, column).fit([lam])
            (expected,) = exact.with_target(target, column).fit([lam])
            np.testing.assert_allclose(K @ found[0], K @ expected[0], atol=1e-6)
            assert found[1] == pytest.approx(expected[1], abs=1e-7)
            assert found[2] <= 1e-12


def test_a_kernel_of_zeros_has_no_scale():
    assert FactoredRidge(np.zeros((5, 5)), np.ones(5)).scale == 0.0


@pytest.mark.parametrize("model", [NTKClassifier, NTKRegressor])
def test_many_rows_choose_by_banded_forms_alike(model, monkeypatch):
    rng = np.random.default_rng(2)
    X = rng.standard_normal((120, 5))
    y = rng.standard_normal(120) if model is NTKRegressor else rng.integers(0, 3, 120)
    weight = rng.integers(0, 3, 120).astype(float)
    usual = model(lam="cv", fit_intercept=True).fit(X, y, weight)
    monkeypatch.setattr(ntk_estimators, "MIN_BANDED", 2)
    monkeypatch.setattr(banded_ridge, "WIDTH", 16)
    monkeypatch.setattr(ntk_estimators, "KernelRidge", None)  # none is made
    banded = model(lam="cv", fit_intercept=True).fit(X, y, weight)
    for name, scores in usual.cv_results_.items():
        np.testing.assert_allclose(banded.cv_results_[name], scores, rtol=1e-6, err_msg=name)
    np.testing.assert_allclose(banded.dual_coef_, usual.dual_coef_, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("model", [NTKClassifier, NTKRegressor])
def test_many_rows_are_fitted_by_a_factor_alike(model, monkeypatch):
    rng = np.random.default_rng(1)
    X, Z = rng.standard_normal((80, 5)), rng.standard_normal((30, 5))
    y = rng.standard_normal(80) if model is NTKRegressor else rng.integers(0, 3, 80)
    weight = rng.integers(0, 3, 80).astype(float)
    usual = model(lam=1e-4, fit_intercept=True).fit(X, y, weight)
    monkeypatch.setattr(ntk_estimators, "MIN_FACTORED", 2)
    monkeypatch.setattr(ntk_estimators, "KernelRidge", None)  # none is made
    factored = model(lam=1e-4, fit_intercept=True).fit(X, y, weight)
    np.testing.assert_allclose(factored.dual_coef_, usual.dual_coef_, rtol=1e-6, atol=1e-8)
    assert factored.dual_gap_ <= 1e-12
    outputs = "predict" if model is NTKRegressor else "decision_function"
    np.testing.assert_allclose(getattr(factored, outputs)(Z), getattr(usual, outputs)(Z), rtol=1e-6)
