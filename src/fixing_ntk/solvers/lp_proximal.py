"""Solve programs between the NTK and optimal MKL with any smooth loss, by `proximal_newton`.

The dual is ``max_a -L*(-a) - N(a) / (2 mu)``, with N as `programs.lp_mkl` has it, so any residual
proves a lower bound. A quadratic model is the squared program on the rows ``root X``: masks and
prior are the same, and the NTK is homogeneous, ``H(s x, t z) = s t H(x, z)`` for s, t > 0. Between
two points the penalty is convex, so its linear interpolation, an upper bound, is used for it.
"""

import numpy as np

from fixing_ntk.programs import Certificate, MKLSolution, gap_over, group_norms
from fixing_ntk.programs import lp_mkl as program
from fixing_ntk.solvers.lp_newton import Path
from fixing_ntk.solvers.proximal_newton import minimise

ROUNDING = 1e-10  # allowed rounding error of P and D, over L(0)
SINGLE_FROM = 200  # samples, below which curvature in float32 saves nothing


def lp_proximal(loss, kernels, mus, p, tol, max_iter):
    """Solve MKL programs of p > 1 with any smooth loss at falling penalties.

    Each penalty starts from the solution before.

    Parameters
    ----------
    loss : Loss
    kernels : Kernels
    mus : sequence of float
    p : float
        Exponent of the Lp ball, above 1.
    tol : float
        Relative gap ``(P - D) / L(0)`` at which to stop; no warning is issued above it.
    max_iter : int
        Maximum number of quadratic models at each penalty, and of curvatures for each model.

    Returns
    -------
    list of MKLSolution
        In the order of ``mus``.
    """
    point, solutions = None, []
    for mu in mus:
        of_mu = _Program(loss, kernels, mu, p, max_iter)
        point = of_mu.zero() if point is None else of_mu.again(point)
        point, history = minimise(loss, of_mu, point, tol, max_iter)
        certificate = of_mu.final(point, tol)
        solutions.append(
            MKLSolution(
                weights=point.weights,
                eta=point.eta[: kernels.design.p],
                fitted=point.fitted,
                ntk_coefficients=point.coefficients,
                ntk_eta=float(point.eta[-1]) if kernels.H is not None else 0.0,
                objective=certificate.objective,
                dual_objective=certificate.dual_objective,
                gap=certificate.gap,
                dual_point=certificate.dual_point,
                mu=mu,
                p=p,
                tol=tol,
                status="optimal" if certificate.gap <= tol else "not_converged",
                n_iter=len(history),
                history=history,
            )
        )
    return solutions


