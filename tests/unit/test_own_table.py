"""A table of the user's own: compared, judged, saved, used again; and end to end as typed."""

import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from project import Project, own_settings
from sklearn.datasets import load_diabetes, load_wine
from sklearn.pipeline import make_pipeline

from fixing_ntk import NTKClassifier
from fixing_ntk.comparison import own_predictions as predictions
from fixing_ntk.comparison.methods import BETWEEN, GUESS, LOGISTIC, OURS_ON_A_TABLE, on_a_table
from fixing_ntk.comparison.own_table import compare, learn
from fixing_ntk.comparison.probabilities import probability_scores, reliability
from fixing_ntk.comparison.statistics import corrected_t, holm
from fixing_ntk.comparison.verdict import LEVEL, sentence, verdict
from fixing_ntk.data import own
from fixing_ntk.estimators import persistence
from fixing_ntk.results.own.own_data import figure as own_data_figure
from fixing_ntk.results.own.own_data.table import own_data
from fixing_ntk.results.own.own_ranks import figure as own_ranks_figure
from fixing_ntk.results.own.probabilities import figure as probabilities_figure

SETTINGS = own_settings(n_gates=60)


def methods(task):
    return tuple(on_a_table(task).values())


def wine():
    """Numbers with gaps, a category, and three classes by name."""
    frame = load_wine(as_frame=True).frame
    frame["target"] = frame.target.map({0: "red", 1: "white", 2: "rosé"})
    frame["colour"] = np.where(frame.hue > 1, "deep", "pale")
    frame.loc[::17, "alcohol"] = np.nan
    frame.loc[3, "colour"] = None
    return frame


def diabetes():
    return load_diabetes(as_frame=True).frame.head(150)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "wine.csv"
    wine().to_csv(path, index=False)
    return path


def test_categories_and_missing_values_become_numbers(file):
    data = own.read(file, "target")
    assert (data.name, data.task, len(data.y)) == ("wine", "classification", 178)
    Z = own.preprocessor(data.columns, 178).fit_transform(data.X)
    assert Z.shape == (178, 13 + 1 + 3)  # where alcohol is missing; deep, pale and missing
    assert np.isfinite(Z).all()


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([0, 1, 2], "classification"),
        ([True, False, True], "classification"),
        (["a", "b", "a"], "classification"),
        ([0.5, 1.0, 2.0], "regression"),
        (range(30), "regression"),
    ],
)
def test_the_task_follows_the_target(tmp_path, values, task):
    values = list(values) * 10
    x = np.linspace(0, 1.5, len(values))
    pd.DataFrame({"x": x, "t": values}).to_csv(tmp_path / "d.csv", index=False)
    assert own.read(tmp_path / "d.csv", "t").task == task


def test_a_target_of_words_is_no_real_one(file):
    with pytest.raises(own.TableError, match=r"'target' cannot be a real target: row 1 .* 'red'"):
        own.read(file, "target", task="regression")


def test_every_method_sees_the_same_rows_and_the_certified_ones_are(file):
    data = own.read(file, "target")
    rows, curves, confusion = map(pd.DataFrame, compare(data, 0, 5, 0.25, 3, SETTINGS, seed=0))
    assert tuple(rows.method) == methods("classification")
    assert rows[["n", "n_test", "d"]].drop_duplicates().shape == (1, 3)
    learned = rows.method != GUESS["classification"]
    assert rows.score[learned].min() > 0.85
    right = confusion[confusion.label == confusion.predicted].groupby("method")["count"].sum()
    assert (right[rows.method].to_numpy() / rows.n_test).tolist() == pytest.approx(
        rows.score.tolist()
    )
    ours = rows.method.isin([*OURS_ON_A_TABLE, LOGISTIC])
    assert rows.gap[ours].max() <= 1e-6
    assert rows.gap[~ours].isna().all()
    again = pd.DataFrame(compare(data, 0, 5, 0.25, 3, SETTINGS, seed=0)[0])
    pd.testing.assert_frame_equal(rows, again)
    # Three classes, each against the rest, of every test row.
    count = curves.groupby("method")["count"].sum()
    assert {*count.index} == {*rows.method[rows.log_loss.notna()]} >= {LOGISTIC}
    assert set(count) == {3 * rows.n_test[0]}


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("kept", [[], ["svm"], ["ntk", "log_loss"], ["between", "forest"]])
def test_methods_that_are_left_out_change_no_other_and_the_page_does_without(tmp_path, task, kept):
    (wine() if task == "classification" else diabetes()).to_csv(tmp_path / "d.csv", index=False)
    data = own.read(tmp_path / "d.csv", "target")
    settings = SETTINGS._replace(methods=kept)
    rows, curves, _ = map(pd.DataFrame, compare(data, 0, 5, 0.25, 3, settings, seed=0))
    names = on_a_table(task)
    assert list(rows.method) == [names[k] for k in names if k in (*kept, "mkl", "guess")]
    everything = pd.DataFrame(compare(data, 0, 5, 0.25, 3, SETTINGS, seed=0)[0])
    same = everything[everything.method.isin(rows.method)].reset_index(drop=True)
    assert list(rows.score) == list(same.score)
    _, learned = learn(data, 3, settings, seed=0)
    both = pd.concat([rows, rows.assign(split=1)], ignore_index=True)
    assert len(own_data(both).printed) == len(rows)
    for fig in (own_data_figure.draw(both, learned), own_ranks_figure.draw(both)):
        fig.draw_without_rendering()
    if task == "classification":
        probabilities_figure.draw(curves).draw_without_rendering()


