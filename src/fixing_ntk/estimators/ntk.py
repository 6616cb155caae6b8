"""Kernel ridge regression with the closed-form neural tangent kernel of the gated network."""

import numpy as np

from fixing_ntk.estimators.base import Classifier, Model, Regressor
from fixing_ntk.kernels import KernelRidge, ntk

PARAMETERS = """

    Parameters
    ----------
    lam : float or "cv"
        Penalty over the largest eigenvalue of the kernel; "cv" chooses among ``lams``.
    cv : int, cross-validation generator or iterable of (train, test)
        Folds of ``lam="cv"``: of the samples of positive weight, but indices count all.
    lams : sequence of float, optional
        Penalties of ``lam="cv"``, in its unit; by default ``GRID``. Ties go to the larger.

    Attributes
    ----------
    lam_ratio_ : float
        The penalty used, in the unit of ``lam``.
    cv_results_ : dict of ndarray
        Of ``lam="cv"``, over its candidates: ``lam_ratio``; ``split{k}_test_score``, in each fold
        the accuracy or minus the mean squared error; ``mean_test_score``, the same over the held
        out samples of all folds.
    dual_coef_ : ndarray (n, k)
        One column for each output: predictions are ``H(z, X) dual_coef_``.
    X_fit_ : ndarray (n, d + 1)
        Samples of positive weight, bias included.
    dual_gap_ : float
        Largest relative duality gap of the outputs.
    n_iter_ : int
        One: the solution is in closed form.
    """


class _Fit:
    gap = n_iter = coefficients = None

    def __init__(self, X, root, ridge, lam):
        beta = ridge.coefficients(lam)[:, 0]
        self.gap, self.n_iter = ridge.gap(lam, beta), 1
        self.X, self.coefficients = X, root * beta


class NTKModel(Model):
    """Kernel ridge regression with `kernels.ntk`."""

    GRID = (
        *(100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5),
        *(3e-6, 1e-6, 3e-7, 1e-7, 3e-8, 1e-8),
    )

    def __init__(self, lam=1e-3, cv=5, lams=None):
        self.lam = lam
        self.cv = cv
        self.lams = lams

    def _draw_gates(self, X):
        """The closed form has none."""

    def _fit_paths(self, X, Y, weight, candidates, choosing=False):
        root = np.sqrt(weight)
        ridge = KernelRidge(root[:, None] * ntk(X) * root, root * Y[:, 0])
        ratios, ridges = (
            [c.lam_ratio for c in candidates],
            [ridge.with_target(root * y) for y in Y.T],
        )
        return [[_Fit(X, root, r, ratio * (r.scale or 1.0)) for ratio in ratios] for r in ridges]

    def _predict(self, fits, Z):
        return ntk(Z, fits[0].X) @ np.column_stack([fit.coefficients for fit in fits])

    def _set_fits(self, fits):
        super()._set_fits(fits)
        self.X_fit_ = fits[0].X
        self.dual_coef_ = np.column_stack([fit.coefficients for fit in fits])


class NTKClassifier(Classifier, NTKModel):
    __doc__ = f"Classification by the infinite-width NTK, one against the rest.{PARAMETERS}"


class NTKRegressor(Regressor, NTKModel):
    __doc__ = f"Regression by the infinite-width NTK.{PARAMETERS}"
