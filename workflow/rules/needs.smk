# What jobs ask a cluster for, and which share a Slurm job: from what finished runs took (`make needs`).
from fixing_ntk.pipeline.needs import EXPERIMENT, Needs
from fixing_ntk.pipeline.plan import OWN, Plan

NEEDS_FILE = str(SCRIPTS.parent / "needs.csv")
NEEDS = Needs(NEEDS_FILE, config, SIZES)
PLAN = Plan(config, NEEDS, at_a_time=workflow.resource_settings.nodes or 1)


def job(name, wildcards, result=""):
    """Rule, dataset, protocol and number of splits, as far as the needs of a job depend on them."""
    if name == "compute":
        return [EXPERIMENT + result]
    if name in OWN:
        return [name, config["data"], name, 1]
    if name == "compare_solvers":
        return [name, wildcards.dataset, PROTOCOLS[0], 1]
    if name == "fit_rfm":
        return [name, wildcards.dataset, "full", N_SPLITS["full"]]
    protocol = wildcards.get("protocol", "full")
    return [name, wildcards.dataset, protocol, len(indices(wildcards))]


def memory(name, result=""):
    """Resource ``mem_mb``, once more of it at every attempt."""
    return lambda wildcards, attempt: attempt * NEEDS.mem_mb(*job(name, wildcards, result))


def minutes(name, result=""):
    """Resource ``runtime``, once more of it at every attempt."""
    return lambda wildcards, attempt: attempt * NEEDS.minutes(*job(name, wildcards, result))


def shared(name):
    """Group of a rule's jobs."""
    first = PROTOCOLS[0], blocks(PROTOCOLS[0])[0]

    def group(wildcards):
        protocol, block = wildcards.get("protocol", "full"), wildcards.get("block")
        if name == "compare_solvers":
            protocol, block = first
        if block is None:
            return PLAN.group(*job(name, wildcards))
        start, end = map(int, block.split("-"))
        return PLAN.group(
            *(name, wildcards.dataset, protocol, end - start + 1), (protocol, block) == first
        )

    return group
