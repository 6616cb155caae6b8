"""`solve` and `solve_path`: one interface and one certificate for every solver."""

import itertools
from dataclasses import replace
from inspect import signature
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

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

# Solvers are registered here: configuration, comparisons and tests use this table. The contract of
# a solver is in docs/solvers.md, and tests/unit/test_solver_contract.py checks it.
METHODS = {
    "newton": newton,
    "newton_cg": newton_cg,
    "first_order": first_order,
    "conic": conic,
    "fista": fista,
    "irls": irls,
}
# Solvers that a warm start makes faster. Other losses need one: they take several squared programs.
STARTED = ("newton", "newton_cg", "first_order", "fista")
# With more samples, "auto" is "newton_cg", which may leave the last steps to "newton".
NEWTON_UP_TO = 2_000
# For several targets "newton_cg" is faster from so many samples on, down to this share of
# lambda_max. At smaller penalties "newton", started from the mask weights of the first target,
# saves two steps in seven.
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
    X : array or sparse array (n, d)
        Of a sparse X no dense copy is made. Every method takes it but "conic".
    y : array (n,), or (n, k)
        Each of k targets is a program of its own on the same masks.
    masks : MaskSet or RegeneratedMasks
        Masks of the same n samples.
    lam : float, or array (k,)
        Penalty: one for all targets, or one for each. It is not relative: weights are zero from
        `lambda_max` on.
    tol : float
        Relative gap ``(P - D) / L(0)`` to certify, over ``1/2 ||y||^2`` for the squared loss.
    method : "auto", or a key of `METHODS`
        "auto" is "newton" up to `NEWTON_UP_TO` samples and "newton_cg" beyond. With several targets
        and at least `SEVERAL_FROM` samples, it is "newton_cg" also where lam is large; where lam is
        small, "newton" starts from the solution of the first target. "conic" takes
        ``backend="mosek" | "clarabel" | "auto"``, and "irls" takes the paper's ``eps``. Other
        losses take a method of `STARTED`, which solves the squared programs of `proximal_newton`.
    max_iter : int, optional
        Maximum number of iterations; each solver has its own default. For other losses, maximum
        number of squared programs.
    start : Solution, or list of k, optional
        Solution of a nearby problem on the same masks. "newton", "newton_cg", "first_order" and
        "fista" use it.
    loss : {"squared", "logistic"}
        The logistic loss takes labels -1 and 1.
    sample_weight : array (n,), optional
        At least 0. A sample of weight 2 counts twice. For the squared loss, the roots of the
        weights scale the rows of X and y, and the fields of a solution refer to the scaled rows.
    fit_intercept : bool
        Whether the outputs have an intercept that is not penalised. Only "newton" can, and "auto"
        then chooses it. Gaps are then over the objective of the best constant.

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
        For shapes that do not fit, entries that are not finite numbers, or an invalid penalty,
        tolerance, method, option, number of iterations or start.
    RuntimeError
        If the backend of "conic" cannot run.
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
    """Solve the gated ReLU program over a grid of penalties.

    Each penalty starts from the solutions at the next larger ones, if the method uses a start.
    Other arguments are as in `solve`.

    Parameters
    ----------
    lams : array (m,), or (k, m)
        In any order; solved from the largest down. One grid for all targets, or a row for each.

    Returns
    -------
    list of Solution, or list of k such lists
        In the order of ``lams``.
    """
    problem = Problem.of(X, y, masks, loss, sample_weight, fit_intercept)
    several = np.ndim(y) == 2
    lams = grids(lams, len(problem.targets), several)
    paths = solve_paths(problem, lams, tol, method, max_iter, **options)
    return paths if several else paths[0]


