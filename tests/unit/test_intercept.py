"""An intercept that is not penalised, in every program and model."""

import cvxpy
import numpy as np
import pytest
from conftest import kernel_weights_program, random_problem
from sklearn.base import clone

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
    solve_relu,
    to_relu,
)
from fixing_ntk.programs import LOSSES, Intercept, Logistic, MaskedDesign, certify

WEIGHTS = np.random.default_rng(1).uniform(0.2, 2.0, 24)
SMALL = dict(n_gates=40, random_state=0)
MODELS = [
    *(GatedReLURegressor(**SMALL), MKLRegressor(**SMALL), MKLRegressor(n_draws=2, **SMALL)),
    *(MKLRegressor(lam=1e-3, p=4 / 3, ntk=True, **SMALL), NTKRegressor()),
    ConvexReLURegressor(n_gates=20, random_state=0),
]
CLASSIFIERS = [
    *(GatedReLUClassifier(**SMALL), MKLClassifier(**SMALL), NTKClassifier()),
    *(MKLClassifier(lam=1e-3, p=2.0, **SMALL), ConvexReLUClassifier(n_gates=20, random_state=0)),
]


def case(loss, n=24):
    """X, targets far from zero mean, masks."""
    X, y, masks, _ = random_problem(n, 3, 10, seed=2)
    y = np.where(X[:, 0] + 0.8 + y > 0, 1.0, -1.0) if loss == "logistic" else y + 4.0
    return X, y, masks


def value(loss, y, s):
    """A loss as cvxpy has it."""
    if loss == "logistic":
        return lambda f: s @ cvxpy.logistic(-cvxpy.multiply(y, f))
    return lambda f: 0.5 * s @ cvxpy.square(f - y)


@pytest.mark.parametrize("s", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("ratio", [0.3, 0.01])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_gated_program_agrees_with_cvxpy(loss, ratio, s):
    X, y, masks = case(loss)
    lam = ratio * lambda_max(X, y, masks, loss, s, fit_intercept=True)
    given = dict(loss=loss, sample_weight=s, fit_intercept=True)
    solution = solve(X, y, masks, lam, tol=1e-9, **given)
    W, b = cvxpy.Variable((3, len(masks))), cvxpy.Variable()
    M = masks.rows(np.arange(len(masks)), float)
    f = sum(cvxpy.multiply(m, X @ W[:, i]) for i, m in enumerate(M)) + b
    cost = lam * cvxpy.sum(cvxpy.norm(W, axis=0))
    s = np.ones(24) if s is None else s
    best = cvxpy.Problem(cvxpy.Minimize(value(loss, y, s)(f) + cost)).solve(cvxpy.CLARABEL)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best, rel=1e-7)
    assert solution.intercept == pytest.approx(float(b.value), abs=1e-3)
    path = solve_path(X, y, masks, [lam, 2 * lam], tol=1e-9, **given)
    assert path[0].objective == pytest.approx(best, rel=1e-7)


