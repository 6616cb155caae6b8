"""Solvers of the gated ReLU program and of MKL: a module each, all certified by the duality gap."""

from fixing_ntk.solvers.all_masks import Bounds, bounds_over_all_masks
from fixing_ntk.solvers.convergence import warn_not_converged
from fixing_ntk.solvers.interface import METHODS, solve, solve_path
from fixing_ntk.solvers.irls import gl_iterates, irls_mkl, iterate_weights, mkl_iterates
from fixing_ntk.solvers.kernel_machine import kernel_machine
from fixing_ntk.solvers.lp_mkl import solve_mkl, solve_mkl_path

__all__ = [
    "METHODS",
    "Bounds",
    "bounds_over_all_masks",
    "gl_iterates",
    "irls_mkl",
    "iterate_weights",
    "kernel_machine",
    "mkl_iterates",
    "solve",
    "solve_mkl",
    "solve_mkl_path",
    "solve_path",
    "warn_not_converged",
]
