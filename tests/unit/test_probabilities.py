"""Classifiers with the logistic loss, their probabilities and kernels."""

import warnings

import numpy as np
import pytest
from conftest import random_problem
from scipy.linalg import cholesky
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from fixing_ntk import (
    ConvexReLUClassifier,
    ConvexReLURegressor,
    GatedReLUClassifier,
    GatedReLURegressor,
    MaskSet,
    MKLClassifier,
    MKLRegressor,
    NTKClassifier,
    NTKRegressor,
    lambda_max,
    solve_relu,
)
from fixing_ntk.estimators.persistence import load, save
from fixing_ntk.kernels import ntk
from fixing_ntk.masks.samples import with_bias
from fixing_ntk.programs import Logistic, MaskedDesign, certify
from fixing_ntk.relu import certify as certify_relu

SMALL = dict(n_gates=60, random_state=0)
REGRESSORS = [NTKRegressor, MKLRegressor, GatedReLURegressor, ConvexReLURegressor]
MODELS = {
    "NTK": NTKClassifier(loss="log_loss"),
    "MKL": MKLClassifier(loss="log_loss", **SMALL),
    "averaged": MKLClassifier(loss="log_loss", n_draws=2, **SMALL),
    "between": MKLClassifier(lam=1e-3, p=4 / 3, ntk=True, loss="log_loss", **SMALL),
    "gated": GatedReLUClassifier(loss="log_loss", **SMALL),
    "relu": ConvexReLUClassifier(loss="log_loss", n_gates=30, random_state=0),
}


@pytest.fixture(scope="module")
def moons():
    return make_moons(100, noise=0.3, random_state=0)


@pytest.fixture(params=MODELS)
def model(request):
    return clone(MODELS[request.param])


def test_two_classes(model, moons):
    X, y = moons
    p = model.fit(X, y).predict_proba(X)
    assert p.shape == (100, 2)
    assert np.allclose(p[:, 1], 1.0 / (1.0 + np.exp(-model.decision_function(X))))
    assert np.allclose(p.sum(axis=1), 1.0)
    assert np.array_equal(model.classes_[(p[:, 1] >= 0.5).astype(int)], model.predict(X))
    assert np.allclose(np.exp(model.predict_log_proba(X)), p)
    assert model.dual_gap_ <= 1e-6


def test_several_classes(model):
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    p = model.fit(X, y).predict_proba(X)
    assert p.shape == (150, 3)
    assert np.allclose(p.sum(axis=1), 1.0)
    assert np.mean(p.argmax(axis=1) == y) > 0.9


def test_the_ntk_is_logistic_regression_on_its_features(moons):
    X, y = moons
    model = NTKClassifier(lam=1e-3, loss="log_loss").fit(X, y)
    K = ntk(with_bias(X))
    mu = 1e-3 * np.linalg.eigvalsh(K)[-1]
    features = cholesky(K + 1e-12 * np.trace(K) * np.eye(len(K)), lower=True)
    other = LogisticRegression(C=1.0 / mu, fit_intercept=False, tol=1e-12, max_iter=10_000)
    p = other.fit(features, y).predict_proba(features)
    assert np.allclose(model.predict_proba(X), p, atol=1e-5)
    assert model.n_iter_ > 1


@pytest.mark.parametrize("name", ["MKL", "gated"])
def test_the_certificate_is_of_the_function_that_predicts(name, moons):
    X, y = moons
    Z, labels = with_bias(X), np.where(y == 1, 1.0, -1.0)
    model = clone(MODELS[name]).fit(X, y)
    (fit,) = model._fits
    design, loss = MaskedDesign(Z, fit.masks), Logistic(labels, np.ones(len(y)))
    lam = 0.01 * lambda_max(Z, labels, fit.masks, loss="logistic")
    again = certify(design, labels, lam, fit.weights, fit.index, loss)
    assert again.gap <= 1e-6
    assert model.dual_gap_ == pytest.approx(again.gap, abs=1e-9)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("name", ["NTK", "MKL", "between"])
def test_the_kernel_and_its_coefficients_predict(name, fit_intercept, moons):
    X, y = moons
    at = np.random.default_rng(0).standard_normal((20, 2))
    model = clone(MODELS[name]).set_params(fit_intercept=fit_intercept).fit(X, y)
    by_kernel = model.kernel(at, X) @ model.dual_coef_[:, 0] + model.intercept_
    size = np.abs(by_kernel).max()
    assert np.allclose(by_kernel, model.decision_function(at), atol=1e-4 * size)
    K = model.kernel(X)
    assert np.allclose(K, K.T)
    assert np.allclose(K, model.kernel(X, X))
    assert np.linalg.eigvalsh(K).min() >= -1e-10 * np.trace(K)
    svm = SVC(kernel="precomputed").fit(K, y)
    assert svm.score(K, y) > 0.8


