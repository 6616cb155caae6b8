"""Baselines: chosen as scikit-learn's own search chooses, on the rows that tune NTK and MKL."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from fixing_ntk.comparison import baselines
from fixing_ntk.comparison.baselines import accuracy, fit_baselines, for_task
from fixing_ntk.comparison.methods import BASELINES
from fixing_ntk.comparison.tuning import without_bias
from fixing_ntk.data import bundled, splits
from fixing_ntk.estimators.cross_validation import choose, cross_validate

SETTINGS = dict(logistic_C=[0.1, 10.0], svm_C=[1.0, 100.0], svm_gamma=[0.1, 1.0], trees=20)


@pytest.fixture(scope="module")
def wine():
    dataset = bundled.load("sklearn-wine")
    folds = splits.assign_folds(dataset.y, 0.25, 3, 0, dataset.name, 0)
    return splits.Split.cross_validated(dataset.name, 0, dataset.X, dataset.y, folds)


def test_baselines_learn_and_are_the_same_again(wine):
    rows = fit_baselines(wine, seed=0, **SETTINGS)
    assert [row["method"] for row in rows] == list(BASELINES)
    assert all(row["correct"] / row["total"] > 0.9 for row in rows)
    assert rows == fit_baselines(wine, seed=0, **SETTINGS)
    (svm,) = (row for row in rows if row["method"] == "svm")
    chosen = dict(part.split("=") for part in svm["parameters"].split())
    assert float(chosen["C"]) in SETTINGS["svm_C"]
    assert round(float(chosen["gamma"]) * wine.X.shape[1], 4) in SETTINGS["svm_gamma"]


def test_each_method_on_each_split_of_each_dataset_has_a_seed_of_its_own(wine, monkeypatch):
    seeds = []

    def fit_baseline(baseline, pairs, X, y, seed):
        seeds.append(seed)
        return DummyClassifier().fit(X, y), {}

    monkeypatch.setattr(baselines, "fit_baseline", fit_baseline)
    for split in (wine, replace(wine, index=1), replace(wine, dataset="other")):
        fit_baselines(split, seed=0, **SETTINGS)
    assert len(set(seeds)) == len(seeds) == 3 * len(BASELINES)


@pytest.mark.parametrize("name", ["sklearn-wine", "sklearn-breast-cancer"])
def test_parameters_are_chosen_as_by_a_search_of_scikit_learn(name):
    data, C, gamma = bundled.load(name), [0.1, 1.0, 100.0], [0.003, 0.05, 1.0]
    folds = splits.assign_folds(data.y, 0.25, 3, 0, name, 0)
    split = splits.Split.cross_validated(name, 0, data.X, data.y, folds)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), SVC()),
        {"svc__C": C, "svc__gamma": gamma},
        cv=[tuple(map(np.flatnonzero, pair)) for pair in split.pairs],
    )
    best = search.fit(split.X, split.y).best_params_
    expected = {"C": best["svc__C"], "gamma": best["svc__gamma"]}
    d = split.X.shape[1]
    svm = for_task("classification", d, [1.0], C, np.multiply(gamma, d), 1)["svm"]

    def one_by_one(X, y, X_out, y_out, candidates):
        return [dict(score=accuracy(SVC(**c).fit(X, y), X_out, y_out)) for c in candidates]

    for score in (svm.score, one_by_one):
        pairs = (without_bias(*pair) for pair in split.tuning(constant=1.0))
        records = cross_validate(pairs, score, svm.candidates)
        assert svm.candidates[choose(records)] == pytest.approx(expected)


def test_a_tie_goes_to_the_smaller_C(wine):
    X = 1e3 * np.outer(wine.y, [1.0, 1.0])
    far_apart = replace(wine, dataset="apart", X=X)
    rows = {row["method"]: row for row in fit_baselines(far_apart, seed=0, **SETTINGS)}
    assert rows["logistic"]["parameters"] == "C=0.1"
    assert rows["svm"]["parameters"] == "C=1 gamma=0.05"
    assert rows["logistic"]["at_end"]
    assert rows["svm"]["at_end"]
    assert [row for row in rows.values() if row["at_end"] and not row["parameters"]] == []


def test_rows_are_standardised_as_by_scikit_learn_where_a_column_does_not_vary_either(wine):
    X = wine.X.copy()
    X[wine.train, 2] = 3.0  # so that only test rows differ
    X_train, _, X_test, _ = without_bias(*replace(wine, X=X).train_test(constant=1.0))
    scaler = StandardScaler().fit(X[wine.train])
    np.testing.assert_allclose(X_train, scaler.transform(X[wine.train]), atol=1e-12)
    np.testing.assert_allclose(X_test, scaler.transform(X[~wine.train]), atol=1e-12)
    assert np.ptp(X_test[:, 2]) > 0.0
