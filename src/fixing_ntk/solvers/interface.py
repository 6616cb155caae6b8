"""`solve` and `solve_path`: one interface and one certificate for every solver."""

import itertools
from dataclasses import replace
from inspect import signature
from typing import NamedTuple

import numpy as np

from fixing_ntk.masks.checks import count, positive
from fixing_ntk.programs import (
    Fit,
    Problem,
    Solution,
    Squared,
    blas_threads,
    bound,
    eta_from_weights,
    grids,
    is_orthogonal,
    one_for_each,
    penalties,
)
from fixing_ntk.solvers.conic import conic
from fixing_ntk.solvers.convergence import warn_not_converged
from fixing_ntk.solvers.first_order import first_order
from fixing_ntk.solvers.fista import fista
from fixing_ntk.solvers.irls import irls
from fixing_ntk.solvers.newton import newton
from fixing_ntk.solvers.newton_cg import newton_cg
from fixing_ntk.solvers.proximal_newton import proximal_newton

# A solver is registered here: configuration, comparisons and tests take it from this table. What it
# must keep is in docs/solvers.md, and tests/unit/test_solver_contract.py checks it.
METHODS = {
    "newton": newton,
    "newton_cg": newton_cg,
    "first_order": first_order,
    "conic": conic,
    "fista": fista,
    "irls": irls,
}
# Those that a start makes faster: other losses are solved by several programs of the squared one.
STARTED = ("newton", "newton_cg", "first_order", "fista")
NEWTON_UP_TO = 2_000  # samples: beyond, "auto" is "newton_cg", which may leave the end to "newton"
# For several targets it is faster from so many samples on, down to that share of lambda_max; below,
# "newton" from the mask weights of the first target takes two steps in seven less.
SEVERAL_FROM, SEVERAL_DOWN_TO = 1_000, 0.02


