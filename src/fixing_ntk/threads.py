"""Keep two BLAS thread pools from fighting over the same cores."""

from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _numpy_blas():
    controller = ThreadpoolController()
    ours = [lib for lib in controller.lib_controllers if "numpy" in lib.filepath.replace("\\", "/")]
    return controller.select(filepath=[lib.filepath for lib in ours])


def one_blas_pool():
    """Context in which NumPy's own BLAS is serial while SciPy's keeps its threads.

    NumPy's and SciPy's wheels carry an OpenBLAS each, whose waiting threads spin: solvers that call
    both at two threads ran up to five times slower than at one.
    """
    return _numpy_blas().limit(limits=1)
