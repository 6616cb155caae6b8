"""Copy the project for tests, with a configuration that is small enough to run."""

import os
import re
import shutil
from pathlib import Path

import forks
import yaml

from fixing_ntk.pipeline.config import ON_A_TABLE

ROOT = Path(__file__).parents[1]
HANGS = 3600  # seconds after which a command is given up, however busy the machine
TINY = {
    "name": "tiny",
    "datasets": ["sklearn-iris"],
    "example_dataset": "sklearn-iris",
    "protocols": ["paper", "full"],
    "splits": {"full": 3, "per_job": 2, "folds": 3},
    "n_gates": 40,
    "mkl_ratios": [0.5, 0.1, 0.05],
    "ntk_ratios": [1.0, 0.1],
    "same_lambda": {"ratios": [0.3, 0.1], "reference": 0.1},
    "stopped": {"ratios": [0.5, 0.02], "reweightings": [0, 1, 4]},
    "baselines": {"logistic_C": [0.1, 10.0], "svm_C": [1.0], "svm_gamma": [0.3, 1.0], "trees": 5},
    "level": "extended",
    "rfm": False,
    "solvers": {"first_order_datasets": []},
    "fit_1d": {"n_gates": 2000},
    "averaged": {"draws": 2},
    "at_least_as_accurate": {"splits": 4, "per_job": 3},
    "sensitivity": {"gates": [20, 90], "ntk_ratios": [10.0, 0.01]},
    "all_masks": {"gates": [20, 40, 100]},
    "irls_smoothing": {"n": 20, "d": 3, "n_gates": 30, "costs": [0.1, 0.03, 0.01]},
    "gated_to_relu": {
        "n_masks": 20,
        "n": 20,
        "n_test": 50,
        "d": 3,
        "dimensions": [3],
        "per_dimension": [4],
        "n_seeds": 2,
    },
    "conversions": {"n_masks": 20},
    "irls_convergence": {"n": 40, "d": 4, "n_gates": 40, "n_iter": 30},
    "regularization_path": {"n_points": 8},
    "gate_choice": {"n_draws": 5, "n_steps": 20},
    "interpolation": {"n_points": 4},
    "networks": {"ratios": [0.3, 0.1], "starts": 2, "max_iter": 200, "relu_masks": 10},
    "nonconvex_gap": {
        "n": 8,
        "widths": [2, 10],
        "starts": 3,
        "samples": [10, 8],
        "further_widths": [10],
        "further_starts": 2,
    },
    "ntk_width": {"n": 12, "widths": [30, 300], "n_seeds": 10, "monte_carlo_gates": 20000},
    "linearization": {"n": 10, "widths": [100, 1000], "n_seeds": 5},
    "arrangement": {"n": 6, "samples": [10, 8, 6], "n_gates": 1000, "batches": 50},
    "mkl_equivalence": {"n": 20, "d": 3, "n_gates": 60},
    "mask_count": {"samples": [10, 8], "gates": [5, 50, 500], "n_seeds": 2},
    "limits": {"n": 20, "d": 3, "n_gates": 40, "gates": [100, 400, 1600], "n_draws": 2},
    "luck": {"gates": [20, 40], "n_draws": 2, "fresh_gates": 400},
    "cone_weights": {"n": 6},
    "between": {
        "samples": [40, 80],
        "dimension": 4,
        "units": [1, 20],
        "n_gates": 60,
        "n_held_out": 100,
        "n_seeds": 2,
    },
    "when_it_pays": {
        "samples": [50, 150],
        "dimensions": [5],
        "units": [1, 30],
        "n_gates": 150,
        "n_held_out": 200,
        "n_seeds": 6,
    },
    "prediction_error": {
        "samples": [100, 400, 3200],
        "active": [1, 2],
        "n_gates": 20,
        "n_seeds": 4,
        "fit_from": 100,
    },
}


