"""Draw synthetic data: Gaussian inputs, and targets of a small ReLU network, the teacher."""

import numpy as np


def student_teacher(n, d, neurons, noise, rng):
    """Draw Gaussian inputs with a last column of ones, and targets of a random ReLU network.

    All weights of the network are from N(0, 1), and it has ``neurons`` neurons. ``d`` counts the
    column of ones.

    Returns
    -------
    X : ndarray (n, d)
    y : ndarray (n,)
        Outputs of the network, centred and scaled to unit variance over the samples, plus noise of
        standard deviation ``noise``.
    """
    X = np.column_stack([rng.standard_normal((n, d - 1)), np.ones(n)])
    W, v = rng.standard_normal((d, neurons)), rng.standard_normal(neurons)
    clean = np.maximum(X @ W, 0.0) @ v
    return X, (clean - clean.mean()) / clean.std() + noise * rng.standard_normal(n)


def train_and_test(n, n_test, d, neurons, noise, rng):
    """Draw training data with noise, and test points without noise, from one ``student_teacher``.

    Arguments are as for `student_teacher`. The network's outputs are centred and scaled over the
    ``n`` training and the ``n_test`` test points together, before the noise is added.

    Returns
    -------
    X : ndarray (n, d)
    y : ndarray (n,)
        With noise of standard deviation ``noise``.
    Z : ndarray (n_test, d)
    z : ndarray (n_test,)
        Without noise.
    """
    X, y = student_teacher(n + n_test, d, neurons, 0.0, rng)
    return X[:n], y[:n] + noise * rng.standard_normal(n), X[n:], y[n:]
