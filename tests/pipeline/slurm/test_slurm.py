"""The pipeline through the Slurm profile, on a real cluster of one node."""

import os
import re
import signal
import subprocess
import sys

import cluster
import pandas as pd
import pytest
from project import HANGS, Project

# The profile, and options for a cluster without accounting and with short jobs, whose status is
# asked often.
PROFILE = [
    *("--workflow-profile", "workflow/profiles/slurm"),
    *("--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "2"),
    *("--latency-wait", "5"),
    "--slurm-keep-successful-logs",
]
UNITS = 3 + 3 + 2  # of fits, of baselines and of draws, in the tiny configuration
# Of each group of the profile, a fit in no group, and computations without and with inputs.
TARGETS = [
    f"results/tiny/{path}"
    for path in (
        *("tables/uci_accuracy_paper.csv", "tables/uci_accuracy_full.csv", "tables/solvers.csv"),
        *("tables/baselines_paper.csv", "tables/baselines_full.csv"),
        *("tables/at_least_as_accurate.csv", "figures/uci_accuracy_full.svg"),
        *("computed/limits.csv", "computed/regularization_path.csv"),
    )
]
FITS = ("sample_masks", "fit_mkl", "fit_baselines", "fit_draws", "compare_solvers")


@pytest.fixture(scope="module")
def slurm():
    """Run a cluster of one node for the tests of this module, or skip them."""
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    try:
        with cluster.one_node(cpus=2 * os.cpu_count(), memory_mb=memory_mb * 8 // 10):
            yield
    except cluster.Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def run(slurm, tmp_path_factory):
    """Return a project that ran through Slurm, and what Snakemake printed."""
    project = Project(tmp_path_factory.mktemp("run"))
    return project, project.run(*PROFILE, "--", *TARGETS).stdout


def of_fits(job):
    """Return whether a Slurm job, a record of `submitted`, runs the rule `fit_ntk`."""
    return "fit_ntk" in job["Comment"]


def submitted(log):
    """Return Slurm's record of every job in a log of Snakemake, as `cluster.show_job` does."""
    return [cluster.show_job(job) for job in re.findall(r"with SLURM jobid (\d+)", log)]


def test_fits_and_computations_go_through_slurm(run):
    _, log = run
    jobs = submitted(log)
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    names = [job["Comment"].removeprefix("rule_") for job in jobs]
    computations = [name for name in names if name.startswith("compute_")]
    assert sorted(computations) == ["compute_limits", "compute_regularization_path"]
    others = [name for name in names if name not in computations]
    assert [rule for rule in FITS if not any(rule in name for name in others)] == []
    # The rest ran where Snakemake did.
    done = re.findall(r"Finished jobid: \d+ \(Rule: (\w+)\)", log)
    assert {"prepare_dataset", "evaluate", "show_uci_accuracy"} <= set(done)


def test_units_share_slurm_jobs(run):
    """As many as the profile says: 8."""
    project, log = run
    jobs = [job for job in submitted(log) if not job["Comment"].startswith("rule_compute_")]
    assert {job["NumCPUs"] for job in jobs} == {"1"}
    logs, ran = project.folder / ".snakemake/slurm_logs", []
    for group in ("sample_masks", "fits", "fit_baselines", "fit_draws"):
        (text,) = logs.glob(f"group_{group}_*/*.log")
        ran += set(re.findall(r"(MKL|Baselines|Both methods) on (.*)", text.read_text()))
    assert len(ran) == len(set(ran)) == UNITS


def test_results_equal_a_local_run(run, finished):
    project, _ = run
    ours, theirs = project.reproducible(), finished.reproducible()
    assert set(TARGETS) <= set(project.outputs()) <= set(finished.outputs())
    assert len(ours) > 30
    assert [path for path in ours if ours[path] != theirs[path]] == []


def test_a_job_killed_for_memory_comes_back_with_more(slurm, tmp_path):
    project = Project(tmp_path / "retry")
    # More than it asks for at first, and for long enough that Slurm, which looks each second, sees.
    start, hold = (
        "log_to(snakemake.log[0], snakemake.output)\n",
        'held = b"x" * (1000 << 20)\ntime.sleep(4)\n',
    )
    project.edit("workflow/scripts/fit_ntk.py", start, f"import time\n{start}{hold}")
    target = "results/tiny/fits/paper/sklearn-iris/ntk_0-0.csv"
    project.run("--cores", "1", "results/tiny/masks/paper/sklearn-iris/0-0.npz")
    jobs = [job for job in submitted(project.run(*PROFILE, target).stdout) if of_fits(job)]
    states = [job["JobState"] for job in jobs]
    assert states[-1] == "COMPLETED"
    assert len(states) > 1
    assert set(states[:-1]) <= {"OUT_OF_MEMORY", "CANCELLED", "FAILED"}
    memory = [int(job["MinMemoryNode"].removesuffix("M")) for job in jobs]
    assert memory == [attempt * memory[0] for attempt in range(1, len(jobs) + 1)]
    assert (project.folder / target).exists()


def test_a_dataset_that_fails_takes_none_of_its_group_with_it(slurm, tmp_path):
    project = Project(tmp_path / "group")
    names = ["sklearn-iris", "sklearn-wine"]
    project.configure(datasets=names, protocols=["paper"])
    project.run("--cores", "2", *(f"results/tiny/masks/paper/{name}/0-0.npz" for name in names))
    start = "log_to(snakemake.log[0], snakemake.output)\n"
    stop = 'if "wine" in snakemake.log[0]:\n    raise RuntimeError("no convergence")\n'
    project.edit("workflow/scripts/fit_ntk.py", start, start + stop)
    table = "results/tiny/tables/uci_accuracy_paper.md"
    # One job at a time, so that it holds both; and no retry, which would fail as well.
    done = project.run(*PROFILE, "--jobs", "1", "--retries", "0", table, check=False)
    assert done.returncode != 0
    states = [job["JobState"] for job in submitted(done.stdout) if of_fits(job)]
    assert set(states) == {"FAILED"}
    failed = [line for line in done.stdout.splitlines() if line.startswith("failed ")]
    assert failed == ["failed dataset: sklearn-wine: no convergence"]
    rows = pd.read_csv(project.folder / table.replace(".md", ".csv")).set_index("dataset")
    assert rows.failed.notna().to_dict() == {name: "wine" in name for name in rows.index}
    assert rows.ntk.notna().sum() == 1


def test_a_table_of_ones_own_goes_through_slurm(slurm, tmp_path):
    project = Project(tmp_path / "own")
    rows = pd.DataFrame({"a": range(40), "b": [0.5, 1.5] * 20, "y": ["no"] * 20 + ["yes"] * 20})
    rows.to_csv(project.folder / "my table.csv", index=False)
    project.configure(data="my table.csv", target="y", own={"splits": 2})
    target = "results/tiny/own/splits/1.csv"
    (job,) = submitted(project.run(*PROFILE, target).stdout)
    assert job["JobState"] == "COMPLETED"
    assert (project.folder / target).exists()


def test_an_interrupted_run_leaves_no_job_and_can_go_on(slurm, tmp_path):
    project = Project(tmp_path / "interrupted")
    start, hold = "log_to(snakemake.log[0], snakemake.output)\n", project.folder / "hold"
    wait = f"while os.path.exists({str(hold)!r}):\n    time.sleep(0.1)\n"
    project.edit("workflow/scripts/compute.py", start, f"import os, time\n{start}{wait}")
    hold.touch()  # so that no job is done before it is cancelled
    target = "results/tiny/computed/mkl_equivalence.csv"
    logs = project.folder / ".snakemake/slurm_logs"
    command = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--configfile", "tiny.yaml", *PROFILE, target],
        cwd=project.folder,
        env=os.environ | {"PYTHONPATH": str(project.folder / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A shell has what it starts in the background ignore SIGINT, and that is handed on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        cluster.wait_until(
            lambda: any("Building DAG" in log.read_text() for log in logs.rglob("*.log")),
            "no job has started",
        )
        command.send_signal(signal.SIGINT)
        assert command.wait(timeout=HANGS) != 0
    finally:
        command.kill()
    cluster.wait_until(lambda: not cluster.queue(), "jobs are left")
    assert not (project.folder / target).exists()
    hold.unlink()
    project.run("--cores", "1", target)  # no lock is left either
    assert (project.folder / target).exists()
