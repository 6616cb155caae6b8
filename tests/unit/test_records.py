"""Records of fits, and their evaluation."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import sem

from fixing_ntk.comparison import accuracies, records
from fixing_ntk.comparison.baselines import fit_baselines
from fixing_ntk.comparison.early_stopping import best_candidate, fit_early_stopping
from fixing_ntk.comparison.mkl import fit_mkl
from fixing_ntk.comparison.ntk import fit_ntk
from fixing_ntk.comparison.statistics import paired_tests, wins_ties_losses
from fixing_ntk.comparison.tuning import count_correct, is_end
from fixing_ntk.data import bundled, splits
from fixing_ntk.drawing.cells import write_csv
from fixing_ntk.drawing.tables import Table, write_table
from fixing_ntk.estimators.cross_validation import choose, cross_validate
from fixing_ntk.kernels import ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, lambda_max
from fixing_ntk.results.beyond.solvers.compute import solvers
from fixing_ntk.results.extended.conversions.compute import conversions
from fixing_ntk.results.paper.accuracies.table import accuracies as of_splits
from fixing_ntk.results.paper.gated_to_relu.compute import gated_to_relu
from fixing_ntk.results.paper.uci_accuracy.table import uci_accuracy
from fixing_ntk.solvers import solve
from fixing_ntk.solvers.early_stopping import early_stops

BASELINES = dict(logistic_C=[0.1, 1.0], svm_C=[1.0], svm_gamma=[1.0], trees=5)
MKL, NTK, SAME = [0.9, 0.3, 0.1, 0.03], [10.0, 1.0, 0.1, 0.01], [0.3, 0.1]


def iris(split):
    data = bundled.load("sklearn-iris")
    folds = splits.assign_folds(data.y, 0.25, 3, 0, "iris", split)
    return splits.Split.cross_validated(data.name, split, data.X, data.y, folds)


@pytest.fixture(scope="module")
def fits():
    rows = []
    for s in (0, 1):
        split = iris(s)
        masks = MaskSet.sample(split.train_test()[0], 60, seed=s)
        rows += fit_ntk(split, masks, NTK, SAME, tol=1e-8)
        rows += fit_mkl(split, masks, MKL, SAME, tol=1e-8)[0]
    return rows


def stopped_early(s, fits):
    split = iris(s)
    masks = MaskSet.sample(split.train_test()[0], 60, seed=s)
    mkl = [row for row in fits if row["method"] == "mkl" and row["split"] == s]
    return fit_early_stopping(split, masks, mkl, [0.3, 0.03], [0, 2], tol=1e-8)


@pytest.fixture(scope="module")
def frame(fits, tmp_path_factory):
    path = tmp_path_factory.mktemp("records") / "fits.csv"
    records.write(path, fits)
    return records.read([path])


def test_every_fit_is_recorded_with_its_gap(frame):
    per_split = 3 * (len(NTK) + len(MKL)) + 2 + 3 * len(SAME)
    assert len(frame) == 2 * per_split
    assert frame.gap.notna().all()
    assert frame.gap.max() <= 1e-8
    assert set(frame.columns) == set(records.COLUMNS)


def test_rows_are_read_as_they_were_written(fits, tmp_path):
    records.write(tmp_path / "fits.csv", fits)
    known = [{key: value for key, value in row.items() if value is not None} for row in fits]
    assert records.read_rows(tmp_path / "fits.csv") == known


def test_tuned_accuracy_is_reproduced_from_scratch(frame):
    split = iris(0)
    X, y, X_test, y_test = split.train_test()
    row = frame.query("stage == 'tuned' and method == 'ntk' and split == 0").iloc[0]
    H = ntk(X)
    assert row.lam == pytest.approx(row.ratio * np.linalg.eigvalsh(H)[-1])
    f = ntk(X_test, X) @ np.linalg.solve(H + row.lam * np.eye(len(y)), y)
    assert row.correct == np.sum(np.where(f >= 0, 1, -1) == y_test)
    chosen = frame.query("stage == 'cv' and method == 'ntk' and split == 0")
    by_ratio = chosen.groupby("ratio").correct.sum()
    assert row.ratio == by_ratio[by_ratio == by_ratio.max()].index.max()


def test_training_rows_are_counted_as_those_that_are_predicted_right(frame, fits):
    X, y, *_ = iris(0).train_test()
    masks = MaskSet.sample(X, 60, seed=0)
    chosen = frame.query("stage == 'tuned' and split == 0").set_index("method")
    predictions = {
        "ntk": ntk(X) @ np.linalg.solve(ntk(X) + chosen.lam["ntk"] * np.eye(len(y)), y),
        "mkl": masks.predict(solve(X, y, masks, chosen.lam["mkl"], tol=1e-8).weights, X),
    }
    for method, f in predictions.items():
        assert chosen.train_correct[method] == np.sum(np.where(f >= 0, 1, -1) == y)
    # MKL wrong on every row held out: a stop is chosen.
    *_, early = stopped_early(0, [dict(row, correct=-1) for row in fits])
    count = early["reweightings"]
    stop = early_stops(MaskedDesign(X, masks), y, early["lam"], [count])[count]
    right = np.sum(np.where(masks.predict(stop.weights, X) >= 0, 1, -1) == y)
    assert early["train_correct"] == right


def test_what_cross_validation_chooses_is_better_on_the_rows_held_out(frame):
    tuned = accuracies.tuned(frame)
    for row in tuned.itertuples():
        held_out = frame[(frame.stage == "cv") & (frame.split == row.split)]
        right = held_out.groupby(["method", "ratio"]).correct.sum().groupby("method").max()
        assert row.chosen_is_mkl == (right["mkl"] > right["ntk"])
        chosen = "mkl" if row.chosen_is_mkl else "ntk"
        assert row.chosen_accuracy == getattr(row, f"{chosen}_accuracy")
        assert row.chosen_train == getattr(row, f"{chosen}_train")
    # MKL right on every row held out at one penalty, then on none.
    at = (frame.method == "mkl") & (frame.stage == "cv")
    one = frame.assign(correct=frame.correct.mask(at & (frame.ratio == MKL[1]), frame.total))
    assert accuracies.tuned(one).chosen_is_mkl.all()
    none = frame.assign(correct=frame.correct.mask(at, 0))
    assert not accuracies.tuned(none).chosen_is_mkl.any()
    even = frame.assign(correct=frame.correct.mask(frame.stage == "cv", 1))
    assert not accuracies.tuned(even).chosen_is_mkl.any()


def test_every_split_of_every_method_is_in_the_table_of_accuracies(frame):
    tuned = accuracies.tuned(frame)
    rows = [row for s in (0, 1) for row in fit_baselines(iris(s), seed=0, **BASELINES)]
    raw, printed, notes, _ = of_splits(tuned, "full", rows=pd.DataFrame(rows))
    assert len(raw) == len(raw[["split", "method"]].drop_duplicates()) == 2 * 7
    for row in raw.itertuples():
        of_split = tuned[tuned.split == row.split].iloc[0]
        if row.method in ("ntk", "mkl", "chosen"):
            assert row.accuracy == of_split[f"{row.method}_accuracy"]
            assert row.train_accuracy == of_split[f"{row.method}_train"]
            assert row.gap == of_split.gap
        else:
            (mine,) = (r for r in rows if r["method"] == row.method and r["split"] == row.split)
            assert row.accuracy == mine["correct"] / mine["total"]
            assert row.train_accuracy == mine["train_correct"] / mine["n"]
        assert row.n == of_split.n
    assert len(printed) == 7
    assert set(of_splits(tuned, "full").raw.method) == {"ntk", "mkl", "chosen"}
    assert f"{tuned.gap.max():.1e}" in notes[-1]


def test_same_lambda_is_the_same_for_all_three(frame):
    same = frame[frame.stage == "same"]
    spread = same.groupby(["split", "ratio"]).lam.agg(np.ptp)
    assert (spread <= 1e-9 * same.lam.max()).all()
    masks = MaskSet.sample(iris(0).train_test()[0], 60, seed=0)
    X, y, *_ = iris(0).train_test()
    row = same.query("split == 0 and ratio == 0.1 and method == 'mkl'").iloc[0]
    assert row.lam == pytest.approx(0.1 * lambda_max(X, y, masks))


def test_mkl_optimum_is_below_the_ntk_objective(frame):
    fits = frame.dropna(subset=["mkl_objective"])
    assert len(fits) == 2 * (len(SAME) + 1)
    assert (fits.mkl_objective <= fits.ntk_mkl_objective).all()


def test_evaluation_and_table_agree_with_the_records(frame, fits):
    tuned, same = accuracies.tuned(frame), accuracies.same_lambda(frame)
    assert list(tuned.split) == [0, 1]
    assert list(tuned.folds) == [3, 3]
    raw, printed, notes, _ = uci_accuracy(tuned, same, "full", 0.1)
    assert raw.mkl[0] == pytest.approx(tuned.mkl_accuracy.mean())
    assert raw.gap[0] == pytest.approx(frame.gap.max())
    assert len(printed) == 1
    assert f"{frame.gap.max():.1e}" in notes[-1]


def test_uncertified_fit_names_dataset_split_and_lambda():
    split = iris(3)
    masks = MaskSet.sample(split.train_test()[0], 60, seed=0)
    with (
        pytest.warns(match="above tol"),
        pytest.raises(records.UncertifiedFit, match=r"sklearn-iris, split 3, lambda="),
    ):
        fit_mkl(split, masks, MKL, SAME, tol=1e-8, max_iter=1)


def test_ties_go_to_the_larger_penalty():
    def fit(correct, ratios):
        return [dict(ratio=ratio, correct=c) for ratio, c in zip(ratios, correct, strict=True)]

    records = cross_validate([([1, 4, 4],), ([4, 3, 3],)], fit, [0.5, 0.2, 0.1])
    assert [row["fold"] for row in records] == [0, 0, 0, 1, 1, 1]
    assert [row["ratio"] for row in records] == 2 * [0.5, 0.2, 0.1]
    assert choose(records, "correct") == 1
    assert [is_end(value, [0.5, 0.2, 0.1]) for value in (0.5, 0.2, 0.1)] == [True, False, True]


def test_the_gap_behind_a_refit_is_the_largest_of_its_split():
    rows = pd.DataFrame(dict(dataset="d", split=[0, 0, 1], stage=["cv", "tuned", "tuned"]))
    rows = rows.assign(gap=[1e-3, 1e-9, 1e-8], correct=1, total=2, at_end=False)
    assert accuracies.refits(rows).gap.to_list() == [1e-3, 1e-8]


def test_ties_of_stops_go_to_the_larger_penalty_then_to_the_ntk():
    rows = [
        dict(fold=0, ratio=ratio, correct=3, **stop)
        for ratio in (0.1, 0.5)
        for stop in ({}, dict(reweightings=2), dict(reweightings=0))
    ]
    assert best_candidate(rows) == dict(fold=0, ratio=0.5, correct=3, reweightings=0)


def test_folds_are_counted_for_each_split(frame):
    fewer = frame[~((frame.split == 1) & (frame.fold == 2))]
    assert accuracies.tuned(fewer).folds.to_list() == [3, 2]


def test_the_error_of_a_mean_difference_is_over_datasets():
    same = pd.DataFrame(dict(dataset=[*"abc"], split=0, ratio=0.1, ntk=0.5, ntk_sampled=0.6))
    same = same.assign(mkl=[0.5, 0.7, 0.8], gap=1e-7)
    table = accuracies.wins_by_lambda(same).set_index("against")
    assert table.standard_error["ntk"] == pytest.approx(sem([0.0, 0.2, 0.3]))
    assert table.mean_difference["ntk_sampled"] == pytest.approx(0.2 / 3)


def test_count_correct_takes_one_or_many_predictions():
    y = np.array([1.0, -1.0, 1.0])
    assert count_correct(np.array([0.0, -2.0, -1.0]), y) == 2
    assert list(count_correct(np.array([[1, -1], [1, -1], [1, 1]]), y)) == [2, 2]


def test_wins_ties_losses_and_tests():
    a, b = np.array([3.0, 2.0, 1.0, 5.0]), np.array([1.0, 2.0, 2.0, 1.0])
    assert wins_ties_losses(a, b) == dict(wins=2, ties=1, losses=1)
    many = np.arange(12.0)
    tests = paired_tests(many + 1, many)
    assert tests["sign"] == pytest.approx(2 * 0.5**12)
    assert tests["wilcoxon"] < 0.01
    assert np.isnan(paired_tests(many, many)["sign"])


def test_solvers_agree_and_a_large_conic_program_is_skipped_with_its_reason():
    split = iris(0)
    masks = MaskSet.sample(split.train_test()[0], 60, seed=0)
    rows = solvers(split, masks, 1e-6, "clarabel")
    assert rows[1]["objective"] == pytest.approx(rows[0]["objective"], rel=1e-5)
    assert all(r["gap"] <= 1e-6 and r["seconds"] > 0 and r["peak_mb"] > 10 for r in rows)
    _, skipped = solvers(split, masks, 1e-6, "clarabel", max_entries=10)
    assert skipped["status"].startswith("skipped: n d p above")


def test_irls_in_the_table_of_solvers_starts_from_the_ntks_weights():
    """They count the gates that gave each mask."""
    split = iris(0)
    X, y, *_ = split.train_test()
    masks, tol = MaskSet.sample(X, 200, seed=0), 1e-3
    assert len(masks) < 200
    rows = solvers(split, masks, tol, "clarabel", first_order_datasets=[split.dataset])
    row = next(row for row in rows if row["solver"].startswith("irls"))
    alone = solve(X, y, masks, 0.1 * lambda_max(X, y, masks), tol, method="irls")
    assert row["n_iter"] == alone.n_iter
    assert row["objective"] == pytest.approx(alone.objective, rel=1e-12)


def test_datasets_are_converted_on_their_first_masks():
    split = iris(0)
    X, y, Z, z = split.train_test()
    drawn = MaskSet.sample(X, 60, seed=0)
    sizes = dict(n=20, n_test=50, d=3, neurons=3, dimensions=[3], per_dimension=[4], n_seeds=2)
    options = dict(ratio=0.1, noise=0.1, tol=1e-6, seed=0)
    data, rows = gated_to_relu(n_masks=20, **sizes, **options, problems=[(split, drawn)])
    assert list(data["names"]) == ["teacher", "sklearn-iris"]
    assert data["n_over_d"][1] == len(X) / X.shape[1]
    assert data["teacher_growth"].shape == (1, 1, 2)
    assert data["teacher_growth"].min() > 1.0
    masks = drawn.subset(np.arange(20))
    gated = solve(X, y, masks, 0.1 * lambda_max(X, y, masks))
    half = 0.5 * y @ y
    assert data["objectives"][1, 0] == pytest.approx(gated.objective / half, abs=1e-6)
    error = np.sum((masks.predict(gated.weights, Z) - z) ** 2) / (z @ z)
    assert data["test_errors"][1, 0] == pytest.approx(error, rel=1e-3)
    assert any("sklearn-iris" in row["quantity"] for row in rows)
    alone, rows = conversions(1e-6, [(split, drawn)], n_masks=20)
    assert alone.keys() == data.keys() - {"dimensions", "per_dimension", "teacher_growth"}
    assert list(alone["names"]) == ["sklearn-iris"]
    np.testing.assert_array_equal(alone["objectives"][0], data["objectives"][1])
    assert all(row["verdict"] == "holds" for row in rows)
    assert any("largest of 1 datasets" in row["quantity"] for row in rows)


def test_table_is_written_three_ways(tmp_path):
    raw = pd.DataFrame({"name": ["a_b"], "value": [0.123456789]})
    printed = pd.DataFrame({"name": ["a_b"], "value %": ["|0.12|"]})
    write_table(tmp_path / "t", Table(raw, printed, ["Largest gap λ: 1e-9."], {}))
    assert "0.123456789" in (tmp_path / "t.csv").read_text()
    markdown = (tmp_path / "t.md").read_text()
    assert "Largest gap λ" in markdown
    assert r"\|0.12\|" in markdown  # a bare bar would end the cell
    tex = (tmp_path / "t.tex").read_text()
    assert r"a\_b" in tex
    assert r"value \%" in tex
    assert r"$\lambda$" in tex
    assert tex.isascii()


def test_a_name_with_line_ends_keeps_its_row_of_a_table(tmp_path):
    printed = pd.DataFrame({"a\nb|c": ["one\r\ntwo", "three\n\nfour"], "value": ["1", "2"]})
    write_table(tmp_path / "t", Table(printed, printed, ["Note."], {}))
    lines = (tmp_path / "t.md").read_text("utf-8").splitlines()
    assert [line.count(" | ") for line in lines[:4]] == [1, 0, 1, 1]
    assert lines[0].startswith(r"| a b\|c ")
    assert (tmp_path / "t.tex").read_text("utf-8").count(r"\\") == 3
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "t.csv", dtype=str), printed)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-1+2", "\t=1", "-a"])
def test_no_cell_or_name_is_a_formula_in_a_spreadsheet(tmp_path, text):
    raw = pd.DataFrame({text: ["a", text], "value": [-1.5, 2.0]})
    write_table(tmp_path / "t", Table(raw, raw, ["Note."], {}))
    read = pd.read_csv(tmp_path / "t.csv")
    assert list(read.columns) == [f"'{text}", "value"]
    assert list(read[f"'{text}"]) == ["a", f"'{text}"]
    assert list(read.value) == [-1.5, 2.0]


@pytest.mark.parametrize("text", ["-", "+", "-1.5", "+3", "-1e-5", "-40 %", "a=b", "", "- 1"])
def test_signs_and_numbers_stay_as_they_are(tmp_path, text):
    write_csv(pd.DataFrame({"label": [text, "b"]}), tmp_path / "t.csv")
    read = pd.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False)
    assert list(read.label) == [text, "b"]
