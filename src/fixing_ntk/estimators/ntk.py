"""Kernel ridge regression with the closed-form neural tangent kernel of the gated network."""

from typing import ClassVar

import numpy as np
from scipy.linalg import eigh

from fixing_ntk.estimators.base import Classifier, Model, Regressor, of_classifier
from fixing_ntk.kernels import FactoredRidge, KernelRidge, ntk
from fixing_ntk.solvers.kernel_newton import kernel_newton

PARAMETERS = """

    Parameters
    ----------
    lam : float or "cv"
        Penalty over the largest eigenvalue of the kernel; "cv" chooses among ``lams``.
    cv : int, cross-validation generator or iterable of (train, test)
        Folds of ``lam="cv"``: of the samples of positive weight, but indices count all. Those of a
        number are shuffled, the same way in every fit.
    lams : sequence of float, optional
        Penalties of ``lam="cv"``, in its unit; by default ``GRID``. Ties go to the larger.
    fit_intercept : bool
        Whether each output has an intercept that is not penalised.

    Attributes
    ----------
    lam_ratio_ : float
        The penalty used, in the unit of ``lam``.
    intercept_ : ndarray (k,), or float
        Added to the outputs: what was fitted, and of a regressor's target the weighted mean.
    cv_results_ : dict of ndarray
        Of ``lam="cv"``, over its candidates: ``lam_ratio``; ``split{k}_test_score``, in each fold
        the accuracy, or minus the mean squared error or logistic loss; ``mean_test_score``, the
        same over the held out samples of all folds.
    dual_coef_ : ndarray (n, k)
        One column for each output: predictions are ``H(z, X) dual_coef_``.
    X_fit_ : ndarray (n, d + 1)
        Samples of positive weight, bias included.
    dual_gap_ : float
        Largest relative duality gap of the outputs.
    n_iter_ : int
        Factors of the kernel: one, but for the logistic loss.
    """
MIN_FACTORED = 500  # rows, below which an eigendecomposition is as fast as a Cholesky factor
LEAST_FACTORED = 1e-9  # least penalty ratio at which the matrix is positive definite in rounding
TOL = 1e-8  # relative gap for the logistic loss, which has no closed form


class _Fit:
    gap = n_iter = coefficients = intercept = None

    def __init__(self, X, coefficients, gap, n_iter, intercept):
        self.X, self.coefficients, self.gap = X, coefficients, gap
        self.n_iter, self.intercept = n_iter, intercept


class NTKModel(Model):
    """Kernel ridge or kernel logistic regression with `kernels.ntk`."""

    GRID = (
        *(100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5),
        *(3e-6, 1e-6, 3e-7, 1e-7, 3e-8, 1e-8),
    )

    def __init__(self, lam=1e-3, cv=5, lams=None, fit_intercept=False):
        self.lam = lam
        self.cv = cv
        self.lams = lams
        self.fit_intercept = fit_intercept

    def _draw_gates(self, X):
        """Draw nothing: the closed form has no gates."""

    def _fit_paths(self, X, Y, weight, candidates, choosing=False):
        root, K = np.sqrt(weight), ntk(X)
        ratios, weighted = [c.lam_ratio for c in candidates], K
        if not np.all(root == 1.0):
            weighted = root[:, None] * K * root
        if self.loss == "log_loss":
            top = [len(X) - 1] * 2
            unit = float(eigh(weighted, eigvals_only=True, subset_by_index=top)[0]) or 1.0
            losses, _ = self._losses(Y, weight)
            return [self._logistic(X, K, loss, [r * unit for r in ratios]) for loss in losses]
        ridge = _ridge(weighted, root * Y[:, 0], ratios)
        lams = [ratio * (ridge.scale or 1.0) for ratio in ratios]
        paths = []
        for y in Y.T:
            of_y = ridge.with_target(root * y, root if self.fit_intercept else None)
            paths.append([_Fit(X, root * beta, gap, 1, b) for beta, b, gap in of_y.fit(lams)])
        return paths

    def _logistic(self, X, K, loss, mus):
        fits = []
        for c, certificate, n_iter in kernel_newton(loss, K, mus, TOL):
            b = loss.intercept(K @ c) if self.fit_intercept else 0.0
            fits.append(_Fit(X, c, certificate.gap, n_iter, b))
        return fits

    def _predict(self, fits, Z):
        coefficients = np.column_stack([fit.coefficients for fit in fits])
        return ntk(Z, fits[0].X) @ coefficients + [fit.intercept for fit in fits]

    def kernel(self, X, Z=None):
        """Return the NTK in closed form between points, after a bias is appended.

        The outputs at new points are ``kernel(X_new, X) @ dual_coef_ + intercept_``.

        Parameters
        ----------
        X : array (m, d)
        Z : array (l, d), optional
            Other points; X by default.

        Returns
        -------
        ndarray (m, l)
        """
        self._fit_of(0)
        return ntk(*self._points(X, Z))

    def _set_fits(self, fits):
        super()._set_fits(fits)
        self.X_fit_ = fits[0].X
        self.dual_coef_ = np.column_stack([fit.coefficients for fit in fits])


def _ridge(K, y, ratios):
    """Return ridge regression with the kernel K, in the form that is cheapest for the ratios."""
    factored = len(ratios) == 1 and ratios[0] >= LEAST_FACTORED and len(K) >= MIN_FACTORED
    return (FactoredRidge if factored else KernelRidge)(K, y)


class NTKClassifier(Classifier, NTKModel):
    __doc__ = f"Classification by the NTK, one against the rest.{of_classifier(PARAMETERS)}"

    _parameter_constraints: ClassVar[dict] = {
        **NTKModel._parameter_constraints,
        **Classifier.CONSTRAINTS,
    }

    def __init__(
        self,
        lam=1e-3,
        cv=5,
        lams=None,
        fit_intercept=False,
        loss="squared_error",
        class_weight=None,
    ):
        super().__init__(lam, cv, lams, fit_intercept)
        self.loss = loss
        self.class_weight = class_weight


class NTKRegressor(Regressor, NTKModel):
    __doc__ = f"Regression by the infinite-width NTK.{PARAMETERS}"
