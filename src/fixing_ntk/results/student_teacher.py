"""Draw synthetic data: Gaussian inputs, and targets of a small ReLU network, the teacher."""

import numpy as np


def student_teacher(n, d, neurons, noise, rng):
    """Draw Gaussian inputs with a last column of ones, and targets of a random ReLU network.

    Returns
    -------
    X : ndarray (n, d)
    y : ndarray (n,)
        Targets, scaled to unit variance before noise of standard deviation ``noise`` is added.
    """
    X = np.column_stack([rng.standard_normal((n, d - 1)), np.ones(n)])
    W, v = rng.standard_normal((d, neurons)), rng.standard_normal(neurons)
    clean = np.maximum(X @ W, 0.0) @ v
    return X, (clean - clean.mean()) / clean.std() + noise * rng.standard_normal(n)


def train_and_test(n, n_test, d, neurons, noise, rng):
    """Draw noisy data ``X`` (n, d), ``y`` (n,), and clean test data ``Z``, ``z`` of one teacher."""
    X, y = student_teacher(n + n_test, d, neurons, 0.0, rng)
    return X[:n], y[:n] + noise * rng.standard_normal(n), X[n:], y[n:]
