"""`solve` and `solve_path`: one interface and one certificate for every solver."""

import numpy as np

from fixing_ntk.programs import Fit, MaskedDesign, Solution, certify, eta_from_weights, one_pool
from fixing_ntk.solvers.conic import conic
from fixing_ntk.solvers.convergence import warn_not_converged
from fixing_ntk.solvers.first_order import first_order
from fixing_ntk.solvers.fista import fista
from fixing_ntk.solvers.irls import irls
from fixing_ntk.solvers.newton import newton

METHODS = {
    "newton": newton,
    "first_order": first_order,
    "irls": irls,
    "fista": fista,
    "conic": conic,
}
NEWTON_UP_TO = 10_000  # samples: beyond, a factor takes 400 MB and "auto" is "first_order"


def solve(X, y, masks, lam, tol=1e-6, method="auto", max_iter=None, start=None, **options):
    """Minimise ``1/2 ||sum_i D_i X w_i - y||^2 + lam sum_i ||w_i||``, the gated ReLU program.

    Parameters
    ----------
    X : array (n, d)
    y : array (n,)
    masks : MaskSet
        Masks of the same n samples.
    lam : float
        Penalty, on the scale of `lambda_max`.
    tol : float
        Relative gap ``(P - D) / (1/2 ||y||^2)`` to certify.
    method : {"auto", "newton", "first_order", "irls", "fista", "conic"}
        "auto" is "newton", and "first_order" beyond `NEWTON_UP_TO` samples. "conic" takes
        ``backend="mosek" | "clarabel" | "auto"``.
    max_iter : int, optional
        Iterations before giving up; each solver has its own default.
    start : Solution, optional
        Of a nearby problem on the same masks, for the solvers that can use one ("newton", "fista").

    Returns
    -------
    Solution
        Scored by `objective.certify`; ``status`` is "optimal" only when ``gap <= tol``.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        With gap and tolerance, when the gap was not reached.

    Raises
    ------
    ValueError
        For shapes that do not fit, entries that are not finite, or a penalty, tolerance or method
        out of range.
    """
    X, y = _checked(X, y, masks, lam, tol, method)
    design = MaskedDesign(X, masks)
    known = [] if start is None else [start]
    with one_pool(design.n**3 / 3.0):
        return _solve(
            design, y, design.screened_scores(y), lam, tol, method, max_iter, known, options
        )


def solve_path(X, y, masks, lams, tol=1e-6, method="auto", max_iter=None, **options):
    """`solve` over a grid of penalties, each started from its neighbour above.

    Parameters
    ----------
    lams : sequence of float
        Any order; solved from the largest down.

    Returns
    -------
    list of Solution
        In the order of ``lams``.
    """
    lams = [float(lam) for lam in lams]
    for lam in lams:
        X, y = _checked(X, y, masks, lam, tol, method)
    design = MaskedDesign(X, masks)
    solutions: dict[int, Solution] = {}
    known: list[Solution] = []
    with one_pool(design.n**3 / 3.0):
        scores = design.screened_scores(y)
        for k in sorted(range(len(lams)), key=lambda k: -lams[k]):
            solutions[k] = _solve(design, y, scores, lams[k], tol, method, max_iter, known, options)
            known = [*known[-1:], solutions[k]]
    return [solutions[k] for k in range(len(lams))]


def _auto(design):
    return "newton" if design.n <= NEWTON_UP_TO else "first_order"


def _solve(design, y, scores, lam, tol, method, max_iter, known, options):
    if scores.max() <= lam:
        weights = np.zeros((design.d, 0))
        index = np.zeros(0, int)
        fit = Fit(weights, index, certify(design, y, lam, weights, index), 0, [], method)
    else:
        solver = METHODS[_auto(design) if method == "auto" else method]
        limit = {} if max_iter is None else {"max_iter": max_iter}
        fit = solver(design, y, lam, tol, scores, known, **limit, **options)
    certificate = fit.certificate
    eta = np.zeros(design.p)
    eta[fit.index] = eta_from_weights(fit.weights)
    if not eta.any():
        eta[np.argmax(scores)] = 1.0
    converged = certificate.gap <= tol
    if not converged:
        what = f"{fit.name} stopped after {fit.n_iter} iterations (lam={lam:.6g})"
        warn_not_converged(what, certificate.gap, tol, stacklevel=3)
    return Solution(
        active=fit.index,
        active_weights=fit.weights,
        eta=eta,
        objective=certificate.objective,
        dual_objective=certificate.dual_objective,
        gap=certificate.gap,
        dual_point=certificate.dual_point,
        lam=float(lam),
        tol=float(tol),
        method=fit.name,
        status="optimal" if converged else "not_converged",
        n_iter=fit.n_iter,
        history=fit.history,
    )


def _checked(X, y, masks, lam, tol, method):
    if method != "auto" and method not in METHODS:
        raise ValueError(f"unknown method {method!r}: choose from {['auto', *METHODS]}")
    return check_problem(X, y, masks, lam, tol)


def check_problem(X, y, masks, lam, tol):
    """X and y as float arrays, or a ValueError that names what does not fit."""
    X, y = np.asarray(X, float), np.asarray(y, float)
    if X.ndim != 2 or y.shape != X.shape[:1]:
        raise ValueError(f"X must be (n, d) and y (n,), got {X.shape} and {y.shape}")
    if (masks.n, masks.d) != X.shape:
        raise ValueError(
            f"masks are of n={masks.n}, d={masks.d}, but X is {X.shape}: make them from this X"
        )
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError("X and y must be finite: impute or drop missing values first")
    if not (np.isfinite(lam) and lam > 0):
        raise ValueError(f"lam must be positive and finite, got {lam}")
    if not tol > 0:
        raise ValueError(f"tol must be positive, got {tol}")
    return X, y
