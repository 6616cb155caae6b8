"""Kernels of gated ReLU networks, in closed form and at finite width; ridge regression on them."""

from fixing_ntk.kernels.banded_ridge import BandedRidge
from fixing_ntk.kernels.closed_form import ntk
from fixing_ntk.kernels.finite_width import empirical_ntk, monte_carlo_ntk
from fixing_ntk.kernels.masking_kernels import combined_kernel, masking_kernel
from fixing_ntk.kernels.products import NTKOperator, ntk_times
from fixing_ntk.kernels.ridge import FactoredRidge, KernelRidge

__all__ = [
    "BandedRidge",
    "FactoredRidge",
    "KernelRidge",
    "NTKOperator",
    "combined_kernel",
    "empirical_ntk",
    "masking_kernel",
    "monte_carlo_ntk",
    "ntk",
    "ntk_times",
]
