"""Logs say why a job failed, for the table and for whoever reads them."""

import subprocess
import sys

import pytest

from fixing_ntk.pipeline.cpu_time import cpu_time
from fixing_ntk.pipeline.logs import beyond_help, failure, needs

JOB = """
import logging, os, sys
from fixing_ntk.pipeline.logs import log_to
log_to(sys.argv[1])
logging.info("failed: not yet")
logging.info("half way")
{end}
"""


def run(log, end):
    job = [sys.executable, "-c", JOB.format(end=end), str(log)]
    return subprocess.run(job, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("raise ValueError('row 3 is bad:\\n  mend it')", "row 3 is bad: mend it"),
        ("raise MemoryError", "out of memory: MemoryError"),
        ("os.kill(os.getpid(), 9)", "stopped without a message"),
    ],
)
def test_reason_of_a_failure(tmp_path, end, reason):
    done = run(tmp_path / "log", end)
    assert done.returncode != 0
    assert failure(tmp_path / "log").startswith(reason)
    said = (tmp_path / "log").read_text()
    assert "half way" in said
    assert "Traceback" not in done.stderr, "the terminal has the reason from the workflow"
    assert ("Traceback" in said) == ("raise" in end), "the log says where"


@pytest.mark.parametrize(
    ("end", "beyond"),
    [("raise ValueError", True), ("raise MemoryError", False), ("os.kill(os.getpid(), 9)", False)],
)
def test_only_memory_and_time_are_helped_by_a_larger_allocation(tmp_path, end, beyond):
    run(tmp_path / "log", end)
    assert beyond_help(tmp_path / "log") == beyond


def test_what_a_job_took_counts_the_processes_it_started(tmp_path):
    child = "bytearray(300_000_000); sum(range(20_000_000))"
    run(tmp_path / "log", f"import subprocess; subprocess.run([sys.executable, '-c', '{child}'])")
    run(tmp_path / "without", "")
    with_child, without = needs(tmp_path / "log"), needs(tmp_path / "without")
    assert with_child[0] > without[0] + 0.1
    assert with_child[2] > without[2] + 280


def test_a_log_that_was_never_written_is_named(tmp_path):
    assert str(tmp_path / "log") in failure(tmp_path / "log")


def test_the_last_line_of_a_job_that_succeeds_says_what_it_took(tmp_path):
    done = run(tmp_path / "log", "ballast = bytearray(300_000_000)")
    assert done.returncode == 0
    *_, last = (tmp_path / "log").read_text().splitlines()
    assert last.startswith("took ")
    seconds, start, peak = needs(tmp_path / "log")
    assert 0 < start <= seconds
    assert 300e6 / 2**20 <= peak < 500


def test_time_of_a_run_is_that_of_its_jobs_by_rule(tmp_path):
    for path in ("fit/a/0-9.log", "fit/b/0-9.log", "manifest.log"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        assert run(tmp_path / path, "sum(range(3_000_000))").returncode == 0
    (tmp_path / "fit/failed.log").write_text("failed: no reason\n")
    (tmp_path / "fit/unfinished.log").write_text("")
    *rules, every = cpu_time(tmp_path)
    assert {row["rule"]: row["jobs"] for row in rules} == {"fit": 2, "manifest": 1}
    assert every["jobs"] == 3
    assert every["cpu_s"] == pytest.approx(sum(row["cpu_s"] for row in rules), abs=0.11)
    assert 0 < every["start_s"] <= every["cpu_s"]
