"""Dense products through SciPy's BLAS, and how many threads it may use.

NumPy's and SciPy's wheels carry an OpenBLAS each, whose waiting threads spin: solvers that called
both at two threads ran up to five times slower than at one. So the solvers' products and factors
all go through SciPy's, and NumPy's is held to one thread meanwhile.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import cache

import numpy as np
from scipy.linalg.blas import dgemm, sgemm
from threadpoolctl import ThreadpoolController

WORTH_THREADS = 2e9  # operations of one factor: below it, starting threads costs more
WORTH_WORKERS = 2e8  # operations of one pass over the masks

_workers = ContextVar("threads that SciPy's BLAS had when `one_pool` was entered", default=1)


def product(A, B, transpose_a=False):
    """``A @ B`` or ``A.T @ B`` for arrays of one dtype, float32 or float64, both in C order."""
    gemm = sgemm if A.dtype == np.float32 else dgemm
    return gemm(1.0, B.T, A.T, trans_b=transpose_a).T


@cache
def _pools():
    """Controllers of NumPy's BLAS and of all others."""
    controller = ThreadpoolController()
    paths = {lib.filepath: lib.filepath.replace("\\", "/") for lib in controller.lib_controllers}
    numpys = [path for path, name in paths.items() if "/numpy" in name]
    others = [path for path in paths if path not in numpys]
    return controller.select(filepath=numpys), controller.select(filepath=others)


@contextmanager
def one_pool(operations):
    """Context with NumPy's BLAS serial, and SciPy's too unless ``operations`` are worth threads."""
    numpys, others = _pools()
    given = max((lib.num_threads for lib in others.lib_controllers), default=1)
    with ExitStack() as stack:
        stack.callback(_workers.reset, _workers.set(given))
        stack.enter_context(numpys.limit(limits=1))
        if operations < WORTH_THREADS:
            stack.enter_context(others.limit(limits=1))
        yield


def for_each(task, items, operations):
    """Call ``task`` on every item, inside `one_pool` by several workers if that is worth it.

    Each task writes to a place of its own, so the result is the same for any number of workers.
    """
    workers = _workers.get()
    if workers == 1 or operations < WORTH_WORKERS:
        for item in items:
            task(item)
        return
    with _pools()[1].limit(limits=1), ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(task, items):
            pass
