"""Fitted rates: the slope of repeated measurements on logarithmic axes."""

import numpy as np


def slope(x, y):
    """Fit y (w, s), s repeats at each x (w,), by a line; return its slope and standard error.

    With two points in all, the standard error is NaN.
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
