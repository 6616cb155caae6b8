"""Check that samples, targets and masks fit together, as every program requires."""

import numpy as np

from fixing_ntk.masks import Masks
from fixing_ntk.masks.checks import array, n_axes, positive

LARGEST = 1e152  # largest entry of y or X: sums of squares do not overflow in float64


def check_data(X, y, masks):
    """Return X (n, d) and a copy of y (n,), as finite float arrays that fit the masks.

    Raises
    ------
    TypeError, ValueError
        If the data do not fit; the message says what is wrong and how to mend it.
    """
    X, targets = check_targets(X, array(y, "y", "n"), masks)
    return X, targets[0]


def check_targets(X, y, masks):
    """Do as `check_data` for one target y (n,), or for the k columns of y (n, k).

    Returns
    -------
    X : ndarray (n, d)
    targets : ndarray (k, n)
        A copy of y, one row for each target.
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
    """Raise ValueError for an array whose squares overflow or underflow in float64."""
    largest = max(values.max(initial=0.0), -values.min(initial=0.0))  # no copy of a large array
    if largest > LARGEST or 0.0 < largest < 1.0 / LARGEST:
        raise ValueError(
            f"{name} has entries of {largest:.3g}: multiply it by a constant so that their squares "
            "are numbers in float64"
        )


def check_masks(masks, X):
    """Raise an error unless ``masks`` are masks with the samples and features of X (n, d)."""
    if not isinstance(masks, Masks):
        raise TypeError(f"masks must be a MaskSet or RegeneratedMasks, got {type(masks).__name__}")
    if (masks.n, masks.d) != X.shape:
        raise ValueError(
            f"masks are of n={masks.n}, d={masks.d}, but X is {X.shape}: make them from this X"
        )


def penalties(lam, k, several):
    """Return a list of k penalties, one for each target.

    ``lam`` is one number for all targets. If there are ``several``, it may be an array (k,).

    Raises
    ------
    TypeError, ValueError
        If ``lam`` has another length, or a penalty is not positive.
    """
    if not (several and n_axes(lam) == 1):
        return [positive(lam, "lam")] * k
    if len(lam) != k:
        raise ValueError(f"lam must be one number or {k}, one for each target, got {len(lam)}")
    return [positive(value, "lam") for value in array(lam, "lam", "k")]


def one_for_each(value, name, kind, k, several):
    """Return a list of k objects of type ``kind``, one for each target.

    ``value`` is such a list if there are ``several`` targets, else the object of the only target.

    Raises
    ------
    TypeError
        If ``value`` is anything else; the message names the argument.
    """
    values = value if several else [value]
    if several and not (isinstance(values, (list, tuple)) and len(values) == k):
        raise TypeError(f"{name} must be a list of {k} {kind.__name__}s, one for each column of y")
    for one in values:
        if not isinstance(one, kind):
            raise TypeError(f"{name} must be {kind.__name__}, got {type(one).__name__}")
    return values


def grids(lams, k, several, name="lams"):
    """Return the grid of penalties of each of k targets, a list of k lists.

    ``lams`` is (m,), one grid for all targets. If there are ``several``, it may be (k, m).
    """
    if not (several and n_axes(lams) == 2):
        return [[positive(lam, name) for lam in array(lams, name, "m")]] * k
    if len(lams) != k:
        raise ValueError(f"{name} must be (m,) or ({k}, m), a row for each target, got {len(lams)}")
    return [[positive(lam, name) for lam in row] for row in array(lams, name, "k", "m")]
