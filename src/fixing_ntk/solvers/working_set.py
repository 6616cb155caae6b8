"""Update the working set of masks from the scores of all masks."""

import numpy as np

ADDED, ADDED_SHARE = 32, 0.4  # maximum masks added at once: this many, or share of those in use


def update_working_set(index, used, scores, bound, share=ADDED_SHARE):
    """Drop masks that are neither used nor violated, and add the most violated others.

    Parameters
    ----------
    index : ndarray of int (k,)
        Working set.
    used : ndarray of bool (k,)
        Masks with nonzero weight.
    scores : ndarray (p,)
        Of all masks; zero for those that are known to be inactive.
    bound : float
        A mask whose score is above it violates its dual constraint.
    share : float
        At most this share of the number of used masks is added, or `ADDED` masks if that is more.

    Returns
    -------
    index : ndarray of int
        The kept masks in their order, then the new ones, the most violated first.
    kept : ndarray of bool (k,)
        Which masks of the given working set were kept.
    """
    kept = used | (scores[index] > bound)
    outside = scores.copy()
    outside[index] = 0.0
    most = max(ADDED, int(share * np.count_nonzero(used)))
    candidates = largest(outside, most)
    return np.concatenate([index[kept], candidates[outside[candidates] > bound]]), kept


def largest(scores, count):
    """Return the indices of the ``count`` largest scores, in descending order; ties by index."""
    if count < len(scores):
        threshold = np.partition(scores, len(scores) - count)[len(scores) - count]
        candidates = np.flatnonzero(scores >= threshold)
    else:
        candidates = np.arange(len(scores))
    return candidates[np.argsort(-scores[candidates], kind="stable")][:count]
