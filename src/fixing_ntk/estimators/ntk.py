"""Kernel ridge and logistic regression with the closed-form NTK of the gated ReLU network."""

from typing import ClassVar

import numpy as np
from scipy.linalg import eigh

from fixing_ntk.estimators.base import Classifier, Model, Regressor, of_classifier
from fixing_ntk.kernels import BandedRidge, FactoredRidge, KernelRidge, ntk, ntk_times
from fixing_ntk.solvers.convergence import warn_not_converged
from fixing_ntk.solvers.iterated_ridge import iterated_ridge
from fixing_ntk.solvers.kernel_newton import kernel_newton

PARAMETERS = """

    Parameters
    ----------
    lam : float or "cv"
        Penalty over the largest eigenvalue of the kernel; "cv" chooses among ``lams``.
    cv : int, cross-validation generator or iterable of (train, test)
        Folds of ``lam="cv"``. A number of folds splits the samples of positive weight, shuffled the
        same way in every fit. Indices that are given count all samples.
    lams : sequence of float, optional
        Penalties of ``lam="cv"``, in its unit; by default ``GRID``. Ties go to the larger.
    fit_intercept : bool
        Whether each output has an intercept that is not penalised.
    n_jobs : int, optional
        Processes that share the folds of ``lam="cv"``; -1 means one for each core. Results are the
        same for any number, up to rounding.

    Attributes
    ----------
    lam_ratio_ : float
        The penalty used, in the unit of ``lam``.
    intercept_ : ndarray (k,), or float
        Added to the outputs: what was fitted, and of a regressor's target the weighted mean.
    cv_results_ : dict of ndarray
        With ``lam="cv"``, arrays over candidates. ``lam_ratio`` is the penalty.
        ``split{k}_test_score`` is the score in fold k: the accuracy, or minus the mean squared
        error or logistic loss. ``mean_test_score`` is the same over the held-out samples of all
        folds.
    dual_coef_ : ndarray (n, k)
        One column for each output: predictions are ``H(z, X) dual_coef_``.
    X_fit_ : ndarray (n, d + 1)
        Samples of positive weight, bias included.
    dual_gap_ : float
        Largest relative duality gap of the outputs.
    n_iter_ : int
        Number of factors of the kernel: one with the squared loss. Beyond 10,000 samples, number of
        iterations of conjugate gradients.
    """
# Rows, up to which the kernel matrix is kept. At many penalties its banded form is worth more.
IN_MEMORY, IN_MEMORY_FOR_PATHS = 10_000, 20_000
MIN_FACTORED = 500  # rows, below which a tridiagonal form is as fast as a Cholesky factor
MIN_BANDED = 1000  # rows, below which a tridiagonal form is as fast as a banded one
LEAST_FACTORED = 1e-9  # least penalty ratio at which the matrix is positive definite in rounding
TOL = 1e-8  # relative gap for the logistic loss, which has no closed form
WARN_ABOVE = 1e-6  # relative gap of ridge regression, which rounding alone can make so large


class _Fit:
    """Numbers of one output's fit, ``H(z, X) coefficients + intercept`` with H the NTK.

    It has no `predict`: `NTKModel._predict` evaluates the fits of all outputs together. X (n, d)
    are the samples, with a bias column and without their weights. ``coefficients`` are (n,).
    ``gap`` is the relative duality gap, and ``n_iter`` as ``n_iter_`` of the estimators.
    """

    def __init__(self, X, coefficients, gap, n_iter, intercept):
        self.X, self.coefficients, self.gap = X, coefficients, gap
        self.n_iter, self.intercept = n_iter, intercept