def test_the_kernel_of_a_regressor_and_of_each_output():
    rng = np.random.default_rng(1)
    X, at = rng.standard_normal((50, 3)), rng.standard_normal((9, 3))
    Y = np.column_stack([np.abs(X[:, 0]), X[:, 1] * X[:, 2]])
    for model in (MKLRegressor(**SMALL), MKLRegressor(p=2.0, ntk=True, **SMALL)):
        model.fit(X, Y)
        predicted = model.predict(at) - model.intercept_
        for k in range(2):
            by_kernel = model.kernel(at, X, output=k) @ model.dual_coef_[:, k]
            assert np.allclose(by_kernel, predicted[:, k], atol=1e-8)
        with pytest.raises(ValueError, match="output must be a whole number from 0 to 1"):
            model.kernel(at, output=2)
    averaged = MKLRegressor(n_draws=2, **SMALL).fit(X, Y[:, 0])
    with pytest.raises(ValueError, match="the average of n_draws has no kernel"):
        averaged.kernel(at)


def test_several_targets_are_those_of_single_fits():
    rng = np.random.default_rng(2)
    X = rng.standard_normal((60, 3))
    Y = np.column_stack([np.abs(X[:, 0]), X[:, 1], np.ones(60)])
    for model in (NTKRegressor(), MKLRegressor(lam=0.05, **SMALL)):
        together = model.fit(X, Y).predict(X)
        assert model.intercept_.shape == (3,)
        for k, y in enumerate(Y.T):
            assert np.allclose(together[:, k], model.fit(X, y).predict(X), atol=2e-3)
    chosen = NTKRegressor(lam="cv").fit(X, Y)
    assert chosen.predict(X).shape == (60, 3)


def test_class_weights_are_sample_weights(model, moons):
    X, y = moons
    weighted = model.set_params(class_weight={0: 1.0, 1: 3.0}).fit(X, y).decision_function(X)
    plain = model.set_params(class_weight=None).fit(X, y, np.where(y == 1, 3.0, 1.0))
    assert np.allclose(weighted, plain.decision_function(X), atol=1e-8)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_a_class_of_weight_zero_is_left_out_of_the_fit(model, loss, moons):
    X, y = moons
    fitted = model.set_params(class_weight={0: 1.0, 1: 0.0}, loss=loss).fit(X, y)
    assert fitted.dual_gap_ <= 1e-6
    assert (fitted.predict(X) == 0).mean() > 0.9


@pytest.mark.parametrize(
    "weights", [{0: 0.0, 1: 0.0}, {0: 1.0, 1: -1.0}, {0: 1.0, 1: np.nan}, {0: np.inf, 1: 1.0}]
)
def test_class_weights_without_meaning_are_refused(model, weights, moons):
    with pytest.raises(ValueError, match=r"class_weight=.* must be at least 0 and finite"):
        model.set_params(class_weight=weights).fit(*moons)


def test_balanced_classes_find_the_rare_one():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((300, 2))
    y = (X[:, 0] + rng.standard_normal(300) > 2.2).astype(int)
    plain, balanced = (
        NTKClassifier(lam=0.1, loss="log_loss", class_weight=weight).fit(X, y).predict(X)
        for weight in (None, "balanced")
    )
    assert balanced[y == 1].mean() > plain[y == 1].mean() + 0.2


@pytest.mark.parametrize("name", ["NTK", "MKL", "between", "gated"])
def test_probabilities_are_as_good_as_calibrated_ones(name):
    rng = np.random.default_rng(4)
    X = rng.standard_normal((600, 3))
    p = 1.0 / (1.0 + np.exp(-2.0 * X[:, 0] * X[:, 1] - X[:, 2]))
    y = (rng.uniform(size=600) < p).astype(int)
    train, test = slice(0, 300), slice(300, 600)
    logistic = clone(MODELS[name]).set_params(lam="cv")
    squared = clone(logistic).set_params(loss="squared_error")
    ours = logistic.fit(X[train], y[train]).predict_proba(X[test])[:, 1]
    calibrated = CalibratedClassifierCV(squared, cv=3).fit(X[train], y[train])
    theirs = calibrated.predict_proba(X[test])[:, 1]
    assert brier_score_loss(y[test], ours) <= 1.1 * brier_score_loss(y[test], theirs)


def test_cross_validation_goes_by_the_loss(moons):
    X, y = moons
    model = NTKClassifier(lam="cv", loss="log_loss", lams=[1.0, 0.1, 1e-3, 1e-6]).fit(X, y)
    scores = model.cv_results_["mean_test_score"]
    assert (scores < 0).all()
    assert model.lam_ratio_ == model.cv_results_["lam_ratio"][scores.argmax()]


def test_folds_of_sorted_rows_have_every_value():
    X = np.linspace(-1.0, 1.0, 60)[:, None]
    model = NTKRegressor(lam="cv").fit(X, X[:, 0] ** 2)
    scores = [model.cv_results_[f"split{k}_test_score"].max() for k in range(5)]
    assert min(scores) > -1e-3  # an outer fifth is far from the others


