"""The manifest says what the configuration asked for, and nothing that it does not know."""

import json
import subprocess

import numpy as np
import pandas as pd
import pytest

from fixing_ntk.pipeline import provenance


def made(folder):
    """A run's folder with a table, a model, and what an earlier configuration or a user left."""
    for name in ("tables/a.csv", "tables/old.csv", "own/models/b.skops", "predictions/new.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def fits(*gaps):
    return pd.DataFrame(dict(dataset="a", method="NTK", solver="newton", gap=gaps))


def test_what_the_configuration_does_not_ask_for_is_not_listed(tmp_path):
    folder = made(tmp_path / "results/a")
    outputs = [folder / "tables/a.csv", folder / "own/models"]
    found = provenance.manifest(folder, outputs, [], {}, {})["outputs"]
    assert set(found) == {"tables/a.csv", "own/models/b.skops"}
    assert found["tables/a.csv"] == provenance.sha256(folder / "tables/a.csv")


def test_a_manifest_is_strict_json(tmp_path):
    """Methods without a certificate have no gap, which pandas reads as NaN."""
    records = pd.concat([fits(1e-7, np.nan), fits(np.nan).assign(method="SVM", solver=np.nan)])
    found = provenance.manifest(tmp_path, [], [], {}, {"own": records})
    provenance.write(tmp_path / "manifest.json", found)

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    text = (tmp_path / "manifest.json").read_text("utf-8")
    read = json.loads(text, parse_constant=refuse)["fits"]["own"]["a"]
    assert read["NTK"] == {"fits": 2, "solvers": ["newton"], "largest_gap": 1e-7}
    assert read["SVM"] == {"fits": 1, "solvers": [], "largest_gap": None}
    with pytest.raises(ValueError, match="not JSON compliant"):
        provenance.write(tmp_path / "other.json", {"seconds": np.inf})
    assert not (tmp_path / "other.json").exists()


def git(folder, *words):
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_the_commit_of_another_repository_is_not_recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    inside = tmp_path / "a copy"
    inside.mkdir()
    monkeypatch.chdir(inside)
    assert provenance.commit() == "unknown"
    (tmp_path / "file").write_text("a")
    for words in (["init"], ["add", "file"], ["commit", "-m", "a"]):
        git(tmp_path, *words)
    assert provenance.commit() == "unknown", "the repository is of the folder above"
    monkeypatch.chdir(tmp_path)
    assert len(provenance.commit()) == 40
    (tmp_path / "file").write_text("b")
    assert provenance.commit().endswith("+changes")
    monkeypatch.setenv("PATH", "")
    assert provenance.commit() == "unknown", "there is no git"
