"""The gates that are drawn for a train/test split, from a random stream of its own."""

import numpy as np

from fixing_ntk.seeds import stream

# Protocols whose splits share one choice of the penalty, and so the gates it is chosen with.
SHARED = ("folds",)


def draw_gates(split, n_gates, seed, protocol, draw=0):
    """Draw gates from N(0, I) for a split, or for all splits of a dataset in a `SHARED` protocol.

    Parameters
    ----------
    split : data.splits.Split
        With X of shape (n, d).
    n_gates : int
    seed : int
        Of the run.
    protocol : str
    draw : int
        Further draws are independent of the first and of each other.

    Returns
    -------
    ndarray (d + 1, n_gates)
        The last row meets the bias column.
    """
    own = () if protocol in SHARED else (split.index,)
    which = (draw,) if draw else ()
    rng = stream(seed, protocol, split.dataset, *own, "gates", *which)
    return rng.standard_normal((split.X.shape[1] + 1, n_gates))


def nested_gates(split, count, n_gates, seed, protocol):
    """Return the first ``count`` gates of as many draws as they take, (d + 1, count).

    Fewer gates are the first of more, and ``n_gates`` are those of `draw_gates`.
    """
    draws = range(-(-count // n_gates))
    gates = [draw_gates(split, n_gates, seed, protocol, draw) for draw in draws]
    return np.concatenate(gates, axis=1)[:, :count]
