"""The ReLU program as this package's cone program on a working set, solved by Clarabel."""

from fixing_ntk.benchmark.peers.ours import FIRST_TOL, PACKAGE, own
from fixing_ntk.relu import certify, solve_relu

__all__ = ["FIRST_TOL", "PACKAGE", "certify", "prepare"]

prepare = own(solve_relu, method="conic", backend="clarabel")
