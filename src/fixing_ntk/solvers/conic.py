"""The reference solver: the gated ReLU program handed whole to an interior point solver."""

import numpy as np
from scipy.linalg import solve as solve_linear

from fixing_ntk.design import MaskedDesign
from fixing_ntk.objective import certify, feasible_scale, group_norms
from fixing_ntk.solution import Fit
from fixing_ntk.solvers.backends import choose
from fixing_ntk.solvers.conic_program import gated_dual_point, gated_program, gated_weights

LOOSEST, TIGHTEST = 1e-9, 1e-12  # tolerances given to a backend, whatever gap is asked for
RIDGES = (1e-3, 1e-5, 1e-7, 1e-9)  # relative; the best one depends on the rank of the active masks
ZERO = 1e-7  # groups below this share of the largest are tried as zeros


def conic(design, y, lam, tol, scores, known=(), max_iter=200, backend="auto"):
    """Solve the gated ReLU program by `conic_program.gated_program`; arguments as in `newton`.

    ``known`` is not used: interior point methods start from their own point.

    Parameters
    ----------
    max_iter : int
        Interior point iterations.
    backend : {"auto", "mosek", "clarabel"}
        See `backends.choose`.

    Returns
    -------
    weights : ndarray (d, p)
    n_iter : int
    history : list of (objective, gap)
        One pair: the certificate of ``weights``.
    name : str
        With the backend that ran: ``"conic[clarabel]"``.

    Raises
    ------
    RuntimeError
        If the backend cannot run.
    """
    solver = choose(backend)
    # In units where ||y|| = 1 and lambda_max = 1 the answer cannot depend on the scale of the data.
    y_unit, X_unit = np.linalg.norm(y), scores.max() / np.linalg.norm(y)
    scaled = MaskedDesign(design.X / X_unit, design.masks)
    program = gated_program(scaled, y / y_unit, lam / (X_unit * y_unit))
    result = solver.solve(program, float(np.clip(1e-3 * tol, TIGHTEST, LOOSEST)), max_iter)
    weights = gated_weights(scaled, result.z) * (y_unit / X_unit)
    a = gated_dual_point(scaled, result.x) * y_unit
    a *= feasible_scale(design.screened_scores(a).max(), lam)
    weights, certificate = _best(design, y, lam, weights, a)
    norms = group_norms(weights)
    pruned = np.where(norms > ZERO * norms.max(), weights, 0.0)
    pruned, pruned_certificate = _best(design, y, lam, pruned, a)
    if pruned_certificate.gap <= max(certificate.gap, 0.1 * tol):
        weights, certificate = pruned, pruned_certificate
    history = [(certificate.objective, certificate.gap)]
    name = f"conic[{solver.__name__.rpartition('.')[2]}]"
    return Fit.of_dense(weights, certificate, result.n_iter, history, name)


def _best(design, y, lam, weights, a):
    """Weights and certificate of least gap: those given, or as `_match_residual` moves them."""
    candidates = [weights, *_match_residual(design, y, weights, a)]
    certified = [(w, certify(design, y, lam, w)) for w in candidates]
    return min(certified, key=lambda pair: pair[1].gap)


def _match_residual(design, y, weights, a):
    """Yield the weights moved, by little in units of their norms, so that their residual nears a.

    The solver's a is feasible and its weights and a are optimal together to its tolerance, but the
    residual of the weights differs from a in proportion to how far the last iterate lies off the
    central path. It then breaks dual constraints by that much, and the certified gap is of first
    order in it: up to a thousand times the solver's own. A ridge regression on the difference, in
    the kernel of the weights, undoes this; one point for each ridge.
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
