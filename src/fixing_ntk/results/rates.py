"""Fitted rates: the slope of repeated measurements on logarithmic axes."""

import numpy as np


def slope(x, y):
    """Return the slope of the least-squares line through y against x, and its standard error.

    ``y`` (w, s) holds s repeats at each of the w values in ``x`` (w,). If x and y are logarithms,
    the slope is the exponent of a power law. With two points in all, the standard error is NaN.

    Raises
    ------
    ValueError
        If x has fewer than two different values.
    """
    if len(np.unique(x)) < 2:
        raise ValueError("a fitted rate needs two different values on its axis")
    x = np.repeat(x - np.mean(x), y.shape[1])
    y = y.ravel() - y.mean()
    value = x @ y / (x @ x)
    residual = y - value * x
    if len(x) == 2:
        return float(value), np.nan
    return float(value), float(np.sqrt(residual @ residual / (len(x) - 2) / (x @ x)))
