"""Standardise features by the mean and standard deviation of the rows to fit on."""

import numpy as np


def standardize(X, *others, constant=0.0):
    """Scale features to zero mean and unit variance over X, and append a bias column of ones.

    Parameters
    ----------
    X : ndarray (n, d)
        Rows that give mean and standard deviation.
    *others : ndarray (m, d)
    constant : float
        Factor of a column that does not vary in X. With 0 the column is zero in the other rows
        too; with 1 it keeps its differences there, as scikit-learn's scaler does.

    Returns
    -------
    tuple of ndarray (., d + 1)
    """
    mean, std = X.mean(axis=0), X.std(axis=0)
    still = std <= 1e-12 * np.abs(X).max(axis=0)
    scale = np.where(still, constant, 1.0 / np.where(still, 1.0, std))
    return tuple(np.column_stack([(A - mean) * scale, np.ones(len(A))]) for A in (X, *others))
