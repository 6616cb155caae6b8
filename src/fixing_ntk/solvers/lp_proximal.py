"""The programs between the NTK and optimal MKL with any smooth loss, by `proximal_newton`.

The dual is ``max_a -L*(-a) - N(a) / (2 mu)``, with N as `programs.lp_mkl` has it, so any residual
proves a lower bound. A model is the squared program on the rows ``root X``: masks and prior are the
same, and the NTK is homogeneous, ``H(s x, t z) = s t H(x, z)`` for s, t > 0. Between two points the
penalty is convex, and its linear interpolation stands for it.
"""

from typing import NamedTuple

import numpy as np

from fixing_ntk.programs import Certificate, MKLSolution, gap_over, group_norms
from fixing_ntk.programs import lp_mkl as program
from fixing_ntk.solvers.lp_newton import Kernels, Path
from fixing_ntk.solvers.proximal_newton import minimise

ROUNDING = 1e-10  # of L(0), in P and D


def lp_proximal(loss, kernels, mus, p, tol, max_iter):
    """Solve at falling penalties, each started from the one before.

    Parameters
    ----------
    loss : Loss
    kernels : Kernels
    mus : sequence of float
    p : float
        Above 1.
    tol : float
    max_iter : int
        Models at each penalty.

    Returns
    -------
    list of MKLSolution
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


class _Start(NamedTuple):
    """What `Path` takes of a solution to start from."""

    dual_point: np.ndarray


class _Program:
    """One penalty, as `minimise` takes it."""

    def __init__(self, loss, kernels, mu, p, max_iter):
        self.loss, self.kernels, self.mu, self.p = loss, kernels, mu, p
        self.max_iter = max_iter
        self.bound, self.a = -np.inf, None  # the best that any point has proved

    def zero(self):
        """The point of zero weights."""
        design = self.kernels.design
        n, eta = np.zeros(design.n), np.zeros(len(self.kernels.prior))
        return _Point(np.zeros((design.d, design.p)), n, n, eta, n, 0.0)

    def again(self, point):
        """A point of another penalty, whose own it gets."""
        norms = group_norms(point.weights)
        if self.kernels.H is not None:
            c = point.coefficients
            norms = np.append(norms, np.sqrt(max(float(c @ self.kernels.H @ c), 0.0)))
        penalty = 0.5 * self.mu * program.squared_norm(norms, self.kernels.prior, self.p)
        return _Point(point.weights, point.coefficients, point.fitted, point.eta, point.a, penalty)

    def certificate(self, point):
        """By the best bound that any point has proved."""
        for a in (self.loss.residual(point.fitted), self.loss.feasible(point.a)):
            D = self._dual(a)
            if self.bound < D:
                self.bound, self.a = D, a
        return self._of(point, self.bound, self.a)

    def final(self, point, tol):
        """The same, by the point's own a where that will do: ``w_i = eta_i X^T D_i a / mu``."""
        a = self.loss.feasible(point.a)
        own = self._of(point, self._dual(a), a)
        return own if own.gap <= tol else self.certificate(point)

    def _dual(self, a):
        N = program.dual_norm(self.kernels.at(a).squared, self.kernels.prior, self.p)
        return float(self.loss.dual(a) - N / (2.0 * self.mu))

    def _of(self, point, D, a):
        P = float(self.loss.value(point.fitted) + point.penalty)
        rounding = ROUNDING * self.loss.at_zero
        return Certificate(P, D, gap_over(self.loss.at_zero, P, D, len(a), rounding), a)

    def step(self, root, target, point, tol):
        kernels, design = self.kernels, self.kernels.design
        scaled = design.scaled_rows(root)
        H = None if kernels.H is None else root[:, None] * kernels.H * root
        of_H = None if kernels.root is None else root[:, None] * kernels.root
        start = None
        if point.fitted.any():
            start = _Start(point.a / root)
        path = Path(Kernels(scaled, H, of_H), target, self.p, start)
        model = path.solve(self.mu, tol, self.max_iter)
        residual = target - scaled.project(model.fitted)
        penalty = model.objective - 0.5 * residual @ residual
        eta = model.eta if H is None else np.append(model.eta, model.ntk_eta)
        coefficients, a = root * model.ntk_coefficients, root * model.dual_point
        return _Point(model.weights, coefficients, model.fitted / root, eta, a, penalty)

    def mix(self, point, other, t):
        return _Point(
            *((1.0 - t) * a + t * b for a, b in zip(point.parts, other.parts, strict=True))
        )


class _Point:
    """Weights (d, p), the NTK's coefficients, outputs, kernel weights, dual point, penalty."""

    def __init__(self, weights, coefficients, fitted, eta, a, penalty):
        self.weights, self.coefficients, self.fitted = weights, coefficients, fitted
        self.eta, self.a, self.penalty = eta, a, penalty

    @property
    def parts(self):
        """What lies between those of two points where a point does."""
        return self.weights, self.coefficients, self.fitted, self.eta, self.a, self.penalty
