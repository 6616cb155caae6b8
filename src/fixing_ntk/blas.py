"""Dense products through SciPy's BLAS, and how many threads it may use.

NumPy's and SciPy's wheels carry an OpenBLAS each, whose waiting threads spin: solvers that called
both at two threads ran up to five times slower than at one. So the solvers' products and factors
all go through SciPy's, and NumPy's is held to one thread meanwhile.
"""

from contextlib import ExitStack, contextmanager
from functools import cache

import numpy as np
from scipy.linalg.blas import dgemm, sgemm
from threadpoolctl import ThreadpoolController

WORTH_THREADS = 2e9  # operations of one solver step: below it, starting threads costs more


def product(A, B, transpose_a=False):
    """``A @ B`` or ``A.T @ B`` for arrays of one dtype, float32 or float64, both in C order."""
    gemm = sgemm if A.dtype == np.float32 else dgemm
    return gemm(1.0, B.T, A.T, trans_b=transpose_a).T


@cache
def _pools():
    controller = ThreadpoolController()
    is_numpy = ["numpy" in lib.filepath.replace("\\", "/") for lib in controller.lib_controllers]
    paths = [lib.filepath for lib in controller.lib_controllers]
    pick = lambda want: controller.select(  # noqa: E731
        filepath=[path for path, ours in zip(paths, is_numpy, strict=True) if ours is want]
    )
    return pick(True), pick(False)


@contextmanager
def one_pool(operations):
    """Context with NumPy's BLAS serial, and SciPy's too unless ``operations`` are worth threads."""
    numpy_pool, scipy_pool = _pools()
    with ExitStack() as stack:
        stack.enter_context(numpy_pool.limit(limits=1))
        if operations < WORTH_THREADS:
            stack.enter_context(scipy_pool.limit(limits=1))
        yield