class NTKModel(Model):
    """Kernel ridge or kernel logistic regression with `kernels.ntk`."""

    GRID = (
        *(100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5),
        *(3e-6, 1e-6, 3e-7, 1e-7, 3e-8, 1e-8),
    )

    def __init__(self, lam=1e-3, cv=5, lams=None, fit_intercept=False, n_jobs=None):
        self.lam = lam
        self.cv = cv
        self.lams = lams
        self.fit_intercept = fit_intercept
        self.n_jobs = n_jobs

    def _draw_gates(self, X):
        """Draw nothing: the closed form has no gates."""

    def _fit_paths(self, X, Y, weight, candidates, choosing=False):
        """Do as the base class, by kernel ridge or kernel logistic regression with the NTK of X.

        Above `IN_MEMORY` rows, or `IN_MEMORY_FOR_PATHS` for several candidates, ridge regression is
        left to `_iterated`. Logistic regression keeps the kernel matrix at any number of rows. With
        ``choosing`` a gap of ridge regression above `WARN_ABOVE` gives no warning.
        """
        root, ratios = np.sqrt(weight), [c.lam_ratio for c in candidates]
        limit = IN_MEMORY if len(ratios) == 1 else IN_MEMORY_FOR_PATHS
        if len(root) > limit and self.loss == "squared_error":
            return self._iterated(X, Y, root, ratios)
        weighted = K = ntk(X)
        if not np.all(root == 1.0):
            weighted = root[:, None] * K * root
        if self.loss == "log_loss":
            top = [len(root) - 1] * 2
            unit = float(eigh(weighted, eigvals_only=True, subset_by_index=top)[0]) or 1.0
            losses, _ = self._losses(Y, weight)
            return [self._logistic(X, K, loss, [r * unit for r in ratios]) for loss in losses]
        ridge = _ridge(weighted, root * Y[:, 0], ratios)
        lams = [ratio * (ridge.scale or 1.0) for ratio in ratios]
        paths = []
        for y in Y.T:
            of_y = ridge.with_target(root * y, root if self.fit_intercept else None)
            paths.append([_Fit(X, root * beta, gap, 1, b) for beta, b, gap in of_y.fit(lams)])
        worst = max(fit.gap for path in paths for fit in path)
        if worst > WARN_ABOVE and not choosing:
            what = f"ridge regression (lam={ratios[-1]:.6g}) ended"
            warn_not_converged(what, worst, WARN_ABOVE, stacklevel=4, mend="raise lam")
        return paths

    def _iterated(self, X, Y, root, ratios):
        """Return what `_fit_paths` does, for samples whose kernel matrix is too large to keep.

        The loss is squared, ``root`` (n,) are the roots of the sample weights, and ``ratios`` the
        penalties of the candidates over the largest eigenvalue of the weighted kernel. A relative
        gap above `solvers.iterated_ridge.TOL` gives a warning.
        """
        paths: list[list] = [[] for _ in Y.T]
        fits = iterated_ridge(X, Y, ratios, root, self.fit_intercept)
        for betas, intercepts, gaps, n_iter in fits:
            for path, beta, b, gap in zip(paths, betas.T, intercepts, gaps, strict=True):
                path.append(_Fit(X, root * beta, gap, n_iter, b))
        return paths

    def _logistic(self, X, K, loss, mus):
        """Return the fits of one output by kernel logistic regression, at each penalty of ``mus``.

        ``mus`` are penalties, not ratios, in decreasing order, since each fit starts from the one
        before. K (n, n) is the NTK of X, and ``loss`` holds the output's labels and the sample
        weights.
        """
        fits = []
        for c, certificate, n_iter in kernel_newton(loss, K, mus, TOL):
            b = loss.intercept(K @ c) if self.fit_intercept else 0.0
            fits.append(_Fit(X, c, certificate.gap, n_iter, b))
        return fits

    def _predict(self, fits, Z):
        coefficients = np.column_stack([fit.coefficients for fit in fits])
        return ntk_times(Z, fits[0].X, coefficients) + [fit.intercept for fit in fits]

    def kernel(self, X, Z=None):
        """Return the NTK in closed form between points, after a bias is appended.

        The outputs at new points are ``kernel(X_new, X) @ dual_coef_ + intercept_``, with X the
        samples of positive weight.

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
    """Return the cheapest form of ridge regression with kernel K (n, n) and target y (n,).

    It is a `FactoredRidge`, a Cholesky factor, for one penalty of at least `LEAST_FACTORED` and at
    least `MIN_FACTORED` rows. Else it serves any number of penalties: a `BandedRidge` from
    `MIN_BANDED` rows on, a `KernelRidge` below. ``ratios`` are the penalties over the largest
    eigenvalue of K; none is solved for here.
    """
    if len(ratios) == 1 and ratios[0] >= LEAST_FACTORED and len(K) >= MIN_FACTORED:
        return FactoredRidge(K, y)
    return (BandedRidge if len(K) >= MIN_BANDED else KernelRidge)(K, y)


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
        n_jobs=None,
    ):
        super().__init__(lam, cv, lams, fit_intercept, n_jobs)
        self.loss = loss
        self.class_weight = class_weight


class NTKRegressor(Regressor, NTKModel):
    __doc__ = f"Regression by the infinite-width NTK.{PARAMETERS}"
