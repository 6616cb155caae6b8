"""The NTK and MKL with the logistic loss, or with an intercept, beside the fits without."""

import numpy as np
import pandas as pd
import pytest
from project import split_of

from fixing_ntk import MKLClassifier, NTKClassifier
from fixing_ntk.comparison import accuracies, records
from fixing_ntk.comparison.between import P, fit_between
from fixing_ntk.comparison.by_loss import METHODS, by_loss
from fixing_ntk.comparison.losses import VARIANTS, fit_variant
from fixing_ntk.comparison.mkl import fit_mkl
from fixing_ntk.comparison.ntk import fit_ntk
from fixing_ntk.estimators.cross_validation import choose
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.split_gates import draw_gates
from fixing_ntk.results.extended.logistic_loss.table import logistic_loss

MKL, NTK, GATES, TOL = [0.3, 0.1, 0.03], [1.0, 0.1, 0.01], 50, 1e-6


def gates_of(split):
    return draw_gates(split, GATES, 0, "losses")


def of_estimator(method, variant, ratio, gates, monkeypatch):
    """The estimator of a variant, at a penalty, over given gates."""
    settings = dict(lam=ratio, fit_intercept=variant == "intercept")
    if variant == "logistic":
        settings["loss"] = "log_loss"
    if method == "ntk":
        return NTKClassifier(**settings)
    between = dict(p=P, ntk=True) if method == "between" else {}
    model = MKLClassifier(n_gates=GATES, random_state=0, tol=TOL, **between, **settings)
    monkeypatch.setattr(model, "_draw_gates", lambda X: None)
    model._gates = gates
    return model


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_refits_are_the_estimators_on_the_same_rows_and_gates(variant, monkeypatch):
    split = split_of("sklearn-wine")
    gates = gates_of(split)
    rows = fit_variant(split, gates, MKL, NTK, TOL, variant)
    X, y, X_test, y_test = split.train_test()
    refits = [row for row in rows if row["stage"] == "tuned"]
    assert [row["method"] for row in refits] == METHODS
    for row in refits:
        model = of_estimator(row["method"], variant, row["ratio"], gates, monkeypatch)
        model.fit(X[:, :-1], y)
        assert row["correct"] == np.sum(model.predict(X_test[:, :-1]) == y_test)
        assert row["train_correct"] == np.sum(model.predict(X[:, :-1]) == y)
    assert max(row["gap"] for row in rows) <= TOL
    assert set().union(*rows) <= {*records.COLUMNS}


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_penalty_is_best_in_folds(variant):
    split = split_of("sklearn-iris")
    rows = fit_variant(split, gates_of(split), MKL, NTK, TOL, variant)
    for method in METHODS:
        *cv, tuned = [row for row in rows if row["method"] == method]
        assert {row["stage"] for row in cv} == {"cv"}
        assert tuned["ratio"] == cv[choose(cv, "correct")]["ratio"]


def test_a_fit_that_is_not_certified_is_refused():
    split = split_of("sklearn-iris")
    with pytest.warns(match="stopped after"), pytest.raises(records.UncertifiedFit, match="iris"):
        fit_variant(split, gates_of(split), MKL, NTK, 1e-17, "logistic")


def test_the_table_compares_losses_and_methods(tmp_path):
    found = dict(ntk=[], mkl=[], between=[], logistic=[])
    for name, s in (("sklearn-iris", 0), ("sklearn-iris", 1), ("sklearn-wine", 0)):
        split = split_of(name, s)
        gates = gates_of(split)
        masks = MaskSet.from_gates(split.train_test()[0], gates)
        found["ntk"] += fit_ntk(split, masks, NTK, (), TOL)
        found["mkl"] += fit_mkl(split, masks, MKL, (), TOL)[0]
        found["between"] += fit_between(split, gates, NTK, TOL)
        found["logistic"] += fit_variant(split, gates, MKL, NTK, TOL, "logistic")
    frames = {key: pd.DataFrame(rows) for key, rows in found.items()}
    tuned = accuracies.tuned(pd.concat([frames["ntk"], frames["mkl"]]))
    rows = by_loss(tuned, frames["between"], frames["logistic"])
    assert len(rows) == 3 * 2 * len(METHODS)
    rows.to_csv(tmp_path / "losses.csv", index=False)
    raw, printed, notes, facts = logistic_loss(pd.read_csv(tmp_path / "losses.csv"))
    assert len(printed) == 2 * len(METHODS)
    refits = frames["logistic"].query("stage == 'tuned' and method == 'mkl'")
    mean = (refits.correct / refits.total).groupby(refits.dataset).mean().mean()
    row = raw[(raw.method == "mkl") & (raw.loss == "logistic")].iloc[0]
    assert row["mean"] == pytest.approx(100 * mean)
    squared = raw[(raw.method == "mkl") & (raw.loss == "squared")].iloc[0]
    assert facts["losses"]["mkl"]["mean"] == pytest.approx(row["mean"] - squared["mean"])
    assert row.squared_mean == pytest.approx(facts["losses"]["mkl"]["mean"])
    assert facts["against_ntk"]["logistic"]["mkl"]["mean"] == pytest.approx(row.ntk_mean)
    assert facts["datasets"] == 2
    assert len(notes) == 1 + len(METHODS) + 4 + 1 + 1


def test_another_winner_is_counted_where_the_sign_changes():
    cells = [
        dict(dataset=name, split=0, n=60, method=method, loss=loss, at_end=False, gap=0.0)
        | dict(accuracy=0.8 + lead * (method == "mkl"))
        for name, *leads in (("a", 0.1, -0.1), ("b", 0.1, 0.2), ("c", 0.0, 0.1))
        for loss, lead in zip(("squared", "logistic"), leads, strict=True)
        for method in METHODS
    ]
    facts = logistic_loss(pd.DataFrame(cells)).facts
    assert facts["changed"] == 1
    assert facts["losses"]["mkl"]["wins"] == 2
    assert facts["against_ntk"]["squared"]["mkl"]["wins"] == 2
