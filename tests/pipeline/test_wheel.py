"""A wheel works by itself: in an environment of its own, in an empty folder, without a clone."""

import os
import subprocess
import sys
import sysconfig
import zipfile

import pandas as pd
import pytest
from project import HANGS, ROOT
from sklearn.datasets import load_iris


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def ntk(wheel, tmp_path_factory):
    """Run the wheel's command in a folder: what it printed."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin/python"
    inside = sysconfig.get_path("purelib", vars={"base": str(folder)})
    # Its dependencies are those of this environment; its package is not.
    with open(os.path.join(inside, "dependencies.pth"), "w") as f:
        f.write(sysconfig.get_path("purelib"))
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def run(where, *words):
        done = subprocess.run(
            [folder / "bin/fixing-ntk", *words],
            cwd=where,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=HANGS,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    return run


def test_it_carries_the_workflow(wheel):
    listed = ["git", "ls-files", "Snakefile", "config.yaml", "workflow"]
    tracked = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = zipfile.ZipFile(wheel).namelist()
    carried = {f"fixing_ntk/project/{name}" for name in tracked.split()}
    assert carried <= set(names)
    assert [name for name in names if name.startswith(("tests/", "docs/"))] == []


def test_without_the_extra_it_says_what_to_install(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "bare"], check=True)
    python = tmp_path / "bare/bin/python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True)
    for words in (["quick"], ["run", "my.csv", "--target", "y"], ["predict", "my", "my.csv"]):
        command = [tmp_path / "bare/bin/fixing-ntk", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 1
        assert "`pip install 'fixing_ntk[pipeline]'`" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_the_first_command_is_planned_in_an_empty_folder(ntk, tmp_path):
    said = ntk(tmp_path, "quick", "--", "--dry-run")
    assert "show_claims" in said
    assert {path.name for path in tmp_path.iterdir()} <= {".snakemake", "results"}


def test_a_table_is_compared_and_predicted_where_the_user_is(ntk, tmp_path):
    frame = load_iris(as_frame=True).frame.iloc[50:]
    frame.to_csv(tmp_path / "my.csv", index=False)
    run = ("run", "my.csv", "--target", "target", "--splits", "2", "--methods", "ntk", "logistic")
    assert "Every figure and table on one page: results/my/overview.html" in ntk(tmp_path, *run)
    assert (tmp_path / "results/my/tables/own_data.csv").exists()
    frame.head(7).to_csv(tmp_path / "new.csv", index=False)
    assert "7 rows, by" in ntk(tmp_path, "predict", "my", "new.csv", "--method", "NTK")
    assert len(pd.read_csv(tmp_path / "results/my/predictions/new.csv")) == 7
    assert "my.crate.zip" in ntk(tmp_path, "crate", "my")
