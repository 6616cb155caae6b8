"""The estimators: scikit-learn's own checks, agreement with the solvers, and use in its tools."""

import json
import os
import subprocess
import sys
import warnings
from importlib import import_module

import numpy as np
import pytest
from conftest import random_problem
from sklearn.base import clone, is_regressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine, make_moons
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, PredefinedSplit, cross_val_score
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
    solve_mkl,
    solve_path,
)
from fixing_ntk.estimators import masked
from fixing_ntk.estimators.cross_validation import each
from fixing_ntk.kernels import ntk
from fixing_ntk.masks.samples import with_bias
from fixing_ntk.programs import MaskedDesign, certify
from fixing_ntk.solvers import kernel_machine

GRID = np.geomspace(0.9, 1e-3, 15)
NAMES = [name for name in fixing_ntk.__all__ if name.endswith(("Classifier", "Regressor"))]
# SciPy reads SCIPY_ARRAY_API once, and without it a check would be skipped. All models share one
# process, whose imports take longer than the checks of most.
CHECK = """
import json
import sys
import warnings
import fixing_ntk
from sklearn.utils.estimator_checks import check_estimator
warnings.simplefilter("ignore")
for model in sys.argv[1:]:
    rows = check_estimator(eval(f"fixing_ntk.{model}"), on_fail=None, on_skip=None)
    print(json.dumps([[row["status"], row["check_name"], str(row["exception"])] for row in rows]))
"""
# No check is about the number of gates, and every fit takes time for each.
CHECKED = [
    *(f"{name}({'' if name.startswith('NTK') else 'n_gates=8'})" for name in NAMES),
    "MKLClassifier(n_gates=8, n_draws=2)",
    "MKLClassifier(n_gates=8, p=2.0, ntk=True)",
    "NTKClassifier(loss='log_loss')",
    "MKLClassifier(n_gates=8, loss='log_loss')",
    "MKLClassifier(n_gates=8, p=2.0, ntk=True, loss='log_loss')",
    "GatedReLUClassifier(n_gates=8, loss='log_loss')",
    "ConvexReLUClassifier(n_gates=8, loss='log_loss')",
]


