"""Draw data for computations: Gaussian inputs, and targets of a small network."""

import numpy as np


def student_teacher(n, d, neurons, noise, rng):
    """Gaussian inputs (n, d), last column ones, and targets of a random ReLU network, scaled.

    Returns
    -------
    X : ndarray (n, d)
    y : ndarray (n,)
        Unit variance before noise of standard deviation ``noise``.
    """
    X = np.column_stack([rng.standard_normal((n, d - 1)), np.ones(n)])
    W, v = rng.standard_normal((d, neurons)), rng.standard_normal(neurons)
    clean = np.maximum(X @ W, 0.0) @ v
    return X, (clean - clean.mean()) / clean.std() + noise * rng.standard_normal(n)


def train_and_test(n, n_test, d, neurons, noise, rng):
    """Noisy data ``X`` (n, d), ``y`` (n,) and clean test data ``Z``, ``z`` of the same teacher."""
    X, y = student_teacher(n + n_test, d, neurons, 0.0, rng)
    return X[:n], y[:n] + noise * rng.standard_normal(n), X[n:], y[n:]
