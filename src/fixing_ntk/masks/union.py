"""Merge mask sets, and average networks on the sets into one network on their union."""

import numpy as np

from fixing_ntk.masks.mask_set import MaskSet


def union(sets):
    """Return the distinct masks of several sets of the same samples.

    Parameters
    ----------
    sets : sequence of MaskSet
        All from the same number of gates.

    Returns
    -------
    masks : MaskSet
        In the order in which each mask first occurs, with the gate that it has there. Its
        ``ntk_weights`` are means over the sets, where a set without the mask counts 0: the shares
        of all gates that were drawn. Standard errors take the sets as independent.
    positions : list of ndarray of int (p_b,)
        For each set b, the positions of its p_b masks in ``masks``.
    """
    packed = np.concatenate([one.packed for one in sets])
    _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    at, first = rank[which.ravel()], first[order]
    weights = np.concatenate([one.ntk_weights for one in sets]) / len(sets)
    errors = np.concatenate([one.ntk_weights_error for one in sets]) / len(sets)
    masks = MaskSet(
        np.concatenate([one.gates for one in sets], axis=1)[:, first],
        packed[first],
        sets[0].n,
        np.bincount(at, weights),
        np.sqrt(np.bincount(at, errors**2)),
    )
    return masks, np.split(at, np.cumsum([len(one) for one in sets])[:-1])


def averaged_weights(weights, positions, p):
    """Return the weights (d, p) over a union of masks that average several gated networks.

    A mask's weight is the sum of its weights in all networks, over their number. So on the samples
    the outputs are the networks' mean. At new points the gates of the networks may differ from
    those of the union.

    Parameters
    ----------
    weights : sequence of ndarray (d, k_b)
        Weights of each network b, for k_b masks.
    positions : sequence of ndarray of int (k_b,)
        Positions in the union of the masks of these weights; networks may share masks.
    p : int
        Number of masks of the union.
    """
    mean = np.zeros((p, len(weights[0])))
    for of_one, at in zip(weights, positions, strict=True):
        np.add.at(mean, at, of_one.T / len(weights))
    return mean.T