@pytest.fixture(scope="module")
def checks():
    """Rows of scikit-learn's checks by model: status, name, and what was raised."""
    done = subprocess.run(
        [sys.executable, "-c", CHECK, *CHECKED],
        env=os.environ | {"SCIPY_ARRAY_API": "1"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return dict(zip(CHECKED, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("model", CHECKED)
def test_scikit_learn_checks_pass_without_skips(model, checks):
    assert len(checks[model]) > 40
    assert [row for row in checks[model] if row[0] != "passed"] == []


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


@pytest.mark.parametrize("weighted", [False, True])
def test_a_gated_network_converts_to_a_relu_network(weighted, smooth):
    X, y = smooth
    weight = np.random.default_rng(0).integers(0, 3, len(y)) if weighted else None
    gated = GatedReLURegressor(lam=0.1, n_gates=40, random_state=0).fit(X, y, weight)
    relu = gated.to_relu()
    assert isinstance(relu, ConvexReLURegressor)
    used = slice(None) if weight is None else weight > 0
    assert np.allclose(relu.predict(X[used]), gated.predict(X[used]), rtol=0, atol=1e-9)
    assert relu.violation_ <= 1e-12
    direct = ConvexReLURegressor(lam=0.1, n_gates=40, random_state=0).fit(X, y, weight)
    assert relu.dual_gap_ > 0.01 > direct.dual_gap_  # the shortcut is not the optimum
    assert relu.lam_ratio_ == gated.lam_ratio_
    assert relu.get_params() == gated.get_params()
    outputs = np.maximum(with_bias(X) @ relu.first_layer_[0], 0.0) @ relu.second_layer_[0]
    assert np.allclose(relu.predict(X), outputs + relu.intercept_)


def test_every_class_of_a_gated_network_converts():
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = y.map(lambda k: "abc"[k])
    gated = GatedReLUClassifier(n_gates=50, random_state=0).fit(X, names)
    relu = gated.to_relu()
    assert isinstance(relu, ConvexReLUClassifier)
    assert list(relu.classes_) == ["a", "b", "c"]
    assert list(relu.feature_names_in_) == list(X.columns)
    assert np.allclose(relu.decision_function(X), gated.decision_function(X), atol=1e-9)
    assert np.array_equal(relu.predict(X), gated.predict(X))
    with pytest.raises(NotFittedError):
        GatedReLUClassifier().to_relu()


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
    ratio, grid = tuned.lam_ratio_, list(model.GRID)
    scores = [cross_val_score(model.set_params(lam=lam), X, y, cv=5).mean() for lam in grid]
    assert scores[grid.index(ratio)] >= max(scores) - 0.02


@pytest.mark.parametrize("name", NAMES)
def test_the_search_is_recorded_over_the_penalties_that_were_given(name, moons, smooth):
    X, y = smooth if name.endswith("Regressor") else moons
    folds = [(np.arange(len(y)) % 3 != k, np.arange(len(y)) % 3 == k) for k in range(3)]
    options = {} if name.startswith("NTK") else dict(n_gates=15, random_state=0)
    lams = (0.01, 0.3, 0.05)
    model = getattr(fixing_ntk, name)(lam="cv", lams=lams, cv=folds, **options).fit(X, y)
    found = model.cv_results_
    assert list(found["lam_ratio"]) == sorted(lams, reverse=True)
    splits = np.array([found[f"split{k}_test_score"] for k in range(3)])
    assert np.average(splits, axis=0, weights=[i[1].sum() for i in folds]) == pytest.approx(
        found["mean_test_score"]
    )
    assert model.lam_ratio_ == found["lam_ratio"][np.argmax(found["mean_test_score"])]
    if name.endswith("Classifier"):  # a label needs no centring, so a fold is a fit of its own
        for j, lam in enumerate(found["lam_ratio"]):
            inside, outside = folds[0]
            alone = getattr(fixing_ntk, name)(lam=lam, **options).fit(X[inside], y[inside])
            assert splits[0, j] == pytest.approx(alone.score(X[outside], y[outside]), abs=0.026)
    model.set_params(lam=0.1).fit(X, y)
    assert not hasattr(model, "cv_results_"), "nothing was searched"


def test_a_tie_goes_to_the_larger_penalty(smooth):
    X, _ = smooth
    model = NTKClassifier(lam="cv", lams=[0.1, 0.001, 1.0], cv=3)
    fitted = model.fit(X, X[:, 0] > 0)
    best = fitted.cv_results_["mean_test_score"]
    assert fitted.lam_ratio_ == max(fitted.cv_results_["lam_ratio"][best == best.max()])


@pytest.mark.parametrize("lams", [[], [0.1, -1.0], [0.1, np.nan], ["a"], [[0.1]]])
def test_penalties_that_are_none_are_named(lams, moons):
    with pytest.raises(ValueError, match="lams must be"):
        NTKClassifier(lam="cv", lams=lams).fit(*moons)


def test_the_solver_is_the_one_that_was_asked_for(moons):
    X, y = moons
    options = dict(lam=0.1, n_gates=20, random_state=0)
    auto, irls = (
        MKLClassifier(solver=solver, **options).fit(X, y) for solver in (None, {"method": "irls"})
    )
    assert auto.n_iter_ != irls.n_iter_
    np.testing.assert_allclose(auto.decision_function(X), irls.decision_function(X), atol=1e-2)
    with pytest.raises(ValueError, match="unknown method"):
        MKLClassifier(solver={"method": "none"}, **options).fit(X, y)


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


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("parameter", "values"),
    {
        "lam": [-0.1, 0.0, np.nan, np.inf, None, "0.1", [0.1]],
        "cv": [1, 0, -2, 2.5, "5"],
        "tol": [-1e-6, 0.0, np.nan, None, "1e-6"],
        "n_gates": [0, -1, 10.0, None, "10"],
        "random_state": [-1, "0", 0.5],
    }.items(),
)
def test_a_parameter_out_of_range_is_named(name, parameter, values, moons):
    model = getattr(fixing_ntk, name)()
    for value in values if parameter in model.get_params() else []:
        with pytest.raises(ValueError, match=f"'{parameter}' parameter of {name} must be .*") as e:
            getattr(fixing_ntk, name)(**{parameter: value}).fit(*moons)
        assert "\n" not in str(e.value)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("Regressor")])
@pytest.mark.parametrize(
    "wrong", [["a", "b"], [b"a", b"b"], np.array(["a", 1.0], object), np.array([None, 1.0])]
)
def test_targets_of_a_regressor_are_numbers(name, wrong):
    with pytest.raises(ValueError, match=r"\by\b") as e:
        getattr(fixing_ntk, name)().fit(np.eye(2), wrong)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_flag_is_no_penalty(name, moons):
    with pytest.raises(TypeError, match="lam must be a number, got True"):
        getattr(fixing_ntk, name)(lam=True).fit(*moons)


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_that_failed_leaves_a_model_that_is_not_fitted(name, moons):
    X, y = moons
    model = getattr(fixing_ntk, name)(lam=-1.0)
    with pytest.raises(ValueError, match="lam"):
        model.fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)
    model.set_params(lam=0.5).fit(X[:30], y[:30]).predict(X)
    with pytest.raises(ValueError, match="inconsistent"):
        model.fit(X[:20, :1], y)
    with pytest.raises(NotFittedError):
        model.predict(X)


