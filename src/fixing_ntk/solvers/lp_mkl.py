"""`solve_mkl`: any program between the NTK and optimal MKL.

For p > 1 `lp_newton` solves it, or `lp_proximal` for other losses than the squared one. At p = 1
the dual is not smooth. There the program is the group lasso at ``lam = mu sum_i ||w_i||``, with w
its own solution. This lam is searched for with `solve_paths`.
"""

import itertools
from dataclasses import replace

import numpy as np
from scipy.sparse import issparse

from fixing_ntk.kernels import ntk as closed_form
from fixing_ntk.masks.checks import count, flag, positive
from fixing_ntk.programs import (
    MKLSolution,
    Problem,
    Solution,
    Squared,
    blas_threads,
    gap_over,
    grids,
    group_norms,
    one_for_each,
)
from fixing_ntk.programs import lp_mkl as program
from fixing_ntk.solvers.backends import BACKENDS
from fixing_ntk.solvers.convergence import warn_not_converged
from fixing_ntk.solvers.interface import solve_paths
from fixing_ntk.solvers.lp_conic import lp_conic
from fixing_ntk.solvers.lp_newton import NEAR, Kernels, Path
from fixing_ntk.solvers.lp_proximal import lp_proximal

METHODS = ("auto", "conic")
SHARE_OF_TOL = 0.1  # gap of the group lasso solves at p = 1, as a share of tol


def solve_mkl(
    X,
    y,
    masks,
    mu,
    p=1.0,
    ntk=False,
    tol=1e-6,
    max_iter=100,
    start=None,
    method="auto",
    backend="auto",
    loss="squared",
    sample_weight=None,
    fit_intercept=False,
):
    """Minimise ``L(sum_i D_i X w_i) + mu/2 Omega(w)^2``, MKL with an Lp ball of kernel weights.

    The loss L is ``1/2 ||f - y||^2``, or another of `programs.losses`. ``Omega(w)^2`` is the
    minimum of ``sum_i ||w_i||^2 / eta_i`` over the ball ``sum_i m_i (eta_i / m_i)^p <= 1``, where
    the prior m is the NTK's weights.

    p = 1 is optimal MKL, p = inf ridge regression with the NTK's weights; see `programs.lp_mkl`.

    Memory, for n samples, d features and m masks: up to 2,000 samples a few matrices n by n, and n
    by m numbers. Beyond, conjugate gradients hold n by 1,000 numbers and some n by m. With
    ``ntk`` the kernel H, n by n, is held at any n. 20,000 samples of 20 features, 500 masks and
    p = 4/3 took 510 MB, in 3 steps and 8 s of one core at ``mu`` 1e-2 of the largest eigenvalue of
    ``K(ntk_weights)``, in 8 steps and 28 s at 1e-4.

    Near p = 1 the dual is almost not smooth. So below p = 1.1 the solver gets there through
    programs of larger p. On four UCI sets with 1,000 masks and ``mu`` at 1e-6 of that eigenvalue,
    p = 1.01 took 14 to 20 steps and p = 1.001 22 to 31, those at larger p included. p = 1 has a
    solver of its own.

    Parameters
    ----------
    X : array or sparse array (n, d)
        Sparse with method "auto" alone.
    y : array (n,), or (n, k)
        Each of k targets is a program of its own.
    masks : MaskSet or RegeneratedMasks
        Their ``ntk_weights`` are the prior. For p > 1 masks that repeat share their measure.
    mu : float
        Penalty. It is not relative; its natural unit is the largest eigenvalue of
        ``K(ntk_weights)``.
    p : float
        1, or from 1.001 to inf.
    ntk : bool
        Whether the NTK in closed form is one more kernel, with half of the prior; for p > 1.
    tol : float
        Relative gap ``(P - D) / L(0)`` to certify, over ``1/2 ||y||^2`` for the squared loss.
    max_iter : int
        For p > 1 and method "auto": maximum number of Newton steps that compute a Hessian; steps
        that reuse one are not counted. For other losses also the maximum number of squared
        programs.
    start : MKLSolution, or list of k, optional
        Solution of a nearby program on the same samples; used for p from 1.1, the squared loss and
        method "auto".
    method : {"auto", "conic"}
        "auto" is Newton's method on the dual; at p = 1 it searches for the lam at which `solve`
        gives the solution. "conic" hands the programs to an interior point solver, for p > 1 with
        power cones. It is an independent check of small problems, for the squared loss without an
        intercept.
    backend : {"auto", "mosek", "clarabel"}
        Backend of "conic"; "auto" is MOSEK where it has a valid licence, else Clarabel.
    loss : {"squared", "logistic"}
        The logistic loss takes labels -1 and 1.
    sample_weight : array (n,), optional
        At least 0. A sample of weight 2 counts twice. For the squared loss, the roots of the
        weights scale the rows of X and y, and the fields of a solution refer to the scaled rows.
    fit_intercept : bool
        Whether the outputs have an intercept that is not penalised. Gaps are then over the
        objective of the best constant.

    Returns
    -------
    MKLSolution, or list of k

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        With gap and tolerance, when the gap was not reached.

    Raises
    ------
    TypeError, ValueError
        For shapes that do not fit, entries that are not finite numbers, or an argument that is not
        as above.
    RuntimeError
        If the conic backend cannot run.
    """
    solver = _solver(method, backend)
    problem = Problem.of(X, y, masks, loss, sample_weight, fit_intercept)
    several = np.ndim(y) == 2
    k = len(problem.targets)
    starts = _starts(start, k, several, problem.design.n)
    paths = mkl_paths(problem, [[positive(mu, "mu")]] * k, p, ntk, tol, max_iter, starts, **solver)
    solutions = [path[0] for path in paths]
    return solutions if several else solutions[0]


