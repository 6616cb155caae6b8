"""The package's default solver."""

from fixing_ntk.benchmark.peers.ours import FIRST_TOL, PACKAGE, own

__all__ = ["FIRST_TOL", "PACKAGE", "prepare"]

prepare = own(method="auto")
