"""What every program asks of its data: samples, targets and masks that belong together."""

from fixing_ntk.masks import Masks
from fixing_ntk.masks.checks import array, positive


def check_data(X, y, masks):
    """X (n, d) and y (n,), which is a copy, as finite float arrays of the masks' n and d.

    Raises
    ------
    TypeError, ValueError
        That names what does not fit, and how to mend it.
    """
    X, y = array(X, "X", "n", "d"), array(y, "y", "n").copy()
    if len(y) != len(X):
        raise ValueError(f"X must be (n, d) and y (n,), got {X.shape} and {y.shape}")
    check_masks(masks, X)
    return X, y


def check_masks(masks, X):
    """Raise unless masks are of as many samples and features as X (n, d)."""
    if not isinstance(masks, Masks):
        raise TypeError(f"masks must be a MaskSet or MaskStream, got {type(masks).__name__}")
    if (masks.n, masks.d) != X.shape:
        raise ValueError(
            f"masks are of n={masks.n}, d={masks.d}, but X is {X.shape}: make them from this X"
        )


def check_problem(X, y, masks, lam, tol):
    """`check_data`, and lam and tol as positive floats.

    Returns
    -------
    X, y, lam, tol
    """
    return *check_data(X, y, masks), positive(lam, "lam"), positive(tol, "tol")
