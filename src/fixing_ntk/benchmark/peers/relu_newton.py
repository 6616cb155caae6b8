"""The package's Newton method for the ReLU program, its default."""

from fixing_ntk.benchmark.peers.relu_ours import FIRST_TOL, PACKAGE, own
from fixing_ntk.relu import certify

__all__ = ["FIRST_TOL", "PACKAGE", "certify", "prepare"]

prepare = own(method="newton")
