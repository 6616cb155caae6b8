"""Several solvers on one problem, each in its own process: objective, gap, time, memory."""

import logging
import multiprocessing
import time
import warnings

from fixing_ntk.pipeline.peak_memory import peak_mb
from fixing_ntk.programs import lambda_max
from fixing_ntk.results.bounds import positive, shares
from fixing_ntk.solvers import METHODS, solve

log = logging.getLogger(__name__)
BESIDE_EACH_OTHER = ("newton", "conic")
SAME = ("newton_cg",)  # solvers that do the same as "newton" on sets of this size


def methods(every):
    """Return the names of the solvers to compare: "newton" and "conic", or with ``every`` all.

    Solvers of `SAME`, which on these sets do the same as "newton", are never compared.
    """
    return [name for name in METHODS if name not in SAME] if every else list(BESIDE_EACH_OTHER)


def solvers(
    split,
    masks,
    tol,
    conic_backend,
    *,
    ratios=(0.1,),
    first_order_datasets=("breast-cancer", "haberman-survival", "vertebral-column-2clases"),
    max_entries=2e7,
):
    """Solve a split's group lasso by several solvers; return a row for each penalty and solver.

    Parameters
    ----------
    split : Split
    masks : MaskSet
        Masks of the training rows.
    tol : float
        Relative gap of the fits. A fit that misses it does not raise: its status says so.
    conic_backend : {"auto", "mosek", "clarabel"}
        Backend of the solver "conic".
    ratios : sequence of float
        ``lam / lambda_max``.
    first_order_datasets : sequence of str
        Datasets on which all other solvers run beside "newton" and "conic". The other solvers are
        slow at small gaps.
    max_entries : float
        The conic solver runs only up to this many entries ``n d p``; above it the row states the
        reason instead of numbers.

    Returns
    -------
    list of dict
        dataset, n (training rows), d, p (masks), ratio, lam, solver (with its backend), objective,
        gap (relative), status, n_iter, seconds (of the solve), peak_mb (memory in MB of a process
        of its own, interpreter included). A conic solver that was not run has no keys after solver
        but status.
    """
    shares(ratios=ratios)
    positive(max_entries=max_entries)
    X, y, _, _ = split.train_test()
    lam_max = lambda_max(X, y, masks)
    (n, d), p = X.shape, len(masks)
    rows = []
    for ratio in sorted(ratios, reverse=True):
        for method in methods(split.dataset in first_order_datasets):
            row = dict(dataset=split.dataset, n=n, d=d, p=p, ratio=ratio, lam=ratio * lam_max)
            if method == "conic" and n * d * p > max_entries:
                row |= dict(solver="conic", status=f"skipped: n d p above {max_entries:g}")
            else:
                options = {"backend": conic_backend} if method == "conic" else {}
                row |= _measured(X, y, masks, row["lam"], tol, method, options)
            log.info("%s at %g lambda_max: %s", row["solver"], ratio, row["status"])
            rows.append(row)
    return rows


def _measured(*problem):
    """Return `_solve` of its arguments from a new process, so that the peak memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_solve, problem)


def _solve(X, y, masks, lam, tol, method, options):
    """Solve one program and return the measured columns of its row, a dict.

    ``method`` and the dict ``options`` are for `solve`, whose warnings are silenced. The keys are
    solver, objective, gap, status, n_iter, ``seconds``, the time of the solve alone, and
    ``peak_mb``, the peak memory of this process in MB.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the row's status says the same
        start = time.perf_counter()
        solution = solve(X, y, masks, lam, tol, method=method, **options)
        seconds = time.perf_counter() - start
    peak = peak_mb()
    return dict(
        solver=solution.method,
        objective=solution.objective,
        gap=solution.gap,
        status=solution.status,
        n_iter=solution.n_iter,
        seconds=seconds,
        peak_mb=peak,
    )
