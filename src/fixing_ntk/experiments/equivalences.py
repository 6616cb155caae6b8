"""Claims of the paper as numbers: each row a quantity, its tolerance and a verdict."""

import numpy as np

from fixing_ntk.claims import claim_row
from fixing_ntk.design import MaskedDesign
from fixing_ntk.experiments.irls_convergence import student_teacher
from fixing_ntk.kernels import masking_kernel, monte_carlo_ntk, ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.objective import (
    eta_from_weights,
    group_norms,
    lam_from_mu,
    mkl_objective,
    mkl_primal,
)
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve
from fixing_ntk.solvers.irls import solve_mkl


def equivalences(records, n, d, n_gates, monte_carlo_gates, tol, seed):
    """Rows of the table of claims.

    Parameters
    ----------
    records : pandas.DataFrame
        Every fit of the accuracy table, see `records.COLUMNS`.
    n, d, n_gates : int
        Size of the student-teacher problem on which the exact claims are checked.
    monte_carlo_gates : int
        Gates behind the Monte Carlo NTK.
    tol : float
        Relative gap of its fits.
    seed : int

    Returns
    -------
    list of dict
        As `claims.claim_row` makes them.
    """
    X, y = student_teacher(n, d, 3, 0.1, stream(seed, "equivalences", "data"))
    masks = MaskSet.sample(X, n_gates, stream(seed, "equivalences", "gates"))
    return [
        *gl_is_mkl(X, y, masks, tol),
        *masking_kernels(X, masks),
        *ntk_is_expectation(X, monte_carlo_gates, stream(seed, "equivalences", "monte carlo")),
        *ntk_is_mkl_point(X, masks, n_gates),
        *mkl_is_not_above_ntk(records),
    ]


def gl_is_mkl(X, y, masks, tol):
    """Solve MKL at mu, the group lasso at the lam it maps to, and compare."""
    design = MaskedDesign(X, masks)
    mu = 0.02 * np.linalg.norm(design.kernel(masks.ntk_weights), 2)
    v, _, history = solve_mkl(design, y, mu, tol)
    J, mkl_gap = history[-1]
    gl = solve(X, y, masks, lam_from_mu(mu, v), tol)
    residual = y - design.forward(gl.weights)
    gl_as_mkl = mkl_primal(residual, group_norms(gl.weights), mu)
    ridge = mkl_objective(design.kernel(eta_from_weights(gl.weights)), y, mu)
    scale, gap = 0.5 * y @ y, max(mkl_gap, gl.gap)
    claim = "Gated ReLU group lasso and MKL over masking kernels share their minimiser"
    # Gaps bound both values; predictions of a strongly convex loss differ by at most their root.
    return [
        claim_row(
            claim,
            "Multiple Kernel Learning",
            "MKL value of the group lasso solution against the MKL optimum, relative",
            abs(gl_as_mkl - J) / scale,
            10 * tol,
            gap,
        ),
        claim_row(
            claim,
            "Multiple Kernel Learning",
            "ridge objective J at eta = ||v_i|| / sum ||v_j|| against the MKL optimum, relative",
            abs(ridge - J) / scale,
            10 * tol,
            gap,
        ),
        claim_row(
            claim,
            "Multiple Kernel Learning",
            "difference of training predictions, relative to ||y||",
            np.linalg.norm(design.forward(v) + residual - y) / np.linalg.norm(y),
            4 * np.sqrt(tol),
            gap,
        ),
    ]


def masking_kernels(X, masks):
    """``K(eta)`` by one Hadamard product against the sum of kernels of the features D_i X."""
    design, M = MaskedDesign(X, masks), masks.dense()
    eta = masks.ntk_weights
    summed = sum(eta[i] * masking_kernel(X, M[:, i]) for i in range(len(masks)))
    return [
        claim_row(
            "Kernels of the features D_i X are K_i = D_i X X^T D_i, summed by one Hadamard product",
            "Multiple Kernel Learning",
            "sum of eta_i K_i against (X X^T) o (M diag(eta) M^T), largest entry, relative",
            np.abs(design.kernel(eta) - summed).max() / np.abs(summed).max(),
            1e-12,
        )
    ]


def ntk_is_expectation(X, n_gates, rng):
    """Closed form against the average over random gates, in standard errors."""
    upper = np.triu_indices(len(X))
    mean, standard_error = monte_carlo_ntk(X, n_gates, rng)
    H = ntk(X)
    sampled = standard_error[upper] > 0
    z = np.abs(mean - H)[upper][sampled] / standard_error[upper][sampled]
    return [
        claim_row(
            "The closed-form NTK is the expectation of masking kernels over Gaussian gates",
            "Neural Tangent Kernel",
            f"closed form against {n_gates:,} gates: root mean square deviation in standard errors",
            np.sqrt(np.mean(z**2)),
            1.5,
        ),
        claim_row(
            "The closed-form NTK is the expectation of masking kernels over Gaussian gates",
            "Neural Tangent Kernel",
            f"largest of {len(z):,} deviations in standard errors",
            z.max(),
            6.0,
        ),
    ]


def ntk_is_mkl_point(X, masks, n_gates):
    """The sampled NTK weights are a point of the simplex, and give the NTK up to sampling."""
    H, K = ntk(X), MaskedDesign(X, masks).kernel(masks.ntk_weights)
    inner = np.abs(X @ X.T)
    share = np.clip(H / np.where(inner > 0, X @ X.T, 1.0), 0.0, 1.0)
    standard_error = inner * np.sqrt(share * (1 - share) / n_gates)
    return [
        claim_row(
            "The NTK lies in the MKL search space: H = sum of eta_i K_i at eta_i = P[h in K_i]",
            "Putting It All Together",
            f"sampled eta of {len(masks)} masks: error over its expectation, Frobenius norms",
            np.linalg.norm(K - H) / np.linalg.norm(standard_error),
            3.0,
        )
    ]


def mkl_is_not_above_ntk(records):
    """``J(eta_ntk) >= min J`` at the mu of every common-penalty fit of the table."""
    fits = records.dropna(subset=["mkl_objective"])
    excess = (fits.mkl_objective - fits.ntk_mkl_objective) / fits.ntk_mkl_objective
    return [
        claim_row(
            "MKL fixes the NTK: no NTK training objective is below the MKL optimum",
            "Putting It All Together",
            f"largest (J_mkl - J_ntk) / J_ntk over {len(fits)} fits on "
            f"{fits.dataset.nunique()} datasets (median {excess.median():.2f})",
            excess.max(),
            0.0,
            fits.gap.max(),
        )
    ]
