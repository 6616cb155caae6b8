"""Threads of the BLAS libraries: held while a solve runs, and as before once it has ended."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from conftest import random_problem
from joblib import Parallel, delayed
from threadpoolctl import threadpool_info, threadpool_limits

from fixing_ntk import solve
from fixing_ntk.programs import one_pool

SMALL, LARGE = 1.0, 1e12  # operations of a factor


def threads():
    """Of NumPy's BLAS, and of SciPy's."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    numpys = {pool["num_threads"] for pool in pools if "/numpy" in pool["filepath"]}
    scipys = {pool["num_threads"] for pool in pools if "/scipy" in pool["filepath"]}
    return numpys, scipys


@pytest.fixture(autouse=True)
def _two_threads():
    with threadpool_limits(2):
        yield
        assert threads() == ({2}, {2}), "nothing outlives a call"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ([SMALL], ({1}, {1})),
        ([LARGE], ({1}, {2})),
        ([SMALL, LARGE], ({1}, {1})),
        ([LARGE, SMALL], ({1}, {1})),
        ([LARGE, LARGE], ({1}, {2})),
    ],
)
@pytest.mark.parametrize("first_out", [0, -1])
def test_calls_that_overlap_get_what_the_smallest_needs(inside, expected, first_out):
    """Whichever ends first, the others keep theirs; the last puts back what the first found."""
    calls = [one_pool(operations) for operations in inside]
    for call in calls:
        call.__enter__()
    assert threads() == expected
    calls.pop(first_out).__exit__(None, None, None)
    if calls:
        left = inside[1:] if first_out == 0 else inside[:-1]
        assert threads() == ({1}, {1 if SMALL in left else 2})
        calls.pop().__exit__(None, None, None)


def test_an_error_ends_a_call_like_any_other():
    with pytest.raises(ZeroDivisionError), one_pool(LARGE), one_pool(SMALL):
        1 / 0  # noqa: B018
    with one_pool(LARGE):
        assert threads() == ({1}, {2})


def test_calls_in_threads_that_end_in_crossing_order():
    """First in, first out, in two threads and a hundred times."""
    together = Barrier(2, timeout=60)

    def first():
        for _ in range(100):
            with one_pool(SMALL):
                together.wait()
                together.wait()
            together.wait()
            together.wait()

    def second():
        seen = []
        for _ in range(100):
            together.wait()
            with one_pool(SMALL):
                together.wait()
                together.wait()
                seen.append(threads())
            seen.append(threads())
            together.wait()
        return seen

    with ThreadPoolExecutor(2) as pool:
        done = pool.submit(first), pool.submit(second)
        done[0].result(timeout=60)
        assert done[1].result(timeout=60) == [({1}, {1}), ({2}, {2})] * 100


@pytest.mark.parametrize("worth_workers", [2e8, 0])
def test_solves_side_by_side_are_those_one_by_one(worth_workers, monkeypatch):
    monkeypatch.setattr("fixing_ntk.programs.blas.WORTH_WORKERS", worth_workers)
    problems = [random_problem(60 + 10 * k, 4, 100, seed=k) for k in range(8)]
    alone = [solve(*problem) for problem in problems]
    assert threads() == ({2}, {2})
    beside = Parallel(n_jobs=4, backend="threading")(
        delayed(solve)(*problem) for problem in problems * 3
    )
    for one, other in zip(alone * 3, beside, strict=True):
        assert np.array_equal(one.weights, other.weights)
        assert (one.objective, one.gap) == (other.objective, other.gap)
