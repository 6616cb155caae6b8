"""The ReLU program as a user of CVXPY would write it, solved by Clarabel."""

import cvxpy as cp
import numpy as np

from fixing_ntk.benchmark.peers.cvxpy import FIRST_TOL, ONE_RUN, PACKAGE, solve, squared
from fixing_ntk.benchmark.peers.explicit import explicit_matrix
from fixing_ntk.relu import certify

__all__ = ["FIRST_TOL", "ONE_RUN", "PACKAGE", "certify", "prepare"]


def prepare(X, y, masks):
    """Return ``run(lam, tol)``, which solves the ReLU program by CVXPY; see `benchmark.peers`.

    ``run`` returns weights (d, 2 p), first of the plus signs, then of the minus signs, and the
    index (2, 2 p) of the sign and mask of each column. Its ``tol`` is as for `cvxpy.solve`.
    """
    d, p = X.shape[1], len(masks)
    A, flips = explicit_matrix(X, masks), 2.0 * masks.dense() - 1.0
    pairs = np.divmod(np.arange(2 * p), p)

    def run(lam, tol):
        W = cp.Variable((d, p)), cp.Variable((d, p))
        loss = squared(A @ cp.vec(W[0] - W[1], order="F"), y)
        norms = sum(cp.sum(cp.norm(w, 2, axis=0)) for w in W)
        inside = [cp.multiply(flips, X @ w) >= 0 for w in W]
        solve(cp.Problem(cp.Minimize(loss + lam * norms), inside), tol)
        return np.hstack([np.asarray(w.value) for w in W]), np.array(pairs)

    return run