class _Program:
    """The program at one penalty mu, in the form that `proximal_newton.minimise` takes.

    ``max_iter`` is the maximum number of curvatures for one quadratic model. ``bound`` is the
    largest dual value so far, and ``a`` its dual point.
    """

    def __init__(self, loss, kernels, mu, p, max_iter):
        self.loss, self.kernels, self.mu, self.p = loss, kernels, mu, p
        self.max_iter = max_iter
        self.bound, self.a = -np.inf, None  # best dual value of any point, and its dual point

    def zero(self):
        """Return the point at which weights, outputs, eta and the dual point a are all zero."""
        design = self.kernels.design
        n, eta = np.zeros(design.n), np.zeros(len(self.kernels.prior))
        return _Point(np.zeros((design.d, design.p)), n, n, eta, self.kernels.at(n), 0.0)

    def again(self, point):
        """Return a point of another mu with its penalty term ``mu/2 Omega(w)^2`` at this mu.

        The term is computed from the point's weights, since its last penalty may be only an upper
        bound. ``Omega(w)^2`` is `programs.lp_mkl.squared_norm`.
        """
        norms = group_norms(point.weights)
        if self.kernels.H is not None:
            c = point.coefficients
            norms = np.append(norms, np.sqrt(max(float(c @ self.kernels.H @ c), 0.0)))
        penalty = 0.5 * self.mu * program.squared_norm(norms, self.kernels.prior, self.p)
        return point.with_penalty(penalty)

    def certificate(self, point):
        """Return the certificate of a point, by the largest lower bound that any point has proved.

        A point proves two, by its residual and by its own dual point.
        """
        for dual in (self.kernels.at(self.loss.residual(point.fitted)), self._feasible(point)):
            D = self._value(dual)
            if self.bound < D:
                self.bound, self.a = D, dual.a
        return self._of(point, self.bound, self.a)

    def final(self, point, tol):
        """Return the certificate by the point's own dual point a if its gap is at most ``tol``.

        After a full step, ``w_i = eta_i X^T D_i a / mu`` with this a, so that the solution's dual
        point gives its weights. If the gap is larger, return `certificate`, by the best bound.
        """
        dual = self._feasible(point)
        own = self._of(point, self._value(dual), dual.a)
        return own if own.gap <= tol else self.certificate(point)

    def _feasible(self, point):
        a = self.loss.feasible(point.dual.a)
        return point.dual if np.array_equal(a, point.dual.a) else self.kernels.at(a)

    def _value(self, dual):
        """Return the dual value ``-L*(-a) - N(a) / (2 mu)`` of an `lp_newton` point a.

        L* is the convex conjugate of the loss, and N the `dual_norm` of `programs.lp_mkl`.
        """
        N = program.dual_norm(dual.squared, self.kernels.prior, self.p)
        return float(self.loss.dual(dual.a) - N / (2.0 * self.mu))

    def _of(self, point, D, a):
        P = float(self.loss.value(point.fitted) + point.penalty)
        rounding = ROUNDING * self.loss.at_zero
        return Certificate(P, D, gap_over(self.loss.at_zero, P, D, len(a), rounding), a)

    def step(self, root, target, point, tol):
        """Return the solution, as a point, of the squared program on rows times ``root`` (n,).

        ``target`` (n,) is its target, and ``tol`` its relative gap. The solver starts from the
        dual point and the kept curvature of ``point``. The returned point has outputs, dual point
        and coefficients for the rows of X, not for the scaled rows.
        """
        kernels, start, kept = self.kernels.scaled(root), None, None
        if point.fitted.any():
            start = point.dual.on_rows(kernels, root)
        if point.kept is not None:
            kept = point.kept.on_rows(kernels.design, root)
        dtype = np.float32 if kernels.n >= SINGLE_FROM else np.float64
        path = Path(kernels, target, self.p, start, kept, dtype)
        model = path.solve(self.mu, tol, self.max_iter)
        residual = target - kernels.design.project(model.fitted)
        penalty = model.objective - 0.5 * residual @ residual
        eta = model.eta if kernels.H is None else np.append(model.eta, model.ntk_eta)
        parts = model.weights, root * model.ntk_coefficients, model.fitted / root, eta
        dual = path.best.point.on_rows(self.kernels, 1.0 / root)
        kept = None if path.kept is None else path.kept.on_rows(self.kernels.design, 1.0 / root)
        return _Point(*parts, dual, penalty, kept)

    def mix(self, point, other, t):
        weights, coefficients, fitted, eta, a, penalty = (
            (1.0 - t) * a + t * b for a, b in zip(point.parts, other.parts, strict=True)
        )
        dual = self.kernels.at(a)
        return _Point(weights, coefficients, fitted, eta, dual, penalty, other.kept)


class _Point:
    """A primal point with its dual point: weights (d, p) and the NTK's coefficients (n,).

    The coefficients are zeros if the NTK is no kernel. ``fitted`` (n,) are the outputs. ``eta`` are
    the kernel weights of the masks, then of the NTK if it is a kernel, and ``dual`` is a point of
    `lp_newton`. ``penalty`` is ``mu/2 Omega(w)^2`` or an upper bound on it, with
    ``Omega(w)^2`` from `programs.lp_mkl.squared_norm`. ``kept`` is the curvature of the model that
    led here, if it can serve again.
    """

    def __init__(self, weights, coefficients, fitted, eta, dual, penalty, kept=None):
        self.weights, self.coefficients, self.fitted = weights, coefficients, fitted
        self.eta, self.dual, self.penalty, self.kept = eta, dual, penalty, kept

    def with_penalty(self, penalty):
        """Return the same point with another penalty term."""
        parts = self.weights, self.coefficients, self.fitted, self.eta
        return _Point(*parts, self.dual, penalty, self.kept)

    @property
    def parts(self):
        """The parts that `mix` interpolates: weights, coefficients, outputs, eta, a and penalty."""
        return self.weights, self.coefficients, self.fitted, self.eta, self.dual.a, self.penalty
