"""The logistic loss as a user of CVXPY would write it, solved by Clarabel."""

import cvxpy as cp

from fixing_ntk.benchmark.peers.explicit import explicit_matrix
from fixing_ntk.benchmark.peers.logistic import certify

__all__ = ["FIRST_TOL", "ONE_RUN", "PACKAGE", "certify", "prepare"]

PACKAGE = "cvxpy"
FIRST_TOL = 1e-9  # Clarabel's gap and feasibility tolerances
ONE_RUN = True  # an interior point method costs nearly the same at every gap


def prepare(X, y, masks):
    d, p = X.shape[1], len(masks)
    A = explicit_matrix(X, masks)

    def run(lam, tol):
        W = cp.Variable((d, p))
        loss = cp.sum(cp.logistic(-cp.multiply(y, A @ cp.vec(W, order="F"))))
        problem = cp.Problem(cp.Minimize(loss + lam * cp.sum(cp.norm(W, 2, axis=0))))
        problem.solve(
            solver=cp.CLARABEL, tol_gap_abs=tol, tol_gap_rel=tol, tol_feas=tol, max_threads=1
        )
        return W.value, None

    return run
