"""The logistic loss as a user of CVXPY would write it, solved by Clarabel."""

from functools import partial

from fixing_ntk.benchmark.peers import cvxpy
from fixing_ntk.benchmark.peers.cvxpy import FIRST_TOL, ONE_RUN, PACKAGE, logistic
from fixing_ntk.benchmark.peers.logistic import certify

__all__ = ["FIRST_TOL", "ONE_RUN", "PACKAGE", "certify", "prepare"]

prepare = partial(cvxpy.prepare, loss=logistic)
