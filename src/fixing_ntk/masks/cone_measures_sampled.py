"""Gaussian measures of the cones of an arrangement in any rank, estimated by random great circles.

For a, b ~ N(0, I) and an angle t, ``cos(t) a + sin(t) b`` is N(0, I) too. So the measure of a cone
is the expected share of the circle inside the cone. For one circle the share is exact, since the
mask is constant between two hyperplanes that the circle crosses. A circle meets up to 2n cones, and
the lengths of its arcs have no binomial noise, so one circle does the work of many gates.
"""

import numpy as np

from fixing_ntk.masks.hyperplanes import NEARLY_DEGENERATE

ARCS_AT_ONCE = 1 << 20
ROUNDING = 1e-9  # maximum share of a circle in arcs to which rounding gives a wrong mask


def sampled_measures(X, gates, n_circles, seed=0):
    """Estimate the Gaussian measure of every cone by its mean share of random great circles.

    Parameters
    ----------
    X : ndarray (n, d)
        The hyperplanes ``x_i^T u = 0`` bound the cones.
    gates : ndarray (d, c)
        One gate inside each cone, as from `arrangements.arrangement_gates`.
    n_circles : int
        Number of random great circles.
    seed : int, sequence of int, or numpy.random.Generator

    Returns
    -------
    mean, standard_error : ndarray (c,)
        Estimate of ``P[h in K_i]`` for h ~ N(0, I) and the cone K_i of gate i, and the standard
        error of this mean over circles. Both are 0 for a cone that no circle met, and for a single
        circle all errors are 0.

    Raises
    ------
    ValueError
        If more than `ROUNDING` of a circle lies in cones without a gate, because none was given or
        rounding hid the cone.
    """
    rng, n = np.random.default_rng(seed), len(X)
    # Zobrist hashing: the key of a mask is the exclusive or of its samples' random words.
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
        has_gate = cones[at] == masks
        if np.any(np.where(has_gate, 0.0, share).sum(axis=1) > ROUNDING):
            raise ValueError(f"a cone of the arrangement has no gate: {NEARLY_DEGENERATE}")
        total += np.bincount(at[has_gate], share[has_gate], len(cones))
        squares += np.bincount(at[has_gate], share[has_gate] ** 2, len(cones))
    mean = total / n_circles
    variance = np.maximum(squares / n_circles - mean**2, 0.0)
    return mean, np.sqrt(variance / max(n_circles - 1, 1))


def _key(open_, words):
    """Hash k masks to keys (k,): each key is the exclusive or of the words of the mask's ones.

    The masks are the columns of ``open_``, booleans (n, k). ``words`` (n,) are random integers of
    64 bits, one for each sample.
    """
    return np.bitwise_xor.reduce(np.where(open_, words[:, None], np.uint64(0)), axis=0)