def solve_mkl_path(
    X,
    y,
    masks,
    mus,
    p=1.0,
    ntk=False,
    tol=1e-6,
    max_iter=100,
    loss="squared",
    sample_weight=None,
    fit_intercept=False,
):
    """Solve the programs of `solve_mkl` over a grid of penalties.

    For p > 1 each penalty starts from the solution at the next larger one. Other arguments are as
    in `solve_mkl`.

    Parameters
    ----------
    mus : array (m,), or (k, m)
        In any order; solved from the largest down. One grid for all targets, or a row for each.

    Returns
    -------
    list of MKLSolution, or list of k such lists
        In the order of ``mus``.
    """
    problem = Problem.of(X, y, masks, loss, sample_weight, fit_intercept)
    several = np.ndim(y) == 2
    mus = grids(mus, len(problem.targets), several, "mus")
    paths = mkl_paths(problem, mus, p, ntk, tol, max_iter)
    return paths if several else paths[0]


def mkl_paths(problem, mus, p, ntk=False, tol=1e-6, max_iter=100, starts=None, **solver):
    """Solve the MKL programs of a `Problem` over a grid of penalties, as `solve_mkl_path` does.

    For p > 1 and method "auto", each penalty starts from the solution at the next larger one. A
    solution whose gap is above ``tol`` gives a ConvergenceWarning.

    Parameters
    ----------
    problem : Problem
        Of k targets.
    mus : sequence (k, m) of float
        Positive penalties of each target, in any order.
    p : float
        Exponent of the Lp ball of kernel weights.
    ntk : bool
        Whether the NTK in closed form is one more kernel.
    tol, max_iter
        As in `solve_mkl`.
    starts : list of k MKLSolution, optional
        Solutions that start each target's largest penalty. Used for p from `lp_newton.NEAR`, the
        squared loss and method "auto" only.
    **solver
        ``method="conic"`` and its ``backend``; none for "auto".

    Returns
    -------
    list of k lists of MKLSolution
        In the order of ``mus``.

    Raises
    ------
    TypeError, ValueError
        If ``p``, ``ntk``, ``tol`` or ``max_iter`` is not as in `solve_mkl`, or if method "conic"
        gets another loss than the squared one, or an intercept.
    """
    tol, p, max_iter = positive(tol, "tol"), _exponent(p, ntk), count(max_iter, "max_iter")
    problem, basis = problem.in_row_space
    (design, unit), paths = problem.design.in_unit_scale, []  # squares of kernels are in range
    other = problem.losses[0].name
    if solver and (other != Squared.name or design.column is not None):
        what = f"loss={other!r}" if other != Squared.name else "fit_intercept=True"
        raise ValueError(f"method 'conic' takes no {what}: leave it out")
    if solver and issparse(design.X):
        raise ValueError("method 'conic' takes no sparse X: call its toarray(), or leave it out")
    with blas_threads(design.n**3 / 3.0):
        kernels = Kernels(design, closed_form(design.X) if ntk else None)
        for k, (loss, grid) in enumerate(zip(problem.losses, mus, strict=True)):
            y = design.project(loss.y)
            order = sorted(range(len(grid)), key=lambda j: -grid[j])
            falling = [grid[j] / unit**2 for j in order]
            if p > 1.0 and loss.name != Squared.name:
                path = lp_proximal(loss, kernels, falling, p, tol, max_iter)
            elif p > 1.0 and solver:
                path = [lp_conic(kernels, y, mu, p, tol, solver["backend"]) for mu in falling]
            elif p > 1.0:
                start = None
                if starts and p >= NEAR:  # whose program may have had no intercept
                    start = kernels.at(design.project(np.array(starts[k].dual_point, float)))
                newton = Path(kernels, y, p, start)
                path = [newton.solve(mu, tol, max_iter) for mu in falling]
            else:
                alone = Problem(design, problem.targets[k : k + 1], [loss])
                path = [_optimal(alone, mu, tol, solver) for mu in falling]
            if design.column is not None:
                path = [replace(s, intercept=float(loss.intercept(s.fitted))) for s in path]
            of_grid = dict(zip(order, path, strict=True))
            paths.append([_in_units(of_grid[j], mu, unit, basis) for j, mu in enumerate(grid)])
    for solution in itertools.chain(*paths):
        if solution.status != "optimal":
            what = f"solve_mkl (mu={solution.mu:.6g}, p={p:.6g})"
            what += f" stopped after {solution.n_iter} iterations"
            warn_not_converged(what, solution.gap, tol, stacklevel=3)
    return paths


