"""The plan of a run on a cluster: which of its jobs share a Slurm job, and what they take."""

import math
from typing import NamedTuple

from fixing_ntk.data import catalog
from fixing_ntk.data.partitions import N_FOLDS
from fixing_ntk.pipeline.needs import EXPERIMENT

TOGETHER = (1, 2, 4, 8, 16, 32)  # units that may share a Slurm job; the profile has a group of each
SHORTEST = 10  # minutes; floors of a minute a rule job are most of less, and queueing costs more
DAG_S, DAG_KB = 7e-3, 47  # of Snakemake for every rule job, before the first starts
LONG_S = 300  # from there on, fewer rule jobs are advised
SNAKEMAKE_S = 1.4  # CPU seconds of its start, for every rule job and every Slurm job
FITS = "sample_masks", "fit_ntk", "fit_mkl"
ON_FIRST = (*FITS, "compare_solvers")  # on the first block of splits
OWN = "compare_own_data", "learn_own_data"  # of a table of one's own, in place of the datasets
FILES = {"fit_mkl": 5, "run_experiment": 5}  # results, log, and a record of each result
OTHER_FILES = 3


class Unit(NamedTuple):
    """Rule jobs that follow each other on the same splits, and how many such there are."""

    rules: tuple[str, ...]
    dataset: str
    protocol: str
    splits: int
    times: int


class Row(NamedTuple):
    """Of a plan: of a rule, or of all Slurm jobs."""

    name: str
    jobs: int
    cpu_hours: float
    minutes: int  # the most that one asks for
    mb: int
    files: int


def units(config):
    """Every `Unit` of a run whose jobs share Slurm jobs.

    Parameters
    ----------
    config : dict
        As `config.resolve` gives it.
    """
    if config["data"]:
        yield Unit(OWN[:1], config["data"], OWN[0], 1, config["own"]["splits"])
        yield Unit(OWN[1:], config["data"], OWN[1], 1, 1)
        return
    draws, protocols = config["at_least_as_accurate"], config["protocols"]
    for dataset in catalog.expand(config["datasets"]):
        for protocol in protocols:
            rules = ON_FIRST if protocol == protocols[0] else FITS
            for splits, count in _blocks(n_splits(config)[protocol], config["splits"]["per_job"]):
                if config["baselines"]:
                    yield Unit(("fit_baselines",), dataset, protocol, splits, count)
                if rules == ON_FIRST:
                    yield Unit(rules, dataset, protocol, splits, 1)
                    rules, count = FITS, count - 1
                if count:
                    yield Unit(rules, dataset, protocol, splits, count)
        if "full" in protocols:
            for splits, count in _blocks(draws["splits"], draws["per_job"]):
                yield Unit(("fit_draws",), dataset, "full", splits, count)
            if config["rfm"]:
                yield Unit(("fit_rfm",), dataset, "full", config["splits"]["full"], 1)


def n_splits(config):
    """Number of splits of every protocol."""
    return {"paper": 1, "full": config["splits"]["full"], "folds": N_FOLDS}


def _blocks(n, size):
    """Sizes of the blocks of n splits, and how many there are of each."""
    whole, rest = divmod(n, size)
    return [block for block in ((size, whole), (rest, 1)) if all(block)]


class Plan:
    """How units share Slurm jobs.

    Those of about the same length share one, as many as ask for no more than a goal together: the
    run's minutes over the number of jobs at a time, but no more than ``cluster.minutes``.

    Parameters
    ----------
    config : dict
    needs : needs.Needs
    at_a_time : int
        Slurm jobs that may be queued at a time.
    """

    def __init__(self, config, needs, at_a_time):
        self.config, self.needs, self.units = config, needs, list(units(config))
        total = sum(self.minutes(unit) * unit.times for unit in self.units)
        self.goal = min(max(total / at_a_time, SHORTEST), config["cluster"]["minutes"])

    def minutes(self, unit):
        """Minutes that a unit asks for."""
        return sum(self.needs.minutes(rule, *unit[1:4]) for rule in unit.rules)

    def together(self, unit):
        """How many such units share a Slurm job; those of a table of one's own share none."""
        if unit.rules[0] in OWN:
            return 1
        return max((k for k in TOGETHER if k * self.minutes(unit) <= self.goal), default=1)

    def group(self, rule, dataset, protocol, splits, first=False):
        """Name of the group of a rule's job; units of a group share Slurm jobs by its number.

        ``first`` says whether the job is of the first block of splits of the first protocol.
        """
        rules = (ON_FIRST if first else FITS) if rule in ON_FIRST else (rule,)
        return f"of-{self.together(Unit(rules, dataset, protocol, splits, 1))}"

    def rows(self, experiments):
        """`Row` of every rule, then of all Slurm jobs; ``experiments`` are the names of those."""
        rows: dict = {}
        shared: dict = {}
        for unit in self.units:
            together = self.together(unit)
            shared[together] = shared.get(together, 0) + unit.times
            for rule in unit.rules:
                self._add(rows, rule, rule, unit.times, *unit[1:4])
        for name in experiments:
            self._add(rows, "run_experiment", EXPERIMENT + name, 1)
        jobs = sum(-(-count // together) for together, count in shared.items()) + len(experiments)
        every = list(rows.values())
        longest = max(self.together(unit) * self.minutes(unit) for unit in self.units)
        total = Row(
            "Slurm jobs",
            jobs,
            sum(row.cpu_hours for row in every) + jobs * SNAKEMAKE_S / 3600,
            max([longest, *(row.minutes for row in every)]),
            max(row.mb for row in every),
            sum(row.files for row in every),
        )
        return [*every, total]

    def before_the_first(self, jobs):
        """What building the graph of so many rule jobs takes, and how to have fewer, in words."""
        seconds, gigabytes = jobs * DAG_S, jobs * DAG_KB / 1e6
        said = (
            f"Before the first job starts, Snakemake spends about {seconds:,.0f} s and "
            f"{gigabytes:.1f} GB on the graph of {jobs:,} rule jobs."
        )
        per_job = self.config["splits"]["per_job"]
        if seconds < LONG_S or max(n_splits(self.config).values()) <= per_job:
            return said
        more = per_job * math.ceil(seconds / LONG_S)
        return f"{said} With `splits.per_job: {more}` in place of {per_job} there are fewer."

    def _add(self, rows, name, rule, count, *job):
        seconds = SNAKEMAKE_S + self.needs.predicted(rule, "seconds", *job)
        now = rows.get(name, Row(name, 0, 0.0, 0, 0, 0))
        rows[name] = Row(
            name,
            now.jobs + count,
            now.cpu_hours + count * seconds / 3600,
            max(now.minutes, self.needs.minutes(rule, *job)),
            max(now.mb, self.needs.mem_mb(rule, *job)),
            now.files + count * FILES.get(name, OTHER_FILES),
        )
