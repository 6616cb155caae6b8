# A dataset that fails does not take the others down. Its jobs fail, so a later run tries them again,
# and with keep-going all else is done; but what joins the datasets would wait for it. So such a run
# ends by the same command once more, which leaves those datasets out of every table, a row naming each
# reason. That command also does what shared a cluster job with one that failed, and had no turn yet.
import logging
import subprocess
import time

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

from fixing_ntk.pipeline.logs import INTERRUPTED, failed_since, failure

FORCE = {"-F", "--forceall", "-f", "--force"}  # not twice
# In front of the user's arguments, which may end in "--" and targets; the lock is the first run's own.
OMIT, ONCE_MORE = "--omit-from", ["--quiet", "all", "--nolock"]
STARTED = time.time()


class Failures(logging.Handler):
    """Jobs that failed, and did not succeed at a later attempt, from Snakemake's events."""

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
        elif event == LogEvent.JOB_FINISHED:
            self.jobs.pop(record.job_id, None)

    def causes(self):
        """Failed jobs, without those that only shared a group with one that failed."""
        bystanders = set()
        for members in self.groups:
            failed = {job for job in members & self.jobs.keys() if self.has_failed(job)}
            bystanders |= members - failed if failed else set()
        return {job: record for job, record in self.jobs.items() if job not in bystanders}

    def has_failed(self, job):
        """Whether a job began in this run and did not end well."""
        return any(failed_since(log, STARTED) for log in self.jobs[job].log[:1])


FAILURES = Failures()
logger.addHandler(FAILURES)


def make_without(failed, jobs):
    """Run this command again without the failed datasets; none of the jobs is tried once more.

    Return whether all else is made.
    """
    outputs = [path for record in jobs.values() for path in record.output]
    arguments = [word for word in sys.argv[1:] if word not in FORCE]
    if FAILED:  # this is such a command itself, which begins as below
        end = arguments.index(ONCE_MORE[0])
        outputs, arguments = arguments[1:end] + outputs, arguments[end + len(ONCE_MORE) :]
    arguments = [OMIT, *outputs, *ONCE_MORE, *arguments]
    environment = os.environ | {"FAILED_DATASETS": json.dumps(FAILED | failed)}
    environment.pop("FIXING_NTK_RUN", None)  # it is a run, not a job of this one
    return subprocess.call([PYTHON, "-m", "snakemake", *arguments], env=environment) == 0


def say(line):
    """Tell the user, also from such a command, in which Snakemake itself is quiet."""
    if FAILED:
        print(line, file=sys.stderr, flush=True)
    else:
        logger.error(line)


onerror:
    jobs = FAILURES.causes()
    failed, interrupted = {}, False
    for job, record in jobs.items():
        reason = failure([*record.log, ""][0])
        interrupted |= reason == INTERRUPTED
        if dataset := FAILURES.wildcards.get(job, {}).get("dataset"):
            failed[dataset] = reason
        else:
            say(f"failed job: {record.rule_name}: {reason}")
    for dataset, reason in failed.items():
        say(f"failed dataset: {dataset}: {reason}")
    others = [name for name in datasets() if name not in failed]
    if failed and others and not interrupted and make_without(failed, jobs):
        say(
            "Tables and figures over the other datasets are made. Once the cause is mended, "
            "a new run does what is missing."
        )
