"""`solve` and `solve_path`: one interface and one certificate for every solver."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from fixing_ntk.masks.checks import count, positive
from fixing_ntk.programs import (
    Fit,
    MaskedDesign,
    Solution,
    check_targets,
    eta_from_weights,
    grids,
    group_norms,
    is_orthogonal,
    one_pool,
    penalties,
    score,
)
from fixing_ntk.solvers.conic import conic
from fixing_ntk.solvers.convergence import warn_not_converged
from fixing_ntk.solvers.first_order import first_order
from fixing_ntk.solvers.fista import fista
from fixing_ntk.solvers.irls import irls
from fixing_ntk.solvers.newton import newton
from fixing_ntk.solvers.newton_cg import newton_cg

# A solver is registered here: configuration, comparisons and tests take it from this table. What it
# must keep is in docs/solvers.md, and tests/test_solver_contract.py holds it to that.
METHODS = {
    "newton": newton,
    "newton_cg": newton_cg,
    "first_order": first_order,
    "conic": conic,
    "fista": fista,
    "irls": irls,
}
NEWTON_UP_TO = 2_000  # samples: beyond, "auto" is "newton_cg", which may leave the end to "newton"
# For several targets it is faster from so many samples on, down to that share of lambda_max; below,
# "newton" from the mask weights of the target before takes two steps in seven less.
SEVERAL_FROM, SEVERAL_DOWN_TO = 1_000, 0.02


def solve(X, y, masks, lam, tol=1e-6, method="auto", max_iter=None, start=None, **options):
    """Minimise ``1/2 ||sum_i D_i X w_i - y||^2 + lam sum_i ||w_i||``, the gated ReLU program.

    Parameters
    ----------
    X : array (n, d)
    y : array (n,), or (n, k)
        Of k targets, each a program of its own on the same masks.
    masks : MaskSet
        Masks of the same n samples.
    lam : float, or array (k,)
        Penalty, on the scale of `lambda_max`; of several targets one for each, or one for all.
    tol : float
        Relative gap ``(P - D) / (1/2 ||y||^2)`` to certify.
    method : "auto", or a key of `METHODS`
        "auto" is "newton", and "newton_cg" beyond `NEWTON_UP_TO` samples; of several targets also
        from `SEVERAL_FROM` samples on where lam is large; where it is not, each starts "newton"
        from the one before. "conic" takes ``backend="mosek" | "clarabel" | "auto"``, "irls" the
        paper's ``eps``; see each.
    max_iter : int, optional
        Iterations before giving up; each solver has its own default.
    start : Solution, or list of k, optional
        Of a nearby problem on the same masks, for the solvers that can use one: "newton",
        "newton_cg", "first_order", "fista".

    Returns
    -------
    Solution, or list of k
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
    X, targets = check_targets(X, y, masks)
    several, k = np.ndim(y) == 2, len(targets)
    lams, tol = [[lam] for lam in penalties(lam, k, several)], positive(tol, "tol")
    _check_run(method, max_iter)
    starts = _starts(start, k, several, masks)
    call = _Call(tol, method, max_iter, options, k)
    paths = _paths(X, targets, masks, lams, starts, call)
    solutions = [path[0] for path in paths]
    return solutions if several else solutions[0]


def solve_path(X, y, masks, lams, tol=1e-6, method="auto", max_iter=None, **options):
    """`solve` over a grid of penalties, each started from its neighbour above.

    Parameters
    ----------
    lams : array (m,), or (k, m)
        Any order; solved from the largest down. Of several targets a row for each, or one for all.

    Returns
    -------
    list of Solution, or list of k such
        In the order of ``lams``.
    """
    X, targets = check_targets(X, y, masks)
    several, k = np.ndim(y) == 2, len(targets)
    lams, tol = grids(lams, k, several), positive(tol, "tol")
    _check_run(method, max_iter)
    call = _Call(tol, method, max_iter, options, k)
    paths = _paths(X, targets, masks, lams, [[]] * k, call)
    return paths if several else paths[0]


