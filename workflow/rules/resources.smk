# What jobs ask a cluster for, and which of them share a Slurm job.
from fixing_ntk.pipeline import resources

# Rules whose jobs follow each other on the same splits; any other rule is a group of its own. The
# Slurm profile says how many of a group share a Slurm job.
GROUPS = dict.fromkeys(
    ["fit_ntk", "fit_mkl", "fit_early_stopping", "fit_averaged", "fit_between", "compare_solvers"],
    "fits",
)
# Rules that have the gates of all draws, or of the most that are compared.
GATES = {
    **dict.fromkeys(["fit_averaged", "fit_one_program"], AVERAGED * config["n_gates"]),
    "fit_all_masks": max(ALL_MASKS["gates"]),
}


def of_job(name, wildcards):
    """Rows, features and gates of a job's dataset."""
    size = SIZES[wildcards.get("dataset", config["data"])]
    gates = GATES.get(name, int(wildcards.get("gates", config["n_gates"])))
    return size.pooled, size.features, gates


def splits_of(name, wildcards):
    """Number of splits that a rule's job fits."""
    if name == "fit_rfm":
        return N_SPLITS["full"]
    if name == "sample_masks":
        return sum(N_SPLITS[protocol] for protocol in PROTOCOLS)
    return len(indices(wildcards.block)) if "block" in wildcards.keys() else 1


def memory(name, result=""):
    """Resource ``mem_mb``: once more of it at every attempt."""

    def mem_mb(wildcards, attempt):
        if name == "compute":
            return attempt * resources.computation_mb(result)
        return attempt * resources.fit_mb(*of_job(name, wildcards))

    return mem_mb


def minutes(name, result=""):
    """Resource ``runtime``: once more of it at every attempt."""

    def runtime(wildcards, attempt):
        if name == "compute":
            return attempt * resources.computation_minutes(result)
        size = of_job(name, wildcards)
        return attempt * resources.fit_minutes(name, *size, splits_of(name, wildcards))

    return runtime


def shared(name):
    """Group of a rule's jobs."""
    return GROUPS.get(name, name)
