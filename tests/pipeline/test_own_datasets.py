"""A table of the user's own among the named sets: pinned, or refused in one line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fixing_ntk.data import own_datasets
from fixing_ntk.data.own import TableError
from fixing_ntk.results.declaration import result_of

SIZES = 0.25, 40  # share of test rows, gates
OF_A_FEW = ("interpolation", "luck")  # tables of the datasets that the configuration names for them


@pytest.fixture
def entry(tmp_path):
    """Sixty rows, four features after preparation, of which two are a category's."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((60, 2)), columns=["a", "b"])
    frame["colour"] = np.resize(["red", "green", "blue"], 60)
    frame["ill"] = np.where(frame.a + 0.5 * rng.standard_normal(60) > 0, "yes", "no")
    frame.to_csv(tmp_path / "my table.csv", index=False)
    return {"path": str(tmp_path / "my table.csv"), "target": "ill"}


def test_features_are_prepared_without_labels_and_the_later_class_is_positive(entry):
    data, frame = own_datasets.load(entry), pd.read_csv(entry["path"])
    assert data.name == "my-table"
    assert data.X.shape == (60, 5)
    np.testing.assert_allclose(data.X[:, :2].mean(axis=0), 0, atol=1e-12)
    assert set(np.unique(data.X[:, 2:])) == {0, 1}
    np.testing.assert_array_equal(data.y, np.where(frame.ill == "yes", 1, -1))
    frame.assign(ill=frame.ill[::-1].to_numpy()).to_csv(entry["path"], index=False)
    np.testing.assert_array_equal(own_datasets.load(entry).X, data.X)


def test_a_file_is_pinned_on_first_use(entry, tmp_path):
    size = own_datasets.register(entry, tmp_path / "pins", *SIZES)
    assert size[:3] == (60, 60, 5)
    assert own_datasets.pinned_size(entry, tmp_path / "pins") == size
    assert own_datasets.register(entry, tmp_path / "pins", *SIZES) == size
    with open(entry["path"], "a") as f:
        f.write("0,0,red,no\n")
    with pytest.raises(TableError, match=r"my table.csv is not the file .*delete .*my-table.json"):
        own_datasets.register(entry, tmp_path / "pins", *SIZES)
    assert own_datasets.register(entry | {"name": "new"}, tmp_path / "pins", *SIZES).rows == 61


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"path": "nowhere.csv"}, "nowhere.csv: there is no such file"),
        ({"target": "sick"}, "no column 'sick'; target must be one of a, b, colour, ill"),
        ({"target": "colour"}, "'colour' has 3 classes; a table among the datasets needs two"),
        ({"drop": ["c"]}, "c"),
    ],
)
def test_what_cannot_join_is_refused_and_not_pinned(entry, tmp_path, change, message):
    with pytest.raises(TableError, match=message):
        own_datasets.register(entry | change, tmp_path / "pins", *SIZES)
    assert not (tmp_path / "pins").exists()


def test_a_table_stands_in_every_table_of_a_run(entry, project):
    project.configure(datasets=["sklearn-iris", entry], level="beyond")
    paths = [
        path
        for path in project.outputs()
        if "/tiny/tables/" in path
        and path.endswith(".csv")
        and not path.endswith("_paper.csv")  # made as those of protocol full are
        and Path(path).stem not in OF_A_FEW
        and result_of(Path(path).stem).kind != "extended"
        and "dataset" in pd.read_csv(project.folder / path, nrows=0)
    ]
    project.run("--cores", "2", *paths)
    rows = {path: pd.read_csv(project.folder / path).dataset.unique() for path in paths}
    assert len(rows) >= 5
    assert [table for table, names in rows.items() if "my-table" not in names] == []
    with open(entry["path"], "a") as f:
        f.write("0,0,red,no\n")
    done = project.run("--cores", "1", check=False)
    assert done.returncode != 0
    assert "config: datasets: " in done.stdout
    assert "Traceback" not in done.stdout
