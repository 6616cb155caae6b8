"""Check that samples, targets and masks fit together, as every program requires."""

import numpy as np

from fixing_ntk.masks import Masks
from fixing_ntk.masks.checks import array, n_axes, positive
from fixing_ntk.masks.samples import entries, sample_array

LARGEST = 1e152  # largest entry of y or X: sums of squares do not overflow in float64


def check_targets(X, y, masks):
    """Return X and the targets, one row for each, as finite float64 arrays that fit the masks.

    Parameters
    ----------
    X : array or sparse array (n, d)
    y : array (n,), or (n, k)
        One target, or k targets as columns.
    masks : MaskSet or RegeneratedMasks

    Returns
    -------
    X : ndarray or csr_array (n, d)
    targets : ndarray (k, n)
        A copy of y, one row for each target; k = 1 for y of shape (n,).

    Raises
    ------
    TypeError, ValueError
        If an entry is not a finite number, entries are too large or too small (`check_scale`), the
        shapes of X, y and masks do not match, or ``masks`` are no masks.
    """
    X = sample_array(X, "X", "n", "d")
    y = array(y, "y", "n", "k") if n_axes(y) == 2 else array(y, "y", "n")
    if len(y) != X.shape[0]:
        raise ValueError(f"X must be (n, d) and y (n,) or (n, k), got {X.shape} and {y.shape}")
    check_masks(masks, X)
    check_scale(entries(X), "X")
    check_scale(y, "y")
    return X, np.array(y.T, order="C", ndmin=2)


def check_scale(values, name):
    """Raise ValueError if the largest absolute entry is above `LARGEST` or below 1 / `LARGEST`.

    Then sums of squares may overflow or underflow in float64. An array of zeros passes. The message
    has ``name``, the name of the argument.
    """
    largest = max(values.max(initial=0.0), -values.min(initial=0.0))  # no copy of a large array
    if largest > LARGEST or 0.0 < largest < 1.0 / LARGEST:
        raise ValueError(
            f"{name} has entries of {largest:.3g}: multiply it by a constant so that their squares "
            "are numbers in float64"
        )


def check_masks(masks, X):
    """Raise an error unless ``masks`` are masks of as many samples and features as X (n, d) has.

    That they were made from this X is not checked.

    Raises
    ------
    TypeError
        If ``masks`` is neither a `MaskSet` nor a `RegeneratedMasks`.
    ValueError
        If its n or d is not that of X.
    """
    if not isinstance(masks, Masks):
        raise TypeError(f"masks must be a MaskSet or RegeneratedMasks, got {type(masks).__name__}")
    if (masks.n, masks.d) != X.shape:
        raise ValueError(
            f"masks are of n={masks.n}, d={masks.d}, but X is {X.shape}: make them from this X"
        )


def penalties(lam, k, several):
    """Return a list of k penalties, one for each target.

    Parameters
    ----------
    lam : float, or array (k,)
        One penalty for all targets, or one for each. An array needs ``several``.
    k : int
        Number of targets.
    several : bool
        Whether y has two axes, (n, k), where k may be 1.

    Raises
    ------
    TypeError, ValueError
        If ``lam`` has another shape, or a penalty is not a positive finite number.
    """
    if not (several and n_axes(lam) == 1):
        return [positive(lam, "lam")] * k
    if len(lam) != k:
        raise ValueError(f"lam must be one number or {k}, one for each target, got {len(lam)}")
    return [positive(value, "lam") for value in array(lam, "lam", "k")]


def one_for_each(value, name, kind, k, several):
    """Return the k objects of type ``kind`` that an argument has, one for each target.

    Parameters
    ----------
    value : object, or list of k
        A list or tuple if there are ``several`` targets, else the object of the only target.
    name : str
        Name of the argument, for messages.
    kind : type
    k : int
        Number of targets.
    several : bool
        Whether y has two axes, (n, k), where k may be 1.

    Returns
    -------
    list or tuple of k
        ``value`` itself if ``several``, else ``[value]``.

    Raises
    ------
    TypeError
        If ``value`` is anything else.
    """
    values = value if several else [value]
    if several and not (isinstance(values, (list, tuple)) and len(values) == k):
        raise TypeError(f"{name} must be a list of {k} {kind.__name__}s, one for each column of y")
    for one in values:
        if not isinstance(one, kind):
            raise TypeError(f"{name} must be {kind.__name__}, got {type(one).__name__}")
    return values


def grids(lams, k, several, name="lams"):
    """Return a list of k lists of penalties: the grid of each target, in the given order.

    Parameters
    ----------
    lams : array (m,), or (k, m)
        One grid for all targets, or a row for each. Two axes need ``several``.
    k : int
        Number of targets.
    several : bool
        Whether y has two axes, (n, k), where k may be 1.
    name : str
        Name of the argument, for messages.

    Raises
    ------
    TypeError, ValueError
        If ``lams`` has another shape, or a penalty is not a positive finite number.
    """
    if not (several and n_axes(lams) == 2):
        return [[positive(lam, name) for lam in array(lams, name, "m")]] * k
    if len(lams) != k:
        raise ValueError(f"{name} must be (m,) or ({k}, m), a row for each target, got {len(lams)}")
    return [[positive(lam, name) for lam in row] for row in array(lams, name, "k", "m")]