@pytest.fixture(scope="module")
def partly_weighted():
    """Samples of two regimes, of which a third weigh nothing and are absurd."""
    rng = np.random.default_rng(3)
    X, weight = rng.standard_normal((60, 2)), rng.integers(0, 3, 60)
    y = np.where(np.arange(60) < 30, np.abs(X[:, 0]), rng.standard_normal(60))
    return X, np.where(weight > 0, y, 1e6), weight


def listed(n):
    """Folds that no splitter makes: which rows are meant decides the penalty."""
    first, second = np.arange(n) < n // 2, np.arange(n) % 4 == 0
    return [(np.flatnonzero(~part), np.flatnonzero(part)) for part in (first, second)]


@pytest.mark.parametrize("model", [NTKRegressor(), MKLRegressor(n_gates=30, random_state=0)])
@pytest.mark.parametrize(
    "folds",
    [
        listed,
        lambda n: [(inside.tolist(), outside.tolist()) for inside, outside in listed(n)],
        lambda n: [(np.isin(np.arange(n), i), np.isin(np.arange(n), j)) for i, j in listed(n)],
        lambda n: iter(listed(n)),
        lambda n: PredefinedSplit(np.arange(n) * 3 // n),
    ],
    ids=["arrays", "lists", "booleans", "iterator", "PredefinedSplit"],
)
def test_listed_folds_are_of_the_callers_rows(model, folds, partly_weighted):
    X, y, weight = partly_weighted
    used = weight > 0
    place = np.cumsum(used) - 1
    pairs = folds(60).split() if hasattr(folds(60), "split") else folds(60)
    rows = [[np.arange(60)[side] for side in pair] for pair in pairs]
    alone = [tuple(place[side[used[side]]] for side in pair) for pair in rows]
    expected = model.set_params(lam="cv", cv=alone).fit(X[used], y[used], weight[used])
    coefficients, ratio = expected.dual_coef_, expected.lam_ratio_
    weighted = model.set_params(cv=folds(60)).fit(X, y, weight)
    assert weighted.lam_ratio_ == ratio
    assert np.array_equal(weighted.dual_coef_, coefficients)


@pytest.mark.parametrize(
    "model",
    [
        NTKRegressor(),
        NTKClassifier(),
        NTKClassifier(loss="log_loss"),
        GatedReLURegressor(n_gates=20, random_state=0, tol=1e-10),
        MKLClassifier(n_gates=20, random_state=0, tol=1e-10, p=2.0, loss="log_loss"),
    ],
)
def test_cross_validation_takes_a_weight_as_so_many_samples(model):
    """In the fits and in the scores; and each score is a mean over samples, not over folds."""
    rng = np.random.default_rng(0)
    X, weight = rng.standard_normal((40, 2)), rng.integers(1, 5, 40)
    y = X[:, 0] + rng.standard_normal(40)
    y = y if isinstance(model, fixing_ntk.estimators.base.Regressor) else y > 0
    sides = [np.arange(40) < k for k in (10, 30)]
    model.set_params(lam="cv", lams=[0.5, 0.1, 0.02])
    model.set_params(cv=[(~side, side) for side in sides])
    weighted = model.fit(X, y, weight).cv_results_
    model.set_params(cv=[(~side, side) for side in (np.repeat(s, weight) for s in sides)])
    repeated = model.fit(np.repeat(X, weight, axis=0), np.repeat(y, weight)).cv_results_
    for key, values in weighted.items():
        np.testing.assert_allclose(values, repeated[key], rtol=1e-4)
    splits = [weighted[f"split{k}_test_score"] for k in range(2)]
    mean = np.average(splits, axis=0, weights=[weight[side].sum() for side in sides])
    np.testing.assert_allclose(weighted["mean_test_score"], mean)


@pytest.mark.parametrize("name", ["NTKRegressor", "MKLRegressor", "GatedReLURegressor"])
def test_folds_that_hold_out_nothing_are_refused(name, smooth):
    X, y = smooth
    inside, outside = np.arange(60), np.arange(60, len(X))
    model = getattr(fixing_ntk, name)
    weight = np.where(np.arange(len(X)) < 60, 1.0, 0.0)
    with pytest.raises(ValueError, match="cv: no fold holds out a sample of positive weight"):
        model(lam="cv", cv=[(inside, outside)]).fit(X, y, sample_weight=weight)
    assert model(lam="cv", lams=[0.1, 0.01], cv=[(inside, outside)]).fit(X, y).dual_gap_ <= 1e-6


@pytest.mark.parametrize("cv", [3, KFold(3, shuffle=True, random_state=0)])
def test_folds_that_are_split_leave_out_samples_of_weight_zero(cv, partly_weighted):
    X, y, weight = partly_weighted
    used, model = weight > 0, NTKRegressor(lam="cv", cv=cv)
    weighted = model.fit(X, y, weight).dual_coef_
    assert np.array_equal(weighted, model.fit(X[used], y[used], weight[used]).dual_coef_)


def test_folds_that_cannot_be_are_refused(partly_weighted):
    X, y, weight = partly_weighted
    once = NTKRegressor(lam="cv", cv=iter(listed(60))).fit(X, y)
    empty = np.flatnonzero(weight == 0)
    wrong = [[], [([60], [0])], [([0.5], [1])], [(1, 2, 3)], [(empty, [0])], once.cv]
    for cv in wrong:
        with pytest.raises(ValueError, match="cv"):
            NTKRegressor(lam="cv", cv=cv).fit(X, y, weight)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("offset", "scale"), [(0.0, 1.0), (1e6, 1.0), (0.0, 1e8), (0.0, 1e-8)])
