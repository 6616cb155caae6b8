"""Dense products through SciPy's BLAS, and how many threads it may use.

NumPy's and SciPy's wheels carry an OpenBLAS each, whose waiting threads spin: solvers that called
both at two threads ran up to five times slower than at one. So the solvers' products and factors
all go through SciPy's, and NumPy's is held to one thread meanwhile.

A pool's number of threads belongs to the process, and solves may run side by side in its threads:
the first of them to begin notes the numbers, and the last to end puts them back.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

from threadpoolctl import ThreadpoolController

from fixing_ntk.programs.unlocked import routines

WORTH_THREADS = 2e9  # operations of one factor: below it, starting threads costs more
WORTH_WORKERS = 2e8  # operations of one pass over the masks

_workers = ContextVar("threads that SciPy's BLAS has outside of every `one_pool`", default=1)


def product(A, B, transpose_a=False):
    """``A @ B`` or ``A.T @ B`` for arrays of one dtype, float32 or float64, both in C order."""
    return routines(A.dtype).gemm(1.0, B.T, A.T, trans_b=transpose_a).T


class _Pools:
    """NumPy's BLAS, serial while any call is inside; SciPy's, while one is that asks for it."""

    def __init__(self):
        libraries = ThreadpoolController().select(user_api="blas").lib_controllers
        self.numpys = [lib for lib in libraries if "/numpy" in lib.filepath.replace("\\", "/")]
        self.others = [lib for lib in libraries if lib not in self.numpys]
        self.lock, self.inside, self.serial = Lock(), 0, 0
        self.before: dict = {}

    @contextmanager
    def held(self, serial):
        """Context of one call; gives the threads that SciPy's BLAS has outside of all."""
        with self.lock:
            if self.inside == 0:
                self.before = {lib: lib.num_threads for lib in (*self.numpys, *self.others)}
            self._count(1, serial)
            given = max((self.before[lib] for lib in self.others), default=1)
        try:
            yield given
        finally:
            with self.lock:
                self._count(-1, serial)

    def _count(self, change, serial):
        self.inside += change
        self.serial += change * serial
        for libraries, limited in ((self.numpys, self.inside), (self.others, self.serial)):
            for lib in libraries:
                _set_threads(lib, 1 if limited else self.before[lib])


def _set_threads(lib, count):
    # Else threadpoolctl, from 3.7 on, lets only the thread that was first set OpenBLAS's number.
    release = getattr(lib, "clear_controlling_thread", lambda force: None)
    release(force=True)
    lib.set_num_threads(count)
    release(force=True)


_POOLS = _Pools()


@contextmanager
def one_pool(operations):
    """Context with NumPy's BLAS serial, and SciPy's too unless ``operations`` are worth threads.

    It gives whether SciPy's is serial.
    """
    serial = operations < WORTH_THREADS
    with _POOLS.held(serial) as given:
        token = _workers.set(given)
        try:
            yield serial
        finally:
            _workers.reset(token)


def for_each(task, items, operations):
    """Call ``task`` on every item, inside `one_pool` by several workers if that is worth it.

    Each task writes to a place of its own, so the result is the same for any number of workers.
    """
    workers = _workers.get()
    if workers == 1 or operations < WORTH_WORKERS:
        for item in items:
            task(item)
        return
    with _POOLS.held(serial=True), ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(task, items):
            pass
