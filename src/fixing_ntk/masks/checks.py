"""Checks of arguments: they return an array or a number, or raise an error that names the fault."""

import numpy as np
from scipy.sparse import issparse


def array(value, name, *axes, empty=False):
    """Return ``value`` as a finite array of float64 with the given axes, or raise an error.

    The result may share memory with ``value``.

    Parameters
    ----------
    value : array-like
    name : str
        Name of the argument, for messages.
    *axes : str
        Names of its axes: ``array(X, "X", "n", "d")`` takes two.
    empty : bool
        Whether an axis may have length zero.

    Raises
    ------
    TypeError
        If an entry cannot be converted to a number, or rows differ in length.
    ValueError
        If the number of axes differs, an entry is not finite, or, without ``empty``, an axis has
        length zero.
    """
    if issparse(value):
        raise TypeError(f"{name} must be dense here: call its toarray()")
    try:
        a = np.asarray(value, float)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be an array of numbers: this {type(value).__name__} cannot be made one"
        ) from None
    if a.ndim != len(axes) or (a.size == 0 and not empty):
        shape = ", ".join(axes) + ("," if len(axes) == 1 else "")
        raise ValueError(f"{name} must be ({shape}), got shape {a.shape}")
    if not np.isfinite(a).all():
        raise ValueError(f"{name} must be finite: impute or drop missing values first")
    return a


def n_axes(value):
    """Return the number of axes of an array-like.

    Rows of different lengths count as 1 axis, so that `array` then raises an error that names the
    argument.
    """
    try:
        return np.ndim(value)
    except ValueError:
        return 1


def positive(value, name):
    """Return ``value`` as a positive finite float, or raise an error with the argument's ``name``.

    The error is a TypeError for anything but a real number, also for True and False. It is a
    ValueError for a number that is not positive and finite.
    """
    if np.ndim(value) or np.asarray(value).dtype.kind not in "iuf":
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be positive and finite, got {value}")
    return float(value)


def flag(value, name):
    """Return ``value`` as a bool, or raise a TypeError with the argument's ``name``.

    Only True, False, and the numbers 1 and 0 pass.
    """
    if np.ndim(value) or value not in (True, False):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def whole(value, name):
    """Return ``value`` as an int of at least 0, or raise an error with the argument's ``name``.

    The error is a TypeError for anything but an integer, also for True, False and 2.0. It is a
    ValueError for a negative integer.
    """
    if np.ndim(value) or np.asarray(value).dtype.kind not in "iu":
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {value}")
    return int(value)


def count(value, name):
    """Return ``value`` as an int of at least 1, or raise an error with the argument's ``name``.

    The error is a TypeError for anything but an integer, also for True, False and 2.0. It is a
    ValueError for zero or less.
    """
    if whole(value, name) == 0:
        raise ValueError(f"{name} must be positive, got 0")
    return int(value)


def generator(seed):
    """Return ``numpy.random.default_rng(seed)``, or raise its error with the argument's name, seed.

    The error is NumPy's TypeError or ValueError. A Generator is returned itself, not copied.
    """
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise type(error)(f"seed must be one of numpy.random.default_rng: {error}") from None


def positions(index, among, name="index"):
    """Return an index of an axis of length ``among`` as a slice, or as an int array (k,).

    A slice is returned as given, and negative positions stay negative. Bounds are not checked here,
    since solvers call this often: indexing checks them.

    Parameters
    ----------
    index : slice, or array of whole numbers (k,) or of booleans (among,)
    among : int
        Length of the axis.
    name : str
        Name of the argument, for messages.

    Raises
    ------
    TypeError
        If ``index`` is anything else.
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
