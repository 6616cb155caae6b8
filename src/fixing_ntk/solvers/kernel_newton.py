"""Minimise a smooth loss with one kernel by Newton's method, one factor a step.

With ``f = K c`` the program and its dual are ::

    P(c) = L(K c) + mu/2 c^T K c,    D(a) = -L*(-a) - a^T K a / (2 mu)

The dual has no constraint, so the residual at f proves a lower bound without being shrunk. A step
solves the ridge regression of `proximal_newton` (there root and a are defined),
``c = root (mu I + root K root)^-1 (root f + a / root)``: kernel logistic regression as iteratively
reweighted least squares (Zhu and Hastie, JCGS 14, 2005). An intercept adds a border to the system
(`programs.bordered`).
"""

import numpy as np
from scipy.linalg import cho_solve

from fixing_ntk.programs import Certificate, Intercept, blas_threads, bordered, gap_over
from fixing_ntk.solvers.cholesky import factor_of
from fixing_ntk.solvers.convergence import warn_not_converged
from fixing_ntk.solvers.proximal_newton import minimise

MAX_ITER = 100
ROUNDING = 1e-10  # allowed rounding error of P and D, over L(0)


def kernel_newton(loss, K, mus, tol, start=None):
    """Minimise ``L(K c) + mu/2 c^T K c`` over c (n,) at each penalty mu.

    Parameters
    ----------
    loss : Loss
    K : ndarray (n, n)
        Positive semidefinite.
    mus : sequence of float
        Penalties. Each starts from the solution of the one before: falling order is best.
    tol : float
        Relative gap ``(P - D) / L(0)``.
    start : ndarray (n,), optional
        Coefficients to start the first from; zero by default.

    Returns
    -------
    list of (ndarray (n,), Certificate, int)
        For each penalty c, its certificate, and the number of points visited, with the start.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        When a gap was not reached.
    """
    c, fits = np.zeros(len(K)) if start is None else start, []
    for mu in mus:
        program = _Program(loss, K, mu)
        with blas_threads(len(K) ** 3 / 3.0):
            point, history = minimise(loss, program, program.at(c), tol, MAX_ITER)
        certificate = program.certificate(point)
        if not certificate.gap <= tol:
            what = f"Newton's method with one kernel (mu={mu:.6g}) stopped after {len(history)}"
            what += " steps"
            warn_not_converged(what, certificate.gap, tol, stacklevel=3, mend="raise lam or tol")
        c = point.c
        fits.append((c, certificate, len(history)))
    return fits


class _Program:
    """The program at one penalty mu, in the form that `proximal_newton.minimise` takes.

    It minimises ``L(K c) + mu/2 c^T K c`` over the coefficients c (n,). Its points are `_Point`.
    """

    def __init__(self, loss, K, mu):
        self.loss, self.K, self.mu = loss, K, mu

    def at(self, c):
        return _Point(c, self.K @ c, self.mu)

    def certificate(self, point):
        """Return the certificate of a point, by the dual value of its residual."""
        a = self.loss.residual(point.fitted)
        P = float(self.loss.value(point.fitted) + point.penalty)
        D = float(self.loss.dual(a) - a @ (self.K @ a) / (2.0 * self.mu))
        rounding = ROUNDING * self.loss.at_zero
        return Certificate(P, D, gap_over(self.loss.at_zero, P, D, len(a), rounding), a)

    def step(self, root, target, point, tol):
        """Return the `_Point` at ``c = root (mu I + root K root)^-1 target``.

        It minimises the second-order model of the loss: ``root`` (n,) has the roots of the loss's
        curvatures, and ``target`` (n,) is the model's. With an intercept a border is added, and c
        is returned without the intercept: the loss minimises over it. The solve is exact, so
        ``point`` and ``tol``, of other programs' steps, are not used.
        """
        factor = factor_of(lambda: self._system(root))
        x = cho_solve(factor, target, check_finite=False)
        if isinstance(self.loss, Intercept):
            u = root * self.loss.column
            x = bordered(x, cho_solve(factor, u), u)
        return self.at(root * x)

    def _system(self, root):
        S = root[:, None] * self.K * root
        S[np.diag_indices(len(S))] += self.mu
        return S

    def mix(self, point, other, t):
        return self.at((1.0 - t) * point.c + t * other.c)


class _Point:
    """Coefficients c (n,), outputs ``fitted = K c`` (n,), and ``penalty = mu/2 c^T K c``."""

    def __init__(self, c, Kc, mu):
        self.c, self.fitted, self.penalty = c, Kc, 0.5 * mu * max(float(c @ Kc), 0.0)
