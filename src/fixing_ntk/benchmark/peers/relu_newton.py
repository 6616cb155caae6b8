"""The package's Newton method for the ReLU program, which is the default there."""

from fixing_ntk.benchmark.peers.ours import FIRST_TOL, PACKAGE, own
from fixing_ntk.relu import certify, solve_relu

__all__ = ["FIRST_TOL", "PACKAGE", "certify", "prepare"]

prepare = own(solve_relu, method="newton")
