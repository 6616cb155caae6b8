"""adelie's group elastic net with its binomial loss; see `peers.adelie`."""

from functools import partial

from fixing_ntk.benchmark.peers import adelie
from fixing_ntk.benchmark.peers.adelie import FIRST_TOL, LAST_TOL, PACKAGE
from fixing_ntk.benchmark.peers.logistic import certify

__all__ = ["FIRST_TOL", "LAST_TOL", "PACKAGE", "certify", "prepare"]

prepare = partial(adelie.prepare, loss="logistic")
