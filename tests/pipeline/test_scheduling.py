"""What `scheduling.smk` sets in Snakemake: an update that changes it fails here."""

import os
import subprocess
import sys

from project import ROOT

SNAKEFILE = f"""
import threading


include: "{ROOT}/workflow/rules/scheduling.smk"


rule all:
    input:
        ["first.txt", "second.txt"],


rule one:
    output:
        "{{name}}.txt",
    shell:
        "touch {{output}}"


onsuccess:
    timers = [each for each in threading.enumerate() if isinstance(each, threading.Timer)]
    for timer in timers:  # the end would wait for them
        timer.cancel()
    print(f"{{len(timers)}} timers")
"""


def test_no_look_for_ready_jobs_sets_another(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--max-jobs-per-timespan", "100/1h"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "0 timers" in done.stdout.splitlines()
