"""What `failures.smk` reads of Snakemake: an update that changes it fails here, not for a user."""

import os
import subprocess
import sys

from project import ROOT

SNAKEFILE = f"""
import json, os, sys

FAILED = {{}}
datasets = lambda: ["bad"]


include: "{ROOT}/workflow/rules/failures.smk"


rule all:
    input:
        ["bad.txt", "second_time.txt", "conic/bad.txt"],


rule fit:
    output:
        "{{dataset}}.txt",
    log:
        "{{dataset}}.log",
    wildcard_constraints:
        dataset=r"\\w+",
    retries: 1
    shell:
        "echo 'failed: row 3' > {{log}}; test {{wildcards.dataset}} = second_time "
        "&& test -e once && touch {{output}} || {{{{ touch once; exit 1; }}}}"


rule compare_solvers:
    output:
        "conic/{{dataset}}.txt",
    log:
        "conic/{{dataset}}.log",
    shell:
        "exit 1"
"""


def test_failed_datasets_are_known_with_their_reasons_and_a_later_success_counts(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--keep-going"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode != 0
    failed = {line for line in done.stdout.splitlines() if line.startswith("failed dataset")}
    assert any(line == "failed dataset: bad: row 3" for line in failed)
    assert any(line.startswith("failed dataset, left out of solvers: bad: ") for line in failed)
    assert len(failed) == 2
    assert (tmp_path / "second_time.txt").exists()
    assert "Traceback" not in done.stdout
