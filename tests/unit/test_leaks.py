"""Rows held out change nothing that is fitted, scaled or chosen, for every method compared."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from project import own_settings

import fixing_ntk
from fixing_ntk.comparison import baselines, own_pipelines, rfm, tuning
from fixing_ntk.comparison.averaging import fit_averaged, fit_one_program
from fixing_ntk.comparison.between import fit_between
from fixing_ntk.comparison.early_stopping import fit_early_stopping
from fixing_ntk.comparison.losses import VARIANTS, fit_variant
from fixing_ntk.comparison.mkl import fit_mkl, fit_mkl_grids
from fixing_ntk.comparison.ntk import fit_ntk, fit_ntk_grids, fit_ntk_sampled
from fixing_ntk.comparison.trained_networks import fit_networks
from fixing_ntk.data import own
from fixing_ntk.data.splits import Split
from fixing_ntk.estimators.cross_validation import cross_validate
from fixing_ntk.masks import MaskSet
from fixing_ntk.results.beyond.mask_count.compute import relative_error, tuned_error
from fixing_ntk.solvers import solve_path

TOL, MKL, NTK = 1e-6, [0.5, 0.1, 0.02], [1.0, 0.1, 0.01]
# Few, so that their masks on all training rows differ: fits inside the folds take those that do.
N, GATES = 44, np.random.default_rng(1).standard_normal((3, 8)) * [[1.0], [1.0], [0.2]]
# Rows to fit on in the one fold, others of the fold in two parts, and test rows.
FIT, KEPT, OTHERS, TEST = (np.arange(N)[part] for part in np.split(np.arange(N), [20, 28, 34]))
OPTIONS = [
    {},
    {"p": 4 / 3, "ntk": True},
    {"fit_intercept": True},
    {"class_weight": "balanced", "loss": "log_loss"},
]
CASES = [
    (name, options)
    for name in fixing_ntk.estimators.__all__
    for options in OPTIONS
    if options.keys() <= getattr(fixing_ntk, name)().get_params().keys()
]
SCORES = ("correct", "test_error", "network_test", "convex_test", "ntk_test", "mkl_test")


def masks_of(split):
    masks = MaskSet.from_gates(split.train_test()[0], GATES)
    assert len(masks) == GATES.shape[1]
    return masks


def ntk(split):
    return fit_ntk(split, masks_of(split), NTK, [0.1], TOL)


def mkl(split):
    return fit_mkl(split, masks_of(split), MKL, [0.1], TOL)[0]


def stopped(split):
    return fit_early_stopping(split, masks_of(split), mkl(split), [0.5, 0.1], [0, 2], TOL)


def averaged(split):
    masks, draws = masks_of(split), [GATES, GATES[:, ::-1] + 0.5]
    fits, first = fit_mkl(split, masks, MKL, [], TOL)
    tuned = dict(ntk=ntk(split)[-2], mkl=fits[-1], stopped=stopped(split)[-1])
    first = first.active, first.active_weights
    rows, points = fit_averaged(split, draws, tuned, first, MKL, NTK, TOL)
    program, more = fit_one_program(split, draws, 1.0, MKL, TOL)
    return [*rows, *points, *program, *more]


def grids(split):
    masks = masks_of(split)
    return fit_ntk_grids(split, masks, NTK, [0.1], TOL) + fit_mkl_grids(
        split, masks, MKL, [0.1], TOL
    )


def networks(split):
    settings = dict(ratios=[0.5, 0.1], starts=1, max_iter=20, relu_masks=5)
    return fit_networks(split, masks_of(split), ntk(split) + mkl(split), 1e-4, 0, **settings)


def machine(X, y, X_out, *, bandwidth, ridge, updates, **kernel):
    """A kernel machine in the place of xRFM's, which is installed elsewhere."""
    K, K_out = (np.exp(-((Z[:, None] - X) ** 2).sum(-1) / bandwidth) for Z in (X, X_out))
    steps = ridge + np.arange(updates + 1.0)
    return np.array([K_out @ np.linalg.solve(K + step * np.eye(len(y)), y) for step in steps])