def solve_paths(problem, lams, tol=1e-6, method="auto", max_iter=None, starts=None, **options):
    """Solve the k targets of a `Problem`, each over a grid of penalties, as `solve_path` does.

    The problem's design and scores are reused from call to call.

    Parameters
    ----------
    problem : Problem
        Of k targets.
    lams : sequence (k, m) of float
        Positive penalties of each target, in any order.
    tol, method, max_iter, options
        As in `solve`.
    starts : list of k lists of Solution, optional
        Solutions of nearby problems for each target, the nearest last.

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
    """Return the solution with every weight w_i replaced by ``basis @ w_i``.

    ``basis`` is the one of `Problem.in_row_space`, or its transpose for the opposite direction.
    """
    return replace(solution, active_weights=basis @ solution.active_weights)


class _Call(NamedTuple):
    """Hold the arguments of one `solve_paths` call, and choose the solver of each of its programs.

    ``method`` may be "auto"; then `solver` chooses by the program's size and penalty. ``options``
    are those of the solver, ``max_iter`` among them. ``shares`` says whether later targets may
    start from the solution of the first.
    """

    tol: float
    method: str
    options: dict  # of the solver
    shares: bool  # whether later targets may start from the solution of the first

    def solver(self, n, lam, top):
        """Return the name of the solver for n samples, at lam, if lambda_max is ``top``.

        A method other than "auto" is returned as it is. "auto" is "newton_cg" for n above
        `NEWTON_UP_TO`, or if ``shares`` and lam is at least `SEVERAL_DOWN_TO` times ``top``.
        Otherwise it is "newton".
        """
        if self.method != "auto":
            return self.method
        large = self.shares and lam >= SEVERAL_DOWN_TO * top
        return "newton_cg" if large or n > NEWTON_UP_TO else "newton"


def _call(problem, tol, method, max_iter, options):
    """Return the `_Call` of the arguments, checked to fit each other and the problem.

    Arguments are as for `solve_paths`; ``options`` is a dict of the solver's own options. With an
    intercept, "auto" becomes "newton". A method that is unknown, or does not take the loss or the
    intercept, raises ValueError. An option that the method lacks raises TypeError.
    """
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
    if method == "conic" and issparse(problem.design.X):
        raise ValueError("method 'conic' takes no sparse X: call its toarray(), or choose 'auto'")
    if problem.design.column is not None:
        if method not in ("auto", "newton"):
            raise ValueError(f"method {method!r} takes no fit_intercept: choose 'newton'")
        return _Call(tol, "newton", options, shares=False)
    several = len(problem.targets) > 1 and problem.design.n >= SEVERAL_FROM
    return _Call(tol, method, options, several and method == "auto")


def _require_options(method, options):
    """Raise TypeError for an option that the method does not have.

    "auto" has the options of the methods that it chooses from.
    """
    methods = ("newton", "newton_cg") if method == "auto" else (method,)
    known = {name for each in methods for name in list(signature(METHODS[each]).parameters)[6:]}
    if unknown := sorted(options.keys() - known):
        raise TypeError(f"method {method!r} has no option {unknown[0]!r}: it has {sorted(known)}")


def _path(design, loss, scores, lams, warm_starts, first, call):
    """Return the results of `_solve` for one target at its penalties, in their order.

    Penalties are solved from the largest down, each started from the last two solutions.

    Parameters
    ----------
    design : MaskedDesign
    loss : Loss
        Loss of the target.
    scores : ndarray (p,)
        ``||X^T D_i a||`` of every mask i, with a the residual of the loss at zero weights.
    lams : list of float
        Penalties, in any order.
    warm_starts : sequence of Solution
        Solutions of nearby problems, the nearest last.
    first : list
        Results of `_solve` for the first target, one for each place in ``lams``, or empty. Only at
        the largest penalty, for the squared loss and without ``warm_starts``, `newton` starts from
        the one at its place.
    call : _Call
        Tolerance, method and options.

    Returns
    -------
    list of (Solution, str)
    """
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
    """Return another target's solution, its weights times ``||y|| / ||other.y||``, as a start."""
    scale = np.linalg.norm(y) / np.linalg.norm(other.y)
    return replace(other, active_weights=scale * other.active_weights)


def _solve(design, loss, scores, lam, warm_starts, name, call):
    """Solve one program; return its `Solution`, and the advice that a warning would give.

    The advice is a str, whatever the gap. At penalties from `lambda_max` on, weights are zero, and
    the solver is not called.

    Parameters
    ----------
    design, loss, scores, warm_starts, call
        As for `_path`.
    lam : float
    name : str
        Solver, a key of `METHODS`.
    """
    top, zero = scores.max(), np.zeros(design.n)
    if top <= lam or is_orthogonal(design, loss.residual(zero), top):
        weights, index = np.zeros((design.d, 0)), np.zeros(0, int)
        # Scores of an orthogonal y are zero up to rounding, also where rounding is above lam.
        certificate = bound(loss, zero, 0.0, min(top, lam), lam)
        fit = Fit(weights, index, certificate, 0, [], name)
    else:
        with np.errstate(all="ignore"):  # in steps: the certificate judges their result
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
    """Return the `Fit` of one program by the solver ``name``, a key of `METHODS`.

    For losses other than the squared one, `proximal_newton` calls this solver on its squared
    programs. Arguments are as for `_solve`.
    """
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
    """Return, for each of k targets, a list with its start; None without a start.

    ``start`` and ``masks`` are as in `solve`, and ``several`` says whether y is (n, k). A start on
    masks of another number or dimension raises ValueError. Anything but a `Solution` raises
    TypeError.
    """
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
