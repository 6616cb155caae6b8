"""The NTK of finitely many gates or neurons: what the closed form is the limit of."""

import numpy as np

from fixing_ntk.masks import BLOCK_BYTES


def monte_carlo_ntk(X, n_gates, seed, Z=None):
    """``1/N sum_j D_j X Z^T D_j`` over N gates drawn from N(0, I), and its standard error.

    Parameters
    ----------
    X : array (n, d)
    n_gates : int
    seed : int, sequence of int, or numpy.random.Generator
    Z : array (m, d), optional
        X itself if left out.

    Returns
    -------
    mean, standard_error : ndarray (n, m)
        Entrywise; each entry is ``x^T z`` times a binomial share.
    """
    rng = np.random.default_rng(seed)
    Z = X if Z is None else Z
    both = np.zeros((len(X), len(Z)))
    step = max(1, (BLOCK_BYTES // 8) // (len(X) + len(Z)))
    for start in range(0, n_gates, step):
        # Gate by gate, so that the draws do not depend on the size of a block.
        G = rng.standard_normal((min(step, n_gates - start), X.shape[1])).T
        both += (X @ G >= 0).astype(float) @ (Z @ G >= 0).T.astype(float)
    share, inner = both / n_gates, X @ Z.T
    return inner * share, np.abs(inner) * np.sqrt(share * (1.0 - share) / n_gates)


def empirical_ntk(X, width, seed, second_layer=True):
    """Neural tangent kernel of one gated network at initialisation, by the gradients themselves.

    The network is ``f(x) = m^-1/2 sum_j 1(x^T g_j >= 0) x^T w_j v_j`` with gates, first layer and
    second layer from N(0, 1), so the expectation is ``2 H`` with both layers trained (one H each),
    and ``H`` with the first alone, whose second layer is then +-1.

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
        # Neuron by neuron, so that the draws do not depend on the size of a block.
        draws = rng.standard_normal((min(step, width - start), 2 * d + 1))
        gates, first, second = draws[:, :d], draws[:, d : 2 * d], draws[:, -1]
        open_ = (X @ gates.T >= 0).astype(float)
        slopes = second if second_layer else np.sign(second)
        total += (X @ X.T) * ((open_ * slopes**2) @ open_.T)
        if second_layer:
            hidden = open_ * (X @ first.T)
            total += hidden @ hidden.T
    return total / width
