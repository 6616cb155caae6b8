"""Fitted rates: the slope of repeated measurements on logarithmic axes."""

import numpy as np


def slope(x, y):
    """Least-squares slope of y (w, s), s repeats at each x (w,), and its standard error.

    Two points leave no error to estimate: NaN.
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
