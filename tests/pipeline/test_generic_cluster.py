"""The profile for schedulers other than Slurm, with stand-ins for PBS that run jobs here."""

import os
import re
import stat

import pytest
from project import Project

TARGETS = [
    f"results/tiny/{path}" for path in ("tables/uci_accuracy_paper.csv", "computed/limits.csv")
]
QSUB = """#!/bin/sh
number=$$.host
for script; do :; done
mkdir -p "$JOBS"
echo "$@" >> "$JOBS/submitted"
( sh "$script" >/dev/null 2>&1; echo $? > "$JOBS/$number" ) </dev/null >/dev/null 2>&1 &
echo "$number"
"""
QSTAT = """#!/bin/sh
for number; do :; done
if [ -f "$JOBS/$number" ]; then
  echo "    job_state = F"
  echo "    Exit_status = $(cat "$JOBS/$number")"
else
  echo "    job_state = R"
fi
"""


@pytest.fixture
def pbs(tmp_path):
    """Variables with which the commands of PBS are stand-ins."""
    for name, text in (("qsub", QSUB), ("qstat", QSTAT)):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    bin_ = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return dict(PATH=bin_, JOBS=str(tmp_path / "jobs"))


PROFILE = ["--workflow-profile", "workflow/profiles/generic", "--latency-wait", "5"]
PROFILE += ["--seconds-between-status-checks", "1"]


def test_results_equal_a_local_run(finished, pbs, tmp_path):
    project = Project(tmp_path / "project")
    project.run(*PROFILE, "--", *TARGETS, **pbs)
    ours, theirs = project.reproducible(), finished.reproducible()
    assert set(TARGETS) <= set(ours)
    assert [path for path in ours if ours[path] != theirs[path]] == []
    submitted = (tmp_path / "jobs/submitted").read_text()
    assert "mem=" in submitted
    limits = [int(seconds) for seconds in re.findall(r"walltime=(\d+) ", submitted)]
    assert len(limits) == len(submitted.splitlines())
    assert min(limits) >= 60
    assert {limit % 60 for limit in limits} == {0}, "minutes, in seconds"
    assert "-N compute_limits" in submitted
    assert "{" not in submitted


def test_a_job_that_fails_is_reported_with_its_reason(pbs, tmp_path):
    project = Project(tmp_path / "project")
    start = "log_to(snakemake.log[0], snakemake.output)\n"
    stop = 'raise RuntimeError("no convergence")\n'
    project.edit("workflow/scripts/compute.py", start, start + stop)
    done = project.run(*PROFILE, "--retries", "0", TARGETS[1], check=False, **pbs)
    assert done.returncode != 0
    assert "no convergence" in done.stdout
    assert not (project.folder / TARGETS[1]).exists()
