"""Recursive feature machines: how they are chosen, and the machine itself where it is installed."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from project import HANGS, ROOT, Project

from fixing_ntk.comparison.rfm import DEFAULTS, draw_candidates, fit_rfm
from fixing_ntk.data import bundled, splits
from fixing_ntk.seeds import stream

ENVIRONMENT = ROOT / "results/environments/rfm"
SETTINGS = dict(candidates=4, updates=3, seed=0)
installed = pytest.mark.skipif(
    not (ENVIRONMENT / "ready").exists(),
    reason="`fixing-ntk extended` has not installed xRFM here",
)


@pytest.fixture(scope="module")
def wine():
    return bundled.load("sklearn-wine")


@pytest.fixture(scope="module")
def split(wine):
    folds = splits.assign_folds(wine.y, 0.25, 3, 0, wine.name, 0)
    return splits.Split.cross_validated(wine.name, 0, wine.X, wine.y, folds)


def candidates_of(split, n):
    return draw_candidates(n, stream(0, split.dataset, split.index, "rfm"))


def words(row):
    return dict(part.split("=") for part in row["parameters"].split())


def test_candidates_lie_in_the_space_and_more_of_them_keep_the_first():
    drawn = draw_candidates(300, np.random.default_rng(0))
    assert drawn[0] == DEFAULTS
    assert drawn[:20] == draw_candidates(20, np.random.default_rng(0))
    for one in drawn:
        assert 0 < one["exponent"] <= one["norm"]
        assert 0.7 <= one["exponent"] <= 1.4
        assert 0.5 <= one["bandwidth"] <= 200
        assert 1e-6 <= one["ridge"] <= 10
    kinds = {(one["norm"], one["diagonal"]) for one in drawn}
    assert kinds == {(1, False), (1, True), (2, False), (2, True)}


def by_labels(split, good, after):
    """Machine that is right where its candidate and updates are the good ones, else wrong."""
    truth = {}
    for X, _, X_out, y_out in [*split.tuning(), split.train_test()]:
        truth[X[:, :-1].tobytes()] = X_out[:, :-1], y_out

    def after_updates(X, y, X_out, *, updates, **candidate):
        expected, y_out = truth[np.ascontiguousarray(X).tobytes()]
        np.testing.assert_array_equal(X_out, expected)
        values = np.tile(-y_out, (updates + 1, 1))
        if candidate == good:
            values[after:] *= -1
        return values

    return after_updates


@pytest.mark.parametrize(("k", "after"), [(0, 0), (2, 1), (3, 3)])
def test_the_machine_that_is_right_on_held_out_rows_is_chosen(split, k, after):
    good = candidates_of(split, 4)[k]
    (row,) = fit_rfm(split, by_labels(split, good, after), **SETTINGS)
    assert (row["dataset"], row["split"], row["method"]) == (split.dataset, 0, "rfm")
    assert row["correct"] == row["total"] == np.sum(~split.train)
    assert row["at_end"] == (after == 3)
    assert float(words(row)["bandwidth"]) == pytest.approx(good["bandwidth"], rel=1e-5)
    assert words(row)["metric"] == ("diagonal" if good["diagonal"] else "full")
    assert words(row)["updates"] == str(after)


def test_a_tie_goes_to_the_defaults_without_an_update(split):
    def always_one(X, y, X_out, *, updates, **candidate):
        return np.ones((updates + 1, len(X_out)))

    (row,) = fit_rfm(split, always_one, **SETTINGS)
    assert row["parameters"] == ("norm=2 exponent=1 bandwidth=10 ridge=0.001 metric=full updates=0")
    assert row["correct"] == np.sum(split.y[~split.train] == 1.0)


def test_it_sees_the_rows_of_each_pair_and_then_all_training_rows(split):
    seen = []

    def record(X, y, X_out, *, updates, **candidate):
        seen.append((len(X), len(X_out), X.shape[1], updates))
        np.testing.assert_allclose(X.mean(axis=0), 0.0, atol=1e-9)
        return np.zeros((updates + 1, len(X_out)))

    (row,) = fit_rfm(split, record, **SETTINGS)
    assert row["correct"] == np.sum(split.y[~split.train] == -1.0), "zero is no vote for +1"
    d = split.X.shape[1]
    pairs = [(fit.sum(), out.sum(), d, 3) for fit, out in split.pairs for _ in range(4)]
    assert seen[:-1] == pairs
    assert seen[-1] == (split.train.sum(), np.sum(~split.train), d, 0)


@pytest.mark.parametrize("run", [True, False])
def test_every_dataset_has_a_job_where_they_are_run_and_none_otherwise(tmp_path, run):
    project = Project(tmp_path / "project")
    project.configure(rfm=run, datasets=["sklearn-iris", "sklearn-wine"])
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", project.run("--dry-run").stdout, re.MULTILINE))
    assert jobs.get("fit_rfm") == ("2" if run else None)
    assert jobs.get("rfm_environment") == ("1" if run else None)
    assert jobs["show_baselines"] == "2"
    for rule in ("show_baselines_rfm", "show_accuracies_rfm"):
        assert jobs.get(rule) == ("1" if run else None)


def test_the_baselines_are_made_without_them(tmp_path):
    """So that a file of level beyond is the same whichever level the run has."""
    project = Project(tmp_path / "project")
    project.configure(rfm=True)
    tables = [f"results/tiny/tables/{name}_full.csv" for name in ("baselines", "accuracies")]
    rules = project.scheduled(*tables)
    assert "fit_baselines" in rules
    assert not rules & {"fit_rfm", "rfm_environment"}
    assert "fit_rfm" in project.scheduled("results/tiny/tables/baselines_rfm.csv")


def in_environment(*arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    python = ENVIRONMENT / "bin/python"
    subprocess.run([python, *map(str, arguments)], check=True, env=environment, timeout=HANGS)


@installed
def test_machines_learn_and_are_the_same_again(wine, split, tmp_path):
    """Byte for byte, through the script that the workflow runs."""
    folds = [splits.assign_folds(wine.y, 0.25, 3, 0, wine.name, s) for s in range(2)]
    splits.save(tmp_path / "data.npz", wine, np.array(folds))
    settings = json.dumps(dict(SETTINGS, splits=2))
    for name in ("one", "two"):
        in_environment(
            ROOT / "workflow/scripts/fit_rfm.py",
            *(tmp_path / "data.npz", tmp_path / f"{name}.csv", tmp_path / "log", settings),
        )
    one, two = ((tmp_path / f"{name}.csv").read_text() for name in ("one", "two"))
    assert one == two
    head, *rows = (line.split(",") for line in one.splitlines())
    assert head == ["dataset", "split", "method", "parameters", "at_end", "correct", "total"]
    assert [row[1] for row in rows] == ["0", "1"]
    assert all(int(row[-2]) > 0.9 * int(row[-1]) for row in rows)


ONE_LEAF = """
import numpy as np, torch
from xrfm import xRFM
from fixing_ntk.comparison.rfm_machine import KERNELS, after_updates

