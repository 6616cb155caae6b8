"""The package's cone program of the ReLU program on a working set, solved by Clarabel."""

from fixing_ntk.benchmark.peers.relu_ours import FIRST_TOL, PACKAGE, own
from fixing_ntk.relu import certify

__all__ = ["FIRST_TOL", "PACKAGE", "certify", "prepare"]

prepare = own(method="conic", backend="clarabel")