def solve(
    X,
    y,
    masks,
    lam,
    tol=1e-6,
    method="auto",
    max_iter=None,
    start=None,
    loss="squared",
    sample_weight=None,
    fit_intercept=False,
    **options,
):
    """Minimise ``L(sum_i D_i X w_i) + lam sum_i ||w_i||``, the gated ReLU program.

    The loss L is ``1/2 ||f - y||^2``, or another of `programs.losses`.

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
        Relative gap ``(P - D) / L(0)`` to certify, over ``1/2 ||y||^2`` for the squared loss.
    method : "auto", or a key of `METHODS`
        "auto" is "newton", and "newton_cg" beyond `NEWTON_UP_TO` samples; of several targets also
        from `SEVERAL_FROM` samples on where lam is large; where it is not, each starts "newton"
        from the first. "conic" takes ``backend="mosek" | "clarabel" | "auto"``, "irls" the
        paper's ``eps``; see each. Other losses take one of `STARTED`, for the programs of the
        squared loss that `proximal_newton` solves.
    max_iter : int, optional
        Iterations before giving up; each solver has its own default.
    start : Solution, or list of k, optional
        Of a nearby problem on the same masks, for the solvers that can use one: "newton",
        "newton_cg", "first_order", "fista".
    loss : {"squared", "logistic"}
        The logistic loss takes labels -1 and 1.
    sample_weight : array (n,), optional
        At least 0: each sample counts as often.
    fit_intercept : bool
        Whether the outputs have an intercept that is not penalised; by method "newton". Gaps are
        then over the objective of the best constant.

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
    problem = Problem.of(X, y, masks, loss, sample_weight, fit_intercept)
    several = np.ndim(y) == 2
    k = len(problem.targets)
    lams = [[lam] for lam in penalties(lam, k, several)]
    starts = _starts(start, k, several, masks)
    paths = solve_paths(problem, lams, tol, method, max_iter, starts, **options)
    solutions = [path[0] for path in paths]
    return solutions if several else solutions[0]


def solve_path(
    X,
    y,
    masks,
    lams,
    tol=1e-6,
    method="auto",
    max_iter=None,
    loss="squared",
    sample_weight=None,
    fit_intercept=False,
    **options,
):
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
    problem = Problem.of(X, y, masks, loss, sample_weight, fit_intercept)
    several = np.ndim(y) == 2
    lams = grids(lams, len(problem.targets), several)
    paths = solve_paths(problem, lams, tol, method, max_iter, **options)
    return paths if several else paths[0]


def solve_paths(problem, lams, tol=1e-6, method="auto", max_iter=None, starts=None, **options):
    """`solve_path` for a caller who has the `Problem`: its design and scores are not made again.

    Parameters
    ----------
    problem : Problem
        Of k targets.
    lams : sequence (k, m) of float
        Positive penalties of each target, in any order.
    tol, method, max_iter, options
        As in `solve`.
    starts : list of k lists of Solution, optional
        Of nearby problems, those of each target, the nearest last.

    Returns
    -------
    list of k lists of Solution
        In the order of ``lams``.
    """
    problem, basis = problem.in_row_space
    call = _call(problem, positive(tol, "tol"), method, max_iter, options)
    starts = starts or [()] * len(lams)
    if basis is not None:
        starts = [[_of_weights(one, basis.T) for one in path] for path in starts]
    paths: list[list[tuple[Solution, str]]] = []
    with blas_threads(problem.design.n**3 / 3.0):
        targets = zip(problem.losses, problem.scores, strict=True)
        for target, grid, start in zip(targets, lams, starts, strict=True):
            first = paths[0] if call.shares and paths else []
            # Python's floats, unlike NumPy's, leave products with float32 arrays in float32.
            grid = [float(lam) for lam in grid]
            paths.append(_path(problem.design, *target, grid, start, first, call))
    for solution, mend in itertools.chain(*paths):
        if solution.status != "optimal":
            what = f"{solution.method} stopped after {solution.n_iter} iterations"
            what += f" (lam={solution.lam:.6g})"
            warn_not_converged(what, solution.gap, solution.tol, stacklevel=3, mend=mend)
    solutions = [[solution for solution, _ in path] for path in paths]
    if basis is not None:
        solutions = [[_of_weights(one, basis) for one in path] for path in solutions]
    return solutions


def _of_weights(solution, basis):
    """A solution in other coordinates of the features, of which ``basis`` has the old ones."""
    return replace(solution, active_weights=basis @ solution.active_weights)


class _Call(NamedTuple):
    """How a caller wants every program solved."""

    tol: float
    method: str
    options: dict  # of the solver
    shares: bool  # whether targets start from the first, and may share more than masks

    def solver(self, n, lam, top):
        """Name of the solver, on n samples, for a program whose lambda_max is ``top``."""
        if self.method != "auto":
            return self.method
        large = self.shares and lam >= SEVERAL_DOWN_TO * top
        return "newton_cg" if large or n > NEWTON_UP_TO else "newton"


def _call(problem, tol, method, max_iter, options):
    if not isinstance(method, str) or method not in ("auto", *METHODS):
        raise ValueError(f"unknown method {method!r}: choose from {['auto', *METHODS]}")
    if max_iter is not None:
        count(max_iter, "max_iter")
        options = {"max_iter": max_iter, **options}
    _require_options(method, options)
    other = problem.losses[0].name
    if other != Squared.name and method not in ("auto", *STARTED):
        raise ValueError(
            f"method {method!r} is for the squared loss alone: for loss={other!r} choose from "
            f"{['auto', *STARTED]}"
        )
    if problem.design.column is not None:
        if method not in ("auto", "newton"):
            raise ValueError(f"method {method!r} takes no fit_intercept: choose 'newton'")
        return _Call(tol, "newton", options, shares=False)
    several = len(problem.targets) > 1 and problem.design.n >= SEVERAL_FROM
    return _Call(tol, method, options, several and method == "auto")


def _require_options(method, options):
    """Refuse an option that the method has not; "auto" has those of the methods it chooses from."""
    methods = ("newton", "newton_cg") if method == "auto" else (method,)
    known = {name for each in methods for name in list(signature(METHODS[each]).parameters)[6:]}
    if unknown := sorted(options.keys() - known):
        raise TypeError(f"method {method!r} has no option {unknown[0]!r}: it has {sorted(known)}")


def _path(design, loss, scores, lams, warm_starts, first, call):
    """What `_solve` gives for a target at its penalties; ``first`` is that of the first target."""
    path = {}
    for j in sorted(range(len(lams)), key=lambda j: -lams[j]):
        name, warm = call.solver(design.n, lams[j], scores.max()), warm_starts
        if first and not warm and name == "newton" and loss.name == Squared.name:
            other, _ = first[j]
            warm = [_rescaled(other, loss.y)] if other.n_active else []
        path[j] = _solve(design, loss, scores, lams[j], warm, name, call)
        warm_starts = [*warm_starts[-1:], path[j][0]]
    return [path[j] for j in range(len(lams))]


def _rescaled(other, y):
    """A solution for other targets, with weights in the scale of y."""
    scale = np.linalg.norm(y) / np.linalg.norm(other.y)
    return replace(other, active_weights=scale * other.active_weights)


def _solve(design, loss, scores, lam, warm_starts, name, call):
    """Return the Solution, and what a warning advises where it misses its tolerance."""
    top, zero = scores.max(), np.zeros(design.n)
    if top <= lam or is_orthogonal(design, loss.residual(zero), top):
        weights, index = np.zeros((design.d, 0)), np.zeros(0, int)
        # Scores of an orthogonal y are zero up to rounding, also where rounding is above lam.
        certificate = bound(loss, zero, 0.0, min(top, lam), lam)
        fit = Fit(weights, index, certificate, 0, [], call.method)
    else:
        with np.errstate(all="ignore"):  # of a step: the certificate judges what comes of it
            fit = _fitted(design, loss, scores, lam, warm_starts, name, call)
    fit = fit.or_zero(bound(loss, zero, 0.0, top, lam))
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
        loss=loss,
        intercept=_intercept(design, loss, fit),
    )
    return solution, fit.mend


def _fitted(design, loss, scores, lam, warm_starts, name, call):
    if loss.name == Squared.name:
        y = design.project(loss.y)
        return METHODS[name](design, y, lam, call.tol, scores, warm_starts, **call.options)
    given = loss, design, lam, call.tol, scores, warm_starts
    return proximal_newton(*given, **call.options, solver=METHODS[name], name=name)


def _intercept(design, loss, fit):
    if design.column is None:
        return 0.0
    return float(loss.intercept(design.forward(fit.weights, fit.index)))


def _starts(start, k, several, masks):
    """Solutions to start each of k targets from; None without any."""
    if start is None:
        return None
    starts = one_for_each(start, "start", Solution, k, several)
    for one in starts:
        shape = len(one.active_weights), len(one.eta)
        if shape != (masks.d, len(masks)):
            raise ValueError(
                f"start has weights of shape {shape}, but masks are {len(masks)} of d={masks.d}: "
                "start from a solution on these masks"
            )
    return [[one] for one in starts]
