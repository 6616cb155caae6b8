"""Dense products through SciPy's BLAS, and how many threads it may use.

NumPy's and SciPy's wheels carry an OpenBLAS each, whose waiting threads spin: solvers that called
both at two threads ran up to five times slower than at one. So the solvers' products and factors
all go through SciPy's, and NumPy's is held to one thread meanwhile.
"""

from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

import numpy as np
from scipy.linalg import blas, lapack
from threadpoolctl import ThreadpoolController

WORTH_THREADS = 2e9  # operations of one factor: below it, starting threads costs more


def routines(dtype):
    """Return SciPy's BLAS and LAPACK routines in one precision.

    Parameters
    ----------
    dtype : dtype
        float32 or float64, of all arrays; those in Fortran order are not copied.

    Returns
    -------
    types.SimpleNamespace
        ``gemm``, ``gemv``, ``syrk``, ``trsv``, ``potrf``, ``potrs`` and ``trtrs``, with SciPy's
        arguments. ``potrf`` leaves the other triangle as it was.
    """
    return _SINGLE if dtype == np.float32 else _DOUBLE


def _precision(prefix):
    return SimpleNamespace(
        **{name: getattr(blas, prefix + name) for name in ("gemm", "gemv", "syrk", "trsv")},
        **{name: getattr(lapack, prefix + name) for name in ("potrs", "trtrs")},
        potrf=partial(getattr(lapack, prefix + "potrf"), clean=0),
    )


_SINGLE, _DOUBLE = _precision("s"), _precision("d")


def product(A, B, transpose_a=False):
    """``A @ B`` or ``A.T @ B`` for arrays of one dtype, float32 or float64, both in C order."""
    return routines(A.dtype).gemm(1.0, B.T, A.T, trans_b=transpose_a).T


_BLAS = ThreadpoolController().select(user_api="blas")
_NUMPYS = _BLAS.select(
    filepath=[
        lib.filepath for lib in _BLAS.lib_controllers if "/numpy" in lib.filepath.replace("\\", "/")
    ]
)


@contextmanager
def blas_threads(operations):
    """Hold NumPy's BLAS to one thread in this context, and SciPy's unless its work is worth more.

    The number of threads belongs to the process. Where solves overlap in several threads of one
    process, BLAS may be left at one thread afterwards.

    Parameters
    ----------
    operations : float
        Of one factor; from `WORTH_THREADS` on SciPy's BLAS keeps its threads.
    """
    held = _NUMPYS if operations >= WORTH_THREADS else _BLAS
    with held.limit(limits=1):
        yield
