"""Compare the gated ReLU group lasso with multiple kernel learning over masking kernels."""

import numpy as np

from fixing_ntk.kernels import masking_kernel
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import (
    MaskedDesign,
    certify,
    eta_from_weights,
    group_norms,
    lam_from_mu,
    mkl_objective,
    mkl_primal,
)
from fixing_ntk.results.bounds import whole_numbers
from fixing_ntk.results.claim_kinds import MKL, claim_row
from fixing_ntk.results.student_teacher import student_teacher
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import irls_mkl, solve


def mkl_equivalence(tol, seed, *, n=60, d=4, n_gates=300):
    """Check two claims of the poster on MKL, on a synthetic problem.

    Group lasso and MKL share their minimiser. The masking kernels are the kernels of the features
    D_i X, and their weighted sum is one Hadamard product.

    Parameters
    ----------
    tol : float
        Relative gap of the fits.
    seed : int
    n : int
        Samples.
    d : int
        Features, the bias included.
    n_gates : int
        Gates drawn.

    Returns
    -------
    data : dict of ndarray
        Empty: there is no figure.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.
    """
    whole_numbers(2, n=n, d=d)
    whole_numbers(1, n_gates=n_gates)
    X, y = student_teacher(n, d, 3, 0.1, stream(seed, "mkl_equivalence", "data"))
    masks = MaskSet.sample(X, n_gates, stream(seed, "mkl_equivalence", "gates"))
    return {}, [*gl_is_mkl(X, y, masks, tol), masking_kernels(X, masks)]


def gl_is_mkl(X, y, masks, tol):
    """Return claim rows: MKL at mu and the group lasso at ``lam = mu sum_i ||v_i||`` agree.

    MKL's solution v, at a mu that is set here, is scored as a point of the group lasso, by its gap.
    The group lasso's solution is scored by MKL's objective, and its kernel weights by the ridge
    objective J, as relative differences from the MKL optimum. Training predictions are compared,
    too. ``tol`` is the relative gap of the fits.
    """
    design = MaskedDesign(X, masks)
    mu = 0.02 * np.linalg.norm(design.kernel(masks.ntk_weights), 2)
    v, _, history = irls_mkl(design, y, mu, tol)
    J, mkl_gap = history[-1]
    lam = lam_from_mu(mu, v)
    gl = solve(X, y, masks, lam, tol)
    residual = y - design.forward(gl.weights)
    gl_as_mkl = mkl_primal(residual, group_norms(gl.weights), mu)
    ridge = mkl_objective(design.kernel(eta_from_weights(gl.weights)), y, mu)
    gap = max(mkl_gap, gl.gap)
    close = 10 * tol * 0.5 * (y @ y) / J  # gaps are over 1/2 ||y||^2
    # Gaps bound both values; predictions of a strongly convex loss differ by at most their root.
    quantities = [
        (
            "relative gap of the MKL solution as a point of the group lasso at lambda = mu sum "
            "||v_i||",
            certify(design, y, lam, v).gap,
            10 * tol,
        ),
        (
            "MKL value of the group lasso solution against the MKL optimum, relative",
            abs(gl_as_mkl - J) / J,
            close,
        ),
        (
            "ridge objective J at eta = ||v_i|| / sum ||v_j|| against the MKL optimum, relative",
            abs(ridge - J) / J,
            close,
        ),
        (
            "difference of training predictions, over ||y||",
            np.linalg.norm(design.forward(v) + residual - y) / np.linalg.norm(y),
            4 * np.sqrt(tol),
        ),
    ]
    claim = "Gated ReLU group lasso and MKL over masking kernels share their minimiser"
    return [claim_row(claim, MKL, *quantity, gap=gap) for quantity in quantities]


def masking_kernels(X, masks):
    """Return a claim row: the weighted kernels of the features D_i X sum to a Hadamard product.

    The kernel of mask i is ``D_i X X^T D_i``, weighted by eta_i, the NTK's weight of the mask. The
    product is of ``X X^T`` and ``M diag(eta) M^T``, where M (n, p) holds the masks. The value is
    the largest error of an entry of the product, over the largest entry of the sum.
    """
    design, M = MaskedDesign(X, masks), masks.dense()
    eta = masks.ntk_weights
    summed = sum(eta[i] * masking_kernel(X, M[:, i]) for i in range(len(masks)))
    return claim_row(
        "Kernels of the features D_i X are K_i = D_i X X^T D_i, summed by one Hadamard product",
        MKL,
        "sum of eta_i K_i against (X X^T) o (M diag(eta) M^T), largest entry, relative",
        np.abs(design.kernel(eta) - summed).max() / np.abs(summed).max(),
        1e-12,
    )
