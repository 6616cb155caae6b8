"""Problems that several test modules share."""

import fcntl
import os
from importlib import import_module

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # tests run side by side, one a core
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each job would compile the package again

import numpy as np
import pytest
from project import Project

from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import lambda_max


def random_problem(n, d, n_gates, seed, ratio=0.1, labels=False):
    """X with a bias column, targets, masks and ``lam = ratio * lambda_max``."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.standard_normal((n, d - 1)), np.ones(n)])
    y = np.sign(rng.standard_normal(n)) if labels else X[:, 0] * X[:, 1] + rng.standard_normal(n)
    masks = MaskSet.sample(X, n_gates, seed)
    return X, y, masks, ratio * lambda_max(X, y, masks)


@pytest.fixture
def problem():
    return random_problem(40, 4, 60, seed=1)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A project whose tiny run has finished, made once for all workers; tests edit copies only."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with open(shared / "finished.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "finished").exists():
            Project(shared / "making").run("--cores", "2")
            (shared / "making").rename(shared / "finished")
    return Project.at(shared / "finished")


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the finished project, to edit."""
    return finished.copy(tmp_path / "copy")


@pytest.fixture
def small_samples(monkeypatch):
    """`newton_cg` on a sample of the rows of small problems, which it would leave to `newton`."""
    module = import_module("fixing_ntk.solvers.newton_cg")
    monkeypatch.setattr(module, "MIN_SAMPLE", 15)
    monkeypatch.setattr(module, "SAMPLE", 15)
    monkeypatch.setattr(module, "FACTOR_UP_TO", 0)


# Much of Slurm's time is waiting, so it goes beside runs that use both cores.
LONGEST = [
    "test_slurm",
    "test_commands",
    "test_workflow",
    "test_interruption",
    "test_own_datasets",
]


def pytest_collection_modifyitems(items):
    """Files of long runs come first, the longest before all, so that none is left at the end."""

    def turn(item):
        return LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST)

    items.sort(key=turn)
