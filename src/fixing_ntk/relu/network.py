"""The two-layer ReLU network of a solution of the ReLU program."""

import numpy as np

from fixing_ntk.programs import group_norms
from fixing_ntk.relu.solve import ReLUSolution
from fixing_ntk.relu.training import objective_and_gradient


def to_network(solution):
    """Return the two-layer ReLU network ``x -> (x^T W)_+ v`` of a solution of the ReLU program.

    Each nonzero weight w gives a neuron. Its first-layer weights are ``w / sqrt ||w||``, and its
    second-layer weight is ``sqrt ||w||``, or ``-sqrt ||w||`` if w is subtracted. An intercept is
    not included.

    Parameters
    ----------
    solution : ReLUSolution

    Returns
    -------
    first : ndarray (d, m)
        First-layer weights W, one column a neuron.
    second : ndarray (m,)
        Second-layer weights v.

    Raises
    ------
    TypeError
        If ``solution`` is not a `ReLUSolution`. `to_relu` makes one from a gated network.
    """
    if not isinstance(solution, ReLUSolution):
        raise TypeError(f"solution must be a ReLUSolution, got {type(solution).__name__}")
    columns = np.hstack([*solution.weights])
    signs = np.repeat([1.0, -1.0], solution.weights.shape[2])
    norms = group_norms(columns)
    used = norms > 0
    root = np.sqrt(norms[used])
    return columns[:, used] / root, signs[used] * root


def network_output(first, second, X):
    """Return the outputs ``(X W)_+ v``, (n,), for first-layer W (d, m) and second-layer v (m,)."""
    return np.maximum(X @ first, 0.0) @ second


def network_objective(first, second, X, y, lam):
    """Return a ReLU network's objective ``1/2 ||f(X) - y||^2 + lam/2 (||W||^2 + ||v||^2)``.

    On the network of a `ReLUSolution` it equals the objective of the ReLU program with the squared
    loss and no intercept.
    """
    return objective_and_gradient(first, second, X, y, lam)[0]
