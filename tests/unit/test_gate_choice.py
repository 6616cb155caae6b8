"""The result `gate_choice`: its numbers by definition, its claims, and its sentences."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from fixing_ntk import MaskSet, lambda_max, solve
from fixing_ntk.comparison.records import UncertifiedFit
from fixing_ntk.data.splits import Split
from fixing_ntk.results.claim_kinds import FINDING, THEOREM
from fixing_ntk.results.extended.gate_choice import compute, figure, table

SIZES = dict(tol=1e-6, seed=0, n_draws=12, n_steps=40)


def problem(name, n=40, d=4, seed=0):
    """A split whose last third of the rows are test rows, masks of its training rows, and λ."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    y = np.where(X[:, 0] * X[:, 1] + 0.3 * rng.standard_normal(n) >= 0, 1.0, -1.0)
    split = Split(name, 0, X, y, np.arange(n) < 2 * n // 3, [])
    X, y, *_ = split.train_test()
    masks = MaskSet.sample(X, 50, seed=seed)
    return split, masks, 0.1 * lambda_max(X, y, masks)


NAMED = {name: problem(name, seed=k) for k, name in enumerate("abc")}


@pytest.fixture(scope="module")
def records():
    """The tuned fits of the problems, among others."""
    rows = [
        dict(protocol=protocol, dataset=name, split=split, method=method, stage=stage, lam=value)
        for name, (_, _, lam) in NAMED.items()
        for protocol, split, method, stage, value in [
            ("paper", 0, "mkl", "same", 0.5 * lam),
            ("paper", 0, "ntk", "tuned", 3.0 * lam),
            ("paper", 0, "mkl", "tuned", lam),
            ("full", 0, "mkl", "tuned", 2.0 * lam),
        ]
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def outcome(records):
    return compute.gate_choice(
        [(split, masks) for split, masks, _ in NAMED.values()], records, **SIZES
    )


def test_the_claims_hold_or_are_findings(outcome):
    _, rows = outcome
    assert [row["kind"] for row in rows] == [THEOREM, THEOREM, FINDING, FINDING]
    assert all(row["verdict"] == "holds" for row in rows if row["kind"] == THEOREM)
    assert all(row["gap"] <= SIZES["tol"] for row in rows)


def test_the_chosen_gates_are_those_of_the_tuned_fit(outcome):
    data, _ = outcome
    for k, (split, masks, lam) in enumerate(NAMED.values()):
        X, y, Z, z = split.train_test()
        solution = solve(X, y, masks, lam, 1e-6)
        right = np.where(masks.predict(solution.weights, Z) >= 0, 1.0, -1.0) == z
        assert data["chosen"][k] == right.mean()
        assert data["active"][k] == solution.n_active
        assert (data["n"][k], data["d"][k], data["rows"][k]) == (*X.shape, len(Z))


def test_shares_and_accuracies_are_those_of_the_draws(monkeypatch):
    """With draws that are known: the gates themselves, and gates that close on every row."""
    split, masks, lam = problem("a")

    def two(X, gates, n_draws, n_steps, rng):
        return np.array([gates, gates, gates, -gates])

    monkeypatch.setattr(compute, "redraw_gates", two)
    found = compute.redraw(split, masks, lam, 1e-6, 0, 4, 1)
    X, y, Z, z = split.train_test()
    solution = solve(X, y, masks, lam, 1e-6)
    gates, weights = masks.gates_at(solution.active), solution.active_weights
    scores = [np.sum((Z @ g >= 0) * (Z @ weights), axis=1) for g in (gates, -gates)]
    differ = (scores[0] >= 0) != (scores[1] >= 0)
    assert differ.any()
    assert found.changed == pytest.approx(differ.mean() / 4)
    assert found.between == pytest.approx(differ.mean() / 2)  # 3 of 6 pairs
    assert found.ever == differ.mean()
    assert found.cut == 1.0
    average = np.where(3 * scores[0] + scores[1] >= 0, 1.0, -1.0)
    assert found.average == np.mean(average == z)
    assert found.redrawn[3] == np.mean(np.where(scores[1] >= 0, 1.0, -1.0) == z)
    assert found.training > 0.01


def test_no_prediction_changes_that_no_cone_is_cut_for(outcome):
    data, _ = outcome
    assert np.all(data["ever"] <= data["cut"])
    assert np.all(data["changed"] <= data["ever"])
    assert np.all(data["training"] == 0.0)
    assert data["ever"].max() > 0.0


def outcomes(changed, between, training=0.0, sets=30):
    """Data of so many datasets, alike but for the shares."""
    rng = np.random.default_rng(0)
    redrawn = np.clip(rng.normal(0.8, 0.02, (sets, 10)), 0, 1)
    return dict(
        names=np.array([f"set {k}" for k in range(sets)]),
        n=np.full(sets, 60), d=np.arange(2, sets + 2), rows=np.full(sets, 20),
        active=np.full(sets, 5), changed=changed + 0.01 * rng.standard_normal(sets),
        between=np.full(sets, between), ever=np.full(sets, 0.3), cut=np.full(sets, 0.6),
        chosen=np.full(sets, 0.8), average=np.full(sets, 0.85), redrawn=redrawn,
        training=np.full(sets, training), gap=np.full(sets, 1e-8),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "fails"),
    [
        (outcomes(0.1, 0.1), None),
        (outcomes(0.05, 0.1), "a draw like any other"),
        (outcomes(0.1, 0.1, training=1e-9), "training predictions"),
        (outcomes(0.1, 0.1) | dict(average=np.full(30, 0.7)), "average"),
        (outcomes(0.1, 0.1) | dict(rows=np.full(30, 20_000)), "choice of the test rows"),
    ],
)
def test_a_row_turns_when_what_it_checks_does(data, fails):
    found = [row["claim"] for row in compute.claims(data) if row["verdict"] != "holds"]
    assert len(found) == (fails is not None)
    assert fails is None or fails in found[0]


def test_the_spread_is_in_units_of_the_binomial_error():
    data = outcomes(0.1, 0.1)
    data["rows"] = np.full(30, 10_000)
    data["redrawn"] = 0.5 + 0.01 * norm.ppf((np.arange(1000) + 0.5) / 1000) * np.ones((30, 1))
    assert compute.spread_over_error(data) == pytest.approx(np.full(30, 2.0), rel=0.01)


def test_the_table_and_its_facts(outcome):
    data, _ = outcome
    made = table.gate_choice(data, failed={"d": "no file"})
    raw, said = made.raw, made.facts
    assert list(raw.dataset) == list(data["names"])
    assert said["datasets"] == 3
    assert said["draws"] == SIZES["n_draws"]
    assert said["changed"]["median"] == pytest.approx(100 * np.median(data["changed"]))
    average = said["average"]
    assert average["wins"] + average["ties"] + average["losses"] == 3
    assert average["mean"] == pytest.approx(100 * np.mean(data["average"] - data["chosen"]))
    assert said["accuracy"]["redrawn"] == pytest.approx(100 * data["redrawn"].mean())
    assert json.dumps(said, allow_nan=False)
    assert "d failed and is left out: no file." in made.notes


def test_facts_of_larger_datasets_leave_the_small_ones_out():
    data = outcomes(0.1, 0.1)
    data["n"][:10] = 40  # with 20 test rows, which do not count
    data["average"][:10] = 0.1
    said = table.gate_choice(data).facts
    assert said["average"]["large"] == said["changed"]["large"] == 20
    assert said["average"]["mean_large"] == pytest.approx(5.0)
    assert said["changed"]["mean_large"] == pytest.approx(100 * data["changed"][10:].mean())
    assert said["average"]["mean"] < 0


def test_the_figure_has_a_row_a_dataset_in_the_order_of_n_over_d():
    axes = figure.draw(outcomes(0.1, 0.1)).axes
    labels = [label.get_text() for label in axes[0].get_yticklabels()]
    assert len(labels) == 30
    assert labels[0].startswith("set 29 ")  # the most features


def test_a_fit_without_its_gap_is_refused(monkeypatch, records):
    monkeypatch.setattr(compute, "solve", lambda *args: solve(*args[:4], 1e-1))
    split, masks, _ = NAMED["a"]
    with pytest.raises(UncertifiedFit, match="a, split 0"):
        compute.gate_choice([(split, masks)], records, **SIZES | dict(tol=1e-14))


def test_numbers_of_draws_and_steps_are_checked(records):
    for wrong in (dict(n_draws=1), dict(n_steps=0)):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            compute.gate_choice([], records, **SIZES | wrong)
