"""Kernel ridge regression at many penalties from one eigendecomposition."""

from copy import copy

import numpy as np
from scipy.linalg import eigh

from fixing_ntk.programs import (
    bordered,
    project,
    relative_gap,
    ridge_dual,
    ridge_gap,
    ridge_primal,
)


class KernelRidge:
    """``beta = (K + lam I)^-1 y`` for any number of penalties.

    Parameters
    ----------
    K : ndarray (n, n)
        Positive semidefinite.
    y : ndarray (n,)
    """

    def __init__(self, K, y):
        self.values, self.vectors = eigh(K)
        self.values = np.maximum(self.values, 0.0)  # rounding below zero
        self.K = K
        self.column = None
        self._set_target(y)

    def _set_target(self, y):
        self.y, self.rotated = y, self.vectors.T @ y

    def with_target(self, y, column=None):
        """The regression of another target (n,), with the same eigendecomposition.

        With a ``column`` u (n,) it has an intercept that is not penalised.
        """
        other = copy(self)
        other._set_target(y)
        other.column = column
        return other

    def fit(self, lam):
        """Coefficients at a penalty, the intercept b, and the relative gap.

        With an intercept ``beta = (K + lam I)^-1 (y - b u)``, where ``u^T beta = 0``.
        """
        beta, u = self.coefficients(lam)[:, 0], self.column
        if u is None:
            return beta, 0.0, self.gap(lam, beta)
        beta = bordered(beta, self.with_target(u).coefficients(lam)[:, 0], u)
        y, K_beta = project(self.y, u), self.K @ beta
        primal = ridge_primal(project(y - K_beta, u), beta, K_beta, lam)
        gap = relative_gap(primal, ridge_dual(beta, K_beta, y, lam), y)
        return beta, float(u @ (self.y - K_beta) / (u @ u)), gap

    @property
    def scale(self):
        """Largest eigenvalue of K, the unit of a grid of penalties."""
        return float(self.values[-1])

    def effective_dimension(self, lam):
        """``tr K (K + lam I)^-1``, between 0 and n: the degrees of freedom of the fit."""
        return float(np.sum(self.values / (self.values + lam)))

    @property
    def alignment(self):
        """Kernel-target alignment ``y^T K y / (||K||_F ||y||^2)``, at most 1; 0 if K or y is 0.

        Cristianini, Shawe-Taylor, Elisseeff, Kandola, "On kernel-target alignment", NIPS 2001.
        """
        scale = np.linalg.norm(self.values) * (self.y @ self.y)
        return float(self.values @ self.rotated**2 / scale) if scale > 0 else 0.0

    def coefficients(self, lams):
        """Dual coefficients beta, (n, len(lams)), a column for each penalty."""
        lams = np.atleast_1d(lams)
        return self.vectors @ (self.rotated[:, None] / (self.values[:, None] + lams))

    def objective(self, lam, beta):
        """Optimal value ``lam/2 y^T (K + lam I)^-1 y``, from the coefficients beta (n,)."""
        return 0.5 * lam * float(self.y @ beta)

    def gap(self, lam, beta):
        """Relative duality gap at beta, from K, so that it certifies the eigendecomposition too."""
        return ridge_gap(beta, self.K @ beta, self.y, lam)
