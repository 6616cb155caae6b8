"""Every cell of the accuracy tables, recomputed from the raw data by other means."""

import numpy as np
import pandas as pd
import pytest
from headline import tables
from project import TINY

from fixing_ntk.comparison import accuracies, averaging, between, mkl, ntk
from fixing_ntk.comparison import early_stopping as stopped
from fixing_ntk.comparison.baselines import fit_baselines
from fixing_ntk.comparison.methods import BASELINES
from fixing_ntk.data import bundled, splits
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.split_gates import draw_gates
from fixing_ntk.results.beyond.baselines.table import baselines
from fixing_ntk.results.beyond.early_stopping.table import early_stopping
from fixing_ntk.results.paper.uci_accuracy.table import uci_accuracy
from fixing_ntk.seeds import stream

N_SPLITS, NAME, TOL = 3, "sklearn-iris", 1e-6
DRAWS = TINY["averaged"]["draws"]
STOPPED = [
    "stopped",
    "stopped_std",
    "stopped_ratio",
    "stopped_train",
]  # columns of `early_stopping`


@pytest.fixture(scope="module")
def expected():
    return tables("full", N_SPLITS, TINY)


def made():
    """The same tables as the pipeline makes them."""
    data, rows, theirs = bundled.load(NAME), [], []
    same = TINY["same_lambda"]["ratios"]
    for s in range(N_SPLITS):
        folds = splits.assign_folds(data.y, 0.25, TINY["splits"]["folds"], 0, "full", data.name, s)
        split = splits.Split.cross_validated(data.name, s, data.X, data.y, folds)
        X, *_ = split.train_test()
        masks = MaskSet.sample(X, TINY["n_gates"], stream(0, "full", NAME, s, "gates"))
        of_ntk = ntk.fit_ntk(split, masks, TINY["ntk_ratios"], same, TOL)
        to_the_end, solution = mkl.fit_mkl(split, masks, TINY["mkl_ratios"], same, TOL)
        early = stopped.fit_early_stopping(split, masks, to_the_end, tol=TOL, **TINY["stopped"])
        gates = [draw_gates(split, TINY["n_gates"], 0, "full", b) for b in range(DRAWS)]
        (tuned_ntk,) = (row for row in of_ntk if row["stage"] == "tuned")
        tuned = dict(ntk=tuned_ntk, mkl=to_the_end[-1], stopped=early[-1])
        grids = TINY["mkl_ratios"], TINY["ntk_ratios"]
        first = solution.active, solution.active_weights
        rows += averaging.fit_averaged(split, gates, tuned, first, *grids, TOL)[0]
        rows += between.fit_between(split, gates[0], TINY["ntk_ratios"], TOL)
        rows += of_ntk + to_the_end + early
        theirs += fit_baselines(split, seed=0, **TINY["baselines"])
    tuned = accuracies.tuned(pd.DataFrame(rows))
    at_same = accuracies.same_lambda(pd.DataFrame(rows))
    accuracy, *_ = uci_accuracy(tuned, at_same, "full", TINY["same_lambda"]["reference"])
    accuracy = accuracy.join(early_stopping(tuned, "full").raw[STOPPED])
    beside, *_ = baselines(tuned, pd.DataFrame(theirs), "full")
    means = at_same.groupby("ratio")[["ntk", "ntk_sampled", "mkl"]].mean()
    return accuracy.iloc[0].to_dict(), beside.iloc[0].to_dict(), means


def wrong_cells(found, expected):
    """Columns, and penalties, in which tables are not what is expected."""
    wrong = [
        f"{table}: {column}"
        for table, ours, theirs in zip(("accuracy", "baselines"), found, expected, strict=False)
        for column, value in theirs.items()
        if not agree(ours[column], value)
    ]
    ours, theirs = found[2].sort_index(), expected[2].sort_index()
    return wrong + [
        f"same: {column} at {ratio}"
        for column in theirs
        for ratio in theirs.index
        if not agree(ours[column][ratio], theirs[column][ratio])
    ]


def agree(a, b):
    return a == b if isinstance(b, str) else np.isclose(a, b, rtol=0, atol=1e-9, equal_nan=True)


def test_every_cell_is_what_the_raw_data_give(expected):
    found = made()
    # The gap alone is of our solver.
    assert set(found[0]) - set(expected[0]) == {"gap"}
    assert set(found[1]) == set(expected[1])
    assert wrong_cells(found, expected) == []


@pytest.mark.parametrize(
    ("module", "column"),
    [
        *((ntk, "ntk"), (mkl, "mkl"), (stopped, "stopped")),
        *((averaging, "averaged"), (between, "between")),
    ],
)
def test_one_more_row_right_is_seen(expected, monkeypatch, module, column):
    if module is averaging:
        count = module.count_correct
        monkeypatch.setattr(module, "count_correct", lambda *a: count(*a) + 1)
    else:
        record = module.record

        def one_more(*args, **labels):
            row = record(*args, **labels)
            return row | {key: row[key] + 1 for key in ("correct", "train_correct")}

        monkeypatch.setattr(module, "record", one_more)
    wrong = wrong_cells(made(), expected)
    expected_wrong = {f"baselines: {column}"}
    if column not in ("averaged", "between"):  # which have other tables
        expected_wrong |= {f"accuracy: {column}", f"accuracy: {column}_train"}
    if column in ("ntk", "mkl"):
        expected_wrong.add(f"accuracy: {column}_same")
    assert expected_wrong <= set(wrong)


@pytest.mark.parametrize("method", BASELINES)
def test_one_more_row_right_of_a_baseline_is_seen(expected, monkeypatch, method):
    fit = fit_baselines

    def one_more(*args, **kwargs):
        rows = fit(*args, **kwargs)
        return [row | {"correct": row["correct"] + (row["method"] == method)} for row in rows]

    monkeypatch.setitem(globals(), "fit_baselines", one_more)
    assert wrong_cells(made(), expected) == [f"baselines: {method}"]


@pytest.mark.parametrize(("protocol", "n_splits"), [("paper", 1), ("full", N_SPLITS)])
def test_the_tables_of_a_run_are_what_the_raw_data_give(finished, protocol, n_splits):
    results = finished.folder / "results/tiny"
    accuracy, early, beside = (
        pd.read_csv(results / f"tables/{name}_{protocol}.csv").iloc[0]
        for name in ("uci_accuracy", "early_stopping", "baselines")
    )
    accuracy = pd.concat([accuracy, early[STOPPED]])
    same = pd.read_csv(results / f"evaluation/{protocol}/same_lambda.csv")
    means = same.groupby("ratio")[["ntk", "ntk_sampled", "mkl"]].mean()
    expected = tables(protocol, n_splits, TINY)
    assert wrong_cells((accuracy, beside, means), expected) == []
