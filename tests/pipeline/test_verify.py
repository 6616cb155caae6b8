"""What `make verify` says of tables, and of the sources behind published ones."""

import json
import shutil
import subprocess

import pandas as pd
import pytest

from fixing_ntk.results.verify import changed_since, differences, report


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A source and a published table, each committed; returns git and the published folder."""
    monkeypatch.chdir(tmp_path)

    def git(*words):
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        return subprocess.run(
            ["git", *who, *words], check=True, capture_output=True, text=True
        ).stdout.strip()

    published = tmp_path / "published"
    for path in (tmp_path / "src/solver.py", published / "table.csv"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("a\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "both")
    return git, published


def test_sources_that_have_not_changed(repository):
    git, published = repository
    commit = git("rev-parse", "HEAD")
    assert changed_since(published).endswith(
        f"made by commit {commit[:12]}; sources: none changed since"
    )


def test_sources_that_changed_since_are_counted(repository):
    git, published = repository
    (published.parent / "src/solver.py").write_text("b\n")
    (published.parent / "README.md").write_text("not a source\n")
    git("commit", "-qam", "a source")
    assert changed_since(published).endswith("sources: 1 changed since")


def test_the_manifest_names_the_commit_that_made_the_tables(repository):
    git, published = repository
    made = git("rev-parse", "HEAD")
    (published.parent / "src/solver.py").write_text("b\n")
    (published / "table.csv").write_text("b\n")
    (published / "manifest.json").write_text(json.dumps({"commit": f"{made}+changes"}))
    git("add", ".")
    git("commit", "-qm", "published later than made")
    assert f"commit {made[:12]}; sources: 1 changed since" in changed_since(published)


def test_without_git_or_a_known_commit_it_says_so(repository):
    _, published = repository
    (published / "manifest.json").write_text(json.dumps({"commit": "0" * 40}))
    assert changed_since(published).endswith("made by a commit that git does not know here")
    (published / "manifest.json").write_text(json.dumps({"commit": None}))
    assert changed_since(published).endswith("made by a commit that git does not know here")
    (published / "manifest.json").unlink()
    shutil.rmtree(published.parent / ".git")
    assert changed_since(published).endswith("made by a commit that git does not know here")


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
        "  rfm: not run here (`fixing-ntk beyond --rfm`)",
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
    assert lines[2:] == ["  rfm: not run here (`fixing-ntk beyond --rfm`)"]


def test_an_optional_column_that_both_have_is_compared():
    (cell,) = differences(BESIDE, BESIDE.assign(rfm=[0.25, 0.5]))
    assert (cell["column"], cell["row"]) == ("rfm", "b")


def test_a_column_that_every_run_makes_may_not_be_missing():
    (cell,) = differences(PLAIN[["dataset"]], BESIDE)
    assert cell["column"] == "(shape)"


def test_tables_beyond_the_level_of_a_run_are_named_and_those_of_every_run_are_needed(tmp_path):
    fresh, published = tmp_path / "fresh", tmp_path / "published"
    for folder, names in (
        (fresh, ["claims"]),
        (published, ["claims", "baselines_full", "solvers"]),
    ):
        folder.mkdir()
        for name in names:
            PLAIN.to_csv(folder / f"{name}.csv", index=False)
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
