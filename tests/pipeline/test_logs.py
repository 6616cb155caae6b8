"""Logs say why a job failed, for the table and for whoever reads them."""

import os
import shutil
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from project import ROOT, snakemake

from fixing_ntk.pipeline.cpu_time import cpu_time
from fixing_ntk.pipeline.logs import damaged, failure, took

JOB = """
import logging, os, sys
from fixing_ntk.pipeline.logs import log_to
log_to(sys.argv[1], sys.argv[2:])
logging.info("failed: not yet")
logging.info("half way")
{end}
"""


def run(log, end, *outputs):
    job = [sys.executable, "-c", JOB.format(end=end), str(log), *outputs]
    return subprocess.run(
        job,
        capture_output=True,
        text=True,
        check=False,
        # A shell has what it starts in the background ignore SIGINT, and that is handed on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("raise ValueError('row 3 is bad:\\n  mend it')", "row 3 is bad: mend it"),
        ("raise MemoryError", "out of memory: MemoryError"),
        ("sys.exit('claim x: 3 > 2\\n claim y')", "claim x: 3 > 2 claim y"),
        ("sys.exit(3)", "exit status 3"),
        ("raise OSError(28, 'No space left on device')", "[Errno 28] No space left on device"),
        ("os.kill(os.getpid(), 2)", "interrupted"),
        ("os.kill(os.getpid(), 15)", "stopped from outside, as a job that is cancelled"),
        ("os.kill(os.getpid(), 9)", "stopped without a message, as a job that is killed"),
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


def test_a_full_disk_names_what_was_made_and_ctrl_c_at_the_end_is_too_late(tmp_path):
    log, out = tmp_path / "log", tmp_path / "out"
    run(log, "raise OSError(28, 'No space left on device')", str(out))
    assert failure(log) == f"[Errno 28] No space left on device, in making {out}"
    run(log, "open('/nowhere/x')", str(out))
    assert failure(log) == "[Errno 2] No such file or directory: '/nowhere/x'"
    during = "from fixing_ntk.pipeline import logs; logs.sha256 = lambda _: os.kill(os.getpid(), 2)"
    out.write_text("made")
    assert run(log, during, str(out)).returncode == 0
    assert took(log)


def test_a_job_that_leaves_no_reason_is_told_from_one_that_was_killed(tmp_path, monkeypatch):
    log = tmp_path / "log"
    assert (
        failure(log) == f"did not begin, or was stopped before it could log; its log would be {log}"
    )
    run(log, "")
    assert failure(log).startswith("ended without an error, but its outputs are missing")
    log.write_text("began\n")
    assert failure(log).startswith("stopped without a message")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    assert failure(log) == f"no space left on the disk of {log}"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
def test_a_log_that_cannot_be_written_prints_nothing(tmp_path):
    (tmp_path / "log").symlink_to("/dev/full")
    done = run(tmp_path / "log", "")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_a_job_took_counts_the_processes_it_started(tmp_path):
    child = "bytearray(300_000_000); sum(range(20_000_000))"
    run(tmp_path / "log", f"import subprocess; subprocess.run([sys.executable, '-c', '{child}'])")
    run(tmp_path / "without", "")
    with_child, without = took(tmp_path / "log"), took(tmp_path / "without")
    assert with_child[0] > without[0] + 0.1
    assert with_child[2] > without[2] + 280


def test_the_last_line_of_a_job_that_succeeds_says_what_it_took(tmp_path):
    done = run(tmp_path / "log", "ballast = bytearray(300_000_000)")
    assert done.returncode == 0
    *_, last = (tmp_path / "log").read_text().splitlines()
    assert last.startswith("took ")
    seconds, start, peak = took(tmp_path / "log")
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


WRITE = """
import numpy as np
from pathlib import Path
rows, arrays, models = map(Path, sys.argv[2:])
rows.write_text("a,b\\n1.25,2\\n")
np.savez(arrays, a=np.arange(9.0))
models.mkdir(exist_ok=True)
(models / "a.skops").write_text("a")
"""


@pytest.mark.parametrize("place", ["rows.csv", "arrays.npz", "models/a.skops", "models"])
def test_an_output_that_changed_since_is_found_by_its_sum(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    outputs = ["rows.csv", "arrays.npz", "models"]
    assert run("logs/a.log", WRITE, *outputs).returncode == 0
    assert took("logs/a.log") is not None
    (tmp_path / "models/.snakemake_timestamp").touch()
    assert damaged(["logs"]) == []
    path = tmp_path / place
    if path.is_dir():
        (path / "a.skops").rename(path / "b.skops")
    else:
        path.write_bytes(path.read_bytes()[:-1])
    assert damaged(["logs", "none"]) == [place.split("/")[0]]
    if place == "rows.csv":  # one that is missing is made by any run
        path.unlink()
        assert damaged(["logs"]) == []
        path.write_text("a,b\n")
    # A job that fails leaves no sums, and one that writes anew leaves new ones.
    assert run("logs/a.log", "sys.exit(1)", *outputs).returncode == 1
    assert damaged(["logs"]) == []
    assert run("logs/a.log", WRITE, *outputs).returncode == 0
    assert damaged(["logs"]) == []


SNAKEFILE = f"""
import os, sys

IN_A_JOB, OUT = False, "results/x"


include: "{ROOT}/workflow/rules/damage.smk"


rule all:
    input:
        f"{{OUT}}/first.csv",
        f"{{OUT}}/second.csv",


rule copy:
    input:
        f"{{OUT}}/first.csv",
    output:
        f"{{OUT}}/second.csv",
    shell:
        "cp {{input}} {{output}}"


rule write:
    output:
        f"{{OUT}}/first.csv",
    log:
        f"{{OUT}}/logs/write.log",
    shell:
        "echo 1.25,2 > {{output}}; "
        'echo "wrote {{output}}, sha256 $(sha256sum < {{output}} | cut -d " " -f 1)" > {{log}}'
"""


def test_a_damaged_file_is_named_and_made_again(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)

    def told(*words):
        done = snakemake(tmp_path, "--cores", "1", *words)
        assert done.returncode == 0, done.stdout
        return [line for line in done.stdout.splitlines() if "as its job left it" in line]

    path = tmp_path / "results/x/first.csv"
    assert told() == []
    whole = path.read_text()
    path.write_text(whole[:3])
    name = "results/x/first.csv is not as its job left it:"
    assert told("-n") == [f"{name} a run would remove it and make it again"]
    assert path.read_text() == whole[:3]
    assert told() == [f"{name} it is removed, to be made again"]
    assert path.read_text() == whole
    assert (tmp_path / "results/x/second.csv").read_text() == whole
    assert told() == []
