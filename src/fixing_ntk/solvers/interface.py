"""`solve` and `solve_path`: one interface and one certificate for every solver."""

import itertools
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
    for_each,
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
# "newton" from the mask weights of the first target takes two steps in seven less.
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
        from the first. "conic" takes ``backend="mosek" | "clarabel" | "auto"``, "irls" the
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


class _Target(NamedTuple):
    """A path of programs, and what is known of it."""

    y: np.ndarray  # (n,)
    lams: list
    names: list  # of solvers, one for each penalty
    scores: np.ndarray  # (p,), of y
    start: list  # of Solutions


def _paths(X, targets, masks, lams, starts, call):
    """For each target (n,) its solutions at its penalties, in their order."""
    design = MaskedDesign(X, masks)
    shares, factor = call.shares(design.n), design.n**3 / 3.0  # operations of one
    solved: list[list[tuple[Solution, str]]] = [[] for _ in targets]

    def solve_target(k):
        solved[k] = _path(design, programs[k], solved[0] if shares else [], call)

    with one_pool(factor) as serial:
        programs = []
        for y, grid, start in zip(targets, lams, starts, strict=True):
            scores = design.screened_scores(y)
            names = [call.name(design.n, lam, scores.max()) for lam in grid]
            programs.append(_Target(y, grid, names, scores, start))
        # Where the others start from the first, it goes ahead. They go side by side, unless threads
        # are of more use inside each factor; memory then does not grow with them either.
        ahead = int(shares and any("newton" in program.names for program in programs))
        for k in range(ahead):
            solve_target(k)
        beside = range(ahead, len(programs))
        for_each(solve_target, beside, factor if shares and serial else 0.0)
    for solution, mend in itertools.chain(*solved):
        if solution.status != "optimal":
            what = f"{solution.method} stopped after {solution.n_iter} iterations"
            what += f" (lam={solution.lam:.6g})"
            warn_not_converged(what, solution.gap, solution.tol, stacklevel=3, mend=mend)
    return [[solution for solution, _ in path] for path in solved]


def _path(design, target, first, call):
    """Of one target, what `_solve` gives at its penalties; ``first`` is that of the first."""
    y, lams, names, scores, known = target
    path = {}
    for j in sorted(range(len(lams)), key=lambda j: -lams[j]):
        near = known
        if not known and names[j] == "newton" and first:
            other, _ = first[j]
            near = [_rescaled(other, y)] if other.n_active else []
        path[j] = _solve(design, y, scores, lams[j], near, names[j], call)
        known = [*known[-1:], path[j][0]]
    return [path[j] for j in range(len(lams))]


def _rescaled(other, y):
    """A solution for other targets, with weights in the scale of y."""
    scale = np.linalg.norm(y) / np.linalg.norm(other.y)
    return replace(other, active_weights=scale * other.active_weights)


def _solve(design, y, scores, lam, near, name, call):
    """A Solution, and how to mend one that is not optimal."""
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
    solution = Solution(
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
        status="optimal" if certificate.gap <= call.tol else "not_converged",
        n_iter=fit.n_iter,
        history=fit.history,
        y=y,
    )
    return solution, fit.mend


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
