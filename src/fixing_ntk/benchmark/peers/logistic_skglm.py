"""skglm's proximal Newton method with working sets; see `peers.skglm`."""

from functools import partial

from skglm.datafits import LogisticGroup
from skglm.solvers import GroupProxNewton

from fixing_ntk.benchmark.peers import skglm
from fixing_ntk.benchmark.peers.logistic import certify
from fixing_ntk.benchmark.peers.skglm import FIRST_TOL, PACKAGE

__all__ = ["FIRST_TOL", "PACKAGE", "certify", "prepare"]

solver = partial(GroupProxNewton, max_iter=1_000)
prepare = partial(skglm.prepare, loss=LogisticGroup, solver=solver)