def test_a_column_that_never_varies_explains_nothing(name, offset, scale):
    """The target is orthogonal to the design but for rounding, which is not to be fitted."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        n, options = rng.integers(5, 100), dict(random_state=0, n_gates=20)
        X, weight = np.full((n, 1), scale * rng.standard_normal()), rng.random(n) + 0.5
        model = getattr(fixing_ntk, name)(**({} if name.startswith("NTK") else options))
        if name.endswith("Regressor"):
            y = scale * (rng.standard_normal(n) + offset)
            mean = np.average(y, weights=weight)
            output = (model.fit(X, y, weight).predict(X) - mean) / np.std(y)
        else:
            y = np.arange(n) % 2
            weight[y == 1] *= weight[y == 0].sum() / weight[y == 1].sum()
            output = model.fit(X, y, weight).decision_function(X)
        # Where offset is large, the target's own digits end there.
        np.testing.assert_allclose(output, 0.0, atol=1e-12 * (1.0 + offset))
        # ReLU networks merge equal rows: then the target is not orthogonal, but one rounding error.
        assert model.dual_gap_ <= (model.tol if name.startswith("ConvexReLU") else 1e-10)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("ratio", [0.1, 1e-3, 1e-5])
def test_a_kernel_machine_without_a_factor_is_that_with_one(monkeypatch, ratio, fit_intercept):
    """As beyond some thousand samples, where K fits into no memory."""
    X, y, _, _ = random_problem(80, 6, 60, seed=0)
    options = dict(lam=ratio, n_gates=300, random_state=0, fit_intercept=fit_intercept)
    by_factor = MKLRegressor(**options).fit(X, y)
    module = import_module("fixing_ntk.solvers.kernel_machine")
    monkeypatch.setattr(module, "FACTOR_UP_TO", 0)
    monkeypatch.setattr(module, "factorise", pytest.fail)
    monkeypatch.setattr("fixing_ntk.solvers.lp_newton.LANDMARKS", 20)
    iterated = MKLRegressor(**options).fit(X, y)
    assert iterated.dual_gap_ <= 1e-6
    np.testing.assert_allclose(iterated.predict(X), by_factor.predict(X), atol=1e-6)
    unit = np.abs(by_factor.dual_coef_).max()
    np.testing.assert_allclose(iterated.dual_coef_, by_factor.dual_coef_, atol=1e-4 * unit)


def test_a_kernel_machine_is_certified_by_the_bound_of_its_solution():
    """A step of reweighting lowers the objective, but its residual may prove less."""
    rng = np.random.default_rng(0)
    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    own = []
    for trial in range(13):
        columns, rows = (rng.choice(n, k, replace=False) for n, k in ((10, 3), (len(X), 100)))
        Z, target = with_bias(X[rows][:, columns]), y[rows] - y[rows].mean()
        masks = MaskSet.sample(Z, 60, seed=trial)
        design, lams = MaskedDesign(Z, masks), GRID * lambda_max(Z, target, masks)
        for solution in solve_path(Z, target, masks, lams, 1e-6):
            machine = kernel_machine(design, solution)
            alone = certify(design, target, solution.lam, machine.weights, solution.active)
            assert machine.certificate.gap <= min(alone.gap, 1e-6)
            tight = solve(Z, target, masks, solution.lam, 1e-10)
            assert machine.certificate.dual_objective <= tight.objective * (1 + 1e-12)
            own.append(alone.gap)
    assert max(own) > 1e-6, "one that needs it is among them"


@pytest.mark.parametrize("scale", [1e-170, 1e160])
@pytest.mark.parametrize("name", NAMES)
def test_what_has_no_squares_in_float64_is_refused(name, scale, smooth):
    X, y = smooth
    labels = np.where(y > 5.0, 1.0, -1.0) if name.endswith("Classifier") else y
    with pytest.raises(ValueError, match=r"X has entries of .*multiply it by a constant"):
        getattr(fixing_ntk, name)().fit(scale * X, labels)
    if name.endswith("Regressor"):
        with pytest.raises(ValueError, match=r"y has entries of .*multiply it by a constant"):
            getattr(fixing_ntk, name)().fit(X, scale * y)


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("NTKRegressor", {}),
        ("NTKRegressor", dict(fit_intercept=True)),
        ("NTKClassifier", dict(loss="log_loss")),
        ("MKLRegressor", dict(p=4 / 3, ntk=True, n_gates=60, random_state=0)),
        ("MKLClassifier", dict(p=np.inf, n_gates=60, random_state=0, loss="log_loss")),
    ],
)
def test_penalties_below_rounding_end_with_a_warning_and_no_worse_than_zero(name, by):
    """Rows repeat, so that the kernel has no inverse."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, (200, 3)).astype(float)
    y = X[:, 0] + rng.standard_normal(200)
    y = y - y.mean() if name.endswith("Regressor") else (y > 1.0).astype(int)
    for lam in (1e-16, 1e-18):
        with pytest.warns(ConvergenceWarning, match=r"at relative gap .*; raise"):
            model = getattr(fixing_ntk, name)(lam=lam, **by).fit(X, y)
        if name.endswith("Regressor"):
            assert 1e-6 < model.dual_gap_ <= 1.0
            assert np.sum((model.predict(X) - y) ** 2) <= (y @ y) * (1.0 + 1e-9)
        assert np.isfinite(model.predict(X)).all()
    with warnings.catch_warnings(action="error", category=ConvergenceWarning):
        assert getattr(fixing_ntk, name)(lam=1e-6, **by).fit(X, y).dual_gap_ <= 1e-6


