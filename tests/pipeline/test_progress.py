"""What a run shows while it goes on: stages and jobs on a terminal, messages alone in a pipe."""

import io
import logging
from types import SimpleNamespace

import pytest
from project import ROOT
from rich.console import Console
from snakemake_interface_logger_plugins.common import LogEvent

import snakemake_logger_plugin_stages as stages


def event(kind, message="", level=logging.INFO, **fields):
    record = logging.LogRecord("run", level, "", 0, message, None, None)
    record.__dict__.update(event=kind, **fields)
    return record


def handler(terminal):
    settings = SimpleNamespace(stdout=False, dryrun=False)
    made = stages.LogHandler(settings, None)
    made.console = Console(file=io.StringIO(), force_terminal=terminal, width=90)
    made.live.console = made.bars.live.console = made.console
    return made


def run(made):
    """Two fits of a dataset and a figure; one fit fails."""
    made.emit(
        event(LogEvent.RUN_INFO, "Job stats: ...", stats={"fit_mkl": 2, "figure_1d": 1, "total": 3})
    )
    for job, rule, wildcards in ((1, "fit_mkl", {"dataset": "pima"}), (2, "figure_1d", None)):
        made.emit(
            event(LogEvent.JOB_INFO, jobid=job, rule_name=rule, wildcards=wildcards, rule_msg=rule)
        )
    with made.console.capture() as capture:
        made.console.print(made._display())
    shown = capture.get()
    made.emit(event(LogEvent.JOB_FINISHED, "Finished job 2", job_id=2))
    made.emit(
        event(
            LogEvent.JOB_ERROR,
            "Error in rule",
            logging.ERROR,
            jobid=1,
            rule_name="fit_mkl",
            log=["fit_mkl.log"],
        )
    )
    made.emit(event(None, "Complete log: x"))
    made.close()
    return shown, made.console.file.getvalue()


def test_a_terminal_shows_stages_and_what_runs():
    shown, _ = run(handler(terminal=True))
    assert "0/2" in shown
    assert "0/3" in shown
    assert "fit_mkl" in shown


def test_a_pipe_gets_messages_errors_and_how_far_it_is():
    _, said = run(handler(terminal=False))
    assert said.splitlines() == [
        "1 of 3 jobs",
        "failed: fit_mkl: did not begin, or was stopped before it could log; its log would be "
        "fit_mkl.log",
        "  its log: fit_mkl.log",
        "Complete log: x",
    ]


def test_a_pipe_hears_of_every_tenth_job_of_a_hundred():
    made = handler(terminal=False)
    made.emit(event(LogEvent.RUN_INFO, stats={"fit_between": 100, "total": 100}))
    for job in range(100):
        made.emit(event(LogEvent.JOB_INFO, jobid=job, rule_name="fit_between", rule_msg="m"))
        made.emit(event(LogEvent.JOB_FINISHED, job_id=job))
    made.close()
    said = made.console.file.getvalue().splitlines()
    assert said == [f"{10 * k} of 100 jobs" for k in range(1, 11)]


def test_a_failed_job_says_why(tmp_path):
    (tmp_path / "log").write_text("Traceback\nfailed: row 3 is bad\n")
    made = handler(terminal=False)
    job = dict(jobid=1, rule_name="learn", wildcards={}, rule_msg="All methods")
    made.emit(event(LogEvent.JOB_INFO, **job))
    made.emit(event(None, "RuleException:\nCalledProcessError ..."))
    made.emit(
        event(
            LogEvent.JOB_ERROR,
            "Error in rule",
            jobid=1,
            rule_name="learn",
            log=[str(tmp_path / "log")],
        )
    )
    made.close()
    made.close()
    said = made.console.file.getvalue()
    assert said.startswith("failed: All methods: row 3 is bad\n")
    assert "CalledProcessError" not in said
    assert "Traceback" not in said


def test_bars_follow_the_events():
    made = handler(terminal=False)
    run(made)
    done = {task.description: (task.completed, task.total) for task in made.bars.tasks}
    assert done == {"fits": (0, 2), "figures, tables": (1, 1), "all": (1, 3)}
    assert not made.running


@pytest.mark.parametrize("rule", stages.STAGES)
def test_every_rule_with_a_stage_exists(rule):
    rules = "".join(path.read_text() for path in (ROOT / "workflow").rglob("*.smk"))
    assert f"rule {rule}:" in rules
