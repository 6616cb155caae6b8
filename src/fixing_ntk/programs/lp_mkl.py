"""Lp-norm multiple kernel learning around the NTK: the programs from the NTK to optimal MKL.

The prior is the NTK's weights ``m_i = P[h in K_i]``, with h ~ N(0, I) and K_i the cone of mask i.
The kernel weights eta may move from the prior as far as an Lp ball allows, 1 <= p <= inf. With
``1/p + 1/p' = 1``::

    ball     sum_i m_i (eta_i / m_i)^p <= 1
    P(w)   = 1/2 ||A w - y||^2 + mu/2 Omega(w)^2
    Omega(w)^2 = min over the ball of  sum_i ||w_i||^2 / eta_i
               = (sum_i m_i^((1-p)/(1+p)) ||w_i||^q)^(2/q),   q = 2p / (p+1)
    D(a)   = a^T y - 1/2 ||a||^2 - N(a) / (2 mu)
    N(a)   = (sum_i m_i s_i^(2p'))^(1/p'),   s_i = ||X^T D_i a||

D has no constraint, so every a gives a bound. p = 1 is optimal MKL, where ``N = max_i s_i^2``. For
p = inf the ball is ``eta <= m``, and P is ridge regression with the prior's weights. A mask of
measure zero has no weight for p > 1. The all-zero mask has a measure, but its kernel is 0. So the
m_i of the other masks may sum to less than one; they are not renormalised.

``N(a)`` is a norm of ``s^2`` under the law of the gates. So for p > 1 the program over all masks is
the limit of the programs over drawn masks. Lp-norm MKL: Kloft, Brefeld, Sonnenburg, Zien, JMLR 12
(2011) 953-997. The expectation over gates: Celentano, Misiakiewicz, Montanari, arXiv 2103.15996.
"""

import numpy as np

# The exponents that results show and cross-validation chooses from, with the names that readers
# see: from the NTK's weights, p = inf, to the optimal weights, p = 1.
NAMES = {np.inf: "∞", 2.0: "2", 4 / 3: "4/3", 8 / 7: "8/7", 1.0: "1"}
EXPONENTS = tuple(NAMES)
NEAREST = 1.001  # least p above 1: nearer to it programs of the logistic loss end uncertified
NTK_SHARE = 0.5  # of the prior, where the NTK itself is one of the kernels


def prior_of(masks, ntk):
    """Return the prior weights of the kernels: the ``ntk_weights`` of the p masks, (p,).

    With ``ntk`` true the closed-form NTK is one more kernel, and the prior is (p + 1,). The last
    entry, `NTK_SHARE`, is the NTK's, and the masks' weights are multiplied by 1 - `NTK_SHARE`.
    """
    prior = np.asarray(masks.ntk_weights, float)
    return np.append((1.0 - NTK_SHARE) * prior, NTK_SHARE) if ntk else prior


def conjugate(p):
    """Return the conjugate exponent ``p' = p / (p - 1)``: 1 at p = inf, and inf at p = 1."""
    if np.isinf(p):
        return 1.0
    return p / (p - 1.0) if p > 1.0 else np.inf


def dual_norm(squared, prior, p):
    """Return ``N = (sum_i m_i s_i^(2p'))^(1/p')``, with ``1/p + 1/p' = 1``.

    At p = 1 it is ``max_i s_i^2``. The dual objective at a has the penalty term ``N / (2 mu)``.

    Parameters
    ----------
    squared : ndarray (k,)
        ``s_i^2 = a^T K_i a`` of k kernels: ``||X^T D_i a||^2`` for a masking kernel.
    prior : ndarray (k,)
        Prior weights ``m_i``.
    p : float
        From 1 to inf.

    Returns
    -------
    float
    """
    top = squared.max(initial=0.0)
    if top == 0.0:
        return 0.0
    q = conjugate(p)
    return float(top if np.isinf(q) else top * (prior @ (squared / top) ** q) ** (1.0 / q))


def weights_at(squared, prior, p):
    """Return the kernel weights eta that maximise ``sum_i eta_i s_i^2`` over an Lp ball, for p > 1.

    The ball is ``sum_i m_i (eta_i / m_i)^p <= 1``, and ``eta <= m`` at p = inf. The maximiser is
    ``m_i (s_i^2 / N)^(p' - 1)``, with N from `dual_norm` and ``1/p + 1/p' = 1``.

    Parameters
    ----------
    squared, prior : ndarray (k,)
        ``s_i^2 = a^T K_i a`` of k kernels, which is ``||X^T D_i a||^2`` for a masking kernel, and
        their prior weights ``m_i``.
    p : float

    Returns
    -------
    ndarray (k,)
        All zero if every ``s_i m_i`` is zero.
    """
    N = dual_norm(squared, prior, p)
    return prior * (squared / N) ** (conjugate(p) - 1.0) if N > 0.0 else np.zeros_like(prior)


