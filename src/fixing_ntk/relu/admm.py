"""A few steps of the alternating direction method of multipliers on the ReLU program.

The splitting follows CRONOS (Feng et al., NeurIPS 2024). The weights of pair j of mask and sign are
u_j. Their copies v_j carry the norm, and the copies s_j of ``B_j u_j`` are nonnegative, where B_j
is a scaled X in which the rows of samples with mask zero are negated. So every pair has the same
block ``B_0 = I + B^T B`` in its linear system, with B the scaled X; the scale gives both terms the
same trace. Woodbury's formula then leaves one factor of order n, ``rho I + (X B_0^-1 X^T) o (M^T
M)``, with M the masks times signs, and a step is a few products with X.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from fixing_ntk.programs import UnpackedDesign, group_norms

STEPS = 25
PENALTY = 300.0  # rho over lam^2 / ||y||^2: so large that weights soon leave zero
ROUNDING = 1e-14  # of the trace: the least rho, so that the factor exists


def start_weights(X, M, y, lam):
    """Return rough weights for the ReLU program on k pairs of mask and sign, by `STEPS` ADMM steps.

    The norms of the weights are the first mask weights of `relu.newton`. The steps start from
    zero weights. The result need not lie in the cones of the pairs.

    Parameters
    ----------
    X : ndarray (n, d)
    M : ndarray (k, n)
        Row j is the mask of pair j times its sign, +1 or -1.
    y : ndarray (n,)
        Not zero.
    lam : float

    Returns
    -------
    ndarray (d, k)
        One column for each pair; many may be zero.
    """
    A, d = UnpackedDesign(X, M), X.shape[1]
    signs = np.where(M != 0, 1.0, -1.0)
    B = X * (np.sqrt(d) / np.linalg.norm(X))
    inverse = np.linalg.inv(np.eye(d) + B.T @ B)
    K = (X @ inverse @ X.T) * (M.T @ M)
    rho = max(PENALTY * lam**2 / (y @ y), ROUNDING * np.trace(K))
    K[np.diag_indices(len(K))] += rho
    factor, target = cho_factor(K, lower=True, overwrite_a=True), A.adjoint(y)
    v = v_dual = np.zeros((d, len(M)))
    s = s_dual = np.zeros(M.shape)
    for _ in range(STEPS):
        h = inverse @ (target + rho * (v - v_dual + B.T @ (signs * (s - s_dual)).T))
        u = (h - inverse @ A.adjoint(cho_solve(factor, A.forward(h)))) / rho
        moved = u + v_dual
        v = moved * np.maximum(1.0 - lam / rho / np.maximum(group_norms(moved), 1e-300), 0.0)
        v_dual = moved - v
        value = signs * (u.T @ B.T) + s_dual
        s = np.maximum(value, 0.0)
        s_dual = value - s
    return v
