"""Arguments of public functions: as arrays and numbers, or one line that names what is wrong."""

import numpy as np


def array(value, name, *axes, empty=False):
    """A finite array of float64.

    Parameters
    ----------
    value : array-like
    name : str
        Of the argument.
    *axes : str
        Names of its axes: ``array(X, "X", "n", "d")``.
    empty : bool
        Whether an axis may have no entry.

    Raises
    ------
    TypeError
        If it is not made of numbers.
    ValueError
        For other axes, none along one of them, or entries that are not finite.
    """
    try:
        a = np.asarray(value, float)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be an array of numbers, got {type(value).__name__} that is none"
        ) from None
    if a.ndim != len(axes) or (a.size == 0 and not empty):
        shape = ", ".join(axes) + ("," if len(axes) == 1 else "")
        raise ValueError(f"{name} must be ({shape}), got shape {a.shape}")
    if not np.isfinite(a).all():
        raise ValueError(f"{name} must be finite: impute or drop missing values first")
    return a


def n_axes(value):
    """Number of axes; 1 of rows that differ in length, so that `array` refuses them by name."""
    try:
        return np.ndim(value)
    except ValueError:
        return 1


def positive(value, name):
    """A number above zero, finite, as float."""
    if np.ndim(value) or np.asarray(value).dtype.kind not in "iuf":
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be positive and finite, got {value}")
    return float(value)


def whole(value, name):
    """A whole number from zero on, as int."""
    if np.ndim(value) or np.asarray(value).dtype.kind not in "iu":
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {value}")
    return int(value)


def count(value, name):
    """A whole number above zero, as int."""
    if whole(value, name) == 0:
        raise ValueError(f"{name} must be positive, got 0")
    return int(value)


def generator(seed):
    """``numpy.random.default_rng(seed)``."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise type(error)(f"seed must be one of numpy.random.default_rng: {error}") from None


def positions(index, among, name="index"):
    """What an index selects of so many: a slice as it is, else whole numbers, (k,).

    Whether there are such positions is left to whoever looks there: solvers ask often.

    Raises
    ------
    TypeError
        If it is neither a slice nor whole numbers nor booleans, along one axis.
    """
    if isinstance(index, slice):
        return index
    at = np.asarray(index)
    if at.dtype.kind in "iu" and at.ndim == 1:
        return at
    if at.dtype == bool and at.shape == (among,):
        return np.flatnonzero(at)
    if at.shape == (0,):
        return at.astype(int)
    raise TypeError(f"{name} must be a slice, whole numbers or {among} booleans, got {index!r}")
