"""What a solver returns."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Solution:
    """A point of the gated ReLU program and the certificate of how far it is from optimal.

    Attributes
    ----------
    weights : ndarray (d, p)
        Group lasso weights ``w_i``, one column a mask.
    eta : ndarray (p,)
        Kernel weights on the simplex, ``||w_i|| / sum_j ||w_j||``. At zero weights: all on the mask
        with the largest ``||X^T D_i y||``, their limit as lam rises to `lambda_max`.
    objective, dual_objective, gap : float
        ``P``, ``D`` and ``(P - D) / (1/2 ||y||^2)`` as `objective.certify` gives them.
    dual_point : ndarray (n,)
        Feasible for the dual; proves ``dual_objective``.
    lam, tol : float
        Penalty, and the gap that was asked for.
    method : str
        Solver, with its backend where it has several: ``"conic[clarabel]"``.
    status : str
        "optimal" only when ``gap <= tol`` was certified; else "not_converged".
    n_iter : int
    history : list of (objective, gap)
        One pair for each iteration at which the solver knew both.
    """

    weights: np.ndarray
    eta: np.ndarray
    objective: float
    dual_objective: float
    gap: float
    dual_point: np.ndarray
    lam: float
    tol: float
    method: str
    status: str
    n_iter: int
    history: list

    @property
    def n_active(self):
        """Number of masks with nonzero weight."""
        return int(np.count_nonzero(np.any(self.weights, axis=0)))
