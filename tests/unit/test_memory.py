"""What a solve leaves behind, and peak memory of whole processes, interpreter included."""

import gc
import subprocess
import sys

import pytest
from conftest import random_problem

from fixing_ntk import solve
from fixing_ntk.programs import MaskedDesign
from fixing_ntk.solvers.interface import METHODS

PEAK = """
import numpy as np
from fixing_ntk import MaskSet, lambda_max, solve
from fixing_ntk.pipeline.peak_memory import peak_mb
n, d, n_gates = {n}, {d}, {n_gates}
rng = np.random.default_rng(0)
X = np.column_stack([rng.standard_normal((n, d - 1)), np.ones(n)])
y = np.sign(X[:, 0] * X[:, 1] + 0.3 * rng.standard_normal(n))
masks = MaskSet.sample(X, n_gates, seed=0)
solution = solve(X, y, masks, {ratio} * lambda_max(X, y, masks))
assert solution.status == "optimal" and len(masks) == n_gates
print(peak_mb())
"""


def peak_megabytes(**problem):
    """Peak of a whole process that solves the problem."""
    run = [sys.executable, "-c", PEAK.format(**problem)]
    return float(subprocess.run(run, capture_output=True, text=True, check=True).stdout)


def designs():
    return [one for one in gc.get_objects() if isinstance(one, MaskedDesign)]


@pytest.mark.parametrize("method", METHODS)
def test_no_design_outlives_its_solve(method):
    """It holds matrices of order n, which would else wait for Python's collector of cycles."""
    X, y, masks, lam = random_problem(40, 4, 60, seed=0)
    gc.collect()
    before = designs()
    gc.disable()
    try:
        solution = solve(X, y, masks, lam, tol=1e-4, method=method)
        assert designs() == before
    finally:
        gc.enable()
    assert solution.gap <= 1e-4


def test_a_hundred_thousand_masks_fit_in_500_megabytes():
    """The explicit matrix would take 20 GB."""
    assert peak_megabytes(n=1000, d=25, n_gates=100_000, ratio=0.1) < 500


def test_memory_grows_as_the_packed_masks_and_their_gates():
    """The rest, interpreter and working set, is the same at both sizes."""
    few, many = (peak_megabytes(n=1000, d=25, n_gates=p, ratio=0.1) for p in (1000, 100_000))
    kept = 99_000 * (1000 / 8 + 25 * 8 + 2 * 8) / 2**20  # masks, gates, weights and their errors
    assert many - few < 1.5 * kept


def test_twenty_thousand_samples_take_no_matrix_of_their_order():
    """It would take 1600 MB in single precision."""
    assert peak_megabytes(n=20_000, d=21, n_gates=1000, ratio=0.3) < 400


def test_a_hundred_thousand_samples_fit_in_a_gigabyte_and_a_half():
    """A matrix of their order would take 40 GB."""
    assert peak_megabytes(n=100_000, d=25, n_gates=2000, ratio=0.1) < 1500