@pytest.mark.parametrize("classes", [["a", "b"], ["a", "b", "c"]])
def test_scores_of_probabilities_are_what_they_are_called(classes):
    rng = np.random.default_rng(0)
    k, m = len(classes), 400
    P = rng.dirichlet(np.ones(k), m)
    at = np.array([rng.choice(k, p=p) for p in P])
    y, there = np.array(classes)[at], np.eye(k)[at]
    found = probability_scores(classes, P, y)
    assert found["log_loss"] == pytest.approx(-np.log(P[np.arange(m), at]).mean())
    squared = np.sum((P - there) ** 2, axis=1).mean()
    assert found["brier"] == pytest.approx(squared / 2 if k == 2 else squared)
    of_each = [
        np.mean(P[at == c, c][:, None] > P[at != c, c])
        for c in (range(1, 2) if k == 2 else range(k))
    ]
    assert found["auc"] == pytest.approx(np.mean(of_each))
    bins = pd.DataFrame(reliability(classes, P, y))
    assert bins["count"].sum() == (m if k == 2 else k * m)
    assert (np.floor(10 * bins.predicted / bins["count"]) == bins.bin).all()
    assert bins.there.sum() == there[:, 1 if k == 2 else slice(None)].sum()
    # Labels are drawn by P: the curve is near the diagonal.
    assert np.all(np.abs(bins.predicted - bins.there) <= 4 * np.sqrt(bins["count"]) / 2)


def test_what_is_known_beforehand_is_said_with_what_the_map_says(file):
    data = own.read(file, "target")
    rows = pd.DataFrame(compare(data, 0, 5, 0.25, 3, SETTINGS, 0)[0])
    mkl, ntk = rows.iloc[1], rows.iloc[0]
    assert mkl.active_share == mkl.active / mkl.p
    assert 0 < ntk.effective_share < 1
    assert 0 < ntk.alignment < 1
    cell = dict(teacher="gated", noise=0.3, units=5, ratio=0.4, sure=True, d=18, n=133)
    shares = dict(active_share=mkl.active_share, effective_share=ntk.effective_share)
    cells = pd.DataFrame(
        [
            cell | shares,
            cell | dict(active_share=1.0, effective_share=1.0, ratio=3.0),
            cell | shares | dict(n=2000, ratio=5.0),
            cell | shares | dict(d=3, ratio=7.0),
        ]
    )
    predictors = pd.DataFrame(dict(predictor=["n_over_d"], low=[0.1], high=[0.6]))
    _, printed, notes, _ = own_data(rows, cells, predictors)
    assert set(printed.method) == set(methods("classification"))
    text = " ".join(notes)
    assert f"n / d {133 / 18:.2g}. On the published sets, MKL − NTK is correlated" in text
    assert "correlated with n / d." in text
    assert (
        "gated network of 5 unit(s), n = 133, d = 18: there the error of MKL is 0.4 times" in text
    )
    assert len(own_data(rows).notes) == len(notes) - 1