def test_the_squared_loss_has_no_probabilities(moons):
    model = NTKClassifier().fit(*moons)
    assert not hasattr(model, "predict_proba")
    with pytest.raises(AttributeError, match="predict_proba"):
        model.predict_proba(moons[0])


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_saved_and_loaded_it_says_the_same(model, fit_intercept, moons, tmp_path):
    X, y = moons
    model.set_params(fit_intercept=fit_intercept)
    for loss in ("squared_error", "log_loss"):
        pipeline = make_pipeline(StandardScaler(), clone(model).set_params(loss=loss)).fit(X, y)
        save(pipeline, tmp_path / "model.skops")
        again = load(tmp_path / "model.skops")
        assert np.array_equal(again.decision_function(X), pipeline.decision_function(X))
    assert np.array_equal(again.predict_proba(X), pipeline.predict_proba(X))


@pytest.mark.parametrize("kind", REGRESSORS)
def test_saved_and_loaded_a_regressor_says_the_same(kind, moons, tmp_path):
    X, y = moons
    model = kind(fit_intercept=True).fit(X, y)
    save(model, tmp_path / "model.skops")
    assert np.array_equal(load(tmp_path / "model.skops").predict(X), model.predict(X))


def by_cvxpy(X, y, masks, lam, s):
    import cvxpy

    f, cost, cones = 0.0, 0.0, []
    for open_ in masks.rows(np.arange(len(masks)), float):
        for sign in (1.0, -1.0):
            w = cvxpy.Variable(X.shape[1])
            f, cost = f + cvxpy.multiply(sign * open_, X @ w), cost + cvxpy.norm(w)
            cones.append(cvxpy.multiply(2.0 * open_ - 1.0, X @ w) >= 0)
    loss = s @ cvxpy.logistic(-cvxpy.multiply(y, f))
    return cvxpy.Problem(cvxpy.Minimize(loss + lam * cost), cones).solve(cvxpy.CLARABEL)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ratio", [0.3, 0.03])
def test_the_relu_program_agrees_with_cvxpy(ratio, weighted):
    X, y, masks, _ = random_problem(20, 3, 10, seed=5, labels=True)
    s = np.random.default_rng(6).uniform(0.0, 2.0, 20) if weighted else None
    lam = ratio * lambda_max(X, y, masks, loss="logistic", sample_weight=s)
    solution = solve_relu(X, y, masks, lam, tol=1e-8, loss="logistic", sample_weight=s)
    value = by_cvxpy(X, y, masks, lam, np.ones(20) if s is None else s)
    assert solution.objective == pytest.approx(value, rel=1e-6)
    assert solution.status == "optimal"
    assert solution.violation <= 1e-12


def survey(X, y):
    return np.round(X), y


def separable(X, y):
    return X, np.where(X[:, 0] >= 0, 1.0, -1.0)


@pytest.mark.parametrize("ratio", [0.1, 1e-3])
@pytest.mark.parametrize("change", [survey, separable])
def test_relu_programs_of_unusual_data_are_certified(change, ratio):
    X, y, _, _ = random_problem(60, 4, 40, seed=7, labels=True)
    X, y = change(X, y)
    masks = MaskSet.sample(X, 40, 0)
    lam = ratio * lambda_max(X, y, masks, loss="logistic")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solution = solve_relu(X, y, masks, lam, loss="logistic")
    loss = Logistic(y, np.ones(60))
    weights, index = solution.active_weights, solution.active
    assert certify_relu(X, y, masks, lam, weights, index, loss).gap <= 2e-6


def test_a_relu_method_of_the_squared_loss_says_so():
    X, y, masks, _ = random_problem(20, 3, 10, seed=5, labels=True)
    with pytest.raises(
        ValueError, match="method 'conic' takes no loss='logistic': choose 'newton'"
    ):
        solve_relu(X, y, masks, 0.1, method="conic", loss="logistic")


def test_a_gated_network_of_the_logistic_loss_converts(moons):
    X, y = moons
    gated = GatedReLUClassifier(lam=0.1, loss="log_loss", **SMALL).fit(X, y)
    relu = gated.to_relu()
    assert np.allclose(relu.predict_proba(X), gated.predict_proba(X), atol=1e-8)
    assert 0.0 < relu.dual_gap_ < np.inf


@pytest.mark.parametrize("lam", [1e-3, 1e-4])
@pytest.mark.parametrize("model", [GatedReLUClassifier, MKLClassifier])
def test_strongly_unequal_weights_are_fitted_or_warned_of(model, lam):
    """Working sets may be empty, and the loss flat where it is computed."""
    X = np.random.default_rng(0).standard_normal((60, 3))
    settings = dict(lam=lam, loss="log_loss", fit_intercept=True, n_gates=60, random_state=0)
    balance = model(class_weight={0: 1.0, 1: 1e-4}, **settings).fit(X, X[:, 0] * X[:, 1] > 0)
    assert balance.dual_gap_ <= 1e-6
    for seed in range(6):
        weight = np.random.default_rng(seed).exponential(size=60) ** 3
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", ConvergenceWarning)
            fit = model(**settings).fit(X, np.arange(60) == seed, sample_weight=weight)
        assert fit.dual_gap_ <= 1e-6 or said
        assert np.isfinite(fit.dual_gap_)
