"""Networks that are trained on a split: above certified bounds, and compared with NTK and MKL."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fixing_ntk.comparison import trained_networks as trained_networks_module
from fixing_ntk.comparison.mkl import fit_mkl
from fixing_ntk.comparison.ntk import fit_ntk
from fixing_ntk.comparison.trained_networks import fit_networks
from fixing_ntk.data.splits import Split, assign_folds
from fixing_ntk.masks import MaskSet
from fixing_ntk.relu import train
from fixing_ntk.results.extended.trained_networks.compute import trained_networks as claims
from fixing_ntk.results.extended.trained_networks.table import by_dataset, trained_networks
from fixing_ntk.results.extended.trained_networks_tests.table import trained_networks_tests

SETTINGS = dict(ratios=[0.5, 0.1], starts=2, max_iter=2_000, relu_masks=1_000)


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 2))
    y = np.where(X[:, 0] * X[:, 1] + 0.3 * rng.standard_normal(40) > 0, 1.0, -1.0)
    split = Split.cross_validated("plane", 0, X, y, assign_folds(y, 0.25, 3, 0, "plane"))
    masks = MaskSet.sample(split.train_test()[0], 20, 0)
    records = fit_ntk(split, masks, [1.0, 0.1], [0.1], 1e-6)
    records += fit_mkl(split, masks, [0.3, 0.05], [0.1], 1e-6)[0]
    return split, masks, records


@pytest.fixture(scope="module")
def rows(problem):
    return pd.DataFrame(fit_networks(*problem, 1e-8, 0, **SETTINGS))


def test_every_network_penalty_and_start_has_a_row(rows, problem):
    assert len(rows) == 2 * 2 * 2
    tuned = next(r for r in problem[2] if r["stage"] == "tuned" and r["method"] == "mkl")
    of_mkl = rows[rows.choice == "mkl"]
    assert (of_mkl.ratio == tuned["ratio"]).all()
    np.testing.assert_allclose(of_mkl.lam, tuned["lam"], rtol=1e-12)
    assert set(rows[rows.choice == "own"].ratio) <= {0.5, 0.1}
    assert (rows.width >= rows.neurons).all()


def test_the_gated_network_reaches_its_certified_optimum_and_is_mkl(rows, problem):
    gated = rows[rows.network == "gated"]
    assert (gated.objective >= gated.bound).all()
    np.testing.assert_allclose(gated.objective, gated.optimum, rtol=1e-6)
    tuned = next(r for r in problem[2] if r["stage"] == "tuned" and r["method"] == "mkl")
    of_mkl = gated[gated.choice == "mkl"]
    assert (of_mkl.network_test == tuned["correct"]).all()
    assert (of_mkl.network_test == of_mkl.mkl_test).all()
    assert (of_mkl.network_train == of_mkl.convex_train).all()
    ntk = next(r for r in problem[2] if r["stage"] == "tuned" and r["method"] == "ntk")
    assert (rows.ntk_test == ntk["correct"]).all()


def test_a_relu_network_may_be_below_the_optimum_of_drawn_masks_but_not_of_all(problem):
    split, drawn, records = problem
    some = pd.DataFrame(fit_networks(*problem, 1e-6, 0, **SETTINGS))
    every = MaskSet.enumerate(split.train_test()[0])
    few = drawn.subset(np.arange(3))
    few_rows = pd.DataFrame(fit_networks(split, few, records, 1e-6, 0, **SETTINGS))
    all_rows = pd.DataFrame(fit_networks(split, every, records, 1e-6, 0, **SETTINGS))
    relu = [frame[frame.network == "relu"] for frame in (few_rows, some, all_rows)]
    assert (relu[0].objective < relu[0].bound).any()
    assert (relu[2].objective >= relu[2].bound).all()


def test_fits_are_the_same_again_and_differ_by_start(rows, problem):
    again = pd.DataFrame(fit_networks(*problem, 1e-8, 0, **SETTINGS))
    pd.testing.assert_frame_equal(again, rows)
    relu = rows[(rows.network == "relu") & (rows.choice == "own")]
    assert relu.objective.nunique() == 2


def test_networks_on_other_datasets_start_elsewhere(problem):
    split, *rest = problem
    settings = SETTINGS | dict(starts=1, max_iter=1, ratios=[0.1])
    one, other = (
        fit_networks(of, *rest, 1e-3, 0, **settings)
        for of in (split, replace(split, dataset="other"))
    )
    for row, same in zip(one, other, strict=True):
        assert row["objective"] != same["objective"]


def test_a_fold_trains_for_a_fifth_of_the_iterations(problem, monkeypatch):
    asked = []

    def short(X, *args, max_iter, **options):
        asked.append((len(X), max_iter))
        return train(X, *args, max_iter=1, **options)

    monkeypatch.setattr(trained_networks_module, "train", short)
    fit_networks(*problem, 1e-6, 0, **SETTINGS | dict(max_iter=50))
    rows = max(n for n, _ in asked)
    assert {n == rows: count for n, count in asked} == {True: 50, False: 10}


def test_the_relu_program_is_of_the_first_masks(problem):
    settings = SETTINGS | dict(relu_masks=5, max_iter=5, starts=1)
    few = pd.DataFrame(fit_networks(*problem, 1e-6, 0, **settings))
    assert set(few.masks[few.network == "relu"]) == {5}
    assert set(few.masks[few.network == "gated"]) == {len(problem[1])}


def test_the_start_of_least_objective_counts(rows):
    worse = rows.assign(dataset="other")
    first = worse.start == 0
    worse.loc[first, "objective"] += 1.0
    worse.loc[first, "network_test"] = -1
    table = by_dataset(pd.concat([rows, worse], ignore_index=True))
    assert (table.filter(regex=r"(gated|relu)_(mkl|own)_test") >= 0).all(axis=None)
    assert (table.filter(regex="_spread").iloc[1] > 0).all()


def test_a_network_below_its_bound_fails_the_claim(rows):
    never, reached = claims(rows)[1]
    assert never["verdict"] == reached["verdict"] == "holds"
    never, _ = claims(rows.assign(objective=rows.bound - 1e-6 * rows.scale))[1]
    assert never["verdict"] == "fails"
    _, reached = claims(rows.assign(objective=rows.bound + 0.02 * rows.scale))[1]
    assert reached["verdict"] == "does not hold"


def test_tests_count_wins_and_leave_small_sets_out_of_one_mean(rows):
    large = rows.assign(dataset="large", n=300, total=100)
    large["network_test"], large["mkl_test"], large["ntk_test"] = 90, 80, 95
    small = rows.assign(n=45)  # with 10 test rows, which do not count
    table = by_dataset(pd.concat([small, large], ignore_index=True))
    tests = trained_networks_tests(table).raw.set_index(["network", "against"])
    assert tests.loc[("relu_own", "mkl"), "mean_large"] == pytest.approx(10.0)
    assert tests.loc[("relu_own", "ntk"), "mean_large"] == pytest.approx(-5.0)
    counts = tests[["wins", "ties", "losses"]].sum(axis=1)
    assert (counts == 2).all()
    assert (tests.wilcoxon_holm >= tests.wilcoxon).sum() == tests.wilcoxon.notna().sum()


def test_notes_state_the_facts(rows):
    facts = trained_networks(rows).facts
    gated = rows[rows.network == "gated"]
    assert facts["above"] <= 1e-5
    assert facts["stationary"]["gated"] == (gated.gradient <= 1e-3).sum()
    assert facts["as_mkl"] == facts["datasets"] == 1
    assert facts["least_width"] >= 0
