"""The two-layer ReLU network, trained globally by its convex program on sampled masks."""

from typing import ClassVar

import numpy as np
from sklearn.base import is_classifier

from fixing_ntk.estimators.base import Classifier, Regressor, of_classifier, with_data
from fixing_ntk.estimators.cross_validation import each
from fixing_ntk.estimators.masked import ATTRIBUTES, PARAMETERS, MaskedModel
from fixing_ntk.programs import Problem
from fixing_ntk.relu import network_output, solve_relu_paths, to_network, to_relu

NETWORK = f"""{PARAMETERS}{ATTRIBUTES}first_layer_ : list of ndarray (d + 1, m)
        For each output the neurons' weights, bias included.
    second_layer_ : list of ndarray (m,)
        Their weights in the sum, ``f(x) = (x^T W)_+ v``.
    violation_ : float
        Largest violation of a cone constraint, relative.
    """


class ReLUFit:
    """Fit of one output by the two-layer ReLU network of a `ReLUSolution`.

    ``eta`` (p,) are the shares of the p ``masks`` in the sum of weight norms, both signs together,
    all zero for zero weights. ``n_iter`` is the length of the solution's history. `predict` leaves
    ``intercept`` out.
    """

    def __init__(self, solution, masks):
        self.gap, self.n_iter, self.solution = solution.gap, len(solution.history), solution
        self.masks = masks
        norms = np.linalg.norm(solution.weights, axis=1).sum(axis=0)
        self.eta = norms / (norms.sum() or 1.0)
        self.first_layer, self.second_layer = to_network(solution)
        self.intercept = solution.intercept

    def predict(self, Z):
        return network_output(self.first_layer, self.second_layer, Z)


class ConvexReLUModel(MaskedModel):
    """Base class of the ReLU models: the ReLU program over the masks of random gates."""

    SPARSE = False

    def __init__(
        self,
        lam=0.01,
        n_gates=100,
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

    def _fit_paths(self, X, Y, weight, candidates, choosing=False):
        """Do as the base class, without rows of weight zero, and with equal rows `merged`.

        For the logistic loss rows are equal only if their labels are equal, too.
        """
        used = weight > 0.0  # a class may have weight 0
        X, Y, weight = X[used], Y[used], weight[used]
        if self.loss == "log_loss":  # equal rows merge only if their labels are equal, too
            both, _, weight = merged(np.hstack([X, Y]), Y, weight)
            X, Y = both[:, : X.shape[1]], both[:, X.shape[1] :]
        else:
            X, Y, weight = merged(X, Y, weight)
        return super()._fit_paths(X, Y, weight, candidates, choosing)

    def _fit_sample(self, sample, candidates, choosing):
        design, ratios = sample.problem.design, [c.lam_ratio for c in candidates]
        outputs = [
            (Problem(design, loss.y[None], [loss]), [np.multiply(unit, ratios)], self.tol)
            for loss, unit in zip(sample.problem.losses, sample.penalty_units, strict=True)
        ]
        # With ``choosing`` the processes share the folds.
        n_jobs = None if choosing or len(outputs) == 1 else self.n_jobs
        paths = each(solve_relu_paths, outputs, n_jobs)
        return [[ReLUFit(solution, design.masks) for solution in path] for (path,) in paths]

    def _set_fits(self, fits):
        super()._set_fits(fits)
        self.first_layer_ = [fit.first_layer for fit in fits]
        self.second_layer_ = [fit.second_layer for fit in fits]
        self.violation_ = max(fit.solution.violation for fit in fits)


def merged(X, Y, weight):
    """Merge equal rows of X (n, d): return distinct rows, weighted mean targets, summed weights.

    Targets Y are (n, k), and ``weight`` (n,) is positive. The results are (m, d), (m, k) and (m,)
    for m distinct rows. The squared loss changes by a constant only, and the program has fewer
    rows. Distinct rows are sorted, so a row of weight 2 and the same row twice give the same
    program to the last digit.
    """
    rows, place = np.unique(X, axis=0, return_inverse=True)
    total = np.bincount(place, weight)
    means = [np.bincount(place, weight * y) / total for y in Y.T]
    return rows, np.column_stack(means), total


class ConvexReLUClassifier(Classifier, ConvexReLUModel):
    __doc__ = (
        f"Classification by a two-layer ReLU network, trained globally.{of_classifier(NETWORK)}"
    )

    _parameter_constraints: ClassVar[dict] = {
        **ConvexReLUModel._parameter_constraints,
        **Classifier.CONSTRAINTS,
    }

    def __init__(
        self,
        lam=0.01,
        n_gates=100,
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


class ConvexReLURegressor(Regressor, ConvexReLUModel):
    __doc__ = f"Regression by a two-layer ReLU network, trained globally.{NETWORK}"


def converted(model):
    """Return a fitted gated model as a fitted `ConvexReLUClassifier` or `ConvexReLURegressor`.

    Each output is converted by `relu.to_relu`, not fitted again. ValueError is raised where
    `to_relu` raises it. Parameters and ``lam_ratio_`` are those of the gated model.
    """
    kind = ConvexReLUClassifier if is_classifier(model) else ConvexReLURegressor
    relu = kind(**{name: getattr(model, name) for name in kind().get_params()})
    with_data(relu, model).lam_ratio_ = model.lam_ratio_
    relu._set_fits(
        [ReLUFit(to_relu(fit.solution, fit.X, fit.masks), fit.masks) for fit in model._fits]
    )
    return relu
