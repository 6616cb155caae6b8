"""Draw the gates of a train/test split from a random stream of its own."""

import numpy as np

from fixing_ntk.seeds import stream

# Protocols in which all splits use the same chosen penalty, and so the gates it was chosen with.
SHARED = ("folds",)


def draw_gates(split, n_gates, seed, protocol, draw=0):
    """Draw gates from N(0, I) for a split, or for all splits of a dataset in a `SHARED` protocol.

    Parameters
    ----------
    split : data.splits.Split
        Only its dataset, its number and the number of its features d are used, not its rows.
    n_gates : int
    seed : int
        Seed of the run.
    protocol : str
        Name of the way in which datasets are split. Each protocol has gates of its own. In a
        protocol of `SHARED`, all splits of a dataset get the same gates.
    draw : int
        Number of the draw, from 0; draws are independent of each other.

    Returns
    -------
    ndarray (d + 1, n_gates)
        One gate a column. The last row multiplies the bias column.
    """
    own = () if protocol in SHARED else (split.index,)
    which = (draw,) if draw else ()
    rng = stream(seed, protocol, split.dataset, *own, "gates", *which)
    return rng.standard_normal((split.X.shape[1] + 1, n_gates))


def nested_gates(split, count, n_gates, seed, protocol):
    """Return ``count`` gates, (d + 1, count), from draws 0, 1, ... of `draw_gates`, side by side.

    Each draw has ``n_gates`` gates, and of the last draw only the first may be taken. So a smaller
    count gives the first of the same gates, and ``count = n_gates`` gives draw 0.
    """
    draws = range(-(-count // n_gates))
    gates = [draw_gates(split, n_gates, seed, protocol, draw) for draw in draws]
    return np.concatenate(gates, axis=1)[:, :count]
