"""`solve` and `solve_path`: one interface and one certificate for every solver."""

import numpy as np

from fixing_ntk.masks.checks import array, count, positive
from fixing_ntk.programs import (
    Fit,
    MaskedDesign,
    Solution,
    check_problem,
    eta_from_weights,
    group_norms,
    is_orthogonal,
    one_pool,
    score,
)
from fixing_ntk.solvers.conic import conic
from fixing_ntk.solvers.convergence import warn_not_converged
from fixing_ntk.solvers.first_order import first_order
from fixing_ntk.solvers.fista import fista
from fixing_ntk.solvers.irls import irls
from fixing_ntk.solvers.newton import newton
from fixing_ntk.solvers.newton_cg import newton_cg

METHODS = {
    "newton": newton,
    "newton_cg": newton_cg,
    "first_order": first_order,
    "irls": irls,
    "fista": fista,
    "conic": conic,
}
NEWTON_UP_TO = 3_500  # samples: beyond, a factor is too large and "auto" is "newton_cg"


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
    method : {"auto", "newton", "newton_cg", "first_order", "irls", "fista", "conic"}
        "auto" is "newton", and "newton_cg" beyond `NEWTON_UP_TO` samples. "conic" takes
        ``backend="mosek" | "clarabel" | "auto"``, "irls" the paper's ``eps``; see each.
    max_iter : int, optional
        Iterations before giving up; each solver has its own default.
    start : Solution, optional
        Of a nearby problem on the same masks, for the solvers that can use one: "newton",
        "newton_cg", "first_order", "fista".

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
    TypeError, ValueError
        For shapes that do not fit, entries that are not finite numbers, or a penalty, tolerance,
        method, number of iterations or start that is none.
    """
    X, y, lam, tol = check_problem(X, y, masks, lam, tol)
    _check_run(method, max_iter)
    if start is not None:
        _check_start(start, masks)
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
    lams = [positive(lam, "lams") for lam in array(lams, "lams", "k")]
    X, y, _, tol = check_problem(X, y, masks, lams[0], tol)
    _check_run(method, max_iter)
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
    return "newton" if design.n <= NEWTON_UP_TO else "newton_cg"


def _solve(design, y, scores, lam, tol, method, max_iter, known, options):
    top = scores.max()
    if top <= lam or is_orthogonal(design, y, top):
        weights, index = np.zeros((design.d, 0)), np.zeros(0, int)
        # Scores of an orthogonal y are zero up to rounding, also where rounding is above lam.
        certificate = score(y, group_norms(weights), y, min(top, lam), y, lam)
        fit = Fit(weights, index, certificate, 0, [], method)
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
        warn_not_converged(what, certificate.gap, tol, stacklevel=3, mend=fit.mend)
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
        y=y,
    )


def _check_run(method, max_iter):
    if not isinstance(method, str) or method not in ("auto", *METHODS):
        raise ValueError(f"unknown method {method!r}: choose from {['auto', *METHODS]}")
    if max_iter is not None:
        count(max_iter, "max_iter")


def _check_start(start, masks):
    if not isinstance(start, Solution):
        raise TypeError(f"start must be a Solution, got {type(start).__name__}")
    shape = len(start.active_weights), len(start.eta)
    if shape != (masks.d, len(masks)):
        raise ValueError(
            f"start has weights of shape {shape}, but masks are {len(masks)} of d={masks.d}: start "
            "from a solution on these masks"
        )
