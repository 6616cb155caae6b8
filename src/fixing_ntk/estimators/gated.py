"""The gated ReLU network as a group lasso over its masks."""

from typing import ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from fixing_ntk.estimators.base import Classifier, Regressor, of_classifier
from fixing_ntk.estimators.masked import (
    ATTRIBUTES,
    PARAMETERS,
    MaskedModel,
    NetworkFit,
    solve_sample,
)
from fixing_ntk.estimators.relu import converted

NETWORK = f"""{PARAMETERS}{ATTRIBUTES}coef_ : ndarray (k, d + 1, p)
        Weights of each output, ``f(x) = sum_i 1(x^T g_i >= 0) x^T w_i``.
    """


class GatedReLUModel(MaskedModel):
    """Group lasso over the masks of random gates; keeps the network's weights in ``coef_``."""

    def __init__(
        self,
        lam=0.01,
        n_gates=1000,
        tol=1e-6,
        cv=5,
        random_state=None,
        lams=None,
        fit_intercept=False,
        n_jobs=None,
    ):
        self.lam = lam
        self.n_gates = n_gates
        self.tol = tol
        self.cv = cv
        self.random_state = random_state
        self.lams = lams
        self.fit_intercept = fit_intercept
        self.n_jobs = n_jobs

    def to_relu(self):
        """Convert to a ReLU network with the same training predictions, by `relu.to_relu`.

        Returns
        -------
        ConvexReLUClassifier or ConvexReLURegressor
            Fitted estimator. Its ``dual_gap_``, of the ReLU program, bounds how far the converted
            network is from optimal.

        Raises
        ------
        sklearn.exceptions.NotFittedError
        ValueError
            If the cone of an active mask has no interior.
        """
        check_is_fitted(self)
        return converted(self)

    def _fit_sample(self, sample, candidates, choosing):
        paths = solve_sample(sample, [c.lam_ratio for c in candidates], self.tol, choosing)
        return [[NetworkFit(solution, sample) for solution in path] for path in paths]

    def _set_fits(self, fits):
        super()._set_fits(fits)
        self.coef_ = np.array([fit.solution.weights for fit in fits])


class GatedReLUClassifier(Classifier, GatedReLUModel):
    __doc__ = f"Classification by a gated ReLU network, trained globally.{of_classifier(NETWORK)}"

    _parameter_constraints: ClassVar[dict] = {
        **GatedReLUModel._parameter_constraints,
        **Classifier.CONSTRAINTS,
    }

    def __init__(
        self,
        lam=0.01,
        n_gates=1000,
        tol=1e-6,
        cv=5,
        random_state=None,
        lams=None,
        fit_intercept=False,
        loss="squared_error",
        class_weight=None,
        n_jobs=None,
    ):
        super().__init__(lam, n_gates, tol, cv, random_state, lams, fit_intercept, n_jobs)
        self.loss = loss
        self.class_weight = class_weight


class GatedReLURegressor(Regressor, GatedReLUModel):
    __doc__ = f"Regression by a gated ReLU network, trained globally.{NETWORK}"
