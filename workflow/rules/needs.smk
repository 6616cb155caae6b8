# What jobs ask a cluster for, from what they were measured to take: docs/cluster.md has the table.
import math

import numpy as np

WRAPPING_MB = 320  # Snakemake's two processes and srun around every script


def of_rows(need, data):
    """A need that is a number, or a function of the rows to fit on.

    While the file is missing, Snakemake leaves the resource open.
    """
    if not callable(need):
        return need
    with np.load(data) as f:
        return need(len(f["y"]) * (1 - config["splits"]["test_size"]))


def memory(script_mb):
    """Resource ``mem_mb`` in steps of 100, once more of it at every attempt."""

    def mem_mb(wildcards, input, attempt):
        needed = WRAPPING_MB + of_rows(script_mb, input.get("data"))
        return attempt * 100 * math.ceil(needed / 100)

    return mem_mb


def minutes(seconds):
    """Resource ``runtime``: a minute to start, and ten times the measured seconds of every split.

    Nodes and file systems differ. A further attempt asks for a multiple.
    """

    def runtime(wildcards, input, attempt):
        n_splits = len(indices(wildcards)) if "block" in wildcards.keys() else 1
        needed = n_splits * of_rows(seconds, input.get("data"))
        return attempt * math.ceil(1 + 10 * needed / 60)

    return runtime
