"""The reference solver: the gated ReLU program handed to an interior point solver.

An interior point method pays for every mask at every iteration, but at the optimum most masks have
weight zero. So the cone program is stated on a working set of masks. First-order steps give the
first set. All masks whose dual constraint the solution violates are added, and the program is
solved again, until the solution is certified over all masks.
"""

import logging

import numpy as np
from scipy.linalg import solve as solve_linear

from fixing_ntk.programs import Fit, MaskedDesign, certify, feasible_scale, group_norms
from fixing_ntk.solvers.backends import choose
from fixing_ntk.solvers.conic_program import gated_dual_point, gated_program, gated_weights
from fixing_ntk.solvers.first_order import first_order

LOOSEST, TIGHTEST = 1e-9, 1e-12  # tolerances given to a backend, whatever gap is asked for
# Over the mean eigenvalue of K; which one is best depends on the rank of the active masks.
RIDGES = (1e-3, 1e-5, 1e-7, 1e-9)
ZERO = 1e-7  # groups below this share of the largest are tried as zeros
GUESS, STEPS = 1e-3, 5_000  # relative gap of the first-order guess; its maximum number of steps
NEAR = 0.98  # share of lam from which the score of a mask puts it in the working set

log = logging.getLogger(__name__)


def conic(design, y, lam, tol, scores, warm_starts=(), max_iter=200, backend="auto"):
    """Solve the gated ReLU program by an interior point solver, on a growing working set of masks.

    The cone program is `conic_program.gated_program`. Other arguments are as in `newton`.
    ``warm_starts`` are not used: interior point methods start from their own point.

    Parameters
    ----------
    max_iter : int
        Maximum number of interior point iterations for one cone program.
    backend : {"auto", "mosek", "clarabel"}
        See `backends.choose`.

    Returns
    -------
    Fit
        Its ``history`` has one pair for each cone program, and its ``n_iter`` counts the
        iterations of all. Its ``name`` tells the backend that ran: ``"conic[clarabel]"``.

    Raises
    ------
    RuntimeError
        If the backend cannot run.
    """
    solver = choose(backend)
    # In units where ||y|| = 1 and lambda_max = 1 the answer cannot depend on the scale of the data.
    y_unit, X_unit = np.linalg.norm(y), scores.max() / np.linalg.norm(y)
    unit, target, penalty = y_unit / X_unit, y / y_unit, lam / (X_unit * y_unit)
    scaled = MaskedDesign(design.X / X_unit, design.masks)
    precision = float(np.clip(1e-3 * tol, TIGHTEST, LOOSEST))
    guess = first_order(scaled, target, penalty, GUESS, scores, max_iter=STEPS)
    index, outside = guess.index, scaled.screened_scores(guess.certificate.dual_point)
    history, n_iter = [], 0
    while True:
        index = np.union1d(index, np.flatnonzero(outside >= NEAR * penalty))
        working_set = MaskedDesign(scaled.X, design.masks.subset(index))
        result = solver.solve(gated_program(working_set, target, penalty), precision, max_iter)
        n_iter += result.n_iter
        weights, a = _polished(working_set, target, penalty, result, tol)
        used = group_norms(weights) > 0
        weights, support = weights[:, used] * unit, index[used]
        certificate = certify(design, y, lam, weights, support)
        history.append((certificate.objective, certificate.gap))
        log.info("cone program on %d of %d masks: gap %.1e", len(index), design.p, certificate.gap)
        outside = scaled.screened_scores(a)
        outside[index] = 0.0
        if certificate.gap <= tol or outside.max() <= penalty:
            name = f"conic[{solver.__name__.rpartition('.')[2]}]"
            return Fit(weights, support, certificate, n_iter, history, name)


def _polished(design, y, lam, result, tol):
    """Return weights (d, p) and a dual point (n,) from a backend's `Result` on `gated_program`.

    ``design`` has the p masks of the working set, y (n,) is the target, and ``tol`` the relative
    gap to reach. The dual point is shrunk until it is feasible for these p masks. The weights are
    moved where this lowers the gap. Small groups become zero where the gap allows.
    """
    a = gated_dual_point(design, result.x)
    a = a * feasible_scale(design.screened_scores(a).max(), lam)
    weights, gap = _best(design, y, lam, gated_weights(design, result.z), a)
    norms = group_norms(weights)
    pruned = np.where(norms > ZERO * norms.max(), weights, 0.0)
    pruned, pruned_gap = _best(design, y, lam, pruned, a)
    return (pruned if pruned_gap <= max(gap, 0.1 * tol) else weights), a


def _best(design, y, lam, weights, a):
    """Return the candidate weights (d, p) of least relative gap, and this gap.

    Candidates are the given ``weights`` (d, p) and all weights from `_match_residual`, which alone
    uses ``a`` (n,), the backend's dual point. The gap of a candidate is certified by its own
    residual, in the program with the p masks of ``design``.
    """
    candidates = [weights, *_match_residual(design, y, weights, a)]
    gaps = [certify(design, y, lam, w).gap for w in candidates]
    best = int(np.argmin(gaps))
    return candidates[best], gaps[best]


def _match_residual(design, y, weights, a):
    """Yield candidates (d, p) for the weights, moved so that their residual nears the dual point a.

    The backend's dual point a is feasible, and its weights and a are optimal together to its
    tolerance. But the residual of the weights differs from a, in proportion to the distance of the
    last iterate from the central path. So the residual violates dual constraints. The certified gap
    is of first order in the difference, and up to a thousand times the backend's gap. A ridge
    regression on the difference, with the kernel of the weights, removes it, and moves the weights
    by little relative to their norms. There is one candidate for each of `RIDGES`, and none for
    zero weights.
    """
    eta = group_norms(weights)
    active = np.flatnonzero(eta)
    error = y - design.forward(weights) - a
    K = design.kernel(eta)
    level = np.trace(K) / design.n
    for ridge in RIDGES if level > 0 else ():
        shifted = K + ridge * level * np.eye(design.n)
        q = solve_linear(shifted, error, assume_a="pos", overwrite_a=True, check_finite=False)
        moved = weights.copy()
        moved[:, active] += eta[active] * design.unpacked(active).adjoint(q)
        yield moved
