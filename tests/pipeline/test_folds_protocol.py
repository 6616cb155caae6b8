"""Protocol folds: one choice of the penalty on the collection's halves, then its four splits."""

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from project import Project
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fixing_ntk.comparison import accuracies, records
from fixing_ntk.comparison.baselines import fit_baselines
from fixing_ntk.comparison.between import tune_between
from fixing_ntk.comparison.early_stopping import fit_early_stopping, tune_early_stopping
from fixing_ntk.comparison.mkl import fit_mkl, tune_mkl
from fixing_ntk.comparison.ntk import fit_ntk
from fixing_ntk.data import bundled, catalog, download, partitions, splits
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.storage import load_gates, load_masks, save_masks

NTK, MKL, SAME, TOL = [10.0, 1.0, 0.1, 0.01, 1e-3], [0.5, 0.1, 0.03], [0.3, 0.1], 1e-7
STOPPED = dict(ratios=[0.3, 0.01], reweightings=[0, 1, 3], tol=TOL)
needs_mirror = pytest.mark.skipif(
    not os.environ.get("MIRROR"), reason="needs the MIRROR environment variable"
)


@pytest.fixture(scope="module")
def wine(tmp_path_factory):
    """Splits of a made-up partition, and gates that they share."""
    data, rng = bundled.load("sklearn-wine"), np.random.default_rng(0)
    n, d = data.X.shape
    ranks = np.argsort(rng.random((5, n)), axis=1)
    path = tmp_path_factory.mktemp("wine") / "wine.npz"
    partition = partitions.Partition(ranks[0] < n // 2, ranks[1:] < 3 * n // 4)
    splits.save_partition(path, data, partition)
    return list(splits.load(path, range(4))), rng.standard_normal((d + 1, 50))


@pytest.fixture(scope="module")
def fits(wine):
    rows = []
    for split in wine[0]:
        masks = MaskSet.from_gates(split.train_test()[0], wine[1])
        tuning = tune_mkl(wine[0][0], wine[1], MKL, TOL)
        rows += fit_ntk(split, masks, NTK, SAME, TOL)
        mkl = fit_mkl(split, masks, MKL, SAME, TOL, tuning)[0]
        stops = tune_early_stopping(wine[0][0], wine[1], **STOPPED)
        rows += mkl + fit_early_stopping(split, masks, mkl, tuning=stops, **STOPPED)
    return pd.DataFrame(rows)


def test_every_split_is_fitted_at_the_one_penalty_that_the_halves_chose(wine, fits):
    held_out = np.sum(wine[0][0].pairs[0][1])
    for method in ("ntk", "mkl"):
        of_method = fits[fits.method == method]
        cv, tuned = (of_method[of_method.stage == stage] for stage in ("cv", "tuned"))
        assert set(cv.total) == {held_out}
        assert set(cv.fold) == {0}
        assert list(cv.split.unique()) == [0, 1, 2, 3]
        for _, one in cv.groupby("split"):
            best = one[one.correct == one.correct.max()].ratio.max()
            assert set(tuned.ratio) == {best}
        assert list(tuned.split) == [0, 1, 2, 3]
        assert list(tuned.total) == [np.sum(~split.train) for split in wine[0]]
        assert list(tuned.n) == [np.sum(split.train) for split in wine[0]]


def test_where_to_stop_is_chosen_once_too_with_mkl_among_the_choices(fits):
    stopped = fits[fits.method == "stopped"]
    cv = pd.concat([stopped, fits[fits.method == "mkl"]]).query("stage == 'cv' and split == 0")
    cv = cv.assign(reweightings=cv.reweightings.fillna(np.inf))
    best = cv[cv.correct == cv.correct.max()]
    best = best.sort_values(["ratio", "reweightings"], ascending=[False, True]).iloc[0]
    tuned = stopped[stopped.stage == "tuned"]
    assert list(tuned.split) == [0, 1, 2, 3]
    assert set(zip(tuned.ratio, tuned.reweightings.fillna(np.inf), strict=True)) == {
        (best.ratio, best.reweightings)
    }
    assert tuned.gap.max() <= TOL


def test_a_shared_choice_is_the_choice_of_each_split(wine):
    for tuned, grid in ((tune_mkl, MKL), (tune_between, NTK)):
        first, *others = (tuned(split, wine[1], grid, TOL) for split in wine[0])
        for rows in others:
            assert [dict(row, split=0) for row in rows] == first


def test_the_table_counts_the_folds_that_chose(fits, tmp_path):
    records.write(tmp_path / "fits.csv", fits.to_dict("records"))
    tuned = accuracies.tuned(records.read([tmp_path / "fits.csv"]))
    assert list(tuned.folds) == [1, 1, 1, 1]


def test_baselines_are_chosen_on_the_halves_and_fitted_to_the_training_rows(wine):
    grid = [1e-4, 1e-2, 1.0, 100.0]
    fit, held_out = wine[0][0].pairs[0]
    noise = np.where(np.random.default_rng(1).random(len(fit)) < 0.3, -1.0, 1.0)

    def model(C):
        return make_pipeline(StandardScaler(), LogisticRegression(C=C, solver="newton-cholesky"))

    def best_of(fit, held_out, X, y):
        scores = [model(C).fit(X[fit], y[fit]).score(X[held_out], y[held_out]) for C in grid]
        return grid[int(np.argmax(scores))]

    for split in (replace(split, y=split.y * noise) for split in wine[0]):
        X, y = split.X, split.y
        best = best_of(fit, held_out, X, y)
        assert best != best_of(held_out, fit, X, y), "the order of the halves matters here"
        again = model(best).fit(X[split.train], y[split.train]).predict(X[~split.train])
        row = fit_baselines(split, 0, logistic_C=grid, svm_C=[1.0], svm_gamma=[1.0], trees=5)[0]
        assert row["parameters"] == f"C={best:g}"
        assert row["correct"] == np.sum(again == y[~split.train])


def test_shared_gates_come_back_beside_the_masks(wine, tmp_path):
    masks = {s.index: MaskSet.from_gates(s.train_test()[0], wine[1]) for s in wine[0][:2]}
    save_masks(tmp_path / "own.npz", masks)
    save_masks(tmp_path / "shared.npz", masks, wine[1])
    assert load_gates(tmp_path / "own.npz") is None
    assert np.array_equal(load_gates(tmp_path / "shared.npz"), wine[1])
    for name in ("own.npz", "shared.npz"):
        loaded = load_masks(tmp_path / name)
        assert list(loaded) == [0, 1]
        assert np.array_equal(loaded[1].packed, masks[1].packed)


def by_hand(folder, name, fold, ratios):
    """Right answers of NTK ridge regression on one fold, from the files by NumPy alone."""
    table = np.genfromtxt(folder / f"{name}_R.dat", skip_header=1)
    features, y = table[:, 1:-1], 2 * table[:, -1] - 1
    halves, folds = (
        [np.sort(np.array(line.split(), int)) for line in (folder / file).read_text().splitlines()]
        for file in ("conxuntos.dat", "conxuntos_kfold.dat")
    )

    def correct(rows, others, ratio):
        mean, std = features[rows].mean(axis=0), features[rows].std(axis=0)
        Z = np.hstack([(features - mean) / std, np.ones((len(y), 1))])
        norms = np.linalg.norm(Z, axis=1)
        angles = np.arccos(np.clip(Z @ Z.T / np.outer(norms, norms), -1, 1))
        H = Z @ Z.T * (np.pi - angles) / (2 * np.pi)
        K = H[np.ix_(rows, rows)]
        lam = ratio * np.linalg.eigvalsh(K)[-1]
        f = H[np.ix_(others, rows)] @ np.linalg.solve(K + lam * np.eye(len(rows)), y[rows])
        return np.sum(np.where(f >= 0, 1, -1) == y[others])

    scores = [correct(*halves, ratio) for ratio in ratios]
    best = max(ratio for ratio, score in zip(ratios, scores, strict=True) if score == max(scores))
    return best, correct(folds[2 * fold], folds[2 * fold + 1], best)


@needs_mirror
@pytest.mark.parametrize(("name", "fold"), [("echocardiogram", 2), ("vertebral-column-2clases", 0)])
def test_ntk_on_a_real_fold_is_that_of_plain_numpy(tmp_path, name, fold):
    download.fetch(name, tmp_path, mirror=os.environ["MIRROR"], progress=False)
    data = catalog.load(name, tmp_path)
    partition = partitions.read_partition(tmp_path, data.y)
    splits.save_partition(tmp_path / "a.npz", data, partition)
    (split,) = splits.load(tmp_path / "a.npz", [fold])
    masks = MaskSet.sample(split.train_test()[0], 100, seed=0)
    (row,) = (row for row in fit_ntk(split, masks, NTK, SAME, TOL) if row["stage"] == "tuned")
    assert (row["ratio"], row["correct"]) == by_hand(tmp_path, name, fold, NTK)


@needs_mirror
def test_the_pipeline_gives_the_same_whether_splits_share_a_job(tmp_path):
    tables = []
    for per_job in (10, 1):
        project = Project(tmp_path / str(per_job))
        project.configure(
            datasets=["balloons"],
            example_dataset="balloons",
            protocols=["folds"],
            splits={"per_job": per_job},
            n_gates=1000,  # many of them share a mask of the few rows
        )
        made = project.folder / "results/tiny/evaluation/folds"
        project.run("--cores", "2", "results/tiny/evaluation/folds/tuned.csv")
        tables.append([(made / f"{name}.csv").read_bytes() for name in ("tuned", "same_lambda")])
    assert tables[0] == tables[1]
    tuned, rows = (pd.read_csv(made / f"{name}.csv") for name in ("tuned", "records"))
    assert list(tuned.split) == [0, 1, 2, 3]
    assert tuned.ntk_ratio.nunique() == tuned.mkl_ratio.nunique() == 1
    choice = rows[rows.stage == "cv"].drop(columns="split")
    assert (choice.value_counts(dropna=False) == 4).all(), "every split records the one choice"