@pytest.mark.parametrize("s", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("ratio", [0.3, 0.01])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_relu_program_agrees_with_cvxpy(loss, ratio, s):
    X, y, masks = case(loss)
    lam = ratio * lambda_max(X, y, masks, loss, s, fit_intercept=True)
    given = dict(loss=loss, sample_weight=s, fit_intercept=True)
    solution = solve_relu(X, y, masks, lam, tol=1e-8, **given)
    b = cvxpy.Variable()
    f, cost, cones = b, 0.0, []
    for open_ in masks.rows(np.arange(len(masks)), float):
        for sign in (1.0, -1.0):
            w = cvxpy.Variable(3)
            f, cost = f + cvxpy.multiply(sign * open_, X @ w), cost + cvxpy.norm(w)
            cones.append(cvxpy.multiply(2.0 * open_ - 1.0, X @ w) >= 0)
    s = np.ones(24) if s is None else s
    problem = cvxpy.Problem(cvxpy.Minimize(value(loss, y, s)(f) + lam * cost), cones)
    assert solution.objective == pytest.approx(problem.solve(cvxpy.CLARABEL), rel=1e-6)
    assert solution.status == "optimal"
    assert solution.intercept == pytest.approx(float(b.value), abs=1e-3)


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("p", [4 / 3, 2.0, np.inf])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_family_agrees_with_cvxpy(loss, p, intercept):
    X, y, masks = case(loss)
    s = np.ones(24)
    for share in (0.0, 0.5):
        arguments = X, y, masks, 0.05, p, share > 0.0
        ours = solve_mkl(*arguments, loss=loss, fit_intercept=intercept, tol=1e-8)
        m = np.asarray(masks.ntk_weights)
        theirs = kernel_weights_program(
            X, y, masks.dense(), m, 0.05, p, share, value(loss, y, s), intercept
        )
        assert ours.status == "optimal"
        assert ours.objective == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_certificate_is_that_of_the_residual(loss):
    X, y, masks = case(loss)
    lam = 0.1 * lambda_max(X, y, masks, loss, fit_intercept=True)
    solution = solve(X, y, masks, lam, loss=loss, fit_intercept=True)
    a, design = solution.dual_point, MaskedDesign(X, masks)
    assert abs(a.sum()) <= 1e-10 * np.abs(a).sum()
    assert design.scores(a).max() <= lam * (1 + 1e-12)
    column = np.ones(24)
    again = certify(MaskedDesign(X, masks, column), y, lam, solution.weights, loss=solution.loss)
    assert again.gap == pytest.approx(solution.gap, abs=1e-12)
    constant = solve(X, y, masks, 1e6, loss=loss, fit_intercept=True)
    unit = (solution.objective - solution.dual_objective) / solution.gap
    assert constant.objective == pytest.approx(unit, rel=1e-4)


def test_the_best_constant_of_the_logistic_loss_is_the_log_odds():
    y, s = np.array([1.0, 1.0, -1.0, 1.0]), np.array([1.0, 2.0, 3.0, 0.5])
    loss = Intercept(Logistic(y, s), np.ones(4))
    assert loss.intercept(np.zeros(4)) == pytest.approx(np.log(3.5 / 3.0), abs=1e-12)
    far = np.array([800.0, -3.0, 40.0, 5.0])
    at = loss.intercept(far)
    assert abs(loss.residual(far).sum()) <= 1e-12
    assert (
        loss.value(far)
        <= min(Logistic(y, s).value(far + b) for b in np.linspace(at - 1, at + 1, 21)) + 1e-10
    )


def test_what_was_shrunk_keeps_the_constraint():
    rng = np.random.default_rng(3)
    loss = Intercept(Logistic(np.sign(rng.standard_normal(20)), np.ones(20)), np.ones(20))
    a = loss.feasible(rng.standard_normal(20))
    assert abs(a.sum()) <= 1e-12
    assert ((loss.y * a >= 0) & (loss.y * a <= 1)).all()


@pytest.mark.parametrize("ratio", [0.1, 1e-4])
def test_rare_classes_and_far_targets_are_certified(ratio):
    X, y, masks, _ = random_problem(60, 4, 50, seed=4)
    rare = np.where(np.arange(60) < 2, 1.0, -1.0)
    for target, loss in ((rare, "logistic"), (y + 1e6, "squared")):
        lam = ratio * lambda_max(X, target, masks, loss, fit_intercept=True)
        assert solve(X, target, masks, lam, loss=loss, fit_intercept=True).status == "optimal"


def test_what_has_no_intercept_says_so():
    X, y, masks = case("squared")
    for method in ("conic", "newton_cg"):
        with pytest.raises(ValueError, match=f"method '{method}' takes no fit_intercept"):
            solve(X, y, masks, 0.1, method=method, fit_intercept=True)
    with pytest.raises(ValueError, match="'conic' takes no fit_intercept=True"):
        solve_relu(X, y, masks, 0.1, method="conic", fit_intercept=True)
    with pytest.raises(ValueError, match="'conic' takes no fit_intercept=True"):
        solve_mkl(X, y, masks, 0.1, 2.0, method="conic", fit_intercept=True)
    with pytest.raises(ValueError, match="y has labels of one class"):
        solve(X, np.ones(24), masks, 0.1, loss="logistic", fit_intercept=True)


def test_a_gated_network_with_an_intercept_converts():
    X, y, masks = case("squared")
    lam = 0.1 * lambda_max(X, y, masks, fit_intercept=True)
    gated = solve(X, y, masks, lam, fit_intercept=True)
    relu = to_relu(gated, X, masks)
    assert relu.intercept == pytest.approx(gated.intercept, abs=1e-10)
    best = solve_relu(X, y, masks, lam, fit_intercept=True)
    assert best.objective <= relu.objective * (1 + 1e-9)
    assert relu.dual_objective <= best.objective


@pytest.mark.parametrize("model", MODELS, ids=lambda m: repr(m)[:40])
def test_a_regressor_moves_with_its_target(model):
    rng = np.random.default_rng(5)
    X = rng.standard_normal((50, 3))
    y = np.abs(X[:, 0]) + 0.1 * rng.standard_normal(50)
    model = clone(model).set_params(fit_intercept=True)
    near = model.fit(X, y).predict(X)
    assert model.dual_gap_ <= 1e-6
    intercept = model.intercept_
    assert abs(np.mean(y - near)) <= 1e-5  # what an intercept leaves has mean zero
    far = model.fit(X, y + 100.0).predict(X)
    assert np.allclose(far, near + 100.0, atol=2e-3)
    assert model.intercept_ == pytest.approx(intercept + 100.0, abs=2e-3)


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda m: repr(m)[:40])
def test_a_classifier_with_an_intercept(model):
    rng = np.random.default_rng(6)
    X = rng.standard_normal((80, 3))
    y = (X[:, 0] + 0.5 * rng.standard_normal(80) > 1.2).astype(int)
    for loss in ("squared_error", "log_loss"):
        model = clone(model).set_params(fit_intercept=True, loss=loss).fit(X, y)
        assert model.dual_gap_ <= 1e-6
        assert model.intercept_.shape == (1,)
        assert model.intercept_[0] < 0
    shares = model.predict_proba(X)[:, 1]
    assert shares.mean() == pytest.approx(y.mean(), abs=1e-5)


def test_weights_repeat_samples():
    rng = np.random.default_rng(7)
    X, times = rng.standard_normal((40, 3)), rng.integers(0, 3, 40)
    y = (X[:, 0] > 0.3).astype(int)
    rows = np.repeat(np.arange(40), times)
    for model in CLASSIFIERS[:4]:
        for loss in ("squared_error", "log_loss"):
            one = clone(model).set_params(fit_intercept=True, loss=loss)
            other = clone(one).fit(X[rows], y[rows])
            one.fit(X, y, times)
            assert np.allclose(one.decision_function(X), other.decision_function(X), atol=5e-3)
            assert one.intercept_ == pytest.approx(other.intercept_, abs=5e-3)


def test_masks_of_one_sample_have_the_mean():
    X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    masks = MaskSet.sample(X, 5, 0)
    solution = solve(X, np.array([1.0, 2.0, 6.0]), masks, 1e3, fit_intercept=True)
    assert solution.intercept == pytest.approx(3.0)
    assert not solution.active_weights.any()