def own_settings(**changes):
    """Return `Settings` for a small run on a table of the user's own, overridden by ``changes``."""
    from fixing_ntk.comparison.own_pipelines import Settings

    own = yaml.safe_load((ROOT / "config.yaml").read_text())["own"]
    tiny = {key: TINY[key] for key in ("ntk_ratios", "mkl_ratios", "baselines")}
    given = dict(tol=1e-6, solver={}, methods=own["methods"], tuning_rows=own["tuning_rows"])
    return Settings(**given | tiny | changes)


def split_of(name, number=0):
    """Split of a dataset that scikit-learn has, with three folds, as protocol "tests"."""
    from fixing_ntk.data import bundled, splits

    data = bundled.load(name)
    folds = splits.assign_folds(data.y, 0.25, 3, 0, "tests", name, number)
    return splits.Split.cross_validated(name, number, data.X, data.y, folds)


def snakemake(folder, *arguments, source=ROOT / "src", **environment):
    """Run Snakemake in a folder, with the package from ``source``; return the finished process.

    Its ``stdout`` has all that was printed, errors included. The exit status is not checked.
    """
    variables = os.environ | {"PYTHONPATH": str(source)} | environment
    return forks.snakemake(folder, [str(word) for word in arguments], variables, HANGS)


class Project:
    """A copy of workflow, package and configuration in a folder, with the configuration `TINY`."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("workflow", "src"):
            # With what is compiled already, but not what another process is just compiling.
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.pyc.*"))
        for name in ("Snakefile", "config.yaml"):
            shutil.copy2(ROOT / name, folder / name)
        self.configure()

    @classmethod
    def at(cls, folder):
        """Return the project that is in a folder already; nothing is copied."""
        project = cls.__new__(cls)
        project.folder = folder
        return project

    def copy(self, folder):
        return type(self).at(shutil.copytree(self.folder, folder))

    def configure(self, **changes):
        """Write ``tiny.yaml``: `TINY` with changes.

        For a table of the user's own, which is the key ``data``, only keys that apply to it are
        written.
        """
        config = TINY | changes
        if "data" in changes:  # keys without effect on a table are refused
            config = {key: value for key, value in config.items() if key in ON_A_TABLE}
            config["splits"] = {"folds": 3}
        (self.folder / "tiny.yaml").write_text(yaml.safe_dump(config | changes))

    def run(self, *arguments, check=True, **environment):
        """Run Snakemake with ``tiny.yaml``, and return the finished process.

        With ``check`` the run must succeed. ``environment`` has further variables.
        """
        words = ("--configfile", "tiny.yaml", "--scheduler", "greedy", *arguments)
        done = snakemake(self.folder, *words, source=self.folder / "src", **environment)
        assert not check or done.returncode == 0, done.stdout[-4000:]
        return done

    def scheduled(self, *targets):
        """Return the names of the rules that a run for the targets would start, a set."""
        out = self.run("--dry-run", *targets).stdout
        if "Nothing to be done" in out:
            return set()
        table = re.search(r"^job +count\n-.*\n((?:\w+ +\d+\n)+)", out, flags=re.MULTILINE)
        return {line.split()[0] for line in table[1].splitlines()} - {"all", "total"}

    def edit(self, path, old="", new="\n# edited\n"):
        """Replace ``old`` by ``new`` wherever a file has it, or append ``new`` if ``old`` is empty.

        The file must have ``old``.
        """
        text = (self.folder / path).read_text()
        assert old in text
        edited = text.replace(old, new) if old else text + new
        (self.folder / path).write_text(edited)

    def outputs(self):
        """Return the bytes of every file under ``results`` but the logs, a dict by path."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in (self.folder / "results").rglob("*")
            if path.is_file() and "logs" not in path.parts
        }

    def reproducible(self):
        """Return the `outputs` that are the same bytes in every run.

        Left out are files with seconds or memory, and those with digests of such files.
        """
        return {
            path: content
            for path, content in self.outputs().items()
            if not re.search(r"/solvers/|/tables/solvers\.|/overview\.html$|/manifest\.json$", path)
        }
