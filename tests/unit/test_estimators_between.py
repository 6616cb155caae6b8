"""Models between the NTK and the optimal kernel: what they predict, certify, choose and refuse."""

import numpy as np
import pytest
from conftest import kernel_weights_program
from sklearn.datasets import make_moons

from fixing_ntk import MKLClassifier, MKLRegressor, NTKRegressor
from fixing_ntk.estimators import persistence
from fixing_ntk.kernels import ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.samples import with_bias
from fixing_ntk.programs import MaskedDesign, group_norms
from fixing_ntk.programs import lp_mkl as program
from fixing_ntk.programs.lp_mkl import EXPONENTS

WEIGHTS = [False, True]


@pytest.fixture(scope="module")
def data():
    X, y = make_moons(80, noise=0.3, random_state=0)
    return X, np.sin(3 * X[:, 0]) + X[:, 1], y


def weights_of(n, weighted):
    return np.linspace(0.5, 2.0, n) if weighted else np.ones(n)


@pytest.mark.parametrize("p", [8 / 7, 4 / 3, 2.0, np.inf])
@pytest.mark.parametrize("with_ntk", [False, True])
@pytest.mark.parametrize("weighted", WEIGHTS)
def test_the_gap_is_of_the_function_that_predicts(data, p, with_ntk, weighted):
    X, y, _ = data
    weight = weights_of(len(y), weighted)
    by = dict(lam=0.02, n_gates=300, random_state=0, p=p, ntk=with_ntk)
    model = MKLRegressor(**by).fit(X, y, weight)
    root, Z = np.sqrt(weight), with_bias(X)
    (fit,), target = model._fits, np.sqrt(weight) * (y - model.intercept_)
    residual = target - root * (model.predict(X) - model.intercept_)
    H = ntk(root[:, None] * Z)
    masks = MaskSet.from_gates(Z, fit.gates, merged=False)
    prior, norms = masks.ntk_weights * fit.gates.shape[1] / 300, group_norms(fit.weights)
    a = fit.mu * fit.coefficients / root
    squared = MaskedDesign(root[:, None] * Z, masks).scores(a) ** 2
    if with_ntk:
        c = model.ntk_eta_[0] * a / fit.mu
        prior, norms = np.append(0.5 * prior, 0.5), np.append(norms, np.sqrt(c @ H @ c))
        squared = np.append(squared, a @ H @ a)
    P = program.primal(residual, norms, prior, p, fit.mu)
    D = program.dual(a, target, program.dual_norm(squared, prior, p), fit.mu)
    assert (P - D) / (0.5 * target @ target) == pytest.approx(model.dual_gap_, abs=1e-9)
    assert model.dual_gap_ <= 1e-6


@pytest.mark.parametrize("p", [8 / 7, 4 / 3, 2.0, np.inf])
@pytest.mark.parametrize("with_ntk", [False, True])
@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")
def test_an_independent_solver_agrees_under_sample_weights(data, p, with_ntk):
    """Every gate has its share of the draws, and a sample's row the root of its weight."""
    X, y, weight = data[0][:12], data[1][:12], weights_of(12, True)
    by = dict(lam=0.02, n_gates=15, random_state=0, p=p, ntk=with_ntk, tol=1e-8)
    model = MKLRegressor(**by).fit(X, y, weight)
    (fit,), root, Z = model._fits, np.sqrt(weight), with_bias(X)
    target = root * (y - model.intercept_)
    prior, half = np.full(fit.gates.shape[1], 1 / 15), 0.5 if with_ntk else 0.0
    expected = kernel_weights_program(
        root[:, None] * Z, target, Z @ fit.gates >= 0, prior, fit.mu, p, half
    )
    residual = target - root * (model.predict(X) - model.intercept_)
    cost = np.sum(group_norms(fit.weights) ** 2 / fit.eta)
    if with_ntk:
        cost += fit.ntk_eta * fit.coefficients @ ntk(Z) @ fit.coefficients
    assert 0.5 * residual @ residual + 0.5 * fit.mu * cost == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("weighted", WEIGHTS)
def test_at_infinity_with_the_ntk_it_tends_to_the_ntk(data, weighted):
    """Half of the kernel is the NTK, and half an estimate of it from all gates, each kept."""
    X, y, _ = data
    weight, lam = weights_of(len(y), weighted), 0.01
    exact = NTKRegressor(lam=lam).fit(X, y, weight).predict(X + 0.1)
    errors = [
        np.linalg.norm(
            MKLRegressor(lam=lam, n_gates=m, random_state=1, p=np.inf, ntk=True)
            .fit(X, y, weight)
            .predict(X + 0.1)
            - exact
        )
        / np.linalg.norm(exact)
        for m in (200, 20_000)
    ]
    assert errors[1] < 0.02
    assert errors[1] < 0.5 * errors[0]


