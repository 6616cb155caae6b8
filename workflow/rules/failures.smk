# A dataset that fails does not take the others down. Its jobs fail, so a later run tries them again,
# and with keep-going all else is done; but what joins the datasets would wait for it. So at the end
# of such a run those tables and figures are made without it, its row naming the reason.
import subprocess

from snakemake.logging import logger

from fixing_ntk.pipeline.logs import failure

OWN_TABLE = {
    "fit_conic": "solvers",
    "fit_baselines": "baselines",
}  # no other needs these
ACROSS_DATASETS = [
    "evaluate",
    "uci_accuracy",
    "uci_accuracy_figure",
    "wins_by_lambda",
    "wins_by_lambda_figure",
    "baselines",
    "critical_difference",
    "compute_claims",
    "equivalences",
    "overview",
    "solvers",
]


def failures():
    """Datasets of which a job failed in this run, each with the reason, by the table it concerns."""
    jobs = [
        job
        for one in workflow.scheduler.failed
        for job in (one.jobs if one.is_group() else [one])
    ]
    failed = {}
    for job in jobs:
        if hasattr(job.wildcards, "dataset"):
            concerned = failed.setdefault(OWN_TABLE.get(job.rule.name, ""), {})
            concerned[job.wildcards.dataset] = failure(job.log[0])
    return failed


def make_without(failed):
    """Run the rules over all datasets, as far as this run was asked for them, but without some.

    Returns whether there was something to make, and it was made.
    """
    wanted = [
        path
        for job in workflow.dag.jobs
        if job.rule.name in ACROSS_DATASETS
        for path in job.output
    ]
    if not wanted or not set(datasets()) - set(failed.get("", {})):
        return False
    command = [sys.executable, "-m", "snakemake", *wanted, "--cores", "1"]
    # These rules alone: no fit is tried once more. The lock is this run's own.
    command += ["--nolock", "--no-hooks", "--keep-going", "--quiet", "all"]
    command += ["--snakefile", workflow.main_snakefile]
    command += ["--allowed-rules", *ACROSS_DATASETS]
    for option, values in (
        ("--configfile", map(str, workflow.overwrite_configfiles)),
        ("--config", workflow.config_settings.config_args),
    ):
        if values := list(values):
            command += [option, *values]
    environment = os.environ | {"FAILED_DATASETS": json.dumps(failed)}
    return subprocess.run(command, env=environment).returncode == 0


onerror:
    failed = failures()
    for table, missing in failed.items():
        where = f", left out of {table}" if table else ""
        for dataset, reason in missing.items():
            logger.error(f"failed dataset{where}: {dataset}: {reason}")
    if failed and workflow.execution_settings.keep_going and make_without(failed):
        logger.error(
            "Tables and figures over the other datasets are made. Once the cause is mended, "
            "a new run does what is missing."
        )
