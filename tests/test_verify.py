"""What `make verify` says of the sources behind published tables."""

import json
import shutil
import subprocess

import pytest

from fixing_ntk.evaluation.verify import changed_since


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
