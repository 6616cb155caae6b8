"""The gallery's scripts run; what they say of themselves they assert."""

import runpy
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[2] / "docs/gallery").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_runs(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "svg")
    assert "assert " in script.read_text()
    runpy.run_path(str(script))


def test_there_are_three():
    assert len(SCRIPTS) == 3
