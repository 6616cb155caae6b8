"""Estimate the CPU time and the memory of a run on a table of the user's own.

Seconds are for one core of the machine on which `COSTS` were fitted, on synthetic tables of 150 to
2,500 rows and 5 to 60 features. Six public tables took 0.45 to 0.76 of their estimates on the same
machine.
"""

import math
from typing import NamedTuple

from fixing_ntk.comparison.methods import ALWAYS, on_a_table
from fixing_ntk.data.memory import MATRICES, bytes_needed, machine_memory
from fixing_ntk.pipeline.resources import START_S

LONG = 3600  # seconds, above which the estimate says how to shorten the run
OF_A_JOB = 8.0  # seconds of a job to start, read the table and write its outputs
# Matrices of n by n numbers that a method holds at once; other methods hold none.
MATRICES_OF = {"ntk": 5, "between": MATRICES, "log_loss": MATRICES}


class Cost(NamedTuple):
    """CPU seconds on m rows of d features: ``constant + linear m d + square m² + cube m³``."""

    constant: float
    linear: float = 0.0
    square: float = 0.0
    cube: float = 0.0

    def of(self, m, d):
        return self.constant + self.linear * m * d + self.square * m**2 + self.cube * m**3


# For each method the cost of choosing its parameters in one fold, and of its fit.
COSTS = {
    "ntk": (Cost(0.01, cube=2.4e-10), Cost(0.01, square=2e-7)),
    "mkl": (Cost(0.05, square=9e-7), Cost(0.02, square=2e-7)),
    "between": (Cost(0.05, square=3e-7, cube=8e-10), Cost(0.02, square=3e-7)),
    "log_loss": (Cost(0.2, square=3e-6, cube=6e-10), Cost(0.05, square=4e-7)),
    "logistic": (Cost(0.05), Cost(0.01)),
    "svm": (Cost(0.05, square=1e-6), Cost(0.0, square=3e-8)),
    "forest": (Cost(0.0), Cost(0.5, linear=1e-5)),
    "boosting": (Cost(0.0), Cost(0.1, linear=1.1e-5)),
    "guess": (Cost(0.0), Cost(0.0)),
}
BY_OUTPUT = ("mkl", "between", "log_loss", "boosting")  # methods that fit one output after another


def matrices(methods):
    """Return the maximum number of n by n matrices that a fit by one of the methods holds.

    ``methods`` are keys of methods, such as the configuration's ``own.methods``. Those that are not
    in `MATRICES_OF`, MKL among them, hold none.
    """
    return max(MATRICES_OF.get(method, 0) for method in ("mkl", *methods))


def seconds_by_method(n, size, task, config):
    """Estimate the CPU seconds, by method, of a job that fits every selected method to n rows.

    The selected methods are those in the configuration's ``own.methods``, and `ALWAYS`. Methods
    that the task lacks are dropped.

    Parameters
    ----------
    n : int
        Rows to fit on.
    size : catalog.Size
        Size of the table, for its features and outputs; ``n`` stands in for its rows.
    task : {"classification", "regression"}
    config : dict
        The resolved configuration.

    Returns
    -------
    dict of str to float
        By key of the method, with the time of choosing its parameters by cross-validation.
    """
    own, folds = config["own"], config["splits"]["folds"]
    held = min(n, own["tuning_rows"]) * (folds - 1) / folds
    chosen = [key for key in on_a_table(task) if key in (*own["methods"], *ALWAYS)]
    return {
        key: (size.outputs if key in BY_OUTPUT else 1)
        * (folds * COSTS[key][0].of(held, size.features) + COSTS[key][1].of(n, size.features))
        for key in chosen
    }


def minutes(n, size, task, config):
    """Return the minutes that a job which fits every selected method requests from a cluster.

    It is an int: `START_S` seconds plus three times the sum of `seconds_by_method`, which has the
    same arguments, in minutes and rounded up.
    """
    return math.ceil((START_S + 3.0 * sum(seconds_by_method(n, size, task, config).values())) / 60)


def estimate(size, task, config, cores):
    """Return lines for the user on the time and memory of a run.

    Parameters
    ----------
    size : catalog.Size
        Size of the whole table.
    task, config
        As for `seconds_by_method`.
    cores : int
        Number of cores that the jobs share.

    Returns
    -------
    list of str
        The time of the whole run on these cores, and the memory of each job. A second line if as
        many jobs as cores need more memory than the machine has: how many fit. A last line if the
        run takes more than `LONG` seconds: how to shorten it.
    """
    splits, n = config["own"]["splits"], size.rows
    of_split = seconds_by_method(
        round((1.0 - config["splits"]["test_size"]) * n), size, task, config
    )
    of_all = seconds_by_method(n, size, task, config)
    total = {key: splits * of_split[key] + of_all[key] for key in of_all}
    longest = OF_A_JOB + sum(of_all.values())
    seconds = max(longest, (sum(total.values()) + OF_A_JOB * (splits + 1)) / cores)
    held = matrices(config["own"]["methods"])
    memory = bytes_needed(n, size.features, config["n_gates"], held)
    lines = [
        f"estimate: {_words(seconds)} on {cores} core(s), {memory / 1e9:.1f} GB of memory for each "
        "job"
    ]
    if cores * memory > machine_memory():
        most = int(machine_memory() // memory)
        lines.append(
            f"{cores} jobs at once need more than the {machine_memory() / 1e9:.0f} GB of memory "
            f"here: use `--cores {most}`"
        )
    if seconds > LONG:
        costs = ", ".join(
            f"{key} {_words(total[key])}" for key in sorted(total, key=lambda key: -total[key])
        )
        lines.append(
            f"to shorten it, select methods with `--methods`, or fewer than {splits} splits with "
            f"`--splits`; CPU time by method: {costs}"
        )
    return lines


def _words(seconds):
    """Write a time in seconds, minutes or hours."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 2 * LONG:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