rng = np.random.default_rng(0)
X, X_out = rng.standard_normal((60, 4)), rng.standard_normal((30, 4))
y, y_out = (np.sign(rows[:, 0] * rows[:, 1] + 0.3) for rows in (X, X_out))
for norm, diagonal in ((1, True), (2, False), (2, True)):
    values = after_updates(
        *(X, y, X_out), norm=norm, exponent=1.0, bandwidth=3.0, ridge=0.01, diagonal=diagonal,
        updates=3,
    )
    model = dict(
        kernel=KERNELS[norm], norm_p=float(norm), exponent=1.0, bandwidth=3.0, diag=diagonal
    )
    fit = dict(iters=3, reg=0.01, early_stop_rfm=False, return_best_params=False)
    tree = xRFM(
        dict(model=model, fit=fit), device="cpu", tuning_metric="accuracy", verbose=False,
        classification_mode="prevalence",
    )
    labels = [torch.as_tensor(rows > 0).long() for rows in (y, y_out)]
    X32, out32 = (torch.as_tensor(rows).float() for rows in (X, X_out))
    tree.fit(X32, labels[0], out32, labels[1])
    share = tree.predict_proba(out32)[:, 1]
    inside = (share > 0.01) & (share < 0.99)  # they are clipped
    np.testing.assert_allclose((1 + values[-1])[inside] / 2, share[inside], atol=2e-3)
    assert inside.sum() > 10
"""


@installed
def test_a_machine_is_the_one_leaf_that_xrfm_grows(tmp_path):
    (tmp_path / "one_leaf.py").write_text(ONE_LEAF)
    in_environment(tmp_path / "one_leaf.py")


def test_the_module_that_chooses_needs_no_torch():
    code = "import sys, fixing_ntk.comparison.rfm; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
