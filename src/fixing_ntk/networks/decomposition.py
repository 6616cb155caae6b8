"""A gated network as a ReLU network: each weight split into two of its mask's cone.

The last line of the paper's algorithm 1. With ``C = {u : (2 D_i - I) X u >= 0}`` and ``w = u - v``
for u, v in C, ``D_i X w = (X u)_+ - (X v)_+``: two neurons give on the samples what the gated unit
gives (cone decompositions: Mishkin, Sahiner, Pilanci, ICML 2022). In ``u = x + w / 2`` and
``v = x - w / 2`` both cones are one polyhedron::

    G x >= |G w| / 2,   G = (2 D_i - I) X

It has points just where C has an interior: far enough along a direction c with ``G c > 0``. The
narrower C, the farther, and the more the weights cost.

The least ``||u||^2 + ||v||^2`` is at its point nearest to 0, a nonnegative least squares problem
(Lawson and Hanson, Solving Least Squares Problems, chapter 23), exact on its active constraints.
The least ``||u|| + ||v||``, which the ReLU program charges, is at the point nearest to ``tau w /
2`` where ``tau = (||u|| - ||v||) / (||u|| + ||v||)``: by reweighting, the same problem two or three
times, since both are long in a narrow cone.
"""

import numpy as np
from scipy.optimize import nnls

from fixing_ntk.masks.checks import array
from fixing_ntk.networks.relu import ReLUSolution
from fixing_ntk.programs import (
    Fit,
    MaskedDesign,
    Solution,
    best_scale,
    blas_threads,
    check_masks,
    cones,
    group_norms,
    score,
)

INTERIOR = 1e-12  # margin over norm of a direction inside; below, rounding decides
REWEIGHTINGS, STANDSTILL = 100, 1e-10  # and the relative decrease at which they end


def to_relu(solution, X, masks):
    """Convert a gated network to the ReLU network with the same training predictions.

    Parameters
    ----------
    solution : Solution
        As from `solve`.
    X : array (n, d)
    masks : MaskSet
        Those that were solved over.

    Returns
    -------
    ReLUSolution
        A feasible point of the ReLU program at the same lam. Its gap, from the largest multiple of
        the residual that the ReLU program's own dual allows, says how far from optimal the shortcut
        is; status is "optimal" only where that is at most the solution's tol.

    Raises
    ------
    TypeError, ValueError
        If an active mask's cone has no interior: its weight may have no such pair. If shapes do not
        fit.
    """
    if not isinstance(solution, Solution):
        raise TypeError(f"solution must be a Solution, got {type(solution).__name__}")
    X = array(X, "X", "n", "d")
    check_masks(masks, X)
    over = len(solution.y), len(solution.active_weights), len(solution.eta)
    if over != (masks.n, masks.d, len(masks)):
        raise ValueError(
            f"the solution is over {over[2]} masks of n={over[0]}, d={over[1]}, but masks has "
            f"{len(masks)} of n={masks.n}, d={masks.d}: give those that were solved over"
        )
    y = solution.y
    design, index, w = MaskedDesign(X, masks), solution.active, solution.active_weights
    open_, gates = masks.rows(index, bool), masks.gates_at(index)
    pairs = np.zeros((2, *w.shape))
    for j, i in enumerate(index):
        pair = decompose(np.where(open_[j][:, None], X, -X), w[:, j], gates[:, j])
        if pair is None:
            raise ValueError(
                f"mask {i}: its cone has no interior, so its weight may not be a difference of two "
                "weights inside: leave out gates that are orthogonal to samples"
            )
        pairs[:, :, j] = pair
    sign, at = np.nonzero(pairs.any(axis=1))
    weights = pairs[sign, :, at].T
    with blas_threads(design.n**3 / 3.0):
        residual = y - np.sum(open_.T * (X @ (pairs[0] - pairs[1])), axis=1)
        top = cones.largest_score(design, residual)
        scale = best_scale(residual, y, top, solution.lam)
        certificate = score(
            residual, group_norms(weights), scale * residual, scale * top, y, solution.lam
        )
    history = [(certificate.objective, certificate.gap)]
    fit = Fit(weights, np.array([sign, index[at]]), certificate, 1, history, "to_relu")
    return ReLUSolution.of_fit(fit, design, solution.lam, solution.tol)


def decompose(G, w, inside):
    """``u, v`` of least norms with ``u - v = w``, ``G u >= 0``, ``G v >= 0``; None if C is flat.

    Parameters
    ----------
    G : ndarray (n, d)
    w : ndarray (d,)
    inside : ndarray (d,)
        A point of C, of its interior if that is known.
    """
    lengths = np.linalg.norm(G, axis=1)
    G = G[lengths > 0] / lengths[lengths > 0, None]
    half = 0.5 * w
    bound = G @ half
    if np.all(bound >= 0):
        return w, np.zeros_like(w)
    if np.all(bound <= 0):
        return np.zeros_like(w), -w
    bound = np.abs(bound)
    c = _interior(G, inside)
    if c is None:
        return None
    tau, total = 0.0, np.inf
    for _ in range(REWEIGHTINGS):
        x = _nearest(G, bound, tau * half, c)
        plus, minus = float(np.linalg.norm(x + half)), float(np.linalg.norm(x - half))
        if plus + minus >= (1.0 - STANDSTILL) * total:
            break
        best, total, tau = x, plus + minus, (plus - minus) / (plus + minus)
    # What rounding left outside is moved inside along c.
    best = best + max(0.0, np.max(bound - G @ best)) * c
    return best + half, best - half


def _interior(G, inside):
    """The c of least norm with ``G c >= 1``, or None, for unit rows; ``inside`` sets the scale."""
    margin = (G @ inside).min()
    candidates = [inside / margin] if margin > INTERIOR * np.linalg.norm(inside) else []
    size = np.linalg.norm(candidates[0]) if candidates else 1.0
    c = _least_distance(G, np.ones(len(G)), size)
    margin = 0.0 if c is None else (G @ c).min()
    if margin > 0 and margin > INTERIOR * np.linalg.norm(c):
        candidates.append(c / margin)
    return min(candidates, key=np.linalg.norm) if candidates else None


def _nearest(G, bound, centre, c):
    """Nearest point to ``centre`` with ``G x >= bound``, where ``G c >= 1``."""
    lack = bound - G @ centre
    farthest = lack.max() * np.linalg.norm(c)
    step = _least_distance(G, lack, farthest) if farthest > 0 else np.zeros_like(centre)
    return centre + (lack.max() * c if step is None else step)


def _least_distance(G, bound, size):
    """``argmin ||x||`` with ``G x >= bound``, whose norm is about ``size``; None if it has none."""
    E = np.vstack([G.T, bound / size])
    target = np.zeros(len(E))
    target[-1] = 1.0
    s, _ = nnls(E, target)
    left = target - E @ s
    return -size * (E @ s)[:-1] / -left[-1] if left[-1] > 0 else None
