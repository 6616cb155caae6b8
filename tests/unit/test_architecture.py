"""Folders use those below them, in the order of `pyproject.toml`, and no module a circle."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(folder):
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "src", tmp_path / "src")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_folder_uses_those_below_it():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("lower", "higher"),
    [("masks/regenerated.py", "programs.design"), ("solvers/irls.py", "drawing.style")],
)
def test_a_lower_folder_that_imports_a_higher_one_is_refused(copy, lower, higher):
    with open(copy / "src/fixing_ntk" / lower, "a") as f:
        f.write(f"\nimport fixing_ntk.{higher}\n")
    done = lint(copy)
    assert done.returncode != 0
    assert f"fixing_ntk.{lower.split('/')[0]} is not allowed to import" in done.stdout


def test_modules_of_a_folder_that_import_each_other_are_refused(copy):
    with open(copy / "src/fixing_ntk/masks/mask_set.py", "a") as f:
        f.write("\nimport fixing_ntk.masks.regenerated\n")
    done = lint(copy)
    assert done.returncode != 0
    assert "No cycles are allowed in fixing_ntk.masks" in done.stdout


def test_a_folder_without_a_place_in_the_order_is_refused(copy):
    (copy / "src/fixing_ntk/somewhere").mkdir()
    (copy / "src/fixing_ntk/somewhere/__init__.py").write_text("")
    done = lint(copy)
    assert done.returncode != 0
    assert "somewhere" in done.stdout


SLOW = {"scipy.stats", "sklearn"}
LOADED = """
import importlib, sys
from fixing_ntk.results.declaration import KINDS, results
for result in results(*KINDS):
    for part in ("figure", "table"):
        if getattr(result.declared, part):
            importlib.import_module(f"fixing_ntk.results.{result.kind}.{result.name}.{part}")
print(*sys.modules)
"""


def test_figures_and_tables_import_no_slow_library_for_a_name():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], check=True, capture_output=True, text=True
    )
    loaded = set(done.stdout.split())
    assert {
        "fixing_ntk.results.own.own_data.figure",
        "fixing_ntk.results.beyond.baselines.table",
    } <= loaded
    assert loaded & SLOW == set()
