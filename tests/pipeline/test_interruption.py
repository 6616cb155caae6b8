"""Runs that are killed at random moments, resumed, and compared byte for byte."""

import os
import random
import shutil
import signal
import subprocess
import sys

import pytest
from project import OF_EVERY_KIND, Project

# `make kills` asks for 20, of the run that `make quick` does.
KILLS = int(os.environ.get("KILLS", "4"))
if "KILLS" in os.environ:
    CONFIG, LONGEST, TARGETS = "workflow/config/quick.yaml", 20, []
else:
    CONFIG, LONGEST, TARGETS = "tiny.yaml", 6, OF_EVERY_KIND
RUN = [
    *(sys.executable, "-m", "snakemake", "--workflow-profile", "workflow/profiles/local"),
    *("--cores", "2", "--configfile", CONFIG),
]


def start(project, *arguments):
    return subprocess.Popen(
        [*RUN, *arguments, "--", *TARGETS],
        cwd=project.folder,
        env=os.environ | {"PYTHONPATH": str(project.folder / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def resume(project):
    """What `make resume` does."""
    assert start(project, "--unlock").wait() == 0
    return start(project)


def killed(run, after):
    """Kill the whole process group after some seconds; False where the run ended before."""
    try:
        run.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        return True
    assert run.returncode == 0
    return False


@pytest.fixture
def whole(request, tmp_path):
    """A project whose run nothing has stopped."""
    if CONFIG == "tiny.yaml":
        return request.getfixturevalue("finished")
    project = Project(tmp_path / "whole")
    assert start(project).wait() == 0
    return project


def test_a_run_that_was_killed_and_resumed_has_the_same_results(whole, tmp_path):
    expected, moments = whole.reproducible(), random.Random(0)
    left = KILLS
    while left:
        project = Project(tmp_path / "killed")
        run = start(project)
        while left and killed(run, moments.uniform(0.5, LONGEST)):
            left -= 1
            print(f"killed {KILLS - left} of {KILLS}", flush=True)
            run = resume(project)
        assert run.wait() == 0
        found = project.reproducible()
        assert set(found) <= set(expected)
        assert {*(TARGETS or whole.outputs())} <= set(project.outputs())
        assert [path for path in found if found[path] != expected[path]] == []
        shutil.rmtree(project.folder)
