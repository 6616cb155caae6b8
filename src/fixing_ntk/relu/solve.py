"""`solve_relu`: the ReLU convex program, one interface and one certificate for its solvers.

The program is the gated one with weights confined to the cones of their masks::

    P(w, w') = L(sum_i D_i X (w_i - w'_i)) + lam sum_i (||w_i|| + ||w'_i||),
               (2 D_i - I) X w_i >= 0,  (2 D_i - I) X w'_i >= 0

with L the loss of the outputs at the samples. Over all masks of X it is equivalent to training a
two-layer ReLU network with weight decay ``lam / 2`` (Pilanci and Ergen, ICML 2020). Its dual has
the objective of the gated dual, and the weaker constraints ``max <X^T D_i a, w> <= lam`` over unit
w in cone i, for a and for -a.
"""

from dataclasses import dataclass, replace

import numpy as np

from fixing_ntk.masks.checks import array, count, positive
from fixing_ntk.programs import (
    Fit,
    Problem,
    Squared,
    blas_threads,
    bound,
    grids,
    group_norms,
    is_orthogonal,
    penalties,
)
from fixing_ntk.relu import cones
from fixing_ntk.relu.conic import conic
from fixing_ntk.relu.irls import irls
from fixing_ntk.relu.newton import newton
from fixing_ntk.relu.proximal import proximal_newton
from fixing_ntk.solvers import warn_not_converged

METHODS = {"newton": newton, "conic": conic, "irls": irls}


