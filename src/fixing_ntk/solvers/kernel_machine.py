"""The kernel machine of a group lasso solution: the same loss with its optimal kernel.

At an optimum with residual r, ``w_i = eta_i X^T D_i c`` with ``c = r / mu`` and
``mu = lam / sum_i ||w_i||``. Before the optimum, dividing by mu magnifies the solver's error in r,
and the function of such a c may be far off. So c is the solution of a linear system,

    c = (K(eta) + mu I)^-1 y,    f(z) = sum_j K(eta)(z, x_j) c_j = sum_i 1(z^T g_i >= 0) z^T v_i,

with ``v_i = eta_i X^T D_i c``, and the certificate is of v. This is a step of iteratively
reweighted least squares, so P(v) is not above P(w), and the MKL gap of eta at mu is not above the
gap of w. The residual of v may prove a weaker lower bound than the solution does. The solution's
bound holds for v too, and is used if v reaches the tolerance only with it. For other losses
`kernel_newton` computes c, and the certificate says how good v is.

With many samples and masks, a factor of K does not fit in memory. Then conjugate gradients,
preconditioned by a Nystrom approximation of K, start from the solution's residual.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from fixing_ntk.masks.samples import squared_norms
from fixing_ntk.programs import Certificate, Squared, blas_threads, certify, gap_over, mu_from_lam
from fixing_ntk.solvers.conjugate_gradients import conjugate_gradients
from fixing_ntk.solvers.kernel_newton import kernel_newton
from fixing_ntk.solvers.lp_newton import CG_ITERATIONS, FACTOR_UP_TO, Kernels, preconditioner
from fixing_ntk.solvers.ridge_factor import factorise

RESIDUAL = 1e-10  # tolerance of conjugate gradients, relative to ||y||
REFINEMENTS = 3  # each gains the digits that a factor in float64 has at the given mu
SHIFT = 4.0 * np.finfo(float).eps  # least penalty, over the trace of K, at which a factor exists


class KernelMachine(NamedTuple):
    """The minimiser c of ``L(K(eta) c) + mu/2 c^T K(eta) c`` at eta of a group lasso solution.

    ``K(eta) = sum_i eta_i D_i X X^T D_i``, with eta the solution's kernel weights, of sum one.
    ``mu`` is ``lam / sum_i ||w_i||`` of the solution, and ``coefficients`` (n,) are c. ``weights``
    (d, k) are ``v_i = eta_i X^T D_i c`` for the k masks that the solution has as ``active``.
    ``certificate`` is of v in the group lasso at lam, and ``intercept`` is as in `Solution`.
    """

    mu: float
    coefficients: np.ndarray
    weights: np.ndarray
    certificate: Certificate
    intercept: float = 0.0


def kernel_machine(design, solution):
    """Return the kernel machine of a group lasso solution: the same loss with its optimal kernel.

    Parameters
    ----------
    design : MaskedDesign
    solution : Solution
        With nonzero weights.

    Returns
    -------
    KernelMachine

    Raises
    ------
    ValueError
        For zero weights.
    """
    active, eta, loss = solution.active, solution.eta[solution.active], solution.loss
    mu = mu_from_lam(solution.lam, solution.active_weights)
    with blas_threads(design.n**3 / 3.0):
        active_set = design.unpacked(active)
        if loss.name == Squared.name:
            y = design.project(loss.y)
            features = np.inf if issparse(design.X) else len(active) * design.d
            # Numbers to store for a factor of K or of its features, whichever is smaller.
            if min(features, design.n) * design.n > FACTOR_UP_TO**2:
                c = _iterated(design, active_set, solution, mu, y)
            else:
                c = _ridge(design, active_set, eta, mu, y)
        else:
            K = design.kernel(solution.eta)
            ((c, *_),) = kernel_newton(loss, K, [mu], solution.tol, solution.dual_point / mu)
        weights = eta * active_set.adjoint(c)
        certificate = certify(design, loss.y, solution.lam, weights, active, loss)
        if certificate.gap > solution.tol:
            bound, at = solution.dual_objective, solution.dual_point
            gap = gap_over(loss.at_zero, certificate.objective, bound, design.n)
            if gap <= solution.tol:
                certificate = Certificate(certificate.objective, bound, gap, at)
    b = 0.0
    if design.column is not None:
        b = float(loss.intercept(design.forward(weights, active)))
    return KernelMachine(mu, c, weights, certificate, b)


def _iterated(design, active_set, solution, mu, y):
    """Return ``(K(eta) + mu I)^-1 y``, (n,), by conjugate gradients with a Nystrom preconditioner.

    eta are the kernel weights of ``solution``, and its dual point over mu is the start.
    ``active_set`` is the `UnpackedDesign` of the masks with weight, and y (n,) the target. With an
    intercept, callers give y projected onto the complement of its column. The inverse is then
    taken there.
    """
    eta, a = solution.eta[solution.active], solution.dual_point

    def apply(a):
        return a + design.project(active_set.apply_kernel(eta, a)) / mu

    precondition = preconditioner(Kernels(design, None), solution.eta, mu)
    enough = RESIDUAL * np.linalg.norm(y)
    step, *_ = conjugate_gradients(
        apply, precondition, y - apply(a), CG_ITERATIONS, residual=enough
    )
    return (a + step) / mu


def _ridge(design, active_set, eta, mu, y):
    """Return ``(K(eta) + mu I)^-1 y``, (n,), by a Cholesky factor and iterative refinement.

    ``active_set`` is the `UnpackedDesign` of the masks with weight, and ``eta`` (k,) are their
    kernel weights. The target y (n,) and the inverse are as in `_iterated`. If mu is too small for
    a factor in float64, the factor has the penalty `SHIFT` times the trace of K. `REFINEMENTS`
    steps then correct towards mu.
    """
    trace = eta @ active_set.M @ squared_norms(design.X)
    factor = factorise(active_set, eta, max(mu, SHIFT * trace), design)
    c = np.zeros_like(y)
    for _ in range(1 + REFINEMENTS):
        c = c + factor.solve(design.project(y - active_set.apply_kernel(eta, c)) - mu * c)
    return c
