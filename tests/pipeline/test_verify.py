"""Published tables beside those of a run."""

import pandas as pd
import pytest

from fixing_ntk.results.verify import differences, report

PLAIN = pd.DataFrame({"dataset": ["a", "b"], "mkl": [0.5, 0.75]})
BESIDE = PLAIN.assign(rfm=[0.25, 1.0])


@pytest.fixture
def compared(tmp_path):
    """Function from a fresh and a published table to the lines and the verdict."""

    def lines(fresh, published):
        for name, table in (("fresh", fresh), ("published", published)):
            (tmp_path / name).mkdir()
            table.to_csv(tmp_path / name / "baselines_full.csv", index=False)
        return report(tmp_path / "fresh", tmp_path / "published")

    return lines


def test_an_optional_column_that_was_not_run_is_said_and_not_held_against_the_run(compared):
    lines, agree = compared(PLAIN, BESIDE)
    assert agree
    assert lines == [
        "baselines_full.csv: identical",
        "  rfm: not run here (`fixing-ntk extended`)",
    ]


def test_an_optional_column_that_is_not_published_is_said(compared):
    lines, agree = compared(BESIDE, PLAIN)
    assert agree
    assert lines == ["baselines_full.csv: identical", "  rfm: not published"]


def test_the_other_columns_are_compared_beside_an_optional_one(compared):
    lines, agree = compared(PLAIN.assign(mkl=[0.5, 0.7]), BESIDE)
    assert not agree
    assert lines[0] == "baselines_full.csv: differs"
    assert lines[1].startswith("  mkl: 1 cells")
    assert lines[2:] == ["  rfm: not run here (`fixing-ntk extended`)"]


def test_an_optional_column_that_both_have_is_compared():
    (cell,) = differences(BESIDE, BESIDE.assign(rfm=[0.25, 0.5]))
    assert (cell["column"], cell["row"]) == ("rfm", "b")


def test_a_column_that_every_run_makes_may_not_be_missing():
    (cell,) = differences(PLAIN[["dataset"]], BESIDE)
    assert cell["column"] == "(shape)"


def test_claims_of_the_run_are_compared_and_those_of_a_higher_level_are_not(tmp_path):
    rows = pd.DataFrame({"claim": ["a", "b", "b"], "value": [1.0, 2.0, 3.0]})
    for name, table in (("fresh", rows[1:]), ("published", rows)):
        (tmp_path / name).mkdir()
        table.to_csv(tmp_path / name / "claims.csv", index=False)
    assert report(tmp_path / "fresh", tmp_path / "published") == (["claims.csv: identical"], True)
    other = rows[1:].assign(verdict=["holds", "does not hold"])
    for name, table in (("fresh", other), ("published", other.assign(verdict="holds"))):
        table.to_csv(tmp_path / name / "claims.csv", index=False)
    lines, agree = report(tmp_path / "fresh", tmp_path / "published")
    assert not agree
    assert "verdict: 1 cells" in lines[1]
    for name, table in (("fresh", rows[1:]), ("published", rows)):
        table.to_csv(tmp_path / name / "claims.csv", index=False)
    rows[1:].assign(value=[2.0, 4.0]).to_csv(tmp_path / "fresh/claims.csv", index=False)
    lines, agree = report(tmp_path / "fresh", tmp_path / "published")
    assert not agree
    assert lines[0] == "claims.csv: differs"


def test_tables_beyond_the_level_of_a_run_are_named_and_those_of_every_run_are_needed(tmp_path):
    fresh, published = tmp_path / "fresh", tmp_path / "published"
    for folder, names in (
        (fresh, ["claims"]),
        (published, ["claims", "baselines_full", "solvers"]),
    ):
        folder.mkdir()
        for name in names:
            PLAIN.rename(columns={"dataset": "claim"}).to_csv(folder / f"{name}.csv", index=False)
    lines, agree = report(fresh, published)
    assert agree
    assert lines == [
        "baselines_full.csv: not made here (`fixing-ntk beyond`)",
        "claims.csv: identical",
        "solvers.csv: not made here (`fixing-ntk beyond`)",
    ]
    (fresh / "claims.csv").unlink()
    with pytest.raises(FileNotFoundError, match="finish `make paper` first"):
        report(fresh, published)


def test_truth_values_are_compared():
    table = pd.DataFrame({"cell": ["a", "b"], "sure": [True, False]})
    assert differences(table, table) == []
    (found,) = differences(table.assign(sure=[True, True]), table)
    assert (found["column"], found["cells"], found["row"]) == ("sure", 1, "b")


def test_accuracies_of_methods_that_the_run_has_are_compared(tmp_path):
    rows = pd.DataFrame({"method": ["ntk", "svm", "ntk"], "accuracy": [0.5, 0.6, 0.7]})
    for name, table in (("fresh", rows[rows.method == "ntk"]), ("published", rows)):
        (tmp_path / name).mkdir()
        table.to_csv(tmp_path / name / "accuracies_full.csv", index=False)
    lines = ["accuracies_full.csv: identical"]
    assert report(tmp_path / "fresh", tmp_path / "published") == (lines, True)
    wrong = rows[rows.method == "ntk"].assign(accuracy=[0.5, 0.8])
    wrong.to_csv(tmp_path / "fresh/accuracies_full.csv", index=False)
    assert not report(tmp_path / "fresh", tmp_path / "published")[1]
