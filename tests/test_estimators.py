"""The estimators: scikit-learn's own checks, agreement with the solvers, and use in its tools."""

import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, make_moons
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import fixing_ntk
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
    solve,
)
from fixing_ntk.estimators.base import GRID, with_bias
from fixing_ntk.kernels import ntk

NAMES = [name for name in fixing_ntk.__all__ if name.endswith(("Classifier", "Regressor"))]
# SciPy reads SCIPY_ARRAY_API once, and without it a check would be skipped.
CHECK = """
import warnings
import fixing_ntk
from sklearn.utils.estimator_checks import check_estimator
warnings.simplefilter("ignore")
rows = check_estimator(fixing_ntk.{name}(), on_fail=None, on_skip=None)
assert len(rows) > 40
for row in rows:
    assert row["status"] == "passed", (row["check_name"], row["exception"])
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_scikit_learn_checks_pass_without_skips(name):
    subprocess.run(
        [sys.executable, "-c", CHECK.format(name=name)],
        env=os.environ | {"SCIPY_ARRAY_API": "1"},
        check=True,
    )


@pytest.fixture(scope="module")
def moons():
    return make_moons(120, noise=0.2, random_state=0)


@pytest.fixture(scope="module")
def smooth():
    X = np.random.default_rng(0).standard_normal((80, 3))
    return X, np.abs(X[:, 0]) - X[:, 1] + 5.0


def test_gated_relu_is_the_group_lasso_of_its_gates(moons):
    X, labels = moons
    model = GatedReLUClassifier(lam=0.05, n_gates=200, random_state=0).fit(X, labels)
    Z, y = with_bias(X), np.where(labels == 1, 1.0, -1.0)
    masks = MaskSet.from_gates(Z, model.gates_)
    solution = solve(Z, y, masks, 0.05 * lambda_max(Z, y, masks), tol=1e-9)
    expected = masks.predict(solution.weights, Z)
    np.testing.assert_allclose(model.decision_function(X), expected, atol=1e-2)
    assert model.dual_gap_ <= 1e-6
    assert model.eta_.sum() == pytest.approx(1.0)
    assert model.coef_.shape == (1, 3, len(masks))
    assert model.n_iter_ >= 1


@pytest.mark.parametrize(
    ("network", "kernel"),
    [(GatedReLUClassifier, MKLClassifier), (GatedReLURegressor, MKLRegressor)],
)
def test_the_kernel_machine_is_the_network(network, kernel, moons, smooth):
    X, y = moons if network is GatedReLUClassifier else smooth
    options = dict(lam=0.1, n_gates=100, tol=1e-10, random_state=1)
    one, other = network(**options).fit(X, y), kernel(**options).fit(X, y)
    at = np.random.default_rng(2).standard_normal((50, X.shape[1]))
    np.testing.assert_allclose(one._output(at), other._output(at), atol=1e-5)


def test_ntk_is_kernel_ridge_regression(smooth):
    X, y = smooth
    model = NTKRegressor(lam=0.01).fit(X, y)
    H = ntk(with_bias(X))
    lam = 0.01 * np.linalg.eigvalsh(H)[-1]
    expected = H @ np.linalg.solve(H + lam * np.eye(len(y)), y - y.mean()) + y.mean()
    np.testing.assert_allclose(model.predict(X), expected, atol=1e-10)
    assert model.dual_gap_ <= 1e-10


def test_convex_relu_is_a_network_inside_its_cones(smooth):
    X, y = smooth
    model = ConvexReLURegressor(lam=0.05, n_gates=40, random_state=0).fit(X, y)
    (first,), (second,) = model.first_layer_, model.second_layer_
    by_hand = np.maximum(with_bias(X) @ first, 0.0) @ second + model.intercept_
    np.testing.assert_allclose(model.predict(X), by_hand)
    assert model.violation_ <= 1e-9
    assert model.dual_gap_ <= 1e-6
    assert model.score(X, y) > 0.8


def test_several_classes_share_their_masks():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), GatedReLUClassifier(lam=0.01, random_state=0))
    model.fit(X, np.array(["a", "b", "c"])[y])
    assert model[-1].eta_.shape == (3, model[-1].gates_.shape[1])
    assert model.decision_function(X).shape == (150, 3)
    assert model.score(X, np.array(["a", "b", "c"])[y]) > 0.95


@pytest.mark.parametrize("model", [NTKClassifier(), MKLClassifier(n_gates=200, random_state=0)])
def test_cross_validation_chooses_the_best_of_the_grid(model, moons):
    X, y = moons
    tuned = model.set_params(lam="cv").fit(X, y)
    scores = [cross_val_score(model.set_params(lam=ratio), X, y, cv=5).mean() for ratio in GRID]
    assert tuned.lam_ratio_ in GRID
    assert scores[list(GRID).index(tuned.lam_ratio_)] >= max(scores) - 0.02


@pytest.mark.parametrize(
    "model", [NTKRegressor(), GatedReLURegressor(n_gates=50, random_state=0, tol=1e-10)]
)
def test_a_weight_is_as_many_samples_and_zero_is_none(model, smooth):
    X, y = smooth
    weight = np.random.default_rng(1).integers(0, 4, len(y))
    weighted = model.fit(X, y, sample_weight=weight).predict(X)
    repeated = model.fit(np.repeat(X, weight, axis=0), np.repeat(y, weight)).predict(X)
    np.testing.assert_allclose(weighted, repeated, atol=1e-6)
    with pytest.raises(ValueError, match="non-zero"):
        model.fit(X, y, sample_weight=np.zeros(len(y)))


def test_grid_search_and_pipeline():
    X, y = load_breast_cancer(return_X_y=True)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), GatedReLUClassifier(n_gates=100, random_state=0)),
        {"gatedreluclassifier__lam": [0.3, 0.03]},
        cv=3,
    )
    assert search.fit(X, y).best_score_ > 0.95


def test_a_real_target():
    X, y = load_diabetes(return_X_y=True)
    model = make_pipeline(StandardScaler(), MKLRegressor(lam="cv", n_gates=200, random_state=0))
    assert cross_val_score(model, X, y, cv=5).mean() > 0.4


def test_a_constant_target_is_its_mean(smooth):
    X, _ = smooth
    for model in (NTKRegressor(), GatedReLURegressor(), MKLRegressor(), ConvexReLURegressor()):
        np.testing.assert_allclose(model.fit(X, np.full(len(X), 3.0)).predict(X), 3.0)


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="one class only"):
        ConvexReLUClassifier().fit(np.eye(3), [1, 1, 1])
