"""The reference solver: the ReLU program handed to an interior point solver, on a working set.

The working set holds pairs of mask and sign. Each round solves the cone program on it, projects the
weights onto their cones, and scores the dual constraints of all pairs. The pairs with the largest
violations enter, until the gap is certified over all pairs.
"""

import numpy as np

from fixing_ntk.programs import Fit, group_norms, score
from fixing_ntk.relu import cones
from fixing_ntk.relu.conic_program import relu_dual_point, relu_program, relu_weights
from fixing_ntk.solvers.backends import choose

FIRST, ADDED = 20, 20  # pairs in the first working set; maximum number that enter in a round
PRECISION = 1e-3  # tolerance of a backend, as a share of the gap that is asked for
ZERO = 1e-8  # groups below this share of the largest are zeros


def conic(design, y, lam, tol, max_iter=200, backend="auto"):
    """Solve the ReLU program of the squared loss by an interior point solver, on a working set.

    The working set grows by pairs of mask and sign that violate their dual constraint. The method
    ends when the gap is at most ``tol`` or no pair outside the set violates its constraint. So the
    gap may stay above ``tol``, and no warning is given.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    lam, tol : float
        Penalty, and relative gap at which to stop.
    max_iter : int
        Maximum number of interior point iterations of one cone program.
    backend : {"auto", "mosek", "clarabel"}
        See `solvers.backends.choose`.

    Returns
    -------
    Fit
        Its ``index`` (2, k) has the sign, 0 or 1, and the mask of each column of ``weights``. Its
        ``n_iter`` counts the iterations of all cone programs.

    Raises
    ------
    RuntimeError
        If the backend cannot run.
    """
    X, masks, solver = design.X, design.masks, choose(backend)
    scores, history, n_iter = cones.scores(design, y, lam), [], 0
    pairs = _violated(scores, lam, FIRST)
    # In units where ||y|| = 1 and lambda_max = 1 the answer does not depend on the data's scale.
    y_unit = np.linalg.norm(y)
    X_unit = max(scores.max() / max(y_unit, 1e-300), 1e-300)
    while True:
        sign, index = pairs
        open_, signs = masks.rows(index, bool).T, np.where(sign, -1.0, 1.0)
        w, duals = np.zeros((design.d, len(index))), []
        if len(index):
            program = relu_program(X / X_unit, open_, signs, y / y_unit, lam / (y_unit * X_unit))
            result = solver.solve(program, max(PRECISION * tol, 1e-12), max_iter)
            n_iter += result.n_iter
            w = relu_weights(result.x, design.d, len(index)) * (y_unit / X_unit)
            w[:, group_norms(w) <= ZERO * group_norms(w).max()] = 0.0
            w = cones.project(X, masks, pairs, w)
            duals.append(relu_dual_point(result.z, design.n) * y_unit)
        residual = y - np.sum(open_ * (X @ w) * signs, axis=1)
        # At the optimum both agree. Before it, the dual point is closer to feasible.
        scored = [(a, cones.scores(design, a, lam)) for a in (residual, *duals)]
        norms = group_norms(w)
        certificate, scores = min(
            ((score(residual, norms, a, s.max(), y, lam), s) for a, s in scored),
            key=lambda pair: pair[0].gap,
        )
        history.append((certificate.objective, certificate.gap))
        scores[sign, index] = 0.0
        entering = _violated(scores, lam, ADDED)
        if certificate.gap <= tol or not entering.size:
            break
        pairs = np.hstack([pairs, entering])
    name = f"conic[{solver.__name__.rpartition('.')[2]}]"
    return Fit(w, pairs, certificate, n_iter, history, name)


def _violated(scores, lam, count):
    """Return signs (0 or 1) and masks, (2, k), of the ``count`` largest scores (2, p) above lam.

    Row s of ``scores`` is of sign s. There are fewer than ``count`` if fewer scores are above lam.
    """
    flat = np.argsort(-scores, axis=None, kind="stable")[:count]
    flat = flat[scores.flat[flat] > lam]
    return np.array(np.unravel_index(flat, scores.shape))
