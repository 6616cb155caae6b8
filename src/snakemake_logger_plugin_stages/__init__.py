"""Show the progress of a run on a terminal: a bar for each stage, and the jobs that run now.

Snakemake finds this package by its name, and `logger: stages` in workflow/profiles/local selects
it. A pipe or a file gets the messages, and a line after every tenth of the jobs. The log in
.snakemake/log has a line for every job.
"""

import time
from collections import Counter

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from fixing_ntk.pipeline.logs import failure

STAGES = {
    "download_dataset": "data",
    "prepare_dataset": "data",
    "sample_masks": "masks",
    "compare_solvers": "fits",
    "describe_own_data": "data",
    "compare_own_data": "fits",
    "learn_own_data": "fits",
    "rfm_environment": "environments",
    # rules of workflow/bench
    "environment": "environments",
    "make_instance": "data",
    "run_solver": "timed runs",
    "measure_path": "timed runs",
    "measure_scaling": "timed runs",
}
COMPUTATIONS, RESULTS, ALL = "computations", "figures, tables", "all"
FAMILIES = {"fit_": "fits", "compute_": COMPUTATIONS}  # stages by the start of a rule's name
OF_A_JOB = {LogEvent.JOB_STARTED, LogEvent.PROGRESS, LogEvent.SHELLCMD}
# Messages of Snakemake before every job, or that repeat the message of a failed job.
NOT_SHOWN = ("Select jobs to execute...", "RuleException:")
# Words in Snakemake's messages where an earlier run was killed, or this run is interrupted.
INTERRUPTED = ("Directory cannot be locked", "on user request")


def stage(rule):
    """Return the name of a Snakemake rule's stage; each stage has a bar, which counts its jobs."""
    families = (of for begin, of in FAMILIES.items() if rule.startswith(begin))
    return STAGES.get(rule) or next(families, RESULTS)


class LogHandler(LogHandlerBase):
    """Log handler that Snakemake makes for ``--logger stages``; it draws bars from log records."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = False
    has_formatter = False
    needs_rulegraph = False

    def __post_init__(self):
        self.console = Console(stderr=not self.common_settings.stdout, highlight=False)
        self.running = {}  # by job: its rule, its message, and the time when it started
        self.bars = Progress(
            TextColumn("{task.description:>15}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=self.console,
        )
        self.tasks = {}
        self.live = Live(
            get_renderable=self._display,
            console=self.console,
            transient=True,
            refresh_per_second=4,
        )

    def emit(self, record):
        try:
            self._emit(record)
        except Exception:
            self.handleError(record)

    def _emit(self, record):
        event = getattr(record, "event", None)
        if self.common_settings.dryrun:
            self._print(self.format(record), record.levelname)
        elif event == LogEvent.RUN_INFO:
            self._begin(record.stats)
        elif event == LogEvent.JOB_INFO:
            message = record.rule_msg or record.rule_name
            self.running[record.jobid] = record.rule_name, message, time.monotonic()
        elif event == LogEvent.JOB_FINISHED:
            self._advance(self.running.pop(record.job_id, None))
        elif event == LogEvent.JOB_ERROR:
            _, message, _ = self.running.pop(record.jobid, (None, record.rule_name, None))
            log = [*(record.log or []), ""][0]
            self._print(f"failed: {message}: {failure(log)}\n  its log: {log}", "ERROR")
        elif event not in OF_A_JOB and not record.getMessage().startswith(NOT_SHOWN):
            self._print(self.format(record), record.levelname)

    def _print(self, text, level):
        if any(words in text for words in INTERRUPTED):
            text += "\n`fixing-ntk resume RUN` goes on where it ended."
        self.console.print(Text(text, style="red" if level == "ERROR" else ""), soft_wrap=True)

    def _begin(self, jobs_of_rules):
        total: Counter[str] = Counter()
        for rule, count in jobs_of_rules.items():
            if rule not in ("all", "total"):
                total[stage(rule)] += count
                total[ALL] += count
        for name in dict.fromkeys([*STAGES.values(), COMPUTATIONS, RESULTS, ALL]):
            if total[name]:
                self.tasks[name] = self.bars.add_task(name, total=total[name])
        if self.tasks and self.console.is_terminal:
            self.live.start()

    def _advance(self, job):
        if job and job[0] != "all":
            for name in (stage(job[0]), ALL):
                if name in self.tasks:
                    self.bars.advance(self.tasks[name])
            self._tell(self.bars.tasks[self.tasks[ALL]])

    def _tell(self, jobs):
        """Print the number of finished jobs after every tenth of all, where bars are not shown.

        ``jobs`` is the bar of all jobs, a `rich.progress.Task`.
        """
        before, now = (
            int(10 * done // jobs.total) for done in (jobs.completed - 1, jobs.completed)
        )
        if now > before and not self.console.is_terminal:
            self.console.print(f"{jobs.completed:.0f} of {jobs.total:.0f} jobs")

    def _display(self):
        now = time.monotonic()
        lines = [
            Text(f"{now - start:13.0f} s {message}", overflow="ellipsis", no_wrap=True)
            for _, message, start in list(self.running.values())
        ]
        return Group(self.bars, *lines)

    def close(self):
        self.live.stop()
        super().close()
