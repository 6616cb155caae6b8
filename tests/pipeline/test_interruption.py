"""Runs that are killed at random moments, resumed, and compared byte for byte."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys

from project import Project, snakemake

from fixing_ntk.results.declaration import LEVELS, results

# `make kills` asks for 20, of the run that `make quick` does.
KILLS = int(os.environ.get("KILLS", "3"))
WHOLE = "KILLS" in os.environ
CONFIG, LONGEST = ("workflow/config/quick.yaml", 20) if WHOLE else ("tiny.yaml", 6)
RUN = [
    *(sys.executable, "-m", "snakemake", "--workflow-profile", "workflow/profiles/local"),
    *("--configfile", CONFIG),
]


def start(project, targets, cores=2):
    return subprocess.Popen(
        [*RUN, "--cores", str(cores), "--", *targets],
        cwd=project.folder,
        env=os.environ | {"PYTHONPATH": str(project.folder / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def resume(project, targets, cores):
    """What `make resume` does."""
    words, source = ("--configfile", CONFIG, "--unlock"), project.folder / "src"
    assert snakemake(project.folder, *words, source=source).returncode == 0
    return start(project, targets, cores)


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


def of_one_dataset(outputs):
    """Files that are the same whatever other datasets the run has."""
    of_few = {"example", "converted", "examples"}
    of_all = [
        f"/computed/{result.name}."
        for result in results(*LEVELS)
        if result.declared.compute and {*result.declared.compute.inputs.values()} - of_few
    ]
    alone = re.compile(r"/(paper|full)/sklearn-iris|/computed/|fit_1d\.")
    return [
        path
        for path in sorted(outputs)
        if alone.search(path) and not any(name in path for name in of_all)
    ]


def test_a_run_that_was_killed_and_resumed_has_the_same_results(request, tmp_path):
    """So it has beside another dataset and on another number of cores; its jobs change places."""
    if WHOLE:
        whole, targets, cores = Project(tmp_path / "whole"), [], 2
        assert start(whole, targets).wait() == 0
    else:
        whole, cores = request.getfixturevalue("finished"), 1
        targets = of_one_dataset(whole.outputs())
        assert len(targets) > 30
    expected, moments = whole.reproducible(), random.Random(0)
    left = KILLS
    while left:
        project = Project(tmp_path / "killed")
        if not WHOLE:
            project.configure(datasets=["sklearn-wine", "sklearn-iris"])
        run = start(project, targets, cores)
        while left and killed(run, moments.uniform(0.5, LONGEST)):
            left -= 1
            print(f"killed {KILLS - left} of {KILLS}", flush=True)
            run = resume(project, targets, cores)
        assert run.wait() == 0
        found = project.reproducible()
        compared = targets or sorted(expected)
        assert {*compared} <= set(project.outputs())
        assert [path for path in compared if found[path] != expected[path]] == []
        shutil.rmtree(project.folder)
