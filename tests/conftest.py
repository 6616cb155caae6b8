"""Fixtures and problems that several test modules share, and the order of the tests."""

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
    """Return ``X, y, masks, lam``: random inputs and targets, masks of drawn gates, a penalty.

    X (n, d) is Gaussian with a last column of ones. With ``labels``, y (n,) is -1 or 1. The penalty
    is ``ratio * lambda_max``.
    """
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
    """Return a `Project` whose tiny run has finished, made once for all workers of pytest.

    Tests must not edit it; the fixture `project` is a copy to edit.
    """
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
    """Return a copy of the finished project that one test may edit."""
    return finished.copy(tmp_path / "copy")


@pytest.fixture
def small_samples(monkeypatch):
    """Let `newton_cg` run its own steps, on samples of the rows, on problems of more than 15 rows.

    Without this fixture `newton_cg` leaves such small problems to `newton`.
    """
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
    """Put the tests of the modules in `LONGEST` first, in this order, so that none runs last."""

    def turn(item):
        return LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST)

    items.sort(key=turn)


def kernel_weights_program(X, y, M, m, mu, p, share=0.0, loss=None, intercept=False):
    """Return the optimal value of the program of one p by cvxpy, as a reference for `solve_mkl`.

    It is stated over the ball of kernel weights, so it shares no norm and no dual with the package.
    ``M`` (n, k) has the masks as columns, ``m`` (k,) the prior. The NTK in closed form is one more
    kernel if its ``share`` is not 0; the masks then share the rest of the prior. ``loss`` maps
    outputs, an expression of cvxpy, to a loss; by default ``1/2 ||f - y||^2``. An intercept is not
    penalised.
    """
    import cvxpy  # a second that most tests need not wait for

    n, kernels = len(y), [np.outer(one, one) * (X @ X.T) for one in M.T.astype(float)]
    prior = (1.0 - share) * m
    if share:
        norms = np.linalg.norm(X, axis=1)
        angles = np.arccos(np.clip(X @ X.T / np.outer(norms, norms), -1.0, 1.0))
        kernels.append(X @ X.T * (np.pi - angles) / (2 * np.pi))
        prior = np.append(prior, share)
    u = cvxpy.Variable(len(kernels), nonneg=True)
    roots = [np.linalg.cholesky(K + 1e-10 * np.trace(K) * np.eye(n)) for K in kernels]
    W = [cvxpy.Variable(n) for _ in kernels]
    cost = sum(cvxpy.quad_over_lin(w, u[i]) for i, w in enumerate(W))
    f = sum(root @ w for root, w in zip(roots, W, strict=True))
    if np.isinf(p):
        ball = [u <= prior]
    else:
        ball = [cvxpy.pnorm(cvxpy.multiply(prior ** (1.0 / p - 1.0), u), p) <= 1.0]
    if intercept:
        f = f + cvxpy.Variable()
    value = 0.5 * cvxpy.sum_squares(f - y) if loss is None else loss(f)
    objective = value + 0.5 * mu * cost
    precise = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-7)  # what it can reach
    return cvxpy.Problem(cvxpy.Minimize(objective), ball).solve(cvxpy.CLARABEL, **precise)
