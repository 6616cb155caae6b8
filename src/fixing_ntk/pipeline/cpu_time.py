"""Sum up the CPU time of a run by rule, from the last lines of its jobs' logs."""

from pathlib import Path

from fixing_ntk.pipeline.logs import took


def cpu_time(logs):
    """Return the CPU time of each rule, and of all rules.

    Parameters
    ----------
    logs : str or Path
        Folder of the logs that `log_to` wrote: a subfolder for each rule, or a file for a rule with
        one job.

    Returns
    -------
    list of dict
        ``rule``, the name of the subfolder or file; number of ``jobs``; CPU seconds ``cpu_s`` of
        all its jobs, with child processes; ``start_s``, the part of them for starting the
        interpreter and for imports, which a `job_server` saves. The rule with the most CPU time
        comes first, "all" last. Jobs that failed or are not finished are left out. A log is of the
        last time that its job ran, which may have been in an earlier run.
    """
    logs = Path(logs)
    rows: dict = {}
    for path in sorted(logs.rglob("*.log")):
        used = took(path)
        if used is None:
            continue
        rule = path.relative_to(logs).parts[0].removesuffix(".log")
        for name in (rule, "all"):
            row = rows.setdefault(name, dict(rule=name, jobs=0, cpu_s=0.0, start_s=0.0))
            row["jobs"] += 1
            row["cpu_s"] += used[0]
            row["start_s"] += used[1]
    table = sorted(rows.values(), key=lambda row: (row["rule"] == "all", -row["cpu_s"]))
    return [row | {key: round(row[key], 1) for key in ("cpu_s", "start_s")} for row in table]
