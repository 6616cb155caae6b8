"""The gated program as a user of CVXPY would write it, solved by Clarabel."""

import cvxpy as cp

from fixing_ntk.benchmark.peers.explicit import explicit_matrix

PACKAGE = "cvxpy"
FIRST_TOL = 1e-9  # Clarabel's gap and feasibility tolerances
ONE_RUN = True  # an interior point method costs nearly the same at every gap


def solve(problem, tol):
    """Solve a CVXPY problem in place by Clarabel; ``tol`` bounds its gaps and infeasibility."""
    tolerances = dict.fromkeys(["tol_gap_abs", "tol_gap_rel", "tol_feas"], tol)
    problem.solve(solver=cp.CLARABEL, max_threads=1, **tolerances)


def squared(f, y):
    """Return ``1/2 ||f - y||^2`` as an expression of CVXPY."""
    return 0.5 * cp.sum_squares(f - y)


def logistic(f, y):
    """Return ``sum log(1 + exp(-y f))`` as an expression of CVXPY, for labels y of -1 and 1."""
    return cp.sum(cp.logistic(-cp.multiply(y, f)))


def prepare(X, y, masks, loss=squared):
    """Return ``run(lam, tol)``, which solves by CVXPY; see `benchmark.peers`.

    ``loss`` is the function `squared` or `logistic`. ``run`` returns weights (d, p), and None for
    all masks. Its ``tol`` is as for `solve`.
    """
    d, p = X.shape[1], len(masks)
    A = explicit_matrix(X, masks)

    def run(lam, tol):
        W = cp.Variable((d, p))
        fit = loss(A @ cp.vec(W, order="F"), y)
        solve(cp.Problem(cp.Minimize(fit + lam * cp.sum(cp.norm(W, 2, axis=0)))), tol)
        return W.value, None

    return run