class _Call(NamedTuple):
    """How a caller wants every program solved."""

    tol: float
    method: str
    max_iter: int | None
    options: dict
    n_targets: int

    def shares(self, n):
        """Whether the targets may share more than masks, on n samples."""
        return self.method == "auto" and self.n_targets > 1 and n >= SEVERAL_FROM

    def name(self, n, lam, top):
        """Of the solver, on n samples, for a program whose lambda_max is ``top``."""
        if self.method != "auto":
            return self.method
        large = self.shares(n) and lam >= SEVERAL_DOWN_TO * top
        return "newton_cg" if large or n > NEWTON_UP_TO else "newton"


def _paths(X, targets, masks, lams, starts, call):
    """For each target (n,) its solutions at its penalties, in their order."""
    design = MaskedDesign(X, masks)
    paths: list[list[Solution]] = []
    with one_pool(design.n**3 / 3.0):
        for y, grid, known in zip(targets, lams, starts, strict=True):
            scores, solutions = design.screened_scores(y), {}
            for j in sorted(range(len(grid)), key=lambda j: -grid[j]):
                name, near = call.name(design.n, grid[j], scores.max()), known
                if not known and name == "newton" and call.shares(design.n):
                    near = [_rescaled(path[j], y) for path in paths[-1:] if path[j].n_active]
                solutions[j] = _solve(design, y, scores, grid[j], near, name, call)
                known = [*known[-1:], solutions[j]]
            paths.append([solutions[j] for j in range(len(grid))])
    return paths


def _rescaled(other, y):
    """A solution for other targets, with weights in the scale of y."""
    scale = np.linalg.norm(y) / np.linalg.norm(other.y)
    return replace(other, active_weights=scale * other.active_weights)


def _solve(design, y, scores, lam, near, name, call):
    top = scores.max()
    if top <= lam or is_orthogonal(design, y, top):
        weights, index = np.zeros((design.d, 0)), np.zeros(0, int)
        # Scores of an orthogonal y are zero up to rounding, also where rounding is above lam.
        certificate = score(y, group_norms(weights), y, min(top, lam), y, lam)
        fit = Fit(weights, index, certificate, 0, [], call.method)
    else:
        limit = {} if call.max_iter is None else {"max_iter": call.max_iter}
        fit = METHODS[name](design, y, lam, call.tol, scores, near, **limit, **call.options)
    certificate = fit.certificate
    eta = np.zeros(design.p)
    eta[fit.index] = eta_from_weights(fit.weights)
    if not eta.any():
        eta[np.argmax(scores)] = 1.0
    converged = certificate.gap <= call.tol
    if not converged:
        what = f"{fit.name} stopped after {fit.n_iter} iterations (lam={lam:.6g})"
        warn_not_converged(what, certificate.gap, call.tol, stacklevel=4, mend=fit.mend)
    return Solution(
        active=fit.index,
        active_weights=fit.weights,
        eta=eta,
        objective=certificate.objective,
        dual_objective=certificate.dual_objective,
        gap=certificate.gap,
        dual_point=certificate.dual_point,
        lam=float(lam),
        tol=float(call.tol),
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


def _starts(start, k, several, masks):
    """Known solutions of each of k targets."""
    if start is None:
        return [[]] * k
    starts = start if several else [start]
    if several and not (isinstance(starts, (list, tuple)) and len(starts) == k):
        raise TypeError(f"start must be a list of {k} Solutions, one for each column of y")
    for one in starts:
        _check_start(one, masks)
    return [[one] for one in starts]


def _check_start(start, masks):
    if not isinstance(start, Solution):
        raise TypeError(f"start must be a Solution, got {type(start).__name__}")
    shape = len(start.active_weights), len(start.eta)
    if shape != (masks.d, len(masks)):
        raise ValueError(
            f"start has weights of shape {shape}, but masks are {len(masks)} of d={masks.d}: start "
            "from a solution on these masks"
        )
