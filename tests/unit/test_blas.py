"""Threads of the BLAS libraries: held while a solve runs, and as before once it has ended."""

import numpy as np
import pytest
from conftest import random_problem
from joblib import Parallel, delayed
from threadpoolctl import threadpool_info, threadpool_limits

from fixing_ntk import solve
from fixing_ntk.programs import blas_threads, routines

SMALL, LARGE = 1.0, 1e12  # operations of a factor


def threads():
    """Of NumPy's BLAS, and of SciPy's."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    numpys = {pool["num_threads"] for pool in pools if "/numpy" in pool["filepath"]}
    scipys = {pool["num_threads"] for pool in pools if "/scipy" in pool["filepath"]}
    return numpys, scipys


@pytest.fixture
def two_threads():
    with threadpool_limits(2):
        yield
        assert threads() == ({2}, {2}), "nothing outlives a call"


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        (SMALL, SMALL, ({1}, {1})),
        (SMALL, LARGE, ({1}, {1})),
        (LARGE, SMALL, ({1}, {1})),
        (LARGE, LARGE, ({1}, {2})),
    ],
)
def test_the_smallest_work_decides(outer, inner, expected):
    alone = ({1}, {1 if outer == SMALL else 2})
    with blas_threads(outer):
        assert threads() == alone
        with blas_threads(inner):
            assert threads() == expected
        assert threads() == alone


@pytest.mark.usefixtures("two_threads")
def test_an_error_ends_a_call_like_any_other():
    with pytest.raises(ZeroDivisionError), blas_threads(LARGE), blas_threads(SMALL):
        1 / 0  # noqa: B018


@pytest.mark.usefixtures("two_threads")
def test_a_solve_leaves_the_threads_as_they_were():
    assert solve(*random_problem(60, 4, 100, seed=0)).gap <= 1e-6


def test_solves_that_overlap_in_threads_are_those_one_by_one():
    problems = [random_problem(60 + 10 * k, 4, 100, seed=k) for k in range(8)]
    alone = [solve(*problem) for problem in problems]
    beside = Parallel(n_jobs=4, backend="threading")(
        delayed(solve)(*problem) for problem in problems * 3
    )
    for one, other in zip(alone * 3, beside, strict=True):
        assert np.array_equal(one.weights, other.weights)
        assert (one.objective, one.gap) == (other.objective, other.gap)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_routines_keep_their_precision(dtype):
    a = np.array([[4.0, 2.0], [2.0, 5.0]], dtype, order="F")
    factor, info = routines(dtype).potrf(a, lower=1)
    assert (factor.dtype, info) == (dtype, 0)
    np.testing.assert_array_equal(np.tril(factor), [[2.0, 0.0], [1.0, 2.0]])
