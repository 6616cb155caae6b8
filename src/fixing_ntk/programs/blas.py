"""Dense products through SciPy's BLAS, and how many threads it may use.

The wheels of NumPy and SciPy each carry an OpenBLAS, whose threads spin while they wait. Solvers
that called both libraries at two threads ran up to five times slower than at one thread. So all
products and factors of the solvers use SciPy's BLAS, and NumPy's is held to one thread meanwhile.
"""

from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

import numpy as np
from scipy.linalg import blas, lapack
from scipy.sparse import issparse
from threadpoolctl import ThreadpoolController

WORTH_THREADS = 2e9  # operations of one factor: with fewer, starting threads costs more


def routines(dtype):
    """Return SciPy's BLAS and LAPACK routines for arrays of one precision.

    Parameters
    ----------
    dtype : dtype
        float32 or float64, the type of all arrays. Arrays in Fortran order are not copied.

    Returns
    -------
    types.SimpleNamespace
        ``gemm``, ``gemv``, ``syrk``, ``trsv``, ``potrf``, ``potrs`` and ``trtrs``: for float64
        `scipy.linalg.blas.dgemm` and so on, with SciPy's arguments. Only ``potrf`` has another
        default, ``clean=0``: it leaves the triangle that it does not compute as it was.
    """
    return _SINGLE if dtype == np.float32 else _DOUBLE


def _precision(prefix):
    """Return the namespace that `routines` returns for one precision.

    It holds functions of `scipy.linalg.blas` and `scipy.linalg.lapack`. ``prefix`` begins their
    names there: "s" for float32, "d" for float64.
    """
    return SimpleNamespace(
        **{name: getattr(blas, prefix + name) for name in ("gemm", "gemv", "syrk", "trsv")},
        **{name: getattr(lapack, prefix + name) for name in ("potrs", "trtrs")},
        potrf=partial(getattr(lapack, prefix + "potrf"), clean=0),
    )


_SINGLE, _DOUBLE = _precision("s"), _precision("d")


def product(A, B, transpose_a=False):
    """Return ``A @ B``, or ``A.T @ B`` if ``transpose_a``, computed by SciPy's BLAS.

    A and B have two axes and the same dtype, float32 or float64. In C order they are not copied.
    Either may be a csr_array; the result is an ndarray.
    """
    if issparse(A) or issparse(B):
        out = (A.T if transpose_a else A) @ B
        return out.toarray() if issparse(out) else out
    return routines(A.dtype).gemm(1.0, B.T, A.T, trans_b=transpose_a).T


_BLAS = ThreadpoolController().select(user_api="blas")
_NUMPYS = _BLAS.select(
    filepath=[
        lib.filepath for lib in _BLAS.lib_controllers if "/numpy" in lib.filepath.replace("\\", "/")
    ]
)


@contextmanager
def blas_threads(operations):
    """Hold NumPy's BLAS to one thread in this context, and SciPy's too unless the work is large.

    Two OpenBLAS libraries with waiting threads slow each other down. The number of threads is a
    setting of the process, restored at the end. Where several threads of one process enter this
    context at the same time, BLAS may be left at one thread afterwards.

    Parameters
    ----------
    operations : float
        Floating-point operations of one matrix factorisation in this context. From `WORTH_THREADS`
        on, SciPy's BLAS keeps its threads.
    """
    held = _NUMPYS if operations >= WORTH_THREADS else _BLAS
    with held.limit(limits=1):
        yield
