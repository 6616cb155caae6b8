"""Accelerated proximal gradient: the plain reference, and the start of the default solver.

Beck and Teboulle, SIAM J. Imaging Sci. 2 (2009), with the function-free restart of O'Donoghue and
Candes, Found. Comput. Math. 15 (2015), and steps that may grow again, as Scheinberg, Goldfarb and
Bai, Found. Comput. Math. 14 (2014): near the solution few masks are active, and the curvature along
them is far below ``||A||^2``.
"""

import numpy as np

from fixing_ntk.programs import Fit, certify, group_norms

CHECK_EVERY = 10
UNPACKED_UP_TO = 2e7  # entries of all masks, up to which they are unpacked: 160 MB
GROW, SHRINK = 0.9, 2.0  # factors of 1 / step: before each step; until it is short enough


def fista(design, y, lam, tol, scores, warm_starts=(), max_iter=200_000):
    """Solve the gated ReLU program by accelerated proximal gradient on all masks at once.

    Arguments and returns are as in `newton.newton`, but only the last warm start is used, and
    ``scores`` are not.
    """
    first = warm_starts[-1].weights if warm_starts else np.zeros((design.d, design.p))
    fits = design.n * design.p <= UNPACKED_UP_TO
    products, history = design.unpacked(slice(0, design.p)) if fits else design, []
    for k, w in enumerate(fista_iterates(products, y, lam, np.asfortranarray(first)), 1):
        if k % CHECK_EVERY == 1 or k >= max_iter:
            certificate = certify(design, y, lam, w)
            history.append((certificate.objective, certificate.gap))
            if certificate.gap <= tol or k >= max_iter:
                return Fit.of_dense(w, certificate, k, history, "fista")


def fista_iterates(design, y, lam, w):
    """Yield the weights (d, k) after every accelerated proximal step from w, without end.

    The program has target y (n,), penalty ``lam`` and the k masks of ``design``, a `MaskedDesign`
    or `UnpackedDesign`. Steps are in the precision of ``design`` and ``w``, (d, k).
    """
    number, rounding = w.dtype.type, 8 * np.finfo(w.dtype).eps
    curvature = _curvature_along(design, design.adjoint(y))
    Aw = design.forward(w)
    z, Az, momentum = w, Aw, 1.0
    while True:
        gradient, before = design.adjoint(Az - y), curvature
        curvature *= GROW
        while True:
            w_new = prox_group(z - gradient / number(curvature), number(lam / curvature))
            Aw_new = design.forward(w_new)
            move, noise = np.linalg.norm(w_new - z), rounding * np.linalg.norm(Aw_new)
            moved, root = np.linalg.norm(Aw_new - Az), np.sqrt(curvature)
            # Az is off by up to rounding ||A|| ||w||, which no shorter step would make smaller.
            if moved <= max(root * move + noise, rounding * root * np.linalg.norm(w_new)):
                break
            curvature *= SHRINK
        if np.vdot(z - w_new, w_new - w) > 0:
            z, Az, momentum = w_new, Aw_new, 1.0
        else:
            grown = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * momentum**2 * curvature / before))
            inertia = number((momentum - 1.0) / grown)
            z, Az = w_new + inertia * (w_new - w), Aw_new + inertia * (Aw_new - Aw)
            momentum = grown
        w, Aw = w_new, Aw_new
        yield w


def prox_group(z, threshold):
    """Return ``argmin_w 1/2 ||w - z||^2 + threshold sum_i ||w_i||``, (d, k), column by column."""
    norms = group_norms(z)
    return z * (1 - threshold / np.maximum(norms, threshold))


def _curvature_along(design, w):
    """Return ``||A w||^2 / ||w||^2`` for weights w (d, k); 1 for w = 0.

    ``A w = sum_i D_i X w_i`` are the outputs of ``design``. The first steps have about the inverse
    of this curvature as length.
    """
    norm = np.linalg.norm(w)
    return float(np.linalg.norm(design.forward(w / norm)) ** 2) if norm > 0 else 1.0
