"""What every program asks of its data: samples, targets and masks that belong together."""

import numpy as np

from fixing_ntk.masks import Masks
from fixing_ntk.masks.checks import array, n_axes, positive

LARGEST = 1e152  # entry of y or X: sums of its squares are numbers in float64


def check_data(X, y, masks):
    """X (n, d) and y (n,), which is a copy, as finite float arrays of the masks' n and d.

    Raises
    ------
    TypeError, ValueError
        That names what does not fit, and how to mend it.
    """
    X, targets = check_targets(X, array(y, "y", "n"), masks)
    return X, targets[0]


def check_targets(X, y, masks):
    """`check_data` of one target y (n,), or of the k columns of y (n, k).

    Returns
    -------
    X : ndarray (n, d)
    targets : ndarray (k, n)
        A copy.
    """
    X = array(X, "X", "n", "d")
    y = array(y, "y", "n", "k") if n_axes(y) == 2 else array(y, "y", "n")
    if len(y) != len(X):
        raise ValueError(f"X must be (n, d) and y (n,) or (n, k), got {X.shape} and {y.shape}")
    check_masks(masks, X)
    check_scale(X, "X")
    check_scale(y, "y")
    return X, np.array(y.T, order="C", ndmin=2)


def check_scale(values, name):
    """Raise ValueError for an array whose squares are no numbers in float64."""
    largest = max(values.max(initial=0.0), -values.min(initial=0.0))  # no copy of a large array
    if largest > LARGEST or 0.0 < largest < 1.0 / LARGEST:
        raise ValueError(
            f"{name} has entries of {largest:.3g}: multiply it by a constant so that their squares "
            "are numbers in float64"
        )


def check_masks(masks, X):
    """Raise unless masks are of as many samples and features as X (n, d)."""
    if not isinstance(masks, Masks):
        raise TypeError(f"masks must be a MaskSet or RegeneratedMasks, got {type(masks).__name__}")
    if (masks.n, masks.d) != X.shape:
        raise ValueError(
            f"masks are of n={masks.n}, d={masks.d}, but X is {X.shape}: make them from this X"
        )


def penalties(lam, k, several):
    """The penalty of each of k targets: one number for all or, of several, one for each.

    Raises
    ------
    TypeError, ValueError
        For another number of them, or one that is not positive.
    """
    if not (several and n_axes(lam) == 1):
        return [positive(lam, "lam")] * k
    if len(lam) != k:
        raise ValueError(f"lam must be one number or {k}, one for each target, got {len(lam)}")
    return [positive(value, "lam") for value in array(lam, "lam", "k")]


def one_for_each(value, name, kind, k, several):
    """A list of k objects of a kind: one for each target, or the only one's own.

    Raises
    ------
    TypeError
        That names the argument.
    """
    values = value if several else [value]
    if several and not (isinstance(values, (list, tuple)) and len(values) == k):
        raise TypeError(f"{name} must be a list of {k} {kind.__name__}s, one for each column of y")
    for one in values:
        if not isinstance(one, kind):
            raise TypeError(f"{name} must be {kind.__name__}, got {type(one).__name__}")
    return values


def grids(lams, k, several, name="lams"):
    """The penalties of each of k targets: (m,) for all or, of several, (k, m)."""
    if not (several and n_axes(lams) == 2):
        return [[positive(lam, name) for lam in array(lams, name, "m")]] * k
    if len(lams) != k:
        raise ValueError(f"{name} must be (m,) or ({k}, m), a row for each target, got {len(lams)}")
    return [[positive(lam, name) for lam in row] for row in array(lams, name, "k", "m")]