def test_the_reliability_curves_have_their_shares_and_intervals():
    from scipy.stats import binomtest

    bins = [
        dict(
            method=method, split=split, bin=b, count=20, predicted=20 * (b + 0.5) / 10, there=there
        )
        for method in (LOGISTIC, "untuned random forest")
        for split in (0, 1)
        for b, there in ((0, 1), (7, 15 + split))
    ]
    axes = probabilities_figure.draw(pd.DataFrame(bins)).axes
    for ax in axes:
        marks, bars = ax.collections[1].get_offsets(), ax.collections[0].get_segments()
        np.testing.assert_allclose(marks, [[0.05, 2 / 40], [0.75, 31 / 40]])
        for bar, count in zip(bars, (2, 31), strict=True):
            exact = binomtest(count, 40).proportion_ci(0.95, method="wilson")
            np.testing.assert_allclose(np.array(bar)[:, 1], exact, atol=1e-4)


def scores(**by_method):
    """Rows as `compare` gives them, from scores of each split, and a guess that is far below."""
    guess = {GUESS["classification"]: -99.0 + np.zeros(len(next(iter(by_method.values()))))}
    return pd.DataFrame(
        [
            dict(task="classification", method=method, split=split, score=score, n=75, n_test=25)
            for method, values in (by_method | guess).items()
            for split, score in enumerate(values)
        ]
    )


def test_the_corrected_test_knows_that_splits_share_rows():
    difference = np.array([0.02, 0.01, 0.03, 0.0, 0.02])
    t = difference.mean() / np.sqrt((1 / 5 + 25 / 75) * difference.var(ddof=1))
    from scipy import stats

    assert corrected_t(difference, 25 / 75) == pytest.approx(2 * stats.t.sf(t, 4))
    assert corrected_t(difference, 25 / 75) > stats.ttest_1samp(difference, 0).pvalue
    assert corrected_t(np.zeros(5), 25 / 75) == 1.0
    assert np.isnan(corrected_t([0.1], 25 / 75))


def test_the_verdict_names_the_best_and_whom_the_data_tell_it_from():
    noise = np.array([0.01, -0.01, 0.0, 0.012, -0.012])
    rows = scores(NTK=0.8 + noise, MKL=0.81 - noise, forest=0.5 + noise)
    found = verdict(rows)
    assert found.best == "MKL"
    assert found.not_told_apart == ["NTK"]
    said = sentence(found, "classification", 5)
    assert said.startswith("Take MKL: its test accuracy, 81.0 %")
    assert "1.0 points above the next, NTK" in said
    assert said.endswith("The data tell it from forest, largest class, but not from NTK.")
    level = verdict(scores(NTK=0.8 + noise, MKL=0.8 + noise))
    assert "level with MKL. The data tell it from a guess, but not from any other method." in (
        sentence(level, "classification", 5)
    )
    alone = verdict(scores(NTK=[0.8], MKL=[0.7]))
    assert alone.recommended == "NTK"
    assert "One split cannot tell" in sentence(alone, "classification", 1)
    apart = verdict(scores(NTK=0.8 + noise, MKL=0.2 + noise))
    assert "tell it from every other method" in sentence(apart, "regression", 5)


def test_equal_methods_are_seldom_told_apart_although_the_scores_choose_the_best():
    """Scores that share rows as the corrected test assumes: then its t is Student's."""
    rng, n_runs, splits, methods = np.random.default_rng(0), 400, 5, list("abcdefg")
    wrong, named = 0, 0
    for _ in range(n_runs):
        shared = np.sqrt(25 / 75) * rng.standard_normal(len(methods))
        drawn = shared[:, None] + rng.standard_normal((len(methods), splits))
        rows = scores(**dict(zip(methods, drawn, strict=True)))
        found = verdict(rows)
        tied = [m for m in found.not_told_apart if m in methods]
        wrong += len(tied) < len(methods) - 1
        best = {m: drawn[i] - drawn[methods.index(found.best)] for i, m in enumerate(methods)}
        p = [corrected_t(best[m], 25 / 75) for m in methods if m != found.best]
        named += np.nanmin(holm(p)) <= LEVEL
    error = np.sqrt(LEVEL * (1 - LEVEL) / n_runs)
    assert wrong / n_runs <= LEVEL + 2 * error
    assert named / n_runs > LEVEL + 2 * error, (
        "adjusting for the pairs of the best alone does not do"
    )


def finish(folder, data, models):
    """What a finished run leaves."""
    (folder / "own/models").mkdir(parents=True)
    (folder / "own/verdict.json").write_text(json.dumps({"method": BETWEEN, "best": BETWEEN}))
    for method, model in models.items():
        whole = make_pipeline(data.reading, *model)
        persistence.save(whole, folder / "own/models" / predictions.file_of(method))


