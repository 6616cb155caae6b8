"""MKL averaged over draws of the gates: its members, its certificates, and its files."""

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_moons
from sklearn.model_selection import KFold

from fixing_ntk import MaskSet, MKLClassifier, MKLRegressor, solve
from fixing_ntk.estimators import persistence
from fixing_ntk.masks.samples import with_bias


@pytest.fixture(scope="module")
def moons():
    return make_moons(90, noise=0.3, random_state=0)


@pytest.fixture(scope="module")
def fitted(moons):
    return MKLClassifier(lam="cv", n_gates=60, n_draws=3, random_state=4).fit(*moons)


def test_the_output_is_the_mean_of_the_draws(fitted, moons):
    X, _ = moons
    each = [model.decision_function(X) for model in fitted.estimators_]
    assert np.allclose(fitted.decision_function(X), np.mean(each, axis=0), rtol=1e-12)
    assert not np.allclose(each[0], each[1], rtol=0.01)
    assert fitted.dual_gap_ == max(model.dual_gap_ for model in fitted.estimators_) <= 1e-6


def test_each_draw_is_the_model_that_it_is_alone(fitted, moons):
    X, _ = moons
    for model in fitted.estimators_:
        alone = MKLClassifier(lam="cv", n_gates=60, random_state=model.random_state).fit(*moons)
        assert np.array_equal(alone.decision_function(X), model.decision_function(X))
        assert alone.lam_ratio_ == model.lam_ratio_
    assert fitted.estimators_[0].random_state == 4
    assert fitted.lam_ratio_ == [model.lam_ratio_ for model in fitted.estimators_]


def test_more_draws_keep_those_before(fitted, moons):
    fewer = MKLClassifier(lam="cv", n_gates=60, n_draws=2, random_state=4).fit(*moons)
    for a, b in zip(fewer.estimators_, fitted.estimators_[:2], strict=True):
        assert np.array_equal(a.gates_, b.gates_)


@pytest.mark.parametrize("seed", [None, np.random.RandomState(1)])
def test_draws_differ_whatever_the_random_state(seed, moons):
    model = MKLClassifier(lam=0.1, n_gates=20, n_draws=3, random_state=seed).fit(*moons)
    first = [tuple(member._gates[0]) for member in model.estimators_]
    assert len(set(first)) == 3


def test_all_draws_have_the_same_folds(moons):
    """An iterator serves once, and folds that are shuffled anew at each use would differ."""
    X, y = moons
    shuffled = KFold(3, shuffle=True, random_state=np.random.RandomState(0))
    kept = list(KFold(3, shuffle=True, random_state=np.random.RandomState(0)).split(X))
    by = dict(lam="cv", lams=[0.3, 0.03], n_gates=20, n_draws=2, random_state=0)
    results = [
        [model.cv_results_["mean_test_score"] for model in fit.estimators_]
        for fit in (MKLClassifier(cv=cv, **by).fit(X, y) for cv in (shuffled, kept, iter(kept)))
    ]
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


@pytest.mark.parametrize("weighted", [False, True])
def test_the_gap_of_the_average_is_that_of_a_point_over_the_union(weighted, moons):
    X, y = moons[0], np.sin(3 * moons[0][:, 0])
    weight = np.linspace(0.5, 2.0, len(y)) if weighted else np.ones(len(y))
    model = MKLRegressor(lam=0.05, n_gates=40, n_draws=3, random_state=0).fit(X, y, weight)
    Z, root = with_bias(X), np.sqrt(weight)
    target = root * (y - model.intercept_)
    columns = np.unique(Z @ np.hstack([m.gates_ for m in model.estimators_]) >= 0, axis=1)
    assert columns.shape[1] == model.gates_.shape[1]
    assert len(np.unique(Z @ model.gates_ >= 0, axis=1).T) == columns.shape[1]

    # The same point by plain sums: a mask of several draws has the sum of their weights.
    W = {column.tobytes(): 0.0 for column in columns.T}
    for member in model.estimators_:
        v = member.eta_[0] * (Z.T @ ((Z @ member.gates_ >= 0) * member.dual_coef_))
        for mask, of_mask in zip((Z @ member.gates_ >= 0).T, v.T, strict=True):
            W[mask.tobytes()] = W[mask.tobytes()] + of_mask / 3
    residual = target - root * (model.predict(X) - model.intercept_)
    lam = np.mean([member._fits[0].lam for member in model.estimators_])
    assert model.average_lam_ == pytest.approx([lam])
    norms = sum(np.linalg.norm(w) for w in W.values())
    primal = 0.5 * residual @ residual + lam * norms
    scores = np.linalg.norm((root[:, None] * Z).T @ (columns * residual[:, None]), axis=0)
    a = residual * min(1.0, lam / scores.max())
    gap = (primal - a @ target + 0.5 * a @ a) / (0.5 * target @ target)
    assert model.average_gap_ == pytest.approx(gap, rel=1e-6)
    assert gap > 1e-4
    shares = {mask: np.linalg.norm(w) / norms for mask, w in W.items()}
    for eta, mask in zip(model.eta_[0], (Z @ model.gates_ >= 0).T, strict=True):
        assert eta == pytest.approx(shares[mask.tobytes()], abs=1e-9)

    every = MaskSet.from_gates(Z, model.gates_)
    optimum = solve(root[:, None] * Z, target, every, lam, 1e-9).objective
    assert primal - gap * 0.5 * target @ target <= optimum <= primal


def test_the_union_weighs_its_masks_by_all_gates(fitted, moons):
    """One fit on all gates together has the same masks and shares."""
    X, _ = moons
    gates = np.hstack([model._gates for model in fitted.estimators_])
    together = MaskSet.from_gates(with_bias(X), gates)
    assert np.array_equal(together.gates, fitted.gates_)
    assert np.allclose(together.ntk_weights, fitted.ntk_weights_, rtol=1e-12)


def test_a_fit_with_one_draw_leaves_nothing_of_several(moons):
    model = MKLClassifier(lam=0.1, n_gates=20, n_draws=2, random_state=0).fit(*moons)
    model.set_params(n_draws=1).fit(*moons)
    assert not hasattr(model, "estimators_")
    assert not hasattr(model, "average_gap_")
    plain = MKLClassifier(lam=0.1, n_gates=20, random_state=0).fit(*moons)
    assert np.array_equal(plain.dual_coef_, model.dual_coef_)


def test_a_file_keeps_every_draw(tmp_path):
    X, y = load_iris(return_X_y=True)
    model = MKLClassifier(lam=0.1, n_gates=20, n_draws=2, random_state=0).fit(X, y)
    persistence.save(model, tmp_path / "model.skops")
    loaded = persistence.load(tmp_path / "model.skops")
    assert np.array_equal(loaded.decision_function(X), model.decision_function(X))
    assert loaded.average_gap_ == model.average_gap_
    assert len(loaded.estimators_) == 2


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "3", None])
def test_a_number_of_draws_that_is_none_is_named(wrong, moons):
    with pytest.raises(ValueError, match="n_draws"):
        MKLClassifier(n_draws=wrong).fit(*moons)
