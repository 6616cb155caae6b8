# A dataset that fails does not take the others down. Its jobs fail, so a later run tries them again,
# and with keep-going all else is done; but what joins the datasets would wait for it. So such a run
# ends by the same command once more, which leaves those datasets out, a row naming each reason.
import logging
import subprocess

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

from fixing_ntk.pipeline.logs import failure

# Of the rules that no other table needs.
OWN_TABLE = {
    "compare_solvers": "solvers",
    "fit_baselines": "baselines",
    "fit_rfm": "baselines",
    "fit_draws": "at_least_as_accurate",
}
ALL_ANEW = {"-F", "--forceall", "-f", "--force"}  # not twice


class Failures(logging.Handler):
    """Jobs that failed, and in no later attempt, from Snakemake's events."""

    def __init__(self):
        super().__init__()
        self.wildcards, self.jobs = {}, {}

    def emit(self, record):
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_INFO:
            self.wildcards[record.jobid] = dict(record.wildcards or {})
        elif event == LogEvent.JOB_ERROR:
            self.jobs[record.jobid] = record
        elif event == LogEvent.JOB_FINISHED:
            self.jobs.pop(record.job_id, None)


FAILURES = Failures()
logger.addHandler(FAILURES)


def failed_datasets():
    """Datasets of which a job failed, each with the reason, by the one table it concerns."""
    failed = {}
    for job, record in FAILURES.jobs.items():
        if dataset := FAILURES.wildcards.get(job, {}).get("dataset"):
            table = OWN_TABLE.get(record.rule_name, "")
            failed.setdefault(table, {})[dataset] = failure(record.log[0])
    return failed


def make_without(failed):
    """This run's command again without the failed; whether it made something."""
    if not set(datasets()) - set(failed.get("", {})):
        return False
    arguments = [word for word in sys.argv[1:] if word not in ALL_ANEW]
    outputs = [path for record in FAILURES.jobs.values() for path in record.output]
    # No job is tried once more. The lock is this run's own.
    arguments += ["--omit-from", *outputs, "--nolock", "--no-hooks", "--quiet", "all"]
    environment = os.environ | {"FAILED_DATASETS": json.dumps(failed)}
    return subprocess.call([sys.executable, "-m", "snakemake", *arguments], env=environment) == 0


onerror:
    for job, record in FAILURES.jobs.items():
        if "dataset" not in FAILURES.wildcards.get(job, {}):
            logger.error(f"failed job: {record.rule_name}: {failure([*record.log, ''][0])}")
    failed = failed_datasets()
    for table, missing in failed.items():
        where = f", left out of {table}" if table else ""
        for dataset, reason in missing.items():
            logger.error(f"failed dataset{where}: {dataset}: {reason}")
    if failed and workflow.execution_settings.keep_going and make_without(failed):
        logger.error(
            "Tables and figures over the other datasets are made. Once the cause is mended, "
            "a new run does what is missing."
        )
