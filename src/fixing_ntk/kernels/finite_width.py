"""The NTK of finitely many gates or neurons, whose limit is the closed form."""

import numpy as np

from fixing_ntk.masks import BLOCK_BYTES


def monte_carlo_ntk(X, n_gates, seed, Z=None):
    """Estimate the NTK between rows x of X and z of Z from ``n_gates`` gates drawn from N(0, I).

    The estimate is the mean of ``1(x^T g >= 0) 1(z^T g >= 0) x^T z`` over the gates g. Its
    expectation is the infinite-width NTK.

    Parameters
    ----------
    X : array (n, d)
    n_gates : int
    seed : int, sequence of int, or numpy.random.Generator
    Z : array (m, d), optional
        X by default.

    Returns
    -------
    mean, standard_error : ndarray (n, m)
        The standard error of an entry is ``|x^T z|`` times the standard error of the share of gates
        with ``x^T g >= 0`` and ``z^T g >= 0``.
    """
    rng = np.random.default_rng(seed)
    Z = X if Z is None else Z
    both = np.zeros((len(X), len(Z)))
    step = max(1, (BLOCK_BYTES // 8) // (len(X) + len(Z)))
    for start in range(0, n_gates, step):
        # Drawn gate by gate, so that the size of a block changes no draw.
        G = rng.standard_normal((min(step, n_gates - start), X.shape[1])).T
        both += (X @ G >= 0).astype(float) @ (Z @ G >= 0).T.astype(float)
    share, inner = both / n_gates, X @ Z.T
    return inner * share, np.abs(inner) * np.sqrt(share * (1.0 - share) / n_gates)


def empirical_ntk(X, width, seed, second_layer=True):
    """Return the neural tangent kernel of one gated network at initialisation, from its gradients.

    The network is ``f(x) = m^-1/2 sum_j 1(x^T g_j >= 0) x^T w_j v_j`` with gates g, which are never
    trained, first layer w and second layer v from N(0, 1). The expectation over the draw is ``2 H``
    if both layers are trained, with H the closed form `ntk`. If only the first layer is trained,
    the second has entries +-1, and the expectation is H.

    Parameters
    ----------
    X : ndarray (n, d)
    width : int
        Neurons m.
    seed : int, sequence of int, or numpy.random.Generator
    second_layer : bool
        Whether the second layer is trained too.

    Returns
    -------
    ndarray (n, n)
    """
    rng, d = np.random.default_rng(seed), X.shape[1]
    total = np.zeros((len(X), len(X)))
    step = max(1, (BLOCK_BYTES // 8) // len(X))
    for start in range(0, width, step):
        # Drawn neuron by neuron, so that the size of a block changes no draw.
        draws = rng.standard_normal((min(step, width - start), 2 * d + 1))
        gates, first, second = draws[:, :d], draws[:, d : 2 * d], draws[:, -1]
        open_ = (X @ gates.T >= 0).astype(float)
        slopes = second if second_layer else np.sign(second)
        total += (X @ X.T) * ((open_ * slopes**2) @ open_.T)
        if second_layer:
            hidden = open_ * (X @ first.T)
            total += hidden @ hidden.T
    return total / width