METHODS = {
    "ntk": ntk,
    "ntk_sampled": lambda split: fit_ntk_sampled(split, GATES, NTK, TOL)[0],
    "mkl": mkl,
    "between": lambda split: fit_between(split, GATES, NTK, TOL),
    "stopped": stopped,
    "averaged": averaged,
    "networks": networks,
    "grids": grids,
    **{v: lambda split, v=v: fit_variant(split, GATES, MKL, NTK, TOL, v) for v in VARIANTS},
    "baselines": lambda split: baselines.fit_baselines(
        split, 0, logistic_C=[0.1, 10.0], svm_C=[1.0, 10.0], svm_gamma=[0.1, 1.0], trees=3
    ),
    "rfm": lambda split: rfm.fit_rfm(split, machine, candidates=3, updates=1, seed=0),
}


def rows_of(index):
    return np.isin(np.arange(N), index)


@pytest.fixture(scope="module")
def split():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, 2)) * [1.0, 30.0]
    y = np.where(X[:, 0] + 0.5 * rng.standard_normal(N) > 0, 1.0, -1.0)
    parts = KEPT, OTHERS, np.concatenate([KEPT, OTHERS])
    return Split("d", 0, X, y, ~rows_of(TEST), [(rows_of(FIT), rows_of(part)) for part in parts])


def spoilt(split, rows):
    """The split with other features and labels in some rows."""
    X, y = split.X.copy(), split.y.copy()
    X[rows], y[rows] = 3.0 - 2.0 * X[rows], -y[rows]
    return replace(split, X=X, y=y)


def searches_of(run, *args):
    """The pairs of rows and the records that each search of a run chose by.

    Scores are sums over rows; of baselines, which take means, they are made so.
    """
    searches = []

    def recorder(module):
        def recorded(pairs, fit, candidates):
            pairs = [*pairs]
            records = cross_validate(pairs, fit, candidates)
            rows = [len(y_out) if module is baselines else 1 for *_, y_out in pairs]
            total = [
                {k: v * rows[row["fold"]] if k == "score" else v for k, v in row.items()}
                for row in records
            ]
            searches.append((pairs, total))
            return records

        return recorded

    with pytest.MonkeyPatch.context() as patch:
        for module in (tuning, baselines, rfm, own_pipelines):
            patch.setattr(module, "cross_validate", recorder(module))
        run(*args)
    return searches


def assert_held_out_rows_are_only_scored(before, after):
    """Of searches before and after some rows changed that only fold 1, and 2 by it, hold out.

    The first fold stays as it is. All fit to the same rows, so their fits are the same, and the
    third, which holds out the rows of the two, has the sum of their scores.
    """
    assert len(before) == len(after) > 0
    for (pairs, _), (other_pairs, records) in zip(before, after, strict=True):
        for (X, y, *_), (other_X, other_y, *_) in zip(pairs, other_pairs, strict=True):
            assert np.array_equal(X, other_X)
            assert np.array_equal(y, other_y)
        kept, others, both = ([row for row in records if row["fold"] == k] for k in range(3))
        for one, two, three in zip(kept, others, both, strict=True):
            (score,) = {"score", "correct"} & one.keys()
            for key in one.keys() - {"fold", "total", score}:
                assert str(one[key]) == str(two[key]) == str(three[key]), key
            assert one[score] + two[score] == pytest.approx(three[score], rel=1e-9)
    for (_, records), (_, others) in zip(before, after, strict=True):
        kept, same = ([row for row in of if row["fold"] == 0] for of in (records, others))
        assert str(kept) == str(same)
    assert str(before) != str(after), "the rows that changed are scored"


@pytest.mark.parametrize("method", METHODS)
def test_other_test_rows_change_no_fit_and_no_choice(method, split):
    before, after = (METHODS[method](one) for one in (split, spoilt(split, TEST)))
    assert str(before) != str(after), "the test rows are scored"
    for one, other in zip(before, after, strict=True):
        free = () if one.get("stage") == "cv" else SCORES
        kept, same = ({k: v for k, v in of.items() if k not in free} for of in (one, other))
        assert str(kept) == str(same)


@pytest.mark.parametrize("method", sorted(METHODS.keys() - {"grids"}))
def test_rows_held_out_of_a_fold_are_only_scored(method, split):
    before, after = (searches_of(METHODS[method], one) for one in (split, spoilt(split, OTHERS)))
    assert_held_out_rows_are_only_scored(before, after)