@pytest.mark.parametrize("table", [wine, diabetes])
def test_what_is_learned_predicts_the_same_when_read_again(tmp_path, table):
    table().to_csv(tmp_path / "d.csv", index=False)
    data = own.read(tmp_path / "d.csv", "target")
    models, learned = learn(data, 3, SETTINGS, seed=0)
    assert learned["gates"].shape[0] == len(learned["features"]) + 1
    np.testing.assert_allclose(learned["eta"].sum(axis=1), 1.0)
    finish(tmp_path / "run", data, models)
    table().drop(columns="target").to_csv(tmp_path / "new.csv", index=False)
    for method in methods(data.task):
        rows, notes = predictions.predict(tmp_path / "run", tmp_path / "new.csv", method)
        expected = models[method].predict(data.X)
        np.testing.assert_array_equal(rows.prediction, expected)
        again = persistence.load(tmp_path / "run/own/models" / predictions.file_of(method))
        new = pd.read_csv(tmp_path / "new.csv", dtype=str, keep_default_na=False)
        np.testing.assert_array_equal(again.predict(new), expected)
        assert notes == [f"by {method}"]
        values = rows.drop(columns=["row", "prediction"])
        assert values.shape[1] == (3 if data.task == "classification" else 0)
        if len(values.columns):
            kind = "probability" if hasattr(models[method], "predict_proba") else "value"
            assert all(values.columns.str.startswith(f"{kind} "))
            named = values.columns.str.removeprefix(f"{kind} ")[np.argmax(values, axis=1)]
            assert (rows.prediction == named).mean() > 0.95, "values are of the classes they name"
    _, notes = predictions.predict(tmp_path / "run", tmp_path / "new.csv")
    assert notes == [f"by {BETWEEN}"]
    with (tmp_path / "new.csv").open("a") as file:
        file.write("Total\n")
    rows, notes = predictions.predict(tmp_path / "run", tmp_path / "new.csv")
    assert len(rows) == len(data.y)
    assert any("left out" in note for note in notes), "a footer is no row, and that is said"
    with pytest.raises(ValueError, match=r"no method 'XGB'; there are .*mkl"):
        predictions.predict(tmp_path / "run", tmp_path / "new.csv", "XGB")
    with pytest.raises(ValueError, match="no finished run"):
        predictions.predict(tmp_path / "none", tmp_path / "new.csv")


def test_new_categories_are_said_and_missing_columns_refused(tmp_path, file):
    data = own.read(file, "target")
    models, _ = learn(data, 3, SETTINGS, seed=0)
    finish(tmp_path / "run", data, {BETWEEN: models[BETWEEN]})
    wine().assign(colour=["green", *["deep"] * 177]).to_csv(tmp_path / "new.csv", index=False)
    _, notes = predictions.predict(tmp_path / "run", tmp_path / "new.csv")
    assert notes[1:] == [
        "column 'colour': 1 row(s) hold categories that the table had not (green); they count as "
        "rare ones"
    ]
    wine().drop(columns="hue").to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(own.TableError, match=r"new\.csv: no column 'hue'; the table that was"):
        predictions.predict(tmp_path / "run", tmp_path / "new.csv")


def test_equal_models_are_equal_files(tmp_path, file):
    """Whatever addresses their objects have, and whenever they are saved."""
    data, files = own.read(file, "target"), [tmp_path / "1.skops", tmp_path / "2.skops"]
    for path in files:
        models, _ = learn(data, 3, SETTINGS, seed=0)
        persistence.save(models[BETWEEN], path)
    one, two = (path.read_bytes() for path in files)
    assert one == two


def test_rows_with_another_separator_are_told_the_one_of_the_table(tmp_path, file):
    data = own.read(file, "target")
    models, _ = learn(data, 3, SETTINGS, seed=0)
    finish(tmp_path / "run", data, {BETWEEN: models[BETWEEN]})
    new = wine().assign(colour="deep").head(5)
    for separator, decimal in ((";", ","), ("\t", ".")):
        new.to_csv(tmp_path / "new.csv", index=False, sep=separator, decimal=decimal)
        with pytest.raises(own.TableError, match="write it with the separator ',' and the decimal"):
            predictions.predict(tmp_path / "run", tmp_path / "new.csv")
    (tmp_path / "run/own/models" / predictions.file_of(BETWEEN)).unlink()
    with pytest.raises(ValueError, match="its models are gone: run it again"):
        predictions.predict(tmp_path / "run", tmp_path / "new.csv", BETWEEN)


