"""Fit the model of what jobs need to the logs of finished runs.

``make needs`` takes every run in `results/` that has a manifest, writes `workflow/needs.csv`, by
which jobs ask a cluster, and shows how far the model is from what was used.
"""

import csv
import json
import math
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from fixing_ntk.data import catalog, own, own_datasets
from fixing_ntk.pipeline import logs, needs
from fixing_ntk.pipeline.plan import OWN

MODEL = Path("workflow/needs.csv")
ERRORS = Path("results/published/needs/errors.csv")
LEAST_MARGIN = 1.1  # a job that runs once more does not take the same to the last MB
RULES = tuple(dict.fromkeys(rule for rule, _ in needs.MODEL))


class Record(NamedTuple):
    """Of one finished job."""

    rule: str
    work: needs.Work | None
    seconds: float
    mb: float


def records(results):
    """`Record` of every fit and experiment of the finished runs in a folder.

    Raises
    ------
    FileNotFoundError
        If there is no finished run.
    """
    found = []
    for manifest in sorted(Path(results).glob("*/manifest.json")):
        config = json.loads(manifest.read_text())["config"]
        if "n_gates" not in config:
            continue  # the benchmark, whose jobs are others
        if config.get("data") and not Path(config["data"]).is_file():
            continue  # a table that is gone: its size is not known
        sizes = _sizes(config, Path(results) / "pinned")
        for log in sorted((manifest.parent / "logs").rglob("*.log")):
            took = logs.needs(log)
            rule, *names = log.relative_to(manifest.parent / "logs").with_suffix("").parts
            if took and rule in RULES:
                work = needs.work(config, sizes, *_job(rule, names, config))
                found.append(Record(rule, work, took[0], took[2]))
            elif took and rule == "experiments":
                found.append(Record(needs.EXPERIMENT + names[0], None, took[0], took[2]))
    if not found:
        raise FileNotFoundError(f"no finished run in {results}: run `make paper` first")
    return found


def _sizes(config, pins):
    """Of everything that a run is made of."""
    sizes = catalog.sizes()
    for name, entry in own_datasets.by_name(config["datasets"]).items():
        sizes[name] = own_datasets.pinned_size(entry, pins)
    if config.get("data"):
        of = {key: config[key] for key in ("target", "task", "drop", "use")}
        sizes[config["data"]] = own.size(own.read(config["data"], **of))
    return sizes


def _job(rule, names, config):
    """Dataset, protocol and number of splits of a job, from what its log is named by."""
    if rule == "compare_solvers":
        return names[0], config["protocols"][0], 1
    if rule in OWN:
        return config["data"], rule, 1
    if rule == "fit_rfm":
        return names[0], "full", config["splits"]["full"]
    *protocol, dataset, block = names
    first, last = map(int, block.split("-"))
    return dataset, *(protocol or ["full"]), last - first + 1


def fit(found):
    """`needs.Need` of every rule and need, and how far it is from what was used.

    Non-negative coefficients of least squares of the relative error.

    Returns
    -------
    fitted : dict of (str, str) to needs.Need
    errors : list of dict
        Of each: ``rule``, ``need``, ``jobs``; ``median``, the median relative error; ``margin``,
        as of `needs.Need`; ``most``, the largest ratio of what is asked to what was used with
        Snakemake's own, and ``over``, the same less one step: 100 MB, or a minute.
    """
    fitted, errors = {}, []
    for rule in dict.fromkeys(record.rule for record in found):
        jobs = [record for record in found if record.rule == rule]
        for need, ask, beside, step in (
            ("seconds", needs.asked_minutes, needs.START_S, 60),
            ("mb", needs.asked_mb, needs.WRAPPING_MB, needs.STEP_MB),
        ):
            terms = needs.terms_of(rule, need)
            used = np.array([getattr(record, need) for record in jobs])
            A = np.array([[term(record.work) for term in terms.values()] for record in jobs])
            scale = A.max(axis=0)
            scale[scale == 0] = 1.0
            c = nnls(A / scale / used[:, None], np.ones(len(used)))[0] / scale
            kept = {name: float(value) for name, value in zip(terms, c, strict=True) if value > 0}
            model = A @ c
            margin = max(LEAST_MARGIN, math.ceil(100 * np.max(used / model)) / 100)  # as written
            fitted[rule, need] = needs.Need(kept, margin)
            asked = np.array([ask(margin * value) for value in model])
            asked = asked * 60 if need == "seconds" else asked
            errors.append(
                dict(
                    rule=rule,
                    need=need,
                    jobs=len(jobs),
                    median=float(np.median(np.abs(model / used - 1))),
                    margin=margin,
                    most=float(np.max(asked / (beside + used))),
                    over=float(np.max((asked - step) / (beside + used))),
                )
            )
    return fitted, errors


def main():
    """Write the model and its errors, and print these."""
    try:
        fitted, errors = fit(records("results"))
    except FileNotFoundError as error:
        sys.exit(f"make needs: {error}")
    known = needs.read(MODEL) if MODEL.exists() else {}
    if kept := sorted({rule for rule, _ in known} - {rule for rule, _ in fitted}):
        print(f"kept as they were, for no finished run has them: {', '.join(kept)}")
    needs.write(MODEL, known | fitted)
    ERRORS.parent.mkdir(parents=True, exist_ok=True)
    with ERRORS.open("w", newline="") as f:
        rows = csv.DictWriter(f, errors[0], lineterminator="\n")
        rows.writeheader()
        rows.writerows(
            {key: f"{v:.3g}" if isinstance(v, float) else v for key, v in row.items()}
            for row in errors
        )
    print(f"{'rule':31} need     jobs  median error  margin  asked/used, most  less a step")
    for e in errors:
        print(
            f"{e['rule']:31} {e['need']:8} {e['jobs']:4} {e['median']:13.0%} {e['margin']:7.2f}"
            f" {e['most']:17.2f} {e['over']:12.2f}"
        )


if __name__ == "__main__":
    main()