@pytest.mark.parametrize("scale", [1e-200, 1e200])
@pytest.mark.parametrize("name", ["GatedReLUClassifier", "MKLClassifier", "NTKClassifier"])
def test_nor_weights_without_squares(name, scale, smooth):
    """With the logistic loss they gave false results."""
    X, y = smooth
    labels, weight = np.where(y > 5.0, 1, 0), np.full(len(X), scale)
    model = getattr(fixing_ntk, name)
    with pytest.raises(ValueError, match=r"sample_weight has entries of .*multiply it by"):
        model(loss="log_loss").fit(X, labels, weight)
    with pytest.raises(ValueError, match=r"class_weight has entries of .*multiply it by"):
        model(loss="log_loss", class_weight={0: scale, 1: scale}).fit(X, labels)
    data = X, np.where(labels == 1, 1.0, -1.0), MaskSet.sample(X, 20, 0), scale
    with pytest.raises(ValueError, match=r"sample_weight has entries of .*multiply it by"):
        solve(*data, loss="logistic", sample_weight=weight)


@pytest.mark.parametrize("call", [solve, solve_path, solve_mkl, lambda_max])
def test_nor_do_functions_take_features_without_squares(call):
    X, y, masks, _ = random_problem(20, 3, 20, seed=0)
    penalty = {solve: (0.1,), solve_path: ([0.1],), solve_mkl: (0.1,), lambda_max: ()}[call]
    with pytest.raises(ValueError, match=r"X has entries of .*multiply it by a constant"):
        call(1e-200 * X, y, masks, *penalty)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"tol": 1e-3}, ValueError, "'tol' is an argument of the estimator itself"),
        ({"eps": 1e-3}, TypeError, r"method 'auto' has no option 'eps': it has \['max_iter'\]"),
        ({"method": "irls", "epsilon": 1}, TypeError, r"'irls' has no option 'epsilon'.*'eps'"),
    ],
)
def test_an_option_that_a_solver_has_not_is_named(options, error, said, smooth):
    with pytest.raises(error, match=said):
        MKLRegressor(n_gates=20, solver=options).fit(*smooth)


