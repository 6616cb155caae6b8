"""Progress of a run: a bar a stage, what is running now, and at the end each dataset's time.

Snakemake finds this package by its name; `logger: stages` in workflow/profiles/local asks for it.
The display is for a terminal. Into a pipe or a file go the messages alone, not a line a job; the
log in .snakemake/log has every job either way.
"""

import time
from collections import Counter, defaultdict

from rich.columns import Columns
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
    "fit_ntk": "fits",
    "fit_mkl": "fits",
    "fit_baselines": "fits",
    "fit_rfm": "fits",
    "compare_solvers": "fits",
    "describe_own_data": "data",
    "compare_own_data": "fits",
    "learn_own_data": "fits",
    "run_experiment": "experiments",
    "rfm_environment": "environments",
    # of workflow/bench
    "environment": "environments",
    "make_instance": "data",
    "run_solver": "timed runs",
    "measure_path": "timed runs",
    "measure_scaling": "timed runs",
}
RESULTS = "figures, tables"  # every other rule
ALL = "all"
OF_A_JOB = {LogEvent.JOB_STARTED, LogEvent.PROGRESS, LogEvent.RUN_INFO, LogEvent.SHELLCMD}
# Before every job; how Snakemake noticed a failure; and the reason of it for those without this
# display, which says so itself.
NOT_SHOWN = ("Select jobs to execute...", "RuleException:", "failed job: ")
# Words of Snakemake where a run before this one was killed, or this one is interrupted.
INTERRUPTED = ("Directory cannot be locked", "on user request")


def stage(rule):
    """The stage that a rule's bar belongs to."""
    return STAGES.get(rule, RESULTS)


class State:
    """What is known of a run from Snakemake's events."""

    def __init__(self):
        self.total: Counter[str] = Counter()  # jobs of each stage
        self.done: Counter[str] = Counter()
        self.running: dict[int, tuple] = {}  # of each job: rule, dataset or None, message, start
        self.seconds: dict[str, float] = defaultdict(float)  # of each dataset

    def planned(self, jobs_of_rules):
        for rule, count in jobs_of_rules.items():
            if rule not in ("all", "total"):
                self.total[stage(rule)] += count
                self.total[ALL] += count

    def started(self, job, rule, wildcards, message, now):
        dataset = (wildcards or {}).get("dataset")
        self.running[job] = (rule, dataset, message or rule, now)

    def ended(self, job, now, done=True):
        rule, dataset, _, start = self.running.pop(job, ("all", None, "", now))
        if rule == "all":
            return
        self.done[stage(rule)] += done
        self.done[ALL] += done
        if dataset:
            self.seconds[dataset] += now - start


class LogHandler(LogHandlerBase):
    """Handler that Snakemake makes for ``--logger stages``."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = False
    has_formatter = False
    needs_rulegraph = False

    def __post_init__(self):
        self.console = Console(stderr=not self.common_settings.stdout, highlight=False)
        self.state = State()
        self.failures = []
        self.closed = False
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
        event, now = getattr(record, "event", None), time.monotonic()
        if self.common_settings.dryrun:
            self._print(record)
        elif event == LogEvent.RUN_INFO:
            self._begin(record.stats)
        elif event == LogEvent.JOB_INFO:
            self.state.started(
                record.jobid, record.rule_name, record.wildcards, record.rule_msg, now
            )
        elif event == LogEvent.JOB_FINISHED:
            self.state.ended(record.job_id, now)
            self._advance()
        elif event == LogEvent.JOB_ERROR:
            self._failed(record, now)
        elif event not in OF_A_JOB and not record.getMessage().startswith(NOT_SHOWN):
            self._print(record)

    def _failed(self, record, now):
        _, dataset, message, _ = self.state.running.get(record.jobid, ("", None, "", now))
        self.state.ended(record.jobid, now, done=False)
        log = [*(record.log or []), ""][0]
        why = f"{message or record.rule_name}: {failure(log)}"
        if not dataset:  # else the workflow says at its end what is left out, and why
            self.failures.append(why)
        self.console.print(Text(f"failed: {why}\n  its log: {log}", style="red"), soft_wrap=True)

    def _print(self, record):
        style, text = "red" if record.levelname == "ERROR" else "", self.format(record)
        if any(words in text for words in INTERRUPTED):
            text += "\n`fixing-ntk resume RUN` goes on where it ended."
        self.console.print(Text(text, style=style), soft_wrap=True)

    def _begin(self, jobs_of_rules):
        self.state.planned(jobs_of_rules)
        for name in dict.fromkeys([*STAGES.values(), RESULTS, ALL]):
            if self.state.total[name]:
                self.tasks[name] = self.bars.add_task(name, total=self.state.total[name])
        if self.tasks and self.console.is_terminal:
            self.live.start()

    def _advance(self):
        for name, task in self.tasks.items():
            self.bars.update(task, completed=self.state.done[name])

    def _display(self):
        now = time.monotonic()
        lines = [
            Text(f"{now - start:13.0f} s {message}", overflow="ellipsis", no_wrap=True)
            for _, _, message, start in list(self.state.running.values())
        ]
        return Group(self.bars, *lines)

    def close(self):
        if self.closed:  # Snakemake closes it, and the interpreter at its end does so again
            return
        self.closed = True
        self.live.stop()
        slowest = sorted(self.state.seconds.items(), key=lambda item: -item[1])
        if slowest and self.console.is_terminal:
            self.console.print("Seconds of each dataset, all its jobs:")
            self.console.print(Columns([f"{s:7.1f} {name}" for name, s in slowest], equal=True))
        if self.failures:  # the last lines, below Snakemake's own
            self.console.print(Text("\n".join(["Not done:", *self.failures]), style="red"))
        super().close()
