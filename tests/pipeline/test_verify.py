"""Published tables beside those of a run."""

import json

import pandas as pd
import pytest

from fixing_ntk.results.declaration import up_to
from fixing_ntk.results.verify import differences, report

PLAIN = pd.DataFrame({"dataset": ["a", "b"], "mkl": [0.5, 0.75]})
BESIDE = PLAIN.assign(rfm=[0.25, 1.0])


@pytest.fixture
def folders(tmp_path):
    """Function that writes tables of a run and published ones, and returns both folders."""

    def made(fresh, published, level="beyond"):
        run = tmp_path / "run"
        (run / "tables").mkdir(parents=True, exist_ok=True)
        (run / "manifest.json").write_text(json.dumps({"config": {"level": level}}))
        for folder, tables in ((run / "tables", fresh), (tmp_path / "published", published)):
            for name, table in tables.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                table.to_csv(folder / f"{name}.csv", index=False)
        return run, tmp_path / "published"

    return made


def test_a_column_may_not_be_missing():
    for fresh, published in ((PLAIN, BESIDE), (BESIDE, PLAIN)):
        (cell,) = differences(fresh, published)
        assert cell["column"] == "(shape)"


def test_claims_of_the_run_are_compared_and_those_of_a_higher_level_are_not(folders):
    rows = pd.DataFrame({"claim": ["a", "b", "b"], "value": [1.0, 2.0, 3.0]})
    both = folders({"claims": rows[1:]}, {"claims": rows}, "paper")
    assert report(*both) == (["claims.csv: identical"], True)
    other = rows[1:].assign(verdict=["holds", "does not hold"])
    lines, agree = report(*folders({"claims": other}, {"claims": other.assign(verdict="holds")}))
    assert not agree
    assert "verdict: 1 cells" in lines[1]
    wrong = rows[1:].assign(value=[2.0, 4.0])
    lines, agree = report(*folders({"claims": wrong}, {"claims": rows}))
    assert not agree
    assert lines[0] == "claims.csv: differs"


@pytest.mark.parametrize("level", ["paper", "beyond", "extended"])
def test_tables_of_the_levels_of_a_run_are_needed_and_those_of_others_are_named(folders, level):
    """A table of a higher level is of an earlier run, so it is not compared."""
    levels = {"claims": "paper", "baselines_full": "beyond", "extended/baselines_rfm": "extended"}
    published = {name: PLAIN.rename(columns={"dataset": "claim"}) for name in levels}
    fresh = {name.rpartition("/")[2]: table for name, table in published.items()}
    run, others = folders(fresh, published, level)
    made = up_to(level)
    lines, agree = report(run, others)
    assert agree
    assert sorted(lines) == [
        f"{name.rpartition('/')[2]}.csv: "
        + ("identical" if its in made else f"not made here (`fixing-ntk {its}`)")
        for name, its in sorted(levels.items(), key=lambda row: row[0].rpartition("/")[2])
    ]
    for name, its in levels.items():
        table = run / f"tables/{name.rpartition('/')[2]}.csv"
        table.rename(table.with_suffix(".away"))
        if its in made:
            with pytest.raises(FileNotFoundError, match=f"finish `make {level}` first"):
                report(run, others)
        else:
            assert report(run, others)[1]
        table.with_suffix(".away").rename(table)


def test_a_run_without_a_manifest_is_not_finished(folders):
    run, published = folders({"claims": PLAIN}, {"claims": PLAIN})
    (run / "manifest.json").unlink()
    with pytest.raises(FileNotFoundError, match="finish `make paper` first"):
        report(run, published)


def test_truth_values_are_compared():
    table = pd.DataFrame({"cell": ["a", "b"], "sure": [True, False]})
    assert differences(table, table) == []
    (found,) = differences(table.assign(sure=[True, True]), table)
    assert (found["column"], found["cells"], found["row"]) == ("sure", 1, "b")


def test_accuracies_of_methods_that_the_run_has_are_compared(folders):
    rows = pd.DataFrame({"method": ["ntk", "svm", "ntk"], "accuracy": [0.5, 0.6, 0.7]})
    ours = rows[rows.method == "ntk"]
    lines = ["accuracies_full.csv: identical"]
    both = folders({"accuracies_full": ours}, {"accuracies_full": rows}, "paper")
    assert report(*both) == (lines, True)
    wrong = ours.assign(accuracy=[0.5, 0.8])
    assert not report(*folders({"accuracies_full": wrong}, {"accuracies_full": rows}))[1]


def test_infinities_on_both_sides_are_equal():
    table = pd.DataFrame({"cell": ["a", "b"], "p": [float("inf"), 2.0]})
    assert differences(table, table) == []
    (found,) = differences(table.assign(p=[-float("inf"), 2.0]), table)
    assert (found["column"], found["cells"], found["row"]) == ("p", 1, "a")
