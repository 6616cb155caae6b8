"""The package's accelerated proximal gradient."""

from fixing_ntk.benchmark.peers.ours import FIRST_TOL, PACKAGE, own

__all__ = ["FIRST_TOL", "PACKAGE", "prepare"]

prepare = own(method="fista", max_iter=10**8)  # the time limit ends it, not max_iter
