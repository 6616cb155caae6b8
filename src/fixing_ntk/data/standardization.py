"""Standardise features by the mean and standard deviation of the rows to fit on."""

import numpy as np


def standardize(X, *others, constant=0.0):
    """Scale features to zero mean and unit variance over X, and append a bias column of ones.

    Parameters
    ----------
    X : ndarray (n, d)
        Rows that give mean and standard deviation.
    *others : ndarray (m, d)
        Further rows, scaled by the mean and standard deviation of X.
    constant : float
        Factor, in place of one over the standard deviation, of a feature that does not vary in X
        beyond rounding. With 0 it is zero in ``others`` too; with 1 it keeps its differences from
        the mean there, as with scikit-learn's scaler.

    Returns
    -------
    tuple of ndarray (., d + 1)
        X and each of ``others``, the bias column last.
    """
    mean, std = X.mean(axis=0), X.std(axis=0)
    still = std <= 1e-12 * np.abs(X).max(axis=0)
    scale = np.where(still, constant, 1.0 / np.where(still, 1.0, std))
    return tuple(np.column_stack([(A - mean) * scale, np.ones(len(A))]) for A in (X, *others))
