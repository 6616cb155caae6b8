"""A table of the user's own: read or refused in plain words, and compared end to end."""

import numpy as np
import pandas as pd
import pytest
from project import Project
from sklearn.datasets import load_diabetes, load_wine

from fixing_ntk.data import own
from fixing_ntk.experiments.own_data import compare
from fixing_ntk.report.tables.own_data import own_data


def wine():
    """Numbers with gaps, a category, and three classes by name."""
    frame = load_wine(as_frame=True).frame
    frame["target"] = frame.target.map({0: "red", 1: "white", 2: "rosé"})
    frame["colour"] = np.where(frame.hue > 1, "deep", "pale")
    frame.loc[::17, "alcohol"] = np.nan
    frame.loc[3, "colour"] = None
    return frame


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "wine.csv"
    wine().to_csv(path, index=False)
    return path


def test_categories_and_missing_values_become_numbers(file):
    data = own.read(file, "target")
    assert (data.name, data.task, len(data.y)) == ("wine", "classification", 178)
    Z = own.preprocessor().fit_transform(data.X)
    assert Z.shape == (178, 14)
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
    pd.DataFrame({"x": np.arange(len(values)), "t": values}).to_csv(tmp_path / "d.csv", index=False)
    assert own.read(tmp_path / "d.csv", "t").task == task


@pytest.mark.parametrize(
    ("change", "target", "message"),
    [
        (lambda f: f, "label", "no column 'label'; target must be one of alcohol, malic_acid"),
        (
            lambda f: f.assign(target=None),
            "target",
            "178 rows have no 'target', the first is row 1",
        ),
        (lambda f: f.assign(hue=np.inf), "target", "column 'hue' is infinite in row 1"),
        (lambda f: f[["target"]], "target", "0 features are too few"),
        (lambda f: f.head(5), "target", "5 rows and 14 features are too few"),
        (lambda f: f.assign(target="red"), "target", "every row has 'target' = 'red'"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path, change, target, message):
    change(wine()).to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(ValueError, match=r"d\.csv: .*" + message):
        own.read(tmp_path / "d.csv", target)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("d.xlsx", "x", "must end in .csv or .parquet"),
        ("none.csv", None, "no such file"),
        ("empty.csv", "", "cannot be read"),
        ("d.parquet", "x", "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        own.read(tmp_path / name, "t")


def test_a_class_of_one_row_is_named(tmp_path):
    frame = wine()
    frame.loc[0, "target"] = "sparkling"
    frame.to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(ValueError, match="d: cannot be split"):
        compare(own.read(tmp_path / "d.csv", "target"), 0, 0.25, 3, 20, 1e-6, 0)


def test_what_is_known_beforehand_is_said_with_what_the_map_says(file):
    data = own.read(file, "target")
    rows = pd.DataFrame(compare(data, 0, 0.25, 3, 60, 1e-6, 0))
    mkl, ntk = rows.iloc[1], rows.iloc[0]
    assert mkl.active_share == mkl.active / mkl.p
    assert 0 < ntk.effective_share < 1
    assert 0 < ntk.alignment < 1
    cell = dict(teacher="gated", noise=0.3, units=5, ratio=0.4, sure=True, d=15, n=133)
    shares = dict(active_share=mkl.active_share, effective_share=ntk.effective_share)
    cells = pd.DataFrame(
        [
            cell | shares,
            cell | dict(active_share=1.0, effective_share=1.0, ratio=3.0),
            cell | shares | dict(n=2000, ratio=5.0),
            cell | shares | dict(d=3, ratio=7.0),
        ]
    )
    foretold = pd.DataFrame(dict(predictor=["n_over_d"], low=[0.1], high=[0.6]))
    _, printed, notes = own_data(rows, data.task, cells, foretold)
    assert list(printed.method) == ["NTK", "MKL", "stopped MKL"]
    text = " ".join(notes)
    assert f"n / d {133 / 15:.2g}. On the published sets the winner is foretold by n / d." in text
    assert (
        "gated network of 5 unit(s), n = 133, d = 15: there the error of MKL is 0.4 times" in text
    )
    assert len(own_data(rows, data.task)[2]) == len(notes) - 1


@pytest.mark.slow
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_file_goes_through_the_pipeline(tmp_path, task):
    project = Project(tmp_path / "project")
    frame = wine() if task == "classification" else load_diabetes(as_frame=True).frame
    frame.to_csv(project.folder / "my.csv", index=False)
    project.configure(name="my", data="my.csv", target="target", n_gates=60)
    project.run("--cores", "2")
    folder = project.folder / "results/my"
    rows = pd.read_csv(folder / "tables/own_data.csv")
    assert list(rows.method) == ["NTK", "MKL", "stopped MKL"] * 3
    assert rows.gap.max() <= 1e-6
    assert rows.score.min() > (0.85 if task == "classification" else 0.2)
    assert (folder / "figures/own_data.png").stat().st_size > 1000
    with np.load(folder / "own/learned.npz", allow_pickle=False) as learned:
        assert learned["gates"].shape[0] == len(learned["features"]) + 1
        np.testing.assert_allclose(learned["eta"].sum(axis=1), 1.0)
    project.configure(name="my", data="my.csv", target="nothing")
    done = project.run("--dry-run", check=False)
    assert done.returncode != 0
    assert "config: data: my.csv: no column 'nothing'" in done.stdout
