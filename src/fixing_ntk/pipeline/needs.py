"""What jobs take, by a model fitted to finished runs, and what they ask a cluster for."""

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from fixing_ntk.data.partitions import N_FOLDS

WRAPPING_MB = 320  # Snakemake's two processes and srun around every script
STEP_MB = 100
EXPERIMENT = "experiments/"
UNKNOWN = {"mb": 300.0, "seconds": 60.0}  # of an experiment that was not measured
LEAST_MINUTES = 45  # for an experiment: its grids may have grown since it was measured
START_S = 10  # of wall time for Snakemake to start on a node, once for every rule job


class Work(NamedTuple):
    """What sets the needs of a job: the sizes of its data, and how much it fits."""

    n: float  # rows to fit on
    d: int  # features
    p: int  # gates
    splits: int
    pairs: int  # of row sets, in all, by which penalties are chosen
    ntk: int  # penalties of the NTK
    mkl: int  # of MKL
    same: int  # of both, at common penalties
    stops: int  # of stopped MKL, penalties times most reweightings
    trees: int
    machines: int  # settings of the SVM
    candidates: int  # kernels of recursive feature machines, times updates
    conic: bool  # whether the conic solver is compared
    others: bool  # and the other solvers
    outputs: int  # targets of the NTK and of MKL


def work(config, sizes, dataset, protocol, splits):
    """`Work` of a job.

    Parameters
    ----------
    config : dict
        As `config.resolve` gives it.
    sizes : dict of str to catalog.Size
        Of every dataset.
    dataset, protocol : str
    splits : int
        Splits that the job fits.
    """
    size = sizes[dataset]
    rows = size.pooled if protocol == "full" else size.rows
    folds = protocol == "folds"
    baselines, compared = (
        config["baselines"],
        {"ratios": [0.1], "first_order_datasets": [], "max_entries": 2e7}
        | config.get("solvers", {}),
    )
    n = rows * (1 - (1 / N_FOLDS if folds else config["splits"]["test_size"]))
    d, p = size.features, config["n_gates"]
    n_folds = config["splits"]["folds"]
    return Work(
        n=n,
        d=d,
        p=p,
        splits=splits,
        pairs=1 if folds else splits * n_folds,  # that one they share
        ntk=len(config["ntk_ratios"]),
        mkl=len(config["mkl_ratios"]),
        same=len(config["same_lambda"]["ratios"]),
        stops=len(config["stopped"]["ratios"]) * max(config["stopped"]["reweightings"]),
        trees=baselines.get("trees", 0),
        machines=len(baselines.get("svm_C", ())) * len(baselines.get("svm_gamma", ())),
        candidates=config["rfm_tuning"]["candidates"] * (1 + config["rfm_tuning"]["updates"]),
        conic=n * (d + 1) * p <= compared["max_entries"],
        others=dataset in compared["first_order_datasets"],
        outputs=size.outputs,
    )


def _matrices(w):
    """Sets of rows that are fitted on."""
    return w.splits + w.pairs


def _fits(w):
    """Fits of MKL."""
    return w.pairs * w.mkl + w.splits * (w.same + 1)


def _tunings(w):
    """Searches of a baseline, which splits do not share."""
    return max(w.splits, w.pairs)


# By rule and need, what a job's seconds and MB are sums of, each times a coefficient. A kernel
# matrix has n^2 entries and a factor of it n^3 / 3 operations; a product with all masks n d p.
Terms = dict[str, Callable[[Work], float]]
# Memory of a fit of MKL: features, masks, kernel.
_OF_A_FIT: Terms = {
    "1": lambda w: 1,
    "n d": lambda w: w.n * w.d,
    "n p": lambda w: w.n * w.p,
    "n^2": lambda w: w.n**2,
}
MODEL: dict[tuple[str, str], Terms] = {
    ("sample_masks", "seconds"): {
        "1": lambda w: 1,
        "splits n d p": lambda w: w.splits * w.n * w.d * w.p,
    },
    ("sample_masks", "mb"): {"1": lambda w: 1, "splits n p": lambda w: w.splits * w.n * w.p},
    ("fit_ntk", "seconds"): {
        "1": lambda w: 1,
        "splits": lambda w: w.splits,
        "matrices n^2": lambda w: _matrices(w) * w.n**2,
        "matrices n^3": lambda w: _matrices(w) * w.n**3,
    },
    ("fit_ntk", "mb"): {"1": lambda w: 1, "n^2": lambda w: w.n**2},
    ("fit_mkl", "seconds"): {
        "1": lambda w: 1,
        "fits": _fits,
        "fits n p": lambda w: _fits(w) * w.n * w.p,
        "fits n d p": lambda w: _fits(w) * w.n * w.d * w.p,
        "fits n^2": lambda w: _fits(w) * w.n**2,
        "fits n^3": lambda w: _fits(w) * w.n**3,
        "stops": lambda w: _matrices(w) * w.stops,
        "stops n^2": lambda w: _matrices(w) * w.stops * w.n**2,
        "stops n^3": lambda w: _matrices(w) * w.stops * w.n**3,
    },
    ("fit_mkl", "mb"): _OF_A_FIT,
    ("fit_draws", "seconds"): {
        "1": lambda w: 1,
        "fits": lambda w: w.splits * (w.mkl + w.same),
        "fits n d p": lambda w: w.splits * (w.mkl + w.same) * w.n * w.d * w.p,
        "fits n^3": lambda w: w.splits * (w.mkl + w.same) * w.n**3,
        "matrices n^2": lambda w: w.splits * w.n**2,
    },
    ("fit_draws", "mb"): _OF_A_FIT,
    ("fit_baselines", "seconds"): {
        "1": lambda w: 1,
        "splits": lambda w: w.splits,
        "splits trees": lambda w: w.splits * w.trees,
        "splits trees n log n d^1/2": lambda w: (
            w.splits * w.trees * w.n * math.log(w.n) * math.sqrt(w.d)
        ),
        "splits n d": lambda w: w.splits * w.n * w.d,
        "machines": lambda w: _tunings(w) * w.machines,
        "machines n^2": lambda w: _tunings(w) * w.machines * w.n**2,
    },
    ("fit_baselines", "mb"): {
        "1": lambda w: 1,
        "trees n": lambda w: w.trees * w.n,
        "n^2": lambda w: w.n**2,
    },
    ("compare_solvers", "seconds"): {
        "1": lambda w: 1,
        "conic n d p": lambda w: w.conic * w.n * w.d * w.p,
        "conic n^2": lambda w: w.conic * w.n**2,
        "others n p": lambda w: w.others * w.n * w.p,
    },
    ("compare_solvers", "mb"): {
        "1": lambda w: 1,
        "n^2": lambda w: w.n**2,
        "conic n d p": lambda w: w.conic * w.n * w.d * w.p,
    },
    ("fit_rfm", "seconds"): {
        "1": lambda w: 1,
        "candidates": lambda w: _tunings(w) * w.candidates,
        "candidates n d": lambda w: _tunings(w) * w.candidates * w.n * w.d,
        "candidates n^2": lambda w: _tunings(w) * w.candidates * w.n**2,
        "candidates n^3": lambda w: _tunings(w) * w.candidates * w.n**3,
    },
    **{
        (rule, need): terms
        for rule in ("compare_own_data", "learn_own_data")
        for need, terms in {
            "seconds": {
                "1": lambda w: 1,
                "searches n": lambda w: w.pairs * w.n,
                "searches n^2": lambda w: w.pairs * w.n**2,
                "searches outputs n^2": lambda w: w.pairs * w.outputs * w.n**2,
                "searches outputs n^3": lambda w: w.pairs * w.outputs * w.n**3,
            },
            "mb": {"1": lambda w: 1, "n p": lambda w: w.n * w.p, "n^2": lambda w: w.n**2},
        }.items()
    },
    ("fit_rfm", "mb"): {"1": lambda w: 1, "n d": lambda w: w.n * w.d, "n^2": lambda w: w.n**2},
}


