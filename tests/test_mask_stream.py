import subprocess
import sys

import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk import MaskSet, lambda_max, solve
from fixing_ntk.mask_stream import GATES_PER_BLOCK


@pytest.fixture
def stream():
    X, *_ = random_problem(25, 4, 1, seed=0)
    return MaskSet.stream(X, GATES_PER_BLOCK + 300, seed=5)


def test_blocks_rows_and_gates_tell_of_the_same_masks(stream):
    every = np.concatenate([stream.rows(part) for part in stream.slices(float, len(stream))])
    assert every.shape == (len(stream), 25)
    index = np.array([GATES_PER_BLOCK + 7, 3, 0, GATES_PER_BLOCK + 299, 3])
    assert np.array_equal(stream.rows(index), every[index])
    assert np.array_equal(stream.X @ stream.gates_at(index) >= 0, every[index].T)
    assert stream.rows(index, np.float32).dtype == np.float32


def test_first_gates_do_not_depend_on_how_many_follow(stream):
    more = MaskSet.stream(stream.X, 5 * GATES_PER_BLOCK, seed=5)
    index = np.arange(0, GATES_PER_BLOCK, 100)
    assert np.array_equal(stream.gates_at(index), more.gates_at(index))
    other = MaskSet.stream(stream.X, len(stream), seed=6)
    assert not np.array_equal(stream.gates_at(index), other.gates_at(index))


@pytest.mark.parametrize("method", ["newton", "first_order"])
def test_stored_and_streamed_masks_have_one_optimum(stream, method):
    X, y = stream.X, np.random.default_rng(0).standard_normal(25)
    stored = MaskSet.from_gates(X, stream.gates_at(np.arange(len(stream))))
    assert len(stored) < len(stream), "repeated masks are merged"
    lam = 0.05 * lambda_max(X, y, stream)
    assert lam == pytest.approx(0.05 * lambda_max(X, y, stored), rel=1e-12)
    streamed = solve(X, y, stream, lam, tol=1e-8, method=method)
    assert streamed.status == "optimal"
    assert streamed.objective == pytest.approx(solve(X, y, stored, lam, tol=1e-8).objective)


BIG = """
import resource, sys
import numpy as np
from fixing_ntk import MaskSet, lambda_max, solve
rng = np.random.default_rng(0)
X = np.column_stack([rng.standard_normal((1000, 24)), np.ones(1000)])
y = np.sign(X[:, 0] * X[:, 1] + 0.3 * rng.standard_normal(1000))
masks = MaskSet.sample(X, 100_000, seed=0)
solution = solve(X, y, masks, 0.1 * lambda_max(X, y, masks))
assert solution.status == "optimal" and len(masks) == 100_000
unit = 2**20 if sys.platform == "darwin" else 2**10
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)
"""


@pytest.mark.slow
def test_a_hundred_thousand_masks_fit_in_500_megabytes():
    """Peak of the whole process; the explicit matrix would take 20 GB."""
    run = subprocess.run([sys.executable, "-c", BIG], capture_output=True, text=True, check=True)
    assert float(run.stdout) < 500
