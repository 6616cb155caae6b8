"""The package's cone program on a working set, solved by Clarabel."""

from fixing_ntk.benchmark.peers.ours import FIRST_TOL, PACKAGE, own

__all__ = ["FIRST_TOL", "PACKAGE", "prepare"]

prepare = own(method="conic", backend="clarabel")