@pytest.mark.parametrize("p", [4 / 3, np.inf])
def test_predictions_are_those_of_kernel_ridge_regression(data, p):
    X, y, _ = data
    model = MKLRegressor(lam=0.02, n_gates=200, random_state=0, p=p, ntk=True).fit(X, y)
    Z, new = with_bias(X), with_bias(X[:7] + 0.05)
    inside, outside = (A @ model.gates_ >= 0 for A in (Z, new))
    K = (new @ Z.T) * ((outside * model.eta_[0]) @ inside.T) + model.ntk_eta_[0] * ntk(new, Z)
    f = K @ model.dual_coef_[:, 0] + model.intercept_
    assert model.predict(X[:7] + 0.05) == pytest.approx(f)


def test_every_drawn_gate_stays_above_one_and_masks_are_merged_at_one(data):
    X, y, _ = data
    kept, merged = (
        MKLRegressor(n_gates=2000, random_state=0, p=p).fit(X[:8], y[:8]) for p in (2.0, 1.0)
    )
    some_open = np.any(with_bias(X[:8]) @ kept._gates >= 0, axis=0)
    assert np.array_equal(kept.gates_, kept._gates[:, some_open])
    assert merged.gates_.shape[1] < 60 < some_open.sum()


@pytest.mark.parametrize("p", [4 / 3, np.inf])
def test_a_weight_of_two_is_a_sample_twice(data, p):
    X, y, _ = data
    weight = 1.0 + (np.arange(len(y)) % 2)
    by = dict(lam=0.02, n_gates=200, random_state=0, p=p, ntk=True, tol=1e-9)
    weighted = MKLRegressor(**by).fit(X, y, weight)
    often = weight.astype(int)
    repeated = MKLRegressor(**by).fit(np.repeat(X, often, axis=0), np.repeat(y, often))
    assert weighted.predict(X) == pytest.approx(repeated.predict(X), abs=1e-4)


@pytest.mark.parametrize("with_ntk", [False, True])
def test_the_exponent_is_chosen_with_the_penalty_on_the_same_folds(data, with_ntk):
    X, _, y = data
    lams = [0.1, 0.01]
    by = dict(lam="cv", lams=lams, n_gates=100, random_state=0, cv=3, ntk=with_ntk)
    model = MKLClassifier(p="cv", **by).fit(X, y)
    exponents = [p for p in EXPONENTS if p > 1 or not with_ntk]
    results = model.cv_results_
    assert list(results["p"]) == [p for p in exponents for _ in lams]
    assert list(results["lam_ratio"]) == lams * len(exponents)
    best = np.argmax(results["mean_test_score"])
    assert (model.p_, model.lam_ratio_) == (results["p"][best], results["lam_ratio"][best])
    for p in exponents:
        alone = MKLClassifier(p=p, **by).fit(X, y).cv_results_
        assert np.array_equal(
            alone["mean_test_score"], results["mean_test_score"][results["p"] == p]
        )


@pytest.mark.parametrize("p", [4 / 3, np.inf])
def test_several_classes_and_a_file(data, p, tmp_path):
    X, *_ = data
    y = np.digitize(X[:, 0], [0.0, 1.0])
    model = MKLClassifier(n_gates=100, random_state=0, p=p, ntk=True).fit(X, y)
    assert model.eta_.shape == (3, model.gates_.shape[1])
    assert model.ntk_eta_.shape == (3,)
    persistence.save(model, tmp_path / "model.skops")
    read = persistence.load(tmp_path / "model.skops")
    assert np.array_equal(read.decision_function(X), model.decision_function(X))


def test_another_fit_leaves_nothing_of_the_last(data):
    X, y, _ = data
    model = MKLRegressor(n_gates=50, random_state=0, p=2.0).fit(X, y)
    assert hasattr(model, "ntk_eta_")
    model.set_params(p=1.0).fit(X, y)
    assert not hasattr(model, "ntk_eta_")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (dict(ntk=True), "ntk=True needs p above 1"),
        (dict(p=2, n_draws=3), "n_draws=3 needs p=1; p is 2"),
        (dict(p="cv", n_draws=3), "n_draws=3 needs p=1; p is 'cv'"),
        (dict(p=1.5, solver={"method": "conic"}), "solver=.* needs p=1"),
        (dict(p=0.5), "The 'p' parameter"),
        (dict(p=np.nan), "The 'p' parameter"),
    ],
)
def test_what_has_no_meaning_is_refused(data, parameters, said):
    X, y, _ = data
    with pytest.raises(ValueError, match=said):
        MKLRegressor(**parameters).fit(X, y)
