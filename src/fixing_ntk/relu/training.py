"""Non-convex training of two-layer networks, ReLU or gated, by L-BFGS with analytic gradients."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize


class Trained(NamedTuple):
    """A trained network: first layer (d, m), second layer (m,), and their training objective.

    ``gradient`` is the norm of the objective's gradient, in both layers, over the norm of the
    weight decay's own gradient, which is lam times the norm of all weights. It is zero at a
    stationary point, and set to zero where all weights are zero. ``n_iter`` counts iterations of
    L-BFGS.
    """

    first: np.ndarray
    second: np.ndarray
    objective: float
    gradient: float
    n_iter: int


def train(X, y, lam, width, seed, gates=None, max_iter=5_000):
    """Train a two-layer network from one random start, by L-BFGS on squared loss and weight decay.

    It minimises ``1/2 ||f(X) - y||^2 + lam/2 (||W||^2 + ||v||^2)`` over both layers. The network is
    ``f(x) = sum_j (x^T w_j)_+ v_j``, or with gates ``f(x) = sum_j 1(x^T g_j >= 0) x^T w_j v_j``.

    Parameters
    ----------
    X : ndarray (n, d)
    y : ndarray (n,)
    lam : float
        Penalty of the equivalent convex program. The weight decay is ``lam / 2``.
    width : int
        Number of neurons m of a ReLU network.
    seed : int, sequence of int, or numpy.random.Generator
        Both layers start from N(0, 1), scaled by ``1 / sqrt d`` and ``1 / sqrt m``.
    gates : ndarray (d, m), optional
        Fixed gates of a gated network of width m; the argument ``width`` is then not used.
    max_iter : int
        Iterations of L-BFGS.

    Returns
    -------
    Trained
    """
    d = X.shape[1]
    m = width if gates is None else gates.shape[1]
    rng = np.random.default_rng(seed)
    first = rng.standard_normal((d, m)) / np.sqrt(d)
    second = rng.standard_normal(m) / np.sqrt(m)
    open_ = None if gates is None else (X @ gates >= 0).astype(float)

    def value_and_gradient(flat):
        W, v = flat[: d * m].reshape(d, m), flat[d * m :]
        value, dW, dv = objective_and_gradient(W, v, X, y, lam, open_)
        return value, np.concatenate([dW.ravel(), dv])

    start = np.concatenate([first.ravel(), second])
    options = dict(maxiter=max_iter, maxfun=10 * max_iter, ftol=1e-13, gtol=1e-9)
    best = minimize(value_and_gradient, start, jac=True, method="L-BFGS-B", options=options)
    decay = lam * np.linalg.norm(best.x)
    gradient = float(np.linalg.norm(best.jac) / decay) if decay > 0 else 0.0
    first, second = best.x[: d * m].reshape(d, m), best.x[d * m :]
    return Trained(first, second, float(best.fun), gradient, int(best.nit))


def objective_and_gradient(first, second, X, y, lam, open_=None):
    """Return ``1/2 ||f(X) - y||^2 + lam/2 (||W||^2 + ||v||^2)`` and its gradient in both layers.

    f is a two-layer network with first layer W (d, m) and second layer v (m,), as in `train`.

    Parameters
    ----------
    first : ndarray (d, m)
    second : ndarray (m,)
    X : ndarray (n, d)
    y : ndarray (n,)
    lam : float
    open_ : ndarray (n, m), optional
        Masks of fixed gates, 0 or 1; by default those of the ReLU network, ``1[X W > 0]``.

    Returns
    -------
    value : float
    d_first : ndarray (d, m)
    d_second : ndarray (m,)
        At a kink of ReLU, where a neuron's input is 0, the neuron counts as inactive.
    """
    if open_ is None:
        hidden = X @ first
        open_ = (hidden > 0).astype(float)
        residual = np.maximum(hidden, 0.0, out=hidden) @ second - y
    else:  # the output is linear in the products of both layers
        residual = np.einsum("nd,nd->n", X, open_ @ (first * second).T) - y
    value = 0.5 * residual @ residual + 0.5 * lam * (np.sum(first**2) + second @ second)
    moments = (X * residual[:, None]).T @ open_  # X^T D_j r of every neuron
    d_second = np.einsum("dm,dm->m", moments, first) + lam * second
    return float(value), moments * second + lam * first, d_second
