"""Convert a gated network to a ReLU network: split each weight into two vectors of its cone.

This is the last line of the paper's algorithm 1. Let ``C = {u : (2 D_i - I) X u >= 0}``. If
``w = u - v`` with u and v in C, then ``D_i X w = (X u)_+ - (X v)_+``: on the samples, two ReLU
neurons equal the gated unit (cone decomposition: Mishkin, Sahiner, Pilanci, ICML 2022). With
``u = x + w / 2`` and ``v = x - w / 2``, both lie in C if x lies in the polyhedron::

    G x >= |G w| / 2,   G = (2 D_i - I) X

The polyhedron is not empty if C has an interior: it contains all points far enough along a
direction c with ``G c > 0``. The narrower the cone, the farther away they are, and the larger the
norms of u and v.

The minimum of ``||u||^2 + ||v||^2`` is at the x nearest to 0. Finding it is a nonnegative least
squares problem (Lawson and Hanson, Solving Least Squares Problems, chapter 23), exact on its active
constraints. The ReLU program charges ``||u|| + ||v||``. This sum is least at the x nearest to
``tau w / 2``, where ``tau = (||u|| - ||v||) / (||u|| + ||v||)``. Reweighting finds tau by solving
the same problem two or three times.
"""

import numpy as np
from scipy.optimize import nnls

from fixing_ntk.masks.checks import array
from fixing_ntk.programs import (
    Fit,
    Intercept,
    MaskedDesign,
    Solution,
    Squared,
    best_scale,
    blas_threads,
    bound,
    certify,
    check_masks,
    group_norms,
    score,
)
from fixing_ntk.relu import cones
from fixing_ntk.relu.solve import ReLUSolution

INTERIOR = 1e-12  # least margin of an interior direction, over its norm: any less may be rounding
ROUNDING = 1e-8  # of an objective computed twice, over the loss at zero outputs
MAX_REWEIGHTINGS, STALLED = 100, 1e-10  # relative decrease at which reweighting stops


def to_relu(solution, X, masks):
    """Convert a gated network to the ReLU network with the same training predictions.

    Parameters
    ----------
    solution : Solution
        As from `solve`.
    X : array (n, d)
        Rows that the program was solved on. For the squared loss with sample weights, these are the
        samples times the roots of their weights.
    masks : MaskSet
        The masks that the solution was solved on.

    Returns
    -------
    ReLUSolution
        A feasible point of the ReLU program at the same lam. Its gap says how far it is from the
        optimum of the ReLU program. For the squared loss the dual point is the best multiple of the
        residual, for other losses the shrunk residual. Status is "optimal" only if the gap is at
        most the solution's tol.

    Raises
    ------
    TypeError
        If ``solution`` is not a `Solution`.
    ValueError
        If no decomposition of an active weight is found, see `decompose`, which needs a cone with
        an interior. Or if shapes do not match, or the rows are not those of the solution.
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
    loss, y = solution.loss, solution.y
    column = loss.column if isinstance(loss, Intercept) else None
    design, index, w = MaskedDesign(X, masks, column), solution.active, solution.active_weights
    found = certify(design, y, solution.lam, w, index, loss).objective
    if abs(found - solution.objective) > ROUNDING * loss.at_zero:
        raise ValueError(
            f"on these rows the solution's objective is {found:.6g}, and it says "
            f"{solution.objective:.6g}: give the X that it was solved on, times the roots of the "
            "sample weights if the loss is squared"
        )
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
        fitted = np.sum(open_.T * (X @ (pairs[0] - pairs[1])), axis=1)
        residual, norms = loss.residual(fitted), group_norms(weights)
        largest = cones.largest_score(design, residual)
        if loss.name == Squared.name:
            y = design.project(y)
            scale = best_scale(residual, y, largest, solution.lam)
            certificate = score(residual, norms, scale * residual, scale * largest, y, solution.lam)
        else:
            certificate = bound(loss, fitted, solution.lam * norms.sum(), largest, solution.lam)
    history = [(certificate.objective, certificate.gap)]
    fit = Fit(weights, np.array([sign, index[at]]), certificate, 1, history, "to_relu")
    return ReLUSolution.of_fit(fit, design, solution.lam, solution.tol, loss)


def decompose(G, w, inside):
    """Split w into ``u - v`` with ``G u >= 0``, ``G v >= 0`` and the least ``||u|| + ||v||``.

    The cone ``C = {u : G u >= 0}`` is the one of a mask D if ``G = (2 D - I) X``.

    Parameters
    ----------
    G : ndarray (n, d)
    w : ndarray (d,)
    inside : ndarray (d,)
        A point of C, preferably of its interior: the gate of the mask.

    Returns
    -------
    (u, v) : tuple of ndarray (d,), or None
        ``(w, 0)`` if w lies in C, and ``(0, -w)`` if -w does. Else None if C has no interior, up to
        rounding.
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
    for _ in range(MAX_REWEIGHTINGS):
        x = _nearest(G, bound, tau * half, c)
        plus, minus = float(np.linalg.norm(x + half)), float(np.linalg.norm(x - half))
        if plus + minus >= (1.0 - STALLED) * total:
            break
        best, total, tau = x, plus + minus, (plus - minus) / (plus + minus)
    # Rounding may have left constraints violated: move inside along c.
    best = best + max(0.0, np.max(bound - G @ best)) * c
    return best + half, best - half


def _interior(G, inside):
    """Return the c (d,) of least norm with ``G c >= 1``, or None if no such c is found.

    The rows of G (n, d) have length one. ``inside`` (d,) is a point of the cone ``{c : G c >= 0}``.
    If it is in the interior, its smallest multiple with ``G c >= 1`` sets the scale of the problem.
    This multiple is returned where rounding makes the solution longer or fail.
    """
    margin = (G @ inside).min()
    candidates = [inside / margin] if margin > INTERIOR * np.linalg.norm(inside) else []
    size = np.linalg.norm(candidates[0]) if candidates else 1.0
    c = _least_distance(G, np.ones(len(G)), size)
    margin = 0.0 if c is None else (G @ c).min()
    if margin > 0 and margin > INTERIOR * np.linalg.norm(c):
        candidates.append(c / margin)
    return min(candidates, key=np.linalg.norm) if candidates else None


def _nearest(G, bound, centre, c):
    """Return the point x (d,) with ``G x >= bound`` that is nearest to ``centre`` (d,).

    ``c`` (d,) has ``G c >= 1``. If rounding makes `_least_distance` fail, the result is ``centre +
    t c``, with t the largest violation at ``centre``: feasible, but not the nearest point.
    """
    shortfall = bound - G @ centre
    size = shortfall.max() * np.linalg.norm(c)
    step = _least_distance(G, shortfall, size) if size > 0 else np.zeros_like(centre)
    return centre + (shortfall.max() * c if step is None else step)


def _least_distance(G, bound, size):
    """Return the x (d,) of least norm with ``G x >= bound``, or None if no such x is found.

    G is (n, d), and ``bound`` (n,). The problem is solved as nonnegative least squares. ``size`` is
    about the norm of the solution, and sets the scale. None means that there is no such x, or that
    rounding hides it.
    """
    E = np.vstack([G.T, bound / size])
    target = np.zeros(len(E))
    target[-1] = 1.0
    s, _ = nnls(E, target)
    residual = target - E @ s
    return -size * (E @ s)[:-1] / -residual[-1] if residual[-1] > 0 else None
