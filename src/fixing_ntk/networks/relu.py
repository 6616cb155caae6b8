"""The ReLU convex program: the gated one with weights confined to the cones of their masks.

    P(w, w') = 1/2 ||sum_i D_i X (w_i - w'_i) - y||^2 + lam sum_i (||w_i|| + ||w'_i||),
               (2 D_i - I) X w_i >= 0,  (2 D_i - I) X w'_i >= 0

Over all masks of X it is the training of a two-layer ReLU network with weight decay ``lam / 2``
(Pilanci and Ergen, ICML 2020). Its dual is the gated one over the weaker constraints
``max <X^T D_i a, w> <= lam`` for unit w in each cone, and the same for -a.
"""

from dataclasses import dataclass

import numpy as np

from fixing_ntk.masks.checks import count
from fixing_ntk.networks.training import objective_and_gradient
from fixing_ntk.programs import (
    Fit,
    MaskedDesign,
    blas_threads,
    check_problem,
    cones,
    group_norms,
    score,
)
from fixing_ntk.solvers import (
    relu_dual_point,
    relu_irls,
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
    method : str
        "conic" with its backend, "irls" with its eps, or "to_relu" for a converted gated network.
    status : str
        "optimal" only when ``gap <= tol`` was certified; else "not_converged".
    history : list of (objective, gap)
        One pair for each cone program, or pass.
    """

    weights: np.ndarray
    objective: float
    dual_objective: float
    gap: float
    violation: float
    dual_point: np.ndarray
    lam: float
    tol: float
    method: str
    status: str
    history: list

    @classmethod
    def of_fit(cls, fit, design, lam, tol):
        """From a `Fit` of the ReLU program."""
        weights, (sign, index), certificate = fit.weights, fit.index, fit.certificate
        dense = np.zeros((2, design.d, design.p))
        dense[sign, :, index] = weights.T
        largest = np.abs(design.X @ weights).max(initial=0.0)
        violation = cones.violation(design.X, design.masks.rows(index, bool).T, weights)
        return cls(
            weights=dense,
            objective=certificate.objective,
            dual_objective=certificate.dual_objective,
            gap=certificate.gap,
            violation=violation / largest if largest > 0 else 0.0,
            dual_point=certificate.dual_point,
            lam=float(lam),
            tol=float(tol),
            method=fit.name,
            status="optimal" if certificate.gap <= tol else "not_converged",
            history=fit.history,
        )


def solve_relu(X, y, masks, lam, tol=1e-6, method="conic", max_iter=None, **options):
    """Solve the ReLU convex program.

    "conic" works on a growing set of masks: a cone program on few pairs of mask and sign; its
    weights moved into their cones; the dual constraints of all pairs, by nonnegative least squares;
    the violated ones added: until the gap is certified over all. "irls" is the paper's algorithm 1,
    on all masks at once: for few samples and masks.

    Parameters
    ----------
    X : array (n, d)
    y : array (n,)
    masks : MaskSet
    lam : float
    tol : float
        Relative gap to certify.
    method : {"conic", "irls"}
        "conic" takes ``backend="auto" | "mosek" | "clarabel"``, "irls" takes ``eps``, as
        `solvers.irls.irls` has it.
    max_iter : int, optional
        Interior point iterations of one program, 200 by default; or passes, 20,000.

    Returns
    -------
    ReLUSolution

    Raises
    ------
    TypeError, ValueError
        As `solve`.
    RuntimeError
        If the backend cannot run.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        When the gap was not reached.
    """
    X, y, lam, tol = check_problem(X, y, masks, lam, tol)
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"unknown method {method!r}: choose from {[*METHODS]}")
    if max_iter is not None:
        count(max_iter, "max_iter")
    design, limit = MaskedDesign(X, masks), {} if max_iter is None else {"max_iter": max_iter}
    with blas_threads(design.n**3 / 3.0):
        fit = METHODS[method](design, y, lam, tol, **limit, **options)
    if not fit.certificate.gap <= tol:
        what = f"the ReLU program stopped after {fit.n_iter} iterations of {fit.name}"
        warn_not_converged(what, fit.certificate.gap, tol, stacklevel=2, mend=fit.mend)
    return ReLUSolution.of_fit(fit, design, lam, tol)


def conic(design, y, lam, tol, max_iter=200, backend="auto"):
    """Solve the ReLU program on a growing set of pairs of mask and sign; a `Fit`."""
    X, masks, solver = design.X, design.masks, choose(backend)
    bound, history, n_iter = cones.scores(design, y, lam), [], 0
    pairs = _largest(bound, FIRST, lam)
    scale = np.linalg.norm(y), max(bound.max() / max(np.linalg.norm(y), 1e-300), 1e-300)
    while True:
        sign, index = pairs
        open_, signs = masks.rows(index, bool).T, np.where(sign, -1.0, 1.0)
        w, duals = np.zeros((design.d, len(index))), []
        if len(index):
            program = relu_program(X / scale[1], open_, signs, y / scale[0], lam / np.prod(scale))
            result = solver.solve(program, max(PRECISION * tol, 1e-12), max_iter)
            n_iter += result.n_iter
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
    name = f"conic[{solver.__name__.rpartition('.')[2]}]"
    return Fit(w, pairs, certificate, n_iter, history, name)


METHODS = {"conic": conic, "irls": relu_irls}


def to_network(solution):
    """Two-layer ReLU network of a solution: neurons ``w / sqrt ||w||`` with ``+-sqrt ||w||``.

    Returns
    -------
    first : ndarray (d, m)
        First-layer weights, one column a neuron.
    second : ndarray (m,)

    Raises
    ------
    TypeError
        If it is not of the ReLU program: a gated network is one after `to_relu`.
    """
    if not isinstance(solution, ReLUSolution):
        raise TypeError(f"solution must be a ReLUSolution, got {type(solution).__name__}")
    columns = np.hstack([*solution.weights])
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
