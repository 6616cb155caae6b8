"""Time of a warm-started path against its last point alone."""

import time
from statistics import median

import numpy as np

from fixing_ntk.solvers import solve, solve_path

RUNS = 3


def measure(instance, points, ends, gap):
    """Rows of one instance.

    Parameters
    ----------
    instance : instances.Instance
    points : int
        Penalties on a geometric grid from `lambda_max`, itself left out.
    ends : sequence of float
        Last ``lam / lambda_max`` of a path.
    gap : float
        Relative gap of every point.

    Yields
    ------
    dict
        instance, n, d, p, end, points; medians of `RUNS` runs in turns: ``path`` and ``last``,
        seconds; ``multiple``, their ratio; ``gap_reached``, the largest.
    """
    name, X, y, masks, lam_max = instance
    for end in ends:
        lams = lam_max * np.geomspace(1.0, end, points + 1)[1:]
        path, last = [], []
        for _ in range(RUNS):
            start = time.perf_counter()
            solutions = solve_path(X, y, masks, lams, gap)
            path.append(time.perf_counter() - start)
            start = time.perf_counter()
            alone = solve(X, y, masks, lams[-1], gap)
            last.append(time.perf_counter() - start)
        yield dict(
            instance=name,
            n=X.shape[0],
            d=X.shape[1],
            p=len(masks),
            end=end,
            points=points,
            path=median(path),
            last=median(last),
            multiple=median(path) / median(last),
            gap_reached=max(s.gap for s in [*solutions, alone]),
        )
