"""The convex programs: the masked design, objectives, duals, gaps, and what solvers return."""

from fixing_ntk.programs.blas import one_pool, product
from fixing_ntk.programs.checks import check_data, check_masks, check_problem
from fixing_ntk.programs.design import MaskedDesign, UnpackedDesign, power_of_two
from fixing_ntk.programs.objective import (
    Certificate,
    best_scale,
    certify,
    eta_from_weights,
    feasible_scale,
    group_norms,
    is_orthogonal,
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
    smoothed_gap,
    smoothing_cost,
)
from fixing_ntk.programs.solution import Fit, Solution

__all__ = [
    "Certificate",
    "Fit",
    "MaskedDesign",
    "Solution",
    "UnpackedDesign",
    "best_scale",
    "certify",
    "check_data",
    "check_masks",
    "check_problem",
    "eta_from_weights",
    "feasible_scale",
    "group_norms",
    "is_orthogonal",
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
    "smoothed_gap",
    "smoothing_cost",
]
