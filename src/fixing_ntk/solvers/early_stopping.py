"""Kernel weights on the way from the NTK to the MKL optimum: IRLS stopped after k reweightings.

The first pass is ridge regression with the NTK of the drawn gates, ``eta = t eta_ntk``. In the
group lasso form eta has the unit of targets over features. So t is `start_scale`, which makes the
passes the same in any units. With standardised features and labels of +-1, t is 1, the paper's
start.

At each stop, ridge regression with its kernel weights is solved exactly and certified. A second
gap, from the scores of the same pass, bounds the distance from the optimum over all kernel weights.

Passes are in float32, where the kernel of all masks takes a sixth of its time in float64. The
kernel weights after them are exact to about five digits, which makes no visible difference. Ridge
regression with these weights is refined in float64 until its residual is `RESIDUAL`. To choose
among stops, a residual of `ENOUGH_TO_CHOOSE` is enough. Float32 mostly reaches it, and a stop then
costs no more than its pass.
"""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError

from fixing_ntk.programs import blas_threads, ridge_gap, score
from fixing_ntk.solvers.irls import reweighted, shifted_solve, smallest_share
from fixing_ntk.solvers.ridge_factor import factorise
from fixing_ntk.solvers.unit_problem import UnitProblem

REWEIGHTINGS = (0, 1, 2, 4, 8)  # grid of numbers of reweightings to stop after
# Residual of ridge regression over ||y||, whose square is the gap; maximum number of refinements.
RESIDUAL, ENOUGH_TO_CHOOSE, REFINEMENTS = 1e-9, 1e-5, 5


class EarlyStop(NamedTuple):
    """Ridge regression with the mask weights eta (p,) after some reweightings of IRLS.

    ``eta`` is in the group lasso form, where it nears ``||w_i||``: its sum is not one. ``beta``
    (n,) is ``(K(eta) + lam I)^-1 y``, and ``weights`` (d, p) are ``eta_i X^T D_i beta``. ``gap`` is
    the relative gap of this ridge regression. ``mkl_gap`` is the relative gap of ``weights`` in the
    group lasso at the same lam, to whose optimum the passes converge.
    """

    eta: np.ndarray
    beta: np.ndarray
    weights: np.ndarray
    gap: float
    mkl_gap: float


def early_stops(design, y, lam, counts, refined=True):
    """Return the `EarlyStop` after each number of reweightings, from one run of IRLS.

    The run is of the group lasso form (`solvers.irls`), and starts from `start_scale` times the NTK
    weights.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    lam : float
    counts : collection of int
        Numbers of reweightings; 0 is the NTK of the drawn gates.
    refined : bool
        Whether ridge regression is solved to the residual `RESIDUAL`, else to `ENOUGH_TO_CHOOSE`.
        The residual is over ``||y||``.

    Returns
    -------
    dict of int to EarlyStop
        By number of reweightings.
    """
    problem = UnitProblem(design, y, lam)
    X_unit = problem.y_unit / problem.unit
    eta = start_scale(problem.design.X, problem.y) * design.masks.ntk_weights
    entry, stops, last = smallest_share(design.masks.ntk_weights), {}, max(counts)
    with blas_threads(design.n**3 / 3.0):
        run = _Run(problem)
        for k in range(last + 1):
            ridge = run.ridge(eta)
            if k in counts:
                stop = run.refined(ridge) if refined else run.to_choose(ridge)
                stops[k] = stop._replace(
                    eta=stop.eta * problem.unit,
                    beta=stop.beta / X_unit,
                    weights=stop.weights * problem.unit,
                )
            if k < last:
                scores = np.linalg.norm(ridge.adjoint, axis=0).astype(float)
                eta = reweighted(eta * scores, scores > 1.0, entry)
    return stops


def start_scale(X, y):
    """Return the root mean square of y (n,) over the root mean square of X (n, d).

    Return 1 if either is zero. IRLS starts from the NTK weights times this scale.
    """
    scale = np.linalg.norm(y) * np.sqrt(X.shape[1]) / (np.linalg.norm(X) or np.inf)
    return float(scale) or 1.0


