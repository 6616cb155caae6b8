"""MKL stopped on its way from the NTK: what it predicts, and what it certifies."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, make_moons
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

from fixing_ntk import MaskSet, MKLClassifier, MKLRegressor, lambda_max, solve
from fixing_ntk.estimators.early_stopping import REWEIGHTINGS

GATES, RATIO = 60, 0.05


@pytest.fixture(scope="module")
def data():
    X, y = load_diabetes(return_X_y=True)
    return StandardScaler().fit_transform(X)[:120, [2, 3, 8]], y[:120]


def model(k, **options):
    options = dict(lam=RATIO, n_gates=GATES, random_state=0) | options
    return MKLRegressor(n_reweightings=k, **options)


def kernel(Z, X, gates, eta):
    """``sum_i eta_i 1(z^T g_i >= 0) 1(x^T g_i >= 0) z^T x``."""
    return (Z @ X.T) * (((Z @ gates >= 0) * eta) @ (X @ gates >= 0).T)


def by_hand(X, y, fitted, k):
    """Centred predictions on X by k reweightings, from the definitions."""
    Z, y = np.column_stack([X, np.ones(len(X))]), y - y.mean()
    M = Z @ fitted.gates_ >= 0
    lam = RATIO * np.linalg.norm(Z.T @ (M * y[:, None]), axis=0).max()
    eta = fitted.ntk_weights_ * np.sqrt(np.mean(y**2) / np.mean(Z**2))
    for step in range(k + 1):
        K = kernel(Z, Z, fitted.gates_, eta)
        beta = np.linalg.solve(K + lam * np.eye(len(y)), y)
        if step < k:
            eta = eta * np.linalg.norm(Z.T @ (M * beta[:, None]), axis=0)
    return K @ beta


@pytest.mark.parametrize("k", [0, 1, 5])
def test_it_is_ridge_regression_after_k_reweightings_of_the_ntk(data, k):
    X, y = data
    fitted = model(k).fit(X, y)
    assert fitted.n_reweightings_ == fitted.n_iter_ == k
    predicted = fitted.predict(X) - fitted.intercept_
    # The reweightings are in float32; at the weights they give, everything is exact (below).
    np.testing.assert_allclose(predicted, by_hand(X, y, fitted, k), atol=1e-5 * np.ptp(y))


@pytest.mark.parametrize("k", [0, 3])
def test_the_fitted_attributes_predict(data, k):
    X, y = data
    fitted = model(k).fit(X, y)
    Z = np.random.default_rng(0).standard_normal((40, X.shape[1]))
    with_bias = np.column_stack([Z, np.ones(len(Z))])
    K = kernel(with_bias, fitted.X_fit_, fitted.gates_, fitted.eta_[0])
    expected = K @ fitted.dual_coef_[:, 0] + fitted.intercept_
    np.testing.assert_allclose(fitted.predict(Z), expected, rtol=1e-9)
    assert fitted.eta_.sum() == pytest.approx(1.0)
    # The coefficients solve the ridge regression that dual_gap_ certifies.
    K = kernel(fitted.X_fit_, fitted.X_fit_, fitted.gates_, fitted.eta_[0])
    left = (K + fitted.mu_[0] * np.eye(len(y))) @ fitted.dual_coef_[:, 0] - (y - y.mean())
    assert np.linalg.norm(left) <= 1e-8 * np.linalg.norm(y)
    assert fitted.dual_gap_ <= 1e-12


def test_the_distance_to_the_optimum_is_certified_and_falls(data):
    X, y = data
    Z, target = np.column_stack([X, np.ones(len(X))]), y - y.mean()
    gaps = []
    for k in (0, 1, 4, 16, 64):
        fitted = model(k).fit(X, y)
        masks = MaskSet.from_gates(Z, fitted.gates_)
        lam = RATIO * lambda_max(Z, target, masks)
        optimum = solve(Z, target, masks, lam, tol=1e-9).objective
        v = (
            fitted.eta_[0]
            * np.array([Z.T @ (mask * fitted.dual_coef_[:, 0]) for mask in masks.dense().T]).T
        )
        residual = target - masks.predict(v, Z)
        objective = 0.5 * residual @ residual + lam * np.linalg.norm(v, axis=0).sum()
        above = (objective - optimum) / (0.5 * target @ target)
        assert 0.0 <= above <= fitted.mkl_gap_
        gaps.append(fitted.mkl_gap_)
    assert all(np.diff(gaps) < 0)
    at_end = model(None).fit(X, y)
    assert at_end.n_reweightings_ is None
    assert at_end.mkl_gap_ == at_end.dual_gap_ <= 1e-6


@pytest.mark.parametrize("lam", [RATIO, "cv"])
def test_cross_validation_chooses_penalty_and_reweightings_together(data, lam):
    X, y = data
    folds = KFold(3, shuffle=True, random_state=0)
    chosen = model("cv", lam=lam, cv=folds).fit(X, y)
    # The gates are those of all the fits, since they are drawn for all rows first.
    errors = {}
    for ratio in MKLRegressor.GRID if lam == "cv" else [lam]:
        for k in (*REWEIGHTINGS, None):
            one = model(k, lam=ratio)
            errors[ratio, k] = sum(
                np.sum((one.fit(X[i], y[i] - y.mean()).predict(X[j]) - (y[j] - y.mean())) ** 2)
                for i, j in folds.split(X)
            )
    best = min(errors, key=errors.get)
    found = chosen.lam_ratio_, chosen.n_reweightings_
    # Inside a fold the target is not centred anew here, so a near tie may fall the other way.
    assert errors[found] <= 1.05 * errors[best]
    assert chosen.n_reweightings_ in (*REWEIGHTINGS, None)


def test_a_weight_is_as_many_repetitions(data):
    X, y = data
    weight = np.random.default_rng(0).integers(0, 3, len(y))
    weighted = model(2).fit(X, y, weight)
    repeated = model(2).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), atol=1e-5 * np.ptp(y))
    assert weighted.mkl_gap_ == pytest.approx(repeated.mkl_gap_, rel=1e-3)


def test_classes_choose_one_stop_for_all_outputs():
    X, y = make_moons(90, noise=0.2, random_state=0)
    y = y + (X[:, 0] > 1)
    fitted = MKLClassifier(lam=0.1, n_gates=40, n_reweightings="cv", cv=3, random_state=0).fit(X, y)
    assert fitted.eta_.shape[0] == 3
    assert fitted.score(X, y) > 0.9


@pytest.mark.parametrize("wrong", [-1, 1.5, "all", np.nan])
def test_what_is_no_number_of_reweightings_is_named(data, wrong):
    with pytest.raises(ValueError, match="n_reweightings"):
        model(wrong).fit(*data)
