"""Accelerated proximal gradient: the plain reference, and the start of the default solver.

Beck and Teboulle, SIAM J. Imaging Sci. 2 (2009), with the function-free restart of O'Donoghue and
Candes, Found. Comput. Math. 15 (2015).
"""

import numpy as np

from fixing_ntk.objective import certify, group_norms
from fixing_ntk.solution import Fit

CHECK_EVERY = 10
PADDING = 1.05  # power iteration falls short of the largest eigenvalue


def fista(design, y, lam, tol, scores, known=(), max_iter=200_000):
    """Solve the gated ReLU program on all masks at once; arguments as in `newton.newton`."""
    first = known[-1].weights if known else np.zeros((design.d, design.p))
    lipschitz, history = largest_eigenvalue(design, y, 100), []
    for k, w in enumerate(fista_iterates(design, y, lam, first, lipschitz), start=1):
        if k % CHECK_EVERY == 1 or k == max_iter:
            certificate = certify(design, y, lam, w)
            history.append((certificate.objective, certificate.gap))
            if certificate.gap <= tol or k == max_iter:
                return Fit.of_dense(w, certificate, k, history, "fista")


def fista_iterates(design, y, lam, w, lipschitz):
    """Yield w (d, k) after every step, without end, in the precision of ``design`` and ``w``.

    ``lipschitz`` is ``||A||^2``, the Lipschitz constant of the loss's gradient.
    """
    step, threshold = w.dtype.type(1.0 / lipschitz), w.dtype.type(lam / lipschitz)
    z, momentum = w, 1.0
    while True:
        w_new = prox_group(z + step * design.adjoint(y - design.forward(z)), threshold)
        change = w_new - w
        if np.vdot(z - w_new, change) > 0:
            z, momentum = w_new, 1.0
        else:
            next_momentum = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * momentum**2))
            z = w_new + w.dtype.type((momentum - 1.0) / next_momentum) * change
            momentum = next_momentum
        w = w_new
        yield w


def prox_group(z, threshold):
    """``argmin_w 1/2 ||w - z||^2 + threshold sum_i ||w_i||``, columnwise, (d, k)."""
    norms = group_norms(z)
    return z * (1 - threshold / np.maximum(norms, threshold))


def largest_eigenvalue(design, v, iterations):
    """``||A||^2`` by power iteration on ``A A^T`` from v (n,), padded."""
    for _ in range(iterations):
        v = v / np.linalg.norm(v)
        v = design.forward(design.adjoint(v))
    return PADDING * float(np.linalg.norm(v))