class _Ridge(NamedTuple):
    """Ridge regression of one pass at mask weights eta (p,), to float32 accuracy.

    ``solve(v)`` returns ``(K(eta) + lam I)^-1 v``, ``beta`` (n,) is ``solve(y)``, and ``adjoint``
    (d, p) is ``X^T D_i beta``.
    """

    eta: np.ndarray
    solve: Callable
    beta: np.ndarray
    adjoint: np.ndarray


class _Run:
    """The ridge regressions of IRLS on a `UnitProblem`, and the stops made from them.

    All arguments and results are in the units of the scaled program.
    """

    def __init__(self, problem):
        self.design, self.y, self.lam = problem.design, problem.y, problem.lam
        self.single = self.design.single
        self.products_single = self.single.unpacked(slice(None))

    @cached_property
    def products(self):
        return self.design.unpacked(slice(None))

    def ridge(self, eta):
        solve = self.factor(eta)
        beta = solve(self.y)
        return _Ridge(eta, solve, beta, self.products_single.adjoint(beta.astype(np.float32)))

    def factor(self, eta):
        """Return ``v -> (K(eta) + lam I)^-1 v`` in float32, or in float64 if that fails.

        The map takes and returns float64 arrays (n,). ``eta`` (p,) are the mask weights, and
        ``K(eta) = sum_i eta_i D_i X X^T D_i``.
        """
        try:
            factor = factorise(self.products_single, eta, self.lam, self.single)
            return lambda v: factor.solve(v.astype(np.float32)).astype(float)
        except LinAlgError:
            K = self.design.kernel(eta)
            return lambda v: shifted_solve(K, self.lam, v)

    def to_choose(self, ridge):
        """Return the `EarlyStop` of a pass of IRLS, precise enough to choose among stops.

        ``ridge`` is the `_Ridge` of the pass. Its float32 solution is taken if the residual has at
        most the norm `ENOUGH_TO_CHOOSE` times ``||y||``. Otherwise it is `refined` to this norm.
        """
        stop, residual = self._stop(ridge.eta, ridge.beta, ridge.adjoint, self.products_single)
        if self._is_solved(residual, ENOUGH_TO_CHOOSE):
            return stop
        return self.refined(ridge, ENOUGH_TO_CHOOSE)

    def refined(self, ridge, enough=RESIDUAL):
        """Return the `EarlyStop` of a pass of IRLS, its ridge regression refined in float64.

        ``ridge`` is the `_Ridge` of the pass. Its solver corrects beta until the residual ``y -
        (K(eta) + lam I) beta`` has at most the norm ``enough ||y||``. There are at most
        `REFINEMENTS` corrections.
        """
        beta = ridge.beta
        for step in range(REFINEMENTS + 1):
            stop, residual = self._stop(ridge.eta, beta, self.products.adjoint(beta), self.products)
            if step == REFINEMENTS or self._is_solved(residual, enough):
                break
            beta = beta + ridge.solve(residual)
        return stop

    def _is_solved(self, residual, enough):
        return np.linalg.norm(residual) <= enough * np.linalg.norm(self.y)

    def _stop(self, eta, beta, adjoint, products):
        """Return the `EarlyStop` at eta and beta, and ``y - (K(eta) + lam I) beta``, (n,).

        ``adjoint`` (d, p) is ``X^T D_i beta``. ``products`` is the `UnpackedDesign` of all masks
        that computed it.
        """
        y, lam = self.y, self.lam
        weights = eta.astype(adjoint.dtype) * adjoint
        K_beta = products.forward(weights).astype(float)
        scores = np.linalg.norm(adjoint, axis=0).astype(float)
        mkl_gap = score(y - K_beta, eta * scores, lam * beta, lam * scores.max(), y, lam)[2]
        stop = EarlyStop(eta, beta, weights.astype(float), ridge_gap(beta, K_beta, y, lam), mkl_gap)
        return stop, y - K_beta - lam * beta
