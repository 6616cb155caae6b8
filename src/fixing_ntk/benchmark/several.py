"""Time one call for several targets against one call for each target, with one thread."""

from functools import partial
from statistics import median

import numpy as np
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

from fixing_ntk.benchmark import instances
from fixing_ntk.benchmark.protocol import timed
from fixing_ntk.data.readers import Dataset
from fixing_ntk.programs import lambda_max
from fixing_ntk.solvers import solve

RUNS = 3


def digits(n_gates, seed):
    """Return scikit-learn's digits as an `Instance`, and targets Y (n, 10).

    ``Y[i, k]`` is 1 if sample i shows the digit k, else -1. The instance's own ``y`` is the first
    column. ``n_gates`` gates are drawn by ``seed``, see `instances.make`.
    """
    X, labels = load_digits(return_X_y=True)
    Y = np.where(labels[:, None] == np.arange(10), 1.0, -1.0)
    return instances.make(Dataset("digits", X, Y[:, 0]), n_gates, seed), Y


def measure(n_gates, ratios, gap, seed):
    """Time one call for the ten targets of the digits against ten calls, one for each target.

    Parameters
    ----------
    n_gates : int
        Number of drawn gates; the masks, p in the rows, may be fewer.
    ratios : sequence of float
        The penalty of every target over this target's own `lambda_max`, one ratio after another.
    gap : float
        Relative gap that every fit must reach.
    seed : int

    Yields
    ------
    dict
        For each ratio: instance, n, d, p, ``targets`` (their number), ratio; ``each`` and
        ``together``, CPU seconds of all ten calls and of the one call, medians of `RUNS`
        alternating runs with one BLAS thread; ``share``, together over each; ``gap_reached``, the
        largest gap of the last of these runs.
    """
    instance, Y = digits(n_gates, seed)
    X, masks = instance.X, instance.masks

    def one_by_one(lams, gap):
        return [solve(X, y, masks, lam, gap) for y, lam in zip(Y.T, lams, strict=True)]

    for ratio in ratios:
        lams = ratio * lambda_max(X, Y, masks)
        each, together = [], []
        with threadpool_limits(1, user_api="blas"):
            for _ in range(RUNS):
                seconds, alone = timed(one_by_one, lams, gap)
                each.append(seconds)
                seconds, solutions = timed(partial(solve, X, Y, masks), lams, gap)
                together.append(seconds)
        yield dict(
            instance=instance.name,
            n=X.shape[0],
            d=X.shape[1],
            p=len(masks),
            targets=Y.shape[1],
            ratio=ratio,
            each=median(each),
            together=median(together),
            share=median(together) / median(each),
            gap_reached=max(s.gap for s in [*alone, *solutions]),
        )
