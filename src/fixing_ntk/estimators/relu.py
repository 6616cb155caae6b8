"""The two-layer ReLU network, trained globally by its convex program on sampled masks."""

import numpy as np
from sklearn.base import is_classifier

from fixing_ntk.estimators.base import Classifier, Regressor
from fixing_ntk.estimators.masked import ATTRIBUTES, PARAMETERS, GatedModel, penalty_unit
from fixing_ntk.networks import network_output, solve_relu, to_network, to_relu

NETWORK = f"""{PARAMETERS}{ATTRIBUTES}first_layer_ : list of ndarray (d + 1, m)
        For each output the neurons' weights, bias included.
    second_layer_ : list of ndarray (m,)
        Their weights in the sum, ``f(x) = (x^T W)_+ v``.
    violation_ : float
        Largest violation of a cone constraint, relative.
    """


class _Fit:
    def __init__(self, solution, masks):
        self.gap, self.n_iter, self.solution = solution.gap, len(solution.history), solution
        self.masks = masks
        self.first_layer, self.second_layer = to_network(solution)

    def predict(self, Z):
        return network_output(self.first_layer, self.second_layer, Z)


class ConvexReLUModel(GatedModel):
    """`relu.solve_relu` at every penalty; cone programs do not start from one another."""

    def __init__(self, lam=0.01, n_gates=100, tol=1e-6, cv=5, random_state=None):
        super().__init__(lam, n_gates, tol, cv, random_state)

    def _paths(self, X, Y, weight, ratios, choosing=False):
        X, Y, weight = merged(X, Y, weight)
        return super()._paths(X, Y, weight, ratios, choosing)

    def _optima(self, X, Y, root, masks, ratios, choosing):
        X_root, tol = root[:, None] * X, self._tol(choosing)
        return [self._optima_of(X_root, root * y, masks, ratios, tol) for y in Y.T]

    def _optima_of(self, X_root, y_root, masks, ratios, tol):
        unit = penalty_unit(X_root, y_root, masks)
        return [
            _Fit(solve_relu(X_root, y_root, masks, unit * ratio, tol), masks) for ratio in ratios
        ]

    def _keep(self, fits):
        self.gates_, self.ntk_weights_ = fits[0].masks.gates, fits[0].masks.ntk_weights
        norms = np.array([np.linalg.norm(fit.solution.weights, axis=1).sum(axis=0) for fit in fits])
        total = norms.sum(axis=1, keepdims=True)
        self.eta_ = norms / np.where(total > 0, total, 1.0)
        self.first_layer_ = [fit.first_layer for fit in fits]
        self.second_layer_ = [fit.second_layer for fit in fits]
        self.violation_ = max(fit.solution.violation for fit in fits)


def merged(X, Y, weight):
    """Distinct rows of X in a fixed order, with mean targets and summed weights.

    Up to a constant the objective is the same, the cone program is smaller, and a weight and as
    many repetitions give the same program to the last digit.
    """
    rows, place = np.unique(X, axis=0, return_inverse=True)
    total = np.bincount(place, weight)
    means = [np.bincount(place, weight * y) / total for y in Y.T]
    return rows, np.column_stack(means), total


class ConvexReLUClassifier(Classifier, ConvexReLUModel):
    __doc__ = f"Classification by a two-layer ReLU network, trained globally.{NETWORK}"


class ConvexReLURegressor(Regressor, ConvexReLUModel):
    __doc__ = f"Regression by a two-layer ReLU network, trained globally.{NETWORK}"


def converted(model):
    """`ConvexReLUClassifier` or `ConvexReLURegressor` of a fitted gated model's networks."""
    kind = ConvexReLUClassifier if is_classifier(model) else ConvexReLURegressor
    relu = kind(**model.get_params())
    for name in ("n_features_in_", "feature_names_in_", "classes_", "intercept_", "lam_ratio_"):
        if hasattr(model, name):
            setattr(relu, name, getattr(model, name))
    fits = [_Fit(to_relu(fit.solution, fit.X, fit.masks), fit.masks) for fit in model._fits]
    return relu._finish(fits)
