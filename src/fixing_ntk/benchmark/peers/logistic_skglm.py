"""skglm's proximal Newton method with working sets. Its loss is 1/n of ours."""

import numpy as np
from skglm.datafits import LogisticGroup
from skglm.penalties import WeightedGroupL2
from skglm.solvers import GroupProxNewton

from fixing_ntk.benchmark.peers.explicit import by_group, explicit_matrix
from fixing_ntk.benchmark.peers.logistic import certify

__all__ = ["FIRST_TOL", "PACKAGE", "certify", "prepare"]

PACKAGE = "skglm"
FIRST_TOL = 1e-1  # on the distance to the subdifferential, scaled by 1/n like the loss


def prepare(X, y, masks):
    (n, d), p = X.shape, len(masks)
    A = explicit_matrix(X, masks)
    groups = dict(
        grp_ptr=d * np.arange(p + 1, dtype=np.int32), grp_indices=np.arange(p * d, dtype=np.int32)
    )

    def run(lam, tol):
        penalty = WeightedGroupL2(alpha=lam / n, weights=np.ones(p), **groups)
        solver = GroupProxNewton(max_iter=1_000, tol=tol / n, fit_intercept=False)
        return by_group(solver.solve(A, y, LogisticGroup(**groups), penalty)[0], d), None

    return run
