"""Kernel weights on the way from the NTK to the MKL optimum: IRLS stopped after k reweightings.

The first pass is ridge regression with the NTK of the drawn gates, ``eta = t eta_ntk``. The group
lasso form has the unit of targets over features, so t is `start_scale`: with it the passes are the
same in any units, and with standardised features and labels of +-1 t is 1, the paper's start.

At any kernel weights ridge regression is solved exactly, so every stop has a certificate of its
own; how far from the optimum of all weights it is, the scores of the same pass say.

Passes are in float32, where the kernel of all masks costs a sixth; the kernel weights after them
are exact to some five digits, which no one can tell from others. Ridge regression with them is
refined in float64 until its residual is `RESIDUAL`.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError

from fixing_ntk.programs import one_pool, ridge_gap, score
from fixing_ntk.solvers.irls import reweighted, shifted_solve, smallest_share
from fixing_ntk.solvers.ridge_factor import factorise
from fixing_ntk.solvers.unit_problem import UnitProblem

REWEIGHTINGS = (0, 1, 2, 4, 8)  # where to stop, as a grid
RESIDUAL, REFINEMENTS = 1e-9, 5  # over ||y||


class Stop(NamedTuple):
    """Ridge regression ``beta = (K(eta) + lam I)^-1 y`` after some reweightings.

    ``weights`` (d, p) are ``eta_i X^T D_i beta``; ``gap`` is of the ridge regression, ``mkl_gap``
    of the group lasso, whose optimum the passes go to.
    """

    eta: np.ndarray
    beta: np.ndarray
    weights: np.ndarray
    gap: float
    mkl_gap: float


def stopped(design, y, lam, counts, refined=True):
    """`Stop` after each number of reweightings, from one run of the group lasso form.

    Parameters
    ----------
    design : MaskedDesign
    y : ndarray (n,)
    lam : float
    counts : collection of int
        Numbers of reweightings; 0 is the NTK of the drawn gates.
    refined : bool
        Whether ridge regression is refined in float64 to `RESIDUAL`; else it and its gap are those
        of float32, enough to choose by.

    Returns
    -------
    dict of int to Stop
    """
    problem = UnitProblem(design, y, lam)
    X_unit = problem.y_unit / problem.unit
    eta = start_scale(problem.design.X, problem.y) * design.masks.ntk_weights
    entry, stops = smallest_share(design.masks.ntk_weights), {}
    with one_pool(design.n**3 / 3.0):
        run = _Run(problem)
        for k in range(max(counts) + 1):
            solve = run.factor(eta)
            if k in counts:
                stop = run.at(eta, solve, REFINEMENTS if refined else 0)
                stops[k] = stop._replace(
                    eta=stop.eta * problem.unit,
                    beta=stop.beta / X_unit,
                    weights=stop.weights * problem.unit,
                )
            scores = run.scores(solve)
            eta = reweighted(eta * scores, scores > 1.0, entry)
    return stops


def start_scale(X, y):
    """Root mean square of y (n,) over that of the entries of X (n, d); 1 where either is zero."""
    scale = np.linalg.norm(y) * np.sqrt(X.shape[1]) / (np.linalg.norm(X) or np.inf)
    return float(scale) or 1.0


class _Run:
    def __init__(self, problem):
        self.design, self.y, self.lam = problem.design, problem.y, problem.lam
        self.single = self.design.single
        self.few = self.single.unpacked(slice(None))
        self.all = self.design.unpacked(slice(None))

    def factor(self, eta):
        """``v -> (K(eta) + lam I)^-1 v`` in float32; in float64 where that fails."""
        try:
            factor = factorise(self.few, eta, self.lam, self.single)
            return lambda v: factor.solve(v.astype(np.float32)).astype(float)
        except LinAlgError:
            K = self.design.kernel(eta)
            return lambda v: shifted_solve(K, self.lam, v)

    def scores(self, solve):
        beta = solve(self.y).astype(np.float32)
        return np.linalg.norm(self.few.adjoint(beta), axis=0).astype(float)

    def at(self, eta, solve, refinements):
        y, lam = self.y, self.lam
        beta = solve(y)
        for step in range(refinements + 1):
            adjoint = self.all.adjoint(beta)
            K_beta = self.all.forward(eta * adjoint)
            left = y - K_beta - lam * beta
            if step == refinements or np.linalg.norm(left) <= RESIDUAL * np.linalg.norm(y):
                break
            beta = beta + solve(left)
        scores, gap = np.linalg.norm(adjoint, axis=0), ridge_gap(beta, K_beta, y, lam)
        mkl_gap = score(y - K_beta, eta * scores, lam * beta, lam * scores.max(), y, lam)[2]
        return Stop(eta, beta, eta * adjoint, gap, mkl_gap)
