"""BLAS and LAPACK without Python's lock: SciPy's results, bit for bit."""

import sys
import threading
import time

import numpy as np
import pytest
from scipy.linalg import blas, lapack

from fixing_ntk.programs import routines, unlocked


@pytest.fixture(params=[np.float32, np.float64])
def dtype(request):
    return request.param


@pytest.fixture(params=["F", "C"])
def matrix(request, dtype):
    rng = np.random.default_rng(0)
    return lambda *shape: np.array(rng.standard_normal(shape), dtype, order=request.param)


@pytest.fixture
def scipys(dtype):
    """SciPy's function of a name, in the precision."""
    prefix = {np.float32: "s", np.float64: "d"}[dtype]
    return lambda name: getattr(blas if name in ("gemm", "syrk") else lapack, prefix + name)


@pytest.fixture
def another_thread(monkeypatch):
    """Without one there is none to let run; and small calls are let go here too."""
    monkeypatch.setattr(unlocked, "WORTH_UNLOCKING", 1)
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    yield
    ended.set()
    thread.join()


def positive_definite(matrix, n):
    A = matrix(n, n)
    return np.array(A @ A.T + n * np.eye(n), A.dtype, order="F" if A.flags.f_contiguous else "C")


@pytest.mark.parametrize("shape", [(1, 1, 1), (7, 1, 5), (1, 9, 1), (30, 20, 10)])
@pytest.mark.parametrize("trans_a", [0, 1])
@pytest.mark.parametrize("trans_b", [0, 1])
def test_gemm(dtype, matrix, scipys, another_thread, shape, trans_a, trans_b):
    m, n, k = shape
    a, b = matrix(*((k, m) if trans_a else (m, k))), matrix(*((n, k) if trans_b else (k, n)))
    given = dict(trans_a=trans_a, trans_b=trans_b)
    ours, theirs = routines(dtype).gemm(-1.5, a, b, **given), scipys("gemm")(-1.5, a, b, **given)
    assert (ours.dtype, ours.flags.f_contiguous) == (dtype, True)
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (8, 1), (30, 20)])
@pytest.mark.parametrize("trans", [0, 1])
@pytest.mark.parametrize("lower", [0, 1])
def test_syrk(dtype, matrix, scipys, another_thread, shape, trans, lower):
    n, k = shape
    a = matrix(*((k, n) if trans else (n, k)))
    given, ours, theirs = dict(trans=trans, lower=lower), routines(dtype).syrk, scipys("syrk")
    np.testing.assert_array_equal(ours(2.0, a, **given), theirs(2.0, a, **given))
    c = matrix(n, n)
    before = c.copy()
    added = ours(2.0, a, beta=-0.5, c=c, **given)
    np.testing.assert_array_equal(added, theirs(2.0, a, beta=-0.5, c=c, **given))
    np.testing.assert_array_equal(c, before)
    over = ours(2.0, a, beta=-0.5, c=c, overwrite_c=1, **given)
    np.testing.assert_array_equal(over, added)
    assert np.shares_memory(over, c) == c.flags.f_contiguous


@pytest.mark.parametrize("n", [1, 2, 30])
@pytest.mark.parametrize("lower", [0, 1])
def test_potrf_and_trtrs(dtype, matrix, scipys, another_thread, n, lower):
    a, b = positive_definite(matrix, n), matrix(n, 5)
    before = a.copy(), b.copy()
    factor, info = routines(dtype).potrf(a, lower=lower)
    np.testing.assert_array_equal(factor, scipys("potrf")(a, lower=lower, clean=0)[0])
    x, singular = routines(dtype).trtrs(factor, b, lower=lower)
    np.testing.assert_array_equal(x, scipys("trtrs")(factor, b, lower=lower)[0])
    assert info == singular == 0
    for given, as_it_was in zip((a, b), before, strict=True):
        np.testing.assert_array_equal(given, as_it_was)
    over = routines(dtype).potrf(a, lower=lower, overwrite_a=1)[0]
    assert np.shares_memory(over, a) == a.flags.f_contiguous
    over = routines(dtype).trtrs(factor, b, lower=lower, overwrite_b=1)[0]
    assert np.shares_memory(over, b) == b.flags.f_contiguous
    np.testing.assert_array_equal(over, x)


def test_what_cannot_be_factored_is_told(dtype, matrix, another_thread):
    a = positive_definite(matrix, 10)
    a[6, 6] = -1.0
    assert routines(dtype).potrf(a, lower=1)[1] == 7
    a[6] = 0.0
    assert routines(dtype).trtrs(a, matrix(10, 3), lower=1)[1] == 7


def test_slices_and_other_precisions_are_copied(dtype, matrix, scipys, another_thread):
    a, b = matrix(20, 30)[::2, ::3], np.arange(50).reshape(10, 5)
    ours = routines(dtype).gemm(1.0, a, b, trans_a=1)
    np.testing.assert_array_equal(ours, scipys("gemm")(1.0, a, b, trans_a=1))


def test_shapes_that_do_not_fit_are_left_to_scipy(dtype, matrix, scipys, another_thread):
    use, square, x = routines(dtype), matrix(6, 6), matrix(5, 2)
    with pytest.raises(Exception, match="kb==k"):
        use.gemm(1.0, square, matrix(5, 6))
    with pytest.raises(ValueError, match="must be fixed to 6 but got 5"):
        use.syrk(1.0, square, beta=1.0, c=matrix(5, 5))
    with pytest.raises(Exception, match="shape"):
        use.potrf(matrix(6, 5))
    assert use.trtrs(square, x)[1] == scipys("trtrs")(square, x)[1] < 0


@pytest.mark.parametrize("name", ["gemm", "syrk", "potrf", "trtrs"])
def test_others_run_meanwhile(dtype, name):
    """The thread that waits gets its turns while another is inside a call of some length."""
    n = 1500
    a = np.asfortranarray(np.eye(n, dtype=dtype))
    given = {"gemm": (1.0, a, a), "syrk": (1.0, a), "potrf": (a,), "trtrs": (a, a)}[name]
    turns, seen = 0, []

    def work():
        seen.append(turns)
        for _ in range(5):
            getattr(routines(dtype), name)(*given)
        seen.append(turns)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(60.0)  # none that holds the lock is made to let it go
    try:
        thread = threading.Thread(target=work)
        thread.start()
        while thread.is_alive():
            turns += 1
            time.sleep(0.001)
    finally:
        sys.setswitchinterval(interval)
    assert seen[1] - seen[0] > 10
