"""Accelerated proximal gradient on all masks: the plain reference.

Beck and Teboulle, SIAM J. Imaging Sci. 2 (2009), with the function-free restart of O'Donoghue and
Candes, Found. Comput. Math. 15 (2015).
"""

import numpy as np

from fixing_ntk.objective import certify, group_norms

CHECK_EVERY = 10


def fista(design, y, lam, tol, start=None, max_iter=200_000):
    """Solve the gated ReLU program; arguments and returns as in `newton`."""
    step = 1.0 / _largest_eigenvalue(design)
    every = np.arange(design.p)
    w = np.zeros((design.d, design.p)) if start is None else start.copy()
    z, momentum, history = w, 1.0, []
    for k in range(max_iter):
        w_new = prox_group(z + step * design.adjoint(y - design.forward(z), every), step * lam)
        if np.vdot(z - w_new, w_new - w) > 0:
            z, momentum = w_new, 1.0
        else:
            next_momentum = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * momentum**2))
            z = w_new + (momentum - 1.0) / next_momentum * (w_new - w)
            momentum = next_momentum
        w = w_new
        if k % CHECK_EVERY == 0:
            P, _, gap, _ = certify(design, y, lam, w)
            history.append((P, gap))
            if gap <= tol:
                break
    return w, k + 1, history, "fista"


def prox_group(z, threshold):
    """``argmin_w 1/2 ||w - z||^2 + threshold sum_i ||w_i||``, columnwise, (d, p)."""
    norms = group_norms(z)
    return z * np.maximum(0.0, 1.0 - threshold / np.maximum(norms, threshold))


def _largest_eigenvalue(design, iterations=100):
    """``||A||^2``, as ``A A^T = K(1)``; padded, since power iteration falls short."""
    K = design.kernel(np.ones(design.p))
    v = np.ones(design.n)
    for _ in range(iterations):
        v = K @ v
        v /= np.linalg.norm(v)
    return 1.01 * np.linalg.norm(K @ v)