def weights_of(norms, prior, p):
    """Return the kernel weights eta that minimise ``sum_i ||w_i||^2 / eta_i`` over an Lp ball.

    The ball is ``sum_i m_i (eta_i / m_i)^p <= 1``, and ``eta <= m`` at p = inf. This is the step of
    iteratively reweighted least squares. ``eta_i`` is proportional to ``(||w_i||^2
    m_i^(p-1))^(1/(p+1))``, and at p = inf it is m.

    Parameters
    ----------
    norms, prior : ndarray (k,)
        ``||w_i||`` of k kernels, not all zero, and their prior weights ``m_i``. For the closed-form
        NTK as a kernel, with matrix H and coefficients c (n,), the norm is ``sqrt(c^T H c)``.
    p : float
        From 1 to inf.

    Returns
    -------
    ndarray (k,)
        Below p = inf, zero where ``||w_i||`` is zero. For p > 1, zero where ``m_i`` is zero.
    """
    if np.isinf(p):
        return prior.copy()
    used = (norms > 0.0) & ((prior > 0.0) | (p == 1.0))
    eta, m = np.zeros_like(norms), prior[used]
    eta[used] = (norms[used] / norms.max()) ** (2.0 / (p + 1.0)) * m ** ((p - 1.0) / (p + 1.0))
    return eta / np.sum(m ** (1.0 - p) * eta[used] ** p) ** (1.0 / p)


def squared_norm(norms, prior, p):
    """Return ``Omega(w)^2``, the penalty ``min_eta sum_i ||w_i||^2 / eta_i`` over an Lp ball.

    The ball is ``sum_i m_i (eta_i / m_i)^p <= 1``, and ``eta <= m`` at p = inf. With ``q = 2p /
    (p+1)``, the minimum is ``(sum_i m_i^((1-p)/(1+p)) ||w_i||^q)^(2/q)``.

    Parameters
    ----------
    norms, prior : ndarray (k,)
        ``||w_i||`` of k kernels, and their prior weights ``m_i``. For the closed-form NTK as a
        kernel, with matrix H and coefficients c (n,), the norm is ``sqrt(c^T H c)``.
    p : float
        From 1 to inf.

    Returns
    -------
    float
        inf if p > 1 and a kernel of prior weight zero has a positive norm.
    """
    used, top = norms > 0.0, norms.max(initial=0.0)
    if top == 0.0:
        return 0.0
    m, scaled = prior[used], norms[used] / top
    if p > 1.0 and not m.all():
        return np.inf
    if np.isinf(p):
        return float(top**2 * np.sum(scaled**2 / m))
    q = 2.0 * p / (p + 1.0)
    return float(top**2 * np.sum(m ** ((1.0 - p) / (1.0 + p)) * scaled**q) ** (2.0 / q))


def primal(residual, norms, prior, p, mu):
    """Return the primal objective ``1/2 ||r||^2 + mu/2 Omega(w)^2`` for the residual r (n,).

    r is the target less the outputs. ``Omega(w)^2`` is `squared_norm` of ``norms`` (k,), the norms
    ``||w_i||``, of ``prior`` (k,), the kernels' prior weights, and of the exponent p.
    """
    return float(0.5 * residual @ residual + 0.5 * mu * squared_norm(norms, prior, p))


def dual(a, y, N, mu):
    """Return the dual objective ``a^T y - 1/2 ||a||^2 - N / (2 mu)``, with N from `dual_norm`.

    ``a`` (n,) is a dual point, at which N is taken, and y (n,) is the target.
    """
    return float(a @ y - 0.5 * a @ a - N / (2.0 * mu))


def best_multiple(a, y, N, mu):
    """Return the t that maximises the dual objective `dual` at ``t a``, for a and y (n,).

    ``N`` is `dual_norm` at a, and ``t = a^T y / (||a||^2 + N / mu)``. It is negative where ``a^T
    y`` is, and 1 for a = 0.
    """
    return float(a @ y / (a @ a + N / mu)) if a.any() else 1.0
