# A dataset that fails does not take the others down. Its jobs fail, so a later run tries them again,
# and with keep-going all else is done; but what joins the datasets would wait for it. So such a run
# ends by the same command once more, which leaves those datasets out, a row naming each reason.
# That command also does what shared a cluster job with one that failed, and was not its turn yet.
import logging
import subprocess
import time

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

from fixing_ntk.pipeline.logs import beyond_help, failed_since, failure

# Of the rules that no other table needs.
OWN_TABLE = {
    "compare_solvers": "solvers",
    "fit_baselines": "baselines",
    "fit_rfm": "baselines",
    "fit_draws": "at_least_as_accurate",
}
ALL_ANEW = {"-F", "--forceall", "-f", "--force"}  # not twice
# In front of the user's arguments, which may end in "--" and targets; the lock is the first run's own.
OMIT, ONCE_MORE = "--omit-from", ["--quiet", "all", "--nolock"]
STARTED = time.time()


class Failures(logging.Handler):
    """Jobs that failed, and in no later attempt, from Snakemake's events."""

    def __init__(self):
        super().__init__()
        self.wildcards, self.jobs, self.groups = {}, {}, []

    def emit(self, record):
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_INFO:
            self.wildcards[record.jobid] = dict(record.wildcards or {})
        elif event == LogEvent.GROUP_ERROR:
            self.groups.append({info["jobid"] for info in record.job_error_info})
        elif event == LogEvent.JOB_ERROR:
            self.jobs[record.jobid] = record
            if has_failed(record) and beyond_help(record.log[0]):
                give_up(record.jobid)
        elif event == LogEvent.JOB_FINISHED:
            self.jobs.pop(record.job_id, None)

    def of_their_own(self):
        """The failed jobs without those that only shared a group with one, which says it all."""
        bystanders = set()
        for members in self.groups:
            failed = {job for job in members & self.jobs.keys() if has_failed(self.jobs[job])}
            bystanders |= members - failed if failed else set()
        return {job: record for job, record in self.jobs.items() if job not in bystanders}


def has_failed(record):
    """Whether the job began in this run and did not end well."""
    return any(failed_since(log, STARTED) for log in record.log[:1])


def give_up(jobid):
    """Let no attempt follow: with more memory or time the job would fail again.

    Snakemake's `retries` knows no reasons; it asks how many attempts there were.
    """
    dag = workflow.dag
    job = next(job for job in dag.jobs if dag.jobid(job) == jobid)
    whole = dag.get_job_group(job) or job
    whole.attempt = max(whole.attempt, 1 + whole.restart_times)


FAILURES = Failures()
logger.addHandler(FAILURES)


def failed_datasets(jobs):
    """Datasets of which a job failed, each with the reason, by the one table it concerns."""
    failed = {}
    for job, record in jobs.items():
        if dataset := FAILURES.wildcards.get(job, {}).get("dataset"):
            table = OWN_TABLE.get(record.rule_name, "")
            failed.setdefault(table, {})[dataset] = failure(record.log[0])
    return failed


def make_without(failed, jobs):
    """This run's command again without the failed, none of whose jobs is tried once more.

    Whether it made something.
    """
    if not set(datasets()) - set(failed.get("", {})):
        return False
    outputs = [path for record in jobs.values() for path in record.output]
    arguments = [word for word in sys.argv[1:] if word not in ALL_ANEW]
    if FAILED:  # this is such a command itself, which begins as below
        end = arguments.index(ONCE_MORE[0])
        outputs, arguments = arguments[1:end] + outputs, arguments[end + len(ONCE_MORE) :]
    arguments = [OMIT, *outputs, *ONCE_MORE, *arguments]
    known = {
        table: FAILED.get(table, {}) | failed.get(table, {}) for table in FAILED.keys() | failed
    }
    environment = os.environ | {"FAILED_DATASETS": json.dumps(known)}
    return subprocess.call([sys.executable, "-m", "snakemake", *arguments], env=environment) == 0


def say(line):
    """Tell the user, also from such a command, in which Snakemake itself is quiet."""
    if FAILED:
        print(line, file=sys.stderr, flush=True)
    else:
        logger.error(line)


onerror:
    jobs = FAILURES.of_their_own()
    for job, record in jobs.items():
        if "dataset" not in FAILURES.wildcards.get(job, {}):
            say(f"failed job: {record.rule_name}: {failure([*record.log, ''][0])}")
    failed = failed_datasets(jobs)
    for table, missing in failed.items():
        where = f", left out of {table}" if table else ""
        for dataset, reason in missing.items():
            say(f"failed dataset{where}: {dataset}: {reason}")
    if failed and workflow.execution_settings.keep_going and make_without(failed, jobs):
        say(
            "Tables and figures over the other datasets are made. Once the cause is mended, "
            "a new run does what is missing."
        )