@pytest.mark.parametrize(
    "model",
    [
        NTKClassifier(lam="cv"),
        MKLRegressor(lam="cv", lams=[0.5, 0.1], n_gates=40, random_state=0, n_draws=2),
        GatedReLUClassifier(lam="cv", lams=[0.5, 0.1], n_gates=40, random_state=0),
    ],
)
def test_processes_share_the_folds_and_the_draws(model, smooth):
    X, y = smooth
    y = y if is_regressor(model) else y > np.median(y)
    alone, shared = clone(model).fit(X, y), clone(model).set_params(n_jobs=2).fit(X, y)
    assert shared.predict(X) == pytest.approx(alone.predict(X), abs=1e-12)
    assert shared.lam_ratio_ == alone.lam_ratio_
    assert shared.dual_gap_ == pytest.approx(alone.dual_gap_, abs=1e-12)
    with pytest.raises(ValueError, match="n_jobs"):
        clone(model).set_params(n_jobs=0).fit(X, y)


@pytest.mark.parametrize("model", [MKLClassifier, GatedReLUClassifier, MKLRegressor])
@pytest.mark.parametrize("load", [load_breast_cancer, load_wine, load_diabetes])
def test_a_choice_at_a_looser_gap_is_that_at_a_tight_one(model, load, monkeypatch):
    X, y = load(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    y = y if is_regressor(model()) else y > np.median(y) if load is load_diabetes else y == y[0]
    given = dict(lam="cv", n_gates=200, random_state=0)
    quick = model(**given).fit(X, y)
    monkeypatch.setattr(masked, "CHOICE_TOL", 0.0)
    tight = model(**given).fit(X, y)
    assert quick.lam_ratio_ == tight.lam_ratio_
    scores = (one.cv_results_["mean_test_score"] for one in (quick, tight))
    np.testing.assert_allclose(*scores, rtol=0, atol=2e-2 * max(1.0, np.var(y)))
    assert max(quick.dual_gap_, tight.dual_gap_) <= 1e-6


def test_processes_share_the_classes_of_a_relu_network_and_its_warnings_are_given():
    X, y = load_iris(return_X_y=True)
    model = ConvexReLUClassifier(lam=0.05, n_gates=10, random_state=0)
    alone, shared = clone(model).fit(X, y), clone(model).set_params(n_jobs=2).fit(X, y)
    assert shared.decision_function(X) == pytest.approx(alone.decision_function(X), abs=1e-12)
    assert shared.dual_gap_ == pytest.approx(alone.dual_gap_, abs=1e-12)
    said = []
    for one in (alone, shared):
        with pytest.warns(ConvergenceWarning, match="gap") as warned:
            clone(one).set_params(tol=1e-300).fit(X, y)
        said.append([str(warning.message) for warning in warned])
    assert said[0] == said[1]


def test_without_a_number_of_folds_there_are_five_shuffled_ones(smooth):
    X, y = smooth
    order = np.argsort(y)  # folds that are not shuffled would differ from the whole
    five, none = (NTKRegressor(lam="cv", cv=cv).fit(X[order], y[order]) for cv in (5, None))
    assert np.array_equal(five.cv_results_["mean_test_score"], none.cv_results_["mean_test_score"])


def test_no_more_processes_start_than_there_are_tasks(monkeypatch):
    from sklearn.utils import parallel

    asked = []

    def alone(n_jobs, **options):
        asked.append(n_jobs)
        return real(1, **options)

    real = parallel.Parallel
    monkeypatch.setattr(parallel, "Parallel", alone)
    for n_jobs in (3, 1000, -1):
        assert each(max, [(1, 2), (3, 0)], n_jobs) == [2, 3]
    assert asked == [2, 2, -1]