@dataclass(frozen=True, eq=False)
class ReLUSolution:
    """A feasible point of the ReLU program and its certificate.

    With the squared loss and sample weights, ``dual_point`` belongs to X and y with rows times the
    roots of the weights.

    Attributes
    ----------
    weights : ndarray (2, d, p)
        ``weights[0]`` are the ``w_i``, which add to the prediction, one column for each mask.
        ``weights[1]`` are the ``w'_i``, which are subtracted.
    objective, dual_objective, gap : float
        As in `Solution`, over the ReLU program's own dual constraints.
    violation : float
        Largest violation of a cone constraint, over the largest absolute entry of any ``X w_i``
        or ``X w'_i``; 0 for zero weights.
    dual_point : ndarray (n,)
        Feasible for the dual; proves ``dual_objective``.
    lam, tol : float
        Penalty, and the gap that was asked for.
    method : str
        "newton", "conic" with its backend, "irls" with its eps, or "to_relu" for a converted gated
        network.
    status : str
        "optimal" only when ``gap <= tol`` was certified; else "not_converged".
    history : list of (objective, gap)
        One pair for each point that Newton's method visits, the starts included; for each cone
        program; or for each pass of IRLS. For other losses, one for the start and one for each step
        of proximal Newton. For a converted network, and for zero weights without a solve, one pair.
    intercept : float
        Zero without ``fit_intercept``. It is added to the network's outputs.
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
    intercept: float = 0.0

    @property
    def active(self):
        """Sign (0 added, 1 subtracted) and mask of each weight that is not zero, ndarray (2, k)."""
        return np.array(np.nonzero(self.weights.any(axis=1)))

    @property
    def active_weights(self):
        """The k weights that are not zero, as columns (d, k), in the order of ``active``."""
        sign, mask = self.active
        return self.weights[sign, :, mask].T

    @classmethod
    def of_fit(cls, fit, design, lam, tol, loss):
        """Make a solution from a `Fit` whose ``index`` (2, k) has signs and masks of weights.

        ``design`` and ``loss`` give the violation and the intercept. ``lam`` and ``tol`` are
        recorded, and ``tol`` decides the status.
        """
        weights, (sign, index), certificate = fit.weights, fit.index, fit.certificate
        dense = np.zeros((2, design.d, design.p))
        dense[sign, :, index] = weights.T
        at_samples = design.X @ weights
        largest = np.abs(at_samples).max(initial=0.0)
        intercept = 0.0
        if design.column is not None:
            fitted = np.maximum(at_samples, 0.0) @ np.where(sign, -1.0, 1.0)
            intercept = float(loss.intercept(fitted))
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
            intercept=intercept,
        )


def solve_relu(
    X,
    y,
    masks,
    lam,
    tol=1e-6,
    method="newton",
    max_iter=None,
    loss="squared",
    sample_weight=None,
    fit_intercept=False,
    **options,
):
    """Solve the ReLU convex program, the convex form of a two-layer ReLU network, on given masks.

    It minimises ``L(sum_i D_i X (w_i - w'_i)) + lam sum_i (||w_i|| + ||w'_i||)`` over weights w_i
    and w'_i in the cones ``{w : (2 D_i - I) X w >= 0}`` of the masks. L is the loss. Over all masks
    of X it is equivalent to training with weight decay ``lam / 2``.

    Method "newton" is Newton's method on the mask weights, on a growing working set of masks.
    Method "conic" hands cone programs on a working set to an interior point solver. Method "irls"
    is the paper's algorithm 1 on all masks at once, for small numbers of samples and masks.

    Parameters
    ----------
    X : array (n, d)
    y : array (n,), or (n, k)
        Each of k targets is a program of its own on the same masks.
    masks : MaskSet or RegeneratedMasks
    lam : float, or array (k,)
        Penalty: one for all targets, or one for each.
    tol : float
        Relative gap to certify.
    method : {"newton", "conic", "irls"}
        "conic" takes ``backend="auto" | "mosek" | "clarabel"``, "irls" takes ``eps``, as
        `solvers.irls.irls` has it.
    max_iter : int, optional
        Newton steps (200 by default), interior point iterations of one cone program (200), or
        passes of IRLS (20,000). For other losses, the number of programs of the squared loss (100).
    loss : {"squared", "logistic"}
        The logistic loss takes labels -1 and 1, and method "newton".
    sample_weight : array (n,), optional
        At least 0. A sample of weight 2 counts twice.
    fit_intercept : bool
        Whether the network has an output bias that is not penalised; only with method "newton".

    Returns
    -------
    ReLUSolution, or list of k for y of shape (n, k)

    Raises
    ------
    TypeError, ValueError
        For shapes that do not fit, entries that are not finite numbers, or an invalid penalty,
        tolerance, method, option or number of iterations.
    RuntimeError
        If the backend cannot run.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        When the gap was not reached.
    """
    X = array(X, "X", "n", "d")
    problem = Problem.of(X, y, masks, loss, sample_weight, fit_intercept)
    several = np.ndim(y) == 2
    lams = [[one] for one in penalties(lam, len(problem.targets), several)]
    paths = solve_relu_paths(problem, lams, tol, method, max_iter, **options)
    solutions = [path[0] for path in paths]
    return solutions if several else solutions[0]


def solve_relu_path(
    X,
    y,
    masks,
    lams,
    tol=1e-6,
    method="newton",
    max_iter=None,
    loss="squared",
    sample_weight=None,
    fit_intercept=False,
    **options,
):
    """Solve the ReLU program over a grid of penalties.

    Method "newton" starts each penalty from the solution at the next larger one. Other arguments
    are as in `solve_relu`.

    Parameters
    ----------
    lams : array (m,), or (k, m)
        In any order; solved from the largest down. One grid for all targets, or a row for each.

    Returns
    -------
    list of ReLUSolution, or list of k such lists for y of shape (n, k)
        In the order of ``lams``.
    """
    X = array(X, "X", "n", "d")
    problem = Problem.of(X, y, masks, loss, sample_weight, fit_intercept)
    several = np.ndim(y) == 2
    lams = grids(lams, len(problem.targets), several)
    paths = solve_relu_paths(problem, lams, tol, method, max_iter, **options)
    return paths if several else paths[0]


def solve_relu_paths(problem, lams, tol=1e-6, method="newton", max_iter=None, **options):
    """Do as `solve_relu_path` for a given `Problem`, whose design is not made again.

    Parameters
    ----------
    problem : Problem
        Of k targets.
    lams : sequence (k, m) of float
        Positive penalties of each target, in any order.
    tol, method, max_iter, options
        As in `solve_relu`.

    Returns
    -------
    list of k lists of ReLUSolution
        In the order of ``lams``.
    """
    tol = positive(tol, "tol")
    _check_method(method, max_iter, options, problem)
    options = options if max_iter is None else {"max_iter": max_iter, **options}
    problem, basis = problem.in_row_space
    with blas_threads(problem.design.n**3 / 3.0):
        paths = [
            _path(problem.design, loss, grid, tol, method, options)
            for loss, grid in zip(problem.losses, lams, strict=True)
        ]
    if basis is None:
        return paths
    return [[replace(one, weights=basis @ one.weights) for one in path] for path in paths]


def _check_method(method, max_iter, options, problem):
    """Raise ValueError unless the method is known and takes the backend and the `Problem` given.

    Only "newton" takes another loss than the squared one, or an intercept. Of the ``options`` only
    ``backend`` is checked. An invalid ``max_iter`` raises a TypeError or ValueError.
    """
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"unknown method {method!r}: choose from {[*METHODS]}")
    if max_iter is not None:
        count(max_iter, "max_iter")
    if "backend" in options and method != "conic":
        raise ValueError(f'method {method!r} has no backend: give method="conic" with it')
    loss, has_intercept = problem.losses[0].name, problem.design.column is not None
    if method != "newton" and (loss != Squared.name or has_intercept):
        what = "fit_intercept=True" if has_intercept else f"loss={loss!r}"
        raise ValueError(f"method {method!r} takes no {what}: choose 'newton'")


def _path(design, loss, lams, tol, method, options):
    """Return the solutions of one target at its penalties, in their order, solved from the largest.

    ``loss`` is the `Loss` of the target. Each solution that has not reached the gap ``tol`` gives a
    warning. ``options`` are passed to the method. Weights are zero without a solve where every
    ``X^T D_i a``, a the residual at zero weights, is zero up to rounding. They are zero, too, where
    zero weights have a lower objective than the method's answer.
    """
    solutions: dict[int, ReLUSolution] = {}
    warm: dict[str, list] = {}
    zero = np.zeros(design.n)
    a = loss.residual(zero)
    top = group_norms(design.adjoint(a)).max(initial=0.0)
    orthogonal = is_orthogonal(design, a, top)
    for i in sorted(range(len(lams)), key=lambda i: -lams[i]):
        lam = float(lams[i])
        if orthogonal:  # up to rounding, which must not be fitted
            certificate = bound(loss, zero, 0.0, min(top, lam), lam)
            history = [(certificate.objective, certificate.gap)]
            none = np.zeros((design.d, 0)), np.zeros((2, 0), int)
            fit = Fit(*none, certificate, 0, history, method)
        elif loss.name == Squared.name:
            fit = METHODS[method](design, design.project(loss.y), lam, tol, **options, **warm)
        else:
            fit = proximal_newton(loss, design, lam, tol, **options, **warm)
        fit = fit.or_zero(bound(loss, zero, 0.0, top, lam))
        if not fit.certificate.gap <= tol:
            what = f"the ReLU program stopped after {fit.n_iter} iterations of {fit.name}"
            warn_not_converged(what, fit.certificate.gap, tol, stacklevel=4, mend=fit.mend)
        solutions[i] = ReLUSolution.of_fit(fit, design, lams[i], tol, loss)
        warm = {"warm_starts": [solutions[i]]} if method == "newton" else {}
    return [solutions[i] for i in range(len(lams))]
