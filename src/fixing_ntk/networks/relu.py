"""The ReLU convex program: the gated one with weights confined to the cones of their masks.

    P(w, w') = 1/2 ||sum_i D_i X (w_i - w'_i) - y||^2 + lam sum_i (||w_i|| + ||w'_i||),
               (2 D_i - I) X w_i >= 0,  (2 D_i - I) X w'_i >= 0

Over all masks of X it is the training of a two-layer ReLU network with weight decay ``lam / 2``
(Pilanci and Ergen, ICML 2020). Its dual is the gated one over the weaker constraints
``max <X^T D_i a, w> <= lam`` for unit w in each cone, and the same for -a.
"""

from dataclasses import dataclass

import numpy as np

from fixing_ntk.networks.training import objective_and_gradient
from fixing_ntk.programs import MaskedDesign, cones, group_norms, one_pool, score
from fixing_ntk.solvers import (
    check_problem,
    relu_dual_point,
    relu_program,
    relu_weights,
    warn_not_converged,
)
from fixing_ntk.solvers.backends import choose

FIRST, ADDED = 20, 20  # pairs of mask and sign at the start, and most added at once
PRECISION = 1e-3  # of a backend, as a share of the gap that is asked for
ZERO = 1e-8  # groups below this share of the largest are zeros


@dataclass(frozen=True, eq=False)
class ReLUSolution:
    """A feasible point of the ReLU program and its certificate.

    Attributes
    ----------
    weights : ndarray (2, d, p)
        ``w_i``, which adds to the prediction, and ``w'_i``, which is subtracted.
    objective, dual_objective, gap : float
        As in `Solution`, over the ReLU program's own dual constraints.
    violation : float
        Largest violation of a cone constraint, over the largest entry of ``X w``.
    dual_point : ndarray (n,)
    lam, tol : float
    status : str
        "optimal" only when ``gap <= tol`` was certified; else "not_converged".
    history : list of (objective, gap)
        One pair for each cone program.
    """

    weights: np.ndarray
    objective: float
    dual_objective: float
    gap: float
    violation: float
    dual_point: np.ndarray
    lam: float
    tol: float
    status: str
    history: list


def solve_relu(X, y, masks, lam, tol=1e-6, backend="auto", max_iter=200):
    """Solve the ReLU convex program on a growing set of masks.

    A cone program on few pairs of mask and sign; its weights moved into their cones; the dual
    constraints of all pairs, by nonnegative least squares; the violated ones added: until the gap
    is certified over all.

    Parameters
    ----------
    X : array (n, d)
    y : array (n,)
    masks : MaskSet
    lam : float
    tol : float
        Relative gap to certify.
    backend : {"auto", "mosek", "clarabel"}
    max_iter : int
        Interior point iterations of one program.

    Returns
    -------
    ReLUSolution

    Raises
    ------
    ValueError
        As `solve`.
    RuntimeError
        If the backend cannot run.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        When the gap was not reached.
    """
    X, y = check_problem(X, y, masks, lam, tol)
    design, solver = MaskedDesign(X, masks), choose(backend)
    with one_pool(design.n**3 / 3.0):
        return _solve(design, y, lam, tol, solver, max_iter)


def _solve(design, y, lam, tol, solver, max_iter):
    X, masks = design.X, design.masks
    bound, history = cones.scores(design, y, lam), []
    pairs = _largest(bound, FIRST, lam)
    scale = np.linalg.norm(y), max(bound.max() / max(np.linalg.norm(y), 1e-300), 1e-300)
    while True:
        sign, index = pairs
        open_, signs = masks.rows(index, bool).T, np.where(sign, -1.0, 1.0)
        w, duals = np.zeros((design.d, len(index))), []
        if len(index):
            program = relu_program(X / scale[1], open_, signs, y / scale[0], lam / np.prod(scale))
            result = solver.solve(program, max(PRECISION * tol, 1e-12), max_iter)
            w = relu_weights(result.x, design.d, len(index)) * (scale[0] / scale[1])
            w[:, group_norms(w) <= ZERO * group_norms(w).max()] = 0.0
            w = np.transpose([cones.project(X, *pair) for pair in zip(open_.T, w.T, strict=True)])
            duals.append(relu_dual_point(result.z, design.n) * scale[0])
        residual = y - np.sum(open_ * (X @ w) * signs, axis=1)
        # At the optimum they agree; off it the solver's own is the nearer to feasible.
        scored = [(a, cones.scores(design, a, lam)) for a in (residual, *duals)]
        norms = group_norms(w)
        certificate, bound = min(
            ((score(residual, norms, a, s.max(), y, lam), s) for a, s in scored),
            key=lambda pair: pair[0].gap,
        )
        history.append((certificate.objective, certificate.gap))
        bound[sign, index] = 0.0
        new = _largest(bound, ADDED, lam)
        if certificate.gap <= tol or not len(new[0]):
            break
        pairs = np.hstack([pairs, new])
    weights = np.zeros((2, design.d, design.p))
    weights[sign, :, index] = w.T
    converged = certificate.gap <= tol
    if not converged:
        warn_not_converged("the ReLU program stopped", certificate.gap, tol, stacklevel=3)
    largest = np.abs(X @ w).max(initial=0.0)
    return ReLUSolution(
        weights=weights,
        objective=certificate.objective,
        dual_objective=certificate.dual_objective,
        gap=certificate.gap,
        violation=cones.violation(X, open_, w) / largest if largest > 0 else 0.0,
        dual_point=certificate.dual_point,
        lam=float(lam),
        tol=float(tol),
        status="optimal" if converged else "not_converged",
        history=history,
    )


def to_network(solution):
    """Two-layer ReLU network of a solution: neurons ``w / sqrt ||w||`` with ``+-sqrt ||w||``.

    Returns
    -------
    first : ndarray (d, m)
        First-layer weights, one column a neuron.
    second : ndarray (m,)
    """
    columns = np.hstack(solution.weights)
    signs = np.repeat([1.0, -1.0], solution.weights.shape[2])
    norms = group_norms(columns)
    used = norms > 0
    root = np.sqrt(norms[used])
    return columns[:, used] / root, signs[used] * root


def network_output(first, second, X):
    """``(X W)_+ v``, (n,), for first-layer weights W (d, m) and second-layer weights v (m,)."""
    return np.maximum(X @ first, 0.0) @ second


def network_objective(first, second, X, y, lam):
    """Non-convex training objective with weight decay ``lam / 2``, which the convex one equals."""
    return objective_and_gradient(first, second, X, y, lam)[0]


def _largest(scores, count, bound):
    """Signs and masks (2, k) of the largest scores (2, p) above a bound."""
    flat = np.argsort(-scores, axis=None, kind="stable")[:count]
    flat = flat[scores.flat[flat] > bound]
    return np.array(np.unravel_index(flat, scores.shape))
