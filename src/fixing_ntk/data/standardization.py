"""The one way in which features are standardised, by the statistics of the rows to fit on."""

import numpy as np


def standardize(X, *others, constant=0.0):
    """Zero mean and unit variance by the statistics of X, then a bias column of ones.

    Parameters
    ----------
    X : ndarray (n, d)
        Rows that give mean and standard deviation.
    *others : ndarray (m, d)
    constant : float
        What a column that does not vary in X is scaled by: 0 leaves nothing of it in the other
        rows, 1 what they differ by, as scikit-learn's scaler does.

    Returns
    -------
    tuple of ndarray (., d + 1)
    """
    mean, std = X.mean(axis=0), X.std(axis=0)
    still = std <= 1e-12 * np.abs(X).max(axis=0)
    scale = np.where(still, constant, 1.0 / np.where(still, 1.0, std))
    return tuple(np.column_stack([(A - mean) * scale, np.ones(len(A))]) for A in (X, *others))
