"""Time a path of penalties with warm starts, against a fit at its last point alone."""

from functools import partial
from statistics import median

import numpy as np

from fixing_ntk.benchmark.protocol import timed
from fixing_ntk.solvers import solve, solve_path

RUNS = 3


def measure(instance, points, ends, gap):
    """Time paths of penalties with warm starts against fits at their last penalties alone.

    Parameters
    ----------
    instance : instances.Instance
    points : int
        Number of penalties of a path, on a geometric grid from `lambda_max`, which is not solved.
    ends : sequence of float
        The last and smallest ``lam / lambda_max`` of each path.
    gap : float
        Relative gap that every point must reach.

    Yields
    ------
    dict
        For each of ``ends``: instance, n, d, p, end, points; ``path`` and ``last``, CPU
        seconds of the whole path, and of a fit at its last penalty without a warm start, medians of
        `RUNS` alternating runs; ``multiple``, path over last; ``gap_reached``, the largest gap of
        the last of these runs.
    """
    name, X, y, masks, lam_max = instance
    for end in ends:
        lams = lam_max * np.geomspace(1.0, end, points + 1)[1:]
        path, last = [], []
        for _ in range(RUNS):
            seconds, solutions = timed(partial(solve_path, X, y, masks), lams, gap)
            path.append(seconds)
            seconds, alone = timed(partial(solve, X, y, masks), lams[-1], gap)
            last.append(seconds)
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