def _in_units(solution, mu, unit, basis):
    """Return the solution for X of one for ``X / unit`` at the penalty ``mu / unit^2``.

    ``basis`` (d, n), if it is not None, maps its weights back from `Problem.in_row_space`.
    """
    weights = solution.weights / unit
    return replace(
        solution,
        weights=weights if basis is None else basis @ weights,
        ntk_coefficients=solution.ntk_coefficients / unit**2,
        mu=mu,
    )


def _exponent(p, ntk):
    """Return p as a float; raise ValueError if it is no number in range, or is 1 with ``ntk`` true.

    In range are 1 and the numbers from `NEAREST` of `programs.lp_mkl` to inf. ``ntk`` that is
    neither True nor False raises TypeError.
    """
    if not (isinstance(p, (int, float, np.number)) and not isinstance(p, bool) and p >= 1):
        raise ValueError(f"p must be a number from 1 to inf, got {p!r}")
    if 1 < p < program.NEAREST:
        raise ValueError(f"p={p!r} is too near 1: take p=1, or p of at least {program.NEAREST}")
    if flag(ntk, "ntk") and p == 1:
        raise ValueError(
            "ntk=True needs p above 1: optimal MKL has no prior, so half of it means nothing"
        )
    return float(p)


def _solver(method, backend):
    """Return method and backend as keywords of `mkl_paths`, an empty dict for method "auto".

    An unknown name, or a backend that is named without method "conic", raises ValueError.
    """
    for name, value, known in (("method", method, METHODS), ("backend", backend, BACKENDS)):
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"unknown {name} {value!r}: choose from {list(known)}")
    if method != "conic" and backend != "auto":
        raise ValueError(f"backend={backend!r} needs method='conic'")
    return {"method": method, "backend": backend} if method == "conic" else {}


def _starts(start, k, several, n):
    """Return a list of the k targets' starts, checked to be of n samples; None without a start.

    ``several`` says whether y is (n, k). Then ``start`` is a list of k `MKLSolution`, else one
    `MKLSolution`. Anything else raises TypeError, also a list of another length. A solution of
    another number of samples raises ValueError.
    """
    if start is None:
        return None
    starts = one_for_each(start, "start", MKLSolution, k, several)
    for one in starts:
        if len(one.dual_point) != n:
            raise ValueError(f"start is of n={len(one.dual_point)} samples, but X has {n}")
    return starts


def _optimal(problem, mu, tol, solver):
    """Return the `MKLSolution` of p = 1 and one target, from the group lasso.

    Its weights solve the group lasso at ``lam = mu sum_i ||w_i||``. So this lam is searched for.
    The sum over w, the solution at lam, falls as lam grows. So lam is halved from `lambda_max`
    until ``mu sum_i ||w_i||`` is above it, and Brent's method finds the root in the last interval.
    The MKL gap is of second order in the error of lam. ``n_iter`` counts group lasso solves.
    ``problem`` has one target, ``tol`` is the relative gap to certify, and ``solver`` is as for
    `mkl_paths`, as a dict.
    """
    from scipy.optimize import brentq  # here, since the import takes a quarter second

    (loss,), design, top = problem.losses, problem.design, float(problem.lambda_max[0])
    solutions: list[Solution] = []

    def excess(lam):
        starts = [solutions[-1:]]
        solutions.extend(
            solve_paths(problem, [[lam]], SHARE_OF_TOL * tol, starts=starts, **solver)[0]
        )
        return mu * float(group_norms(solutions[-1].active_weights).sum()) - lam

    if top > 0.0:
        low = top / 2.0
        while excess(low) <= 0.0:
            low /= 2.0
        precision = SHARE_OF_TOL * np.sqrt(tol)
        excess(brentq(excess, low, 2.0 * low, xtol=precision * low, rtol=precision))
    else:
        solutions.extend(solve_paths(problem, [[mu]], tol, **solver)[0])
    solution = solutions[-1]
    total = float(group_norms(solution.active_weights).sum())
    a = solution.dual_point
    N = float(design.screened_scores(a).max()) ** 2
    y = design.project(loss.y)
    t = program.best_multiple(a, y, N, mu) if loss.name == Squared.name else 1.0
    P = float(solution.objective - solution.lam * total + 0.5 * mu * total**2)
    D = float(loss.dual(t * a) - t * t * N / (2.0 * mu))
    gap = gap_over(loss.at_zero, max(P, D), D, design.n)
    return MKLSolution(
        weights=solution.weights,
        eta=solution.eta,
        fitted=design.forward(solution.active_weights, solution.active),
        ntk_coefficients=np.zeros(design.n),
        ntk_eta=0.0,
        objective=P,
        dual_objective=D,
        gap=gap,
        dual_point=t * a,
        mu=mu,
        p=1.0,
        tol=tol,
        status="optimal" if gap <= tol else "not_converged",
        n_iter=len(solutions),
        history=[(P, gap)],
    )