def terms_of(rule, need):
    """The terms of a rule's need; a rule that the model does not know takes the same always."""
    return MODEL.get((rule, need), {"1": lambda w: 1})


class Need(NamedTuple):
    """A fitted model: ``coefficients`` of its terms, and the ``margin`` it is asked with.

    The margin is the largest ratio, among the jobs it was fitted to, of what was used to the model.
    """

    coefficients: dict[str, float]
    margin: float

    def of(self, terms, w):
        """What the model says of a job."""
        return sum(c * terms[name](w) for name, c in self.coefficients.items())


def read(path):
    """`Need` by rule and kind of need, as `write` left it."""
    needs: dict = {}
    with Path(path).open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            key = row["rule"], row["need"]
            needs.setdefault(key, Need({}, float(row["margin"])))
            needs[key].coefficients[row["term"]] = float(row["coefficient"])
    return needs


def write(path, needs):
    """A row for each term of each `Need`."""
    with Path(path).open("w", encoding="utf-8", newline="") as f:
        rows = csv.writer(f, lineterminator="\n")
        rows.writerow(["rule", "need", "term", "coefficient", "margin"])
        for key, need in needs.items():
            for name, c in need.coefficients.items():
                rows.writerow([*key, name, f"{c:.4g}", f"{need.margin:g}"])


class Needs:
    """What jobs are predicted to take, and what they ask for.

    Parameters
    ----------
    path : str or Path
        The fitted model, of `write`.
    config : dict
        As `config.resolve` gives it.
    sizes : dict of str to catalog.Size
        Of every dataset.
    """

    def __init__(self, path, config, sizes):
        self.fitted, self.config, self.sizes = read(path), config, sizes

    def experiments(self):
        """Names of the experiments that were measured."""
        rules = {rule for rule, _ in self.fitted if rule.startswith(EXPERIMENT)}
        return sorted(rule.removeprefix(EXPERIMENT) for rule in rules)

    def predicted(self, rule, need, *job):
        """Seconds or MB of a rule's job, without margin.

        ``job`` are dataset, protocol and number of splits, of a rule whose needs depend on them.
        """
        w = work(self.config, self.sizes, *job) if job else None
        return self._need(rule, need).of(terms_of(rule, need), w)

    def mem_mb(self, rule, *job):
        """Memory to ask for, Snakemake's own with it."""
        return asked_mb(self.predicted(rule, "mb", *job) * self._need(rule, "mb").margin)

    def minutes(self, rule, *job):
        """Time to ask for."""
        seconds = self.predicted(rule, "seconds", *job)
        asked = asked_minutes(seconds * self._need(rule, "seconds").margin)
        return max(asked, LEAST_MINUTES) if rule.startswith(EXPERIMENT) else asked

    def _need(self, rule, need):
        """Of a new experiment, what is enough for most."""
        return self.fitted.get((rule, need)) or Need({"1": UNKNOWN[need]}, 1.0)


def asked_mb(script_mb):
    """Memory to ask for, for a script that takes ``script_mb``, in whole steps."""
    return STEP_MB * math.ceil((WRAPPING_MB + script_mb) / STEP_MB)


def asked_minutes(seconds):
    """Minutes to ask for, for a script that takes ``seconds``: Slurm counts whole ones."""
    return math.ceil((START_S + seconds) / 60)
