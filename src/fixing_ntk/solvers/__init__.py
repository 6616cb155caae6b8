"""Solvers of the gated ReLU program: one interface, one certificate, a module each."""

from fixing_ntk.solvers.convergence import warn_not_converged
from fixing_ntk.solvers.interface import METHODS, solve, solve_path
from fixing_ntk.solvers.irls import gl_iterates, iterate_weights, mkl_iterates, solve_mkl
from fixing_ntk.solvers.kernel_machine import kernel_machine

__all__ = [
    "METHODS",
    "gl_iterates",
    "iterate_weights",
    "kernel_machine",
    "mkl_iterates",
    "solve",
    "solve_mkl",
    "solve_path",
    "warn_not_converged",
]
