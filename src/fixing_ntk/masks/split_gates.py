"""The gates that are drawn for a train/test split, from a random stream of its own."""

from fixing_ntk.seeds import stream

# Protocols whose splits share one choice of the penalty, and so the gates it is chosen with.
SHARED = ("folds",)


def draw_gates(split, n_gates, seed, protocol):
    """Draw gates from N(0, I) for a split, or for all splits of a dataset in a `SHARED` protocol.

    Parameters
    ----------
    split : data.splits.Split
        With X of shape (n, d).
    n_gates : int
    seed : int
        Of the run.
    protocol : str

    Returns
    -------
    ndarray (d + 1, n_gates)
        The last row meets the bias column.
    """
    own = () if protocol in SHARED else (split.index,)
    rng = stream(seed, protocol, split.dataset, *own, "gates")
    return rng.standard_normal((split.X.shape[1] + 1, n_gates))