def test_a_file_of_other_types_is_no_model(tmp_path):
    skops.io.dump({"a": Path("x")}, tmp_path / "m.skops")
    with pytest.raises(ValueError, match=r"holds pathlib.* no model of ours"):
        persistence.load(tmp_path / "m.skops")


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 0.9])
def test_a_damaged_model_is_refused_in_one_line(tmp_path, part):
    path = tmp_path / "m.skops"
    persistence.save(NTKClassifier().fit(np.eye(4), [0, 1, 0, 1]), path)
    whole = path.read_bytes()
    place = int(part * len(whole))
    changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    for damaged in (changed, whole[:place]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=rf"^{path}: is damaged .* fit the model again$"):
            persistence.load(path)


def test_a_model_of_another_version_is_refused_with_the_version_that_reads_it(tmp_path):
    path = tmp_path / "m.skops"
    model = NTKClassifier().fit(np.eye(4), [0, 1, 0, 1])
    persistence.save(model, path)
    assert np.array_equal(persistence.load(path).dual_coef_, model.dual_coef_)
    skops.io.dump(model, path)
    with pytest.raises(ValueError, match=r"does not say which version .* fit the model again"):
        persistence.load(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(persistence.VERSION, "0.0.7")
    with pytest.raises(
        ValueError, match=r"saved by fixing_ntk 0\.0\.7.* install fixing_ntk==0\.0\.7"
    ):
        persistence.load(path)


def test_a_real_target_goes_through_the_pipeline(tmp_path):
    """tests/pipeline/test_commands.py has one of classes."""
    project = Project(tmp_path / "project")
    diabetes().to_csv(project.folder / "my.csv", index=False)
    changes = dict(name="my", data="my.csv", target="target", drop=["s1"])
    project.configure(**changes, own={"splits": 2}, n_gates=60)
    said = project.run("--cores", "2").stdout
    assert "read as comma-separated" in said
    assert re.search(r"^estimate: \d+ s on 2 core", said, re.MULTILINE)
    folder = project.folder / "results/my"
    rows = pd.read_csv(folder / "tables/own_data.csv")
    assert list(rows.method) == [*methods("regression")] * 2
    assert rows.gap.max() <= 1e-6
    assert rows[rows.method.isin(OURS_ON_A_TABLE)].score.min() > 0.1
    for name in ("confusion", "probabilities"):  # which are of classes
        assert not (folder / f"tables/{name}.csv").exists()
    verdict = json.loads((folder / "own/verdict.json").read_text())["sentence"]
    assert verdict in said
    assert verdict.split(":")[0] in (folder / "overview.html").read_text()
    columns = pd.read_csv(folder / "tables/columns.csv").set_index("column")
    assert columns.becomes["s1"] == "left out: named in `drop`"
    for name in ("own_data", "own_ranks"):
        assert (folder / f"figures/{name}.png").stat().st_size > 1000
    project.configure(**changes | {"target": "nothing"})
    done = project.run("--dry-run", check=False)
    assert done.returncode != 0
    assert "config: data: my.csv: no column 'nothing'" in done.stdout
    project.edit(
        "workflow/scripts/own_verdict.py",
        "found, task =",
        "raise ValueError('no: bad')\nfound, task =",
    )
    project.configure(**changes, own={"splits": 2}, n_gates=60)
    done = project.run("--cores", "2", "--logger", "stages", check=False)
    assert "failed: Comparing the methods: no: bad" in done.stdout.splitlines()
    assert "Traceback" not in done.stdout
    assert "Traceback" in (folder / "logs/own_verdict.log").read_text()


@pytest.mark.parametrize(("n_splits", "told"), [(2, False), (3, True), (5, True)])
def test_two_splits_tell_nothing_apart_and_the_verdict_says_so(n_splits, told):
    """A method that is nearly perfect, beside the others of a run."""
    shared = dict(task="regression", n=7500, n_test=2500)
    rows = [
        dict(shared, split=s, method=method, score=score + 0.02 * s * (k + 1))
        for s in range(n_splits)
        for k, (method, score) in enumerate(
            {"NTK": 0.996, "MKL": 0.9, "SVM": 0.8, "ridge": 0.7, GUESS["regression"]: 0.0}.items()
        )
    ]
    found = verdict(pd.DataFrame(rows))
    said = sentence(found, "regression", n_splits)
    assert (found.recommended is not None) == told
    assert ("2 splits seldom tell: take more." in said) != told
