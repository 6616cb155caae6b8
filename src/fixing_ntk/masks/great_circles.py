"""Gaussian measures of the cones of an arrangement in any rank, by random great circles.

For a, b ~ N(0, I) and an angle t, ``cos(t) a + sin(t) b`` is N(0, I) too, so the measure of a cone
is the expected share of the circle's angle inside it. Within a circle that share is exact: between
two crossings of hyperplanes the mask is constant. One circle of n samples thus does the work of
many gates: it meets up to 2n cones, and its arcs carry no binomial noise.
"""

import numpy as np

from fixing_ntk.masks.hyperplanes import NEARLY_DEGENERATE

ARCS_AT_ONCE = 1 << 20
ROUNDING = 1e-9  # share of a circle that arcs between nearly equal crossings may lose


def sampled_measures(X, gates, n_circles, seed=0):
    """Measures of all cones and their standard errors.

    Parameters
    ----------
    X : ndarray (n, d)
    gates : ndarray (d, c)
        One in each cone, as from `arrangements.arrangement_gates`.
    n_circles : int
    seed : int, sequence of int, or numpy.random.Generator

    Returns
    -------
    mean, standard_error : ndarray (c,)

    Raises
    ------
    ValueError
        If a circle meets a cone that has no gate: none was given, or rounding hid it.
    """
    rng, n = np.random.default_rng(seed), len(X)
    # A mask is known by the exclusive or of its samples' random words (Zobrist).
    words = rng.integers(2**64, size=n, dtype=np.uint64)
    cones = _key(X @ gates >= 0, words)
    order = np.argsort(cones)
    total, squares = np.zeros(len(cones)), np.zeros(len(cones))
    crossed = X[np.any(X, axis=1)]  # a zero row is never crossed
    twice = np.tile(words[np.any(X, axis=1)], 2)
    step = max(1, ARCS_AT_ONCE // (2 * n))
    for start in range(0, n_circles, step):
        # Circle by circle, so that the draws do not depend on the size of a block.
        a, b = rng.standard_normal((min(step, n_circles - start), 2, X.shape[1])).transpose(1, 2, 0)
        middle = np.arctan2(crossed @ b, crossed @ a).T
        ends = np.hstack([middle - 0.5 * np.pi, middle + 0.5 * np.pi]) % (2.0 * np.pi)
        along = np.argsort(ends, axis=1)
        ends = np.take_along_axis(ends, along, axis=1)
        first = _key(X @ a >= 0, words)[:, None]
        masks = first ^ np.bitwise_xor.accumulate(twice[along], axis=1)
        share = np.diff(ends, axis=1, append=ends[:, :1] + 2.0 * np.pi) / (2.0 * np.pi)
        at = order[np.searchsorted(cones, masks, sorter=order).clip(max=len(cones) - 1)]
        known = cones[at] == masks
        if np.any(np.where(known, 0.0, share).sum(axis=1) > ROUNDING):
            raise ValueError(f"a cone of the arrangement has no gate: {NEARLY_DEGENERATE}")
        total += np.bincount(at[known], share[known], len(cones))
        squares += np.bincount(at[known], share[known] ** 2, len(cones))
    mean = total / n_circles
    variance = np.maximum(squares / n_circles - mean**2, 0.0)
    return mean, np.sqrt(variance / max(n_circles - 1, 1))


def _key(open_, words):
    """Exclusive or over the open samples of each mask, for masks (n, k), ndarray (k,)."""
    return np.bitwise_xor.reduce(np.where(open_, words[:, None], np.uint64(0)), axis=0)
