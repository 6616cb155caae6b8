"""skglm's block coordinate descent with working sets. The loss is 1/n of ours."""

from functools import partial

import numpy as np
from skglm.datafits import QuadraticGroup
from skglm.penalties import WeightedGroupL2
from skglm.solvers import GroupBCD

from fixing_ntk.benchmark.peers.explicit import by_group, explicit_matrix

PACKAGE = "skglm"
FIRST_TOL = 1e-1  # bound on the distance to the subdifferential, scaled by 1/n like the loss
BCD = partial(GroupBCD, max_iter=100_000)


def prepare(X, y, masks, loss=QuadraticGroup, solver=BCD):
    """Return ``run(lam, tol)``, which solves by skglm; see `benchmark.peers`.

    ``loss`` is one of skglm's datafits for groups, ``solver`` a function that makes its solver from
    its tolerance and ``fit_intercept``. ``run`` returns weights (d, p), and None for all
    masks. Its ``tol`` is in the unit of our loss, which is n times skglm's loss.
    """
    (n, d), p = X.shape, len(masks)
    A = explicit_matrix(X, masks)
    groups = dict(
        grp_ptr=d * np.arange(p + 1, dtype=np.int32), grp_indices=np.arange(p * d, dtype=np.int32)
    )

    def run(lam, tol):
        penalty = WeightedGroupL2(alpha=lam / n, weights=np.ones(p), **groups)
        of_tol = solver(tol=tol / n, fit_intercept=False)
        return by_group(of_tol.solve(A, y, loss(**groups), penalty)[0], d), None

    return run
