"""ADMM as in `relu_admm`, with rho = lam / 10."""

from functools import partial

from fixing_ntk.benchmark.peers import relu_admm
from fixing_ntk.benchmark.peers.relu_admm import FIRST_TOL, PACKAGE, STEP, certify

__all__ = ["FIRST_TOL", "PACKAGE", "STEP", "certify", "prepare"]

prepare = partial(relu_admm.prepare, share=0.1)