def table(tmp_path, task):
    """Numbers, one with gaps, and categories; a target of classes or a real one."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.standard_normal(N), "b": 30.0 * rng.standard_normal(N)})
    frame.loc[::7, "b"] = np.nan
    frame["c"] = np.resize(["p", "q", "r"], N)
    f = frame.a + 0.5 * rng.standard_normal(N)
    frame["y"] = f if task == "regression" else np.where(f > 0, "u", "v")
    frame.to_csv(tmp_path / "d.csv", index=False)
    return own.read(tmp_path / "d.csv", "y", task=task)


def spoilt_table(data, rows):
    """The table with other features and targets in some rows."""
    X, y = data.X.copy(), data.y.copy()
    X.loc[rows, ["a", "b"]] = 3.0 - 2.0 * X.loc[rows, ["a", "b"]].fillna(1.0)
    X.loc[rows, "c"] = "r"
    y[rows] = (
        9.0 - 4.0 * y[rows] if data.task == "regression" else np.where(y[rows] == "u", "v", "u")
    )
    return data._replace(X=X, y=y)


def fit_all(data):
    """Every method, by its name; FIT, KEPT and OTHERS are the first training rows, in order."""
    settings = own_settings(n_gates=15, tuning_rows=1000)
    pairs = [(FIT, part) for part in (KEPT, OTHERS, np.concatenate([KEPT, OTHERS]))]
    rows = np.concatenate([FIT, KEPT, OTHERS])
    fitted = own_pipelines.fit_all(data, rows, pairs, settings, lambda what: len(what))
    return {method: (model, chosen) for method, model, chosen in fitted}


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_other_test_rows_of_a_table_change_no_model(tmp_path, task):
    data = table(tmp_path, task)
    before, after = fit_all(data), fit_all(spoilt_table(data, TEST))
    for method, (model, chosen) in before.items():
        other, same = after[method]
        assert chosen == same, method
        assert np.array_equal(model.predict(data.X), other.predict(data.X)), method


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_rows_held_out_of_a_fold_of_a_table_are_only_scored(tmp_path, task, monkeypatch):
    def mean(y, predicted):
        return -np.mean((y - predicted) ** 2)

    monkeypatch.setattr(baselines, "r2_score", mean)  # R² has no part for each row
    data = table(tmp_path, task)
    before, after = (searches_of(fit_all, one) for one in (data, spoilt_table(data, OTHERS)))
    assert_held_out_rows_are_only_scored(before, after)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_rows_of_no_fold_change_no_score_of_an_estimator(name, options):
    model = getattr(fixing_ntk, name)(lam="cv", cv=[(FIT, KEPT)], lams=[0.5, 0.1], **options)
    if "n_gates" in model.get_params():
        model.set_params(n_gates=8, random_state=0)
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((N, 2)), rng.standard_normal(N)
    other, target = X.copy(), y.copy()
    other[OTHERS], target[OTHERS] = 5.0 - other[OTHERS], target[OTHERS] - 7.0
    before, after = (
        model.fit(Z, z if name.endswith("Regressor") else z > 0.3).cv_results_["mean_test_score"]
        for Z, z in ((X, y), (other, target))
    )
    np.testing.assert_allclose(before, after, rtol=1e-9)


def test_points_that_score_choose_no_penalty():
    rng = np.random.default_rng(0)
    X, Z = rng.standard_normal((30, 2)), rng.standard_normal((40, 2))
    y, z = (np.abs(A[:, 0]) + 0.5 * rng.standard_normal(len(A)) for A in (X, Z))
    masks, lams = MaskSet.sample(X, 20, seed=0), [8.0, 2.0, 0.5, 0.1]
    path = solve_path(X, y, masks, lams, TOL)
    best = np.argmin([relative_error(masks, one, Z[::2], z[::2]) for one in path])
    for flattered in path:
        z[1::2] = masks.predict(flattered.weights, Z[1::2])
        expected = relative_error(masks, path[best], Z[1::2], z[1::2])
        error, gap = tuned_error(masks, X, y, Z, z, lams, TOL)
        assert error == pytest.approx(expected, abs=1e-9)
        assert gap == max(solution.gap for solution in path)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_feature_that_names_a_group_is_no_suspect(tmp_path, task):
    """It tells the target of rows that it has seen, but those of a group are held out together."""
    who = np.repeat(np.arange(30), 4)
    y = np.random.default_rng(0).standard_normal(30)
    frame = pd.DataFrame({"a": who + 0.01 * np.resize(np.arange(4), len(who)), "who": who})
    frame["y"] = (y if task == "regression" else np.where(y > 0, "u", "v"))[who]
    frame.to_csv(tmp_path / "d.csv", index=False)
    data = own.read(tmp_path / "d.csv", "y", task=task, group="who")
    assert own.suspects(data) == []
    assert own.suspects(data._replace(groups=np.arange(len(who)))) == ["a"]
