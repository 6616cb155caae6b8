"""The convex programs: the masked design, objectives, duals, gaps, and what solvers return."""

from fixing_ntk.programs.blas import one_pool, product
from fixing_ntk.programs.design import MaskedDesign, UnpackedDesign, power_of_two
from fixing_ntk.programs.objective import (
    certify,
    eta_from_weights,
    feasible_scale,
    group_norms,
    lam_from_mu,
    lambda_max,
    mkl_dual,
    mkl_objective,
    mkl_primal,
    mu_from_lam,
    relative_gap,
    ridge_dual,
    ridge_primal,
    score,
)
from fixing_ntk.programs.solution import Fit, Solution

__all__ = [
    "Fit",
    "MaskedDesign",
    "Solution",
    "UnpackedDesign",
    "certify",
    "eta_from_weights",
    "feasible_scale",
    "group_norms",
    "lam_from_mu",
    "lambda_max",
    "mkl_dual",
    "mkl_objective",
    "mkl_primal",
    "mu_from_lam",
    "one_pool",
    "power_of_two",
    "product",
    "relative_gap",
    "ridge_dual",
    "ridge_primal",
    "score",
]
