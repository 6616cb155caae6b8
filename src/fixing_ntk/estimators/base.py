"""What the estimators share: targets, bias, sample weights, and the choice of the penalty.

Each model is a function of a design, its *outputs* are fitted one by one: the centred target of a
regressor, one column of +-1 of a binary classifier, one against the rest of several classes. All
outputs share gates and masks. A column of ones is appended to X, which gates see too.

A sample weight s scales a row of X and its target by sqrt(s): a mask, being a sign pattern, stays
the same, so the fit is that of the sample repeated s times.
"""

from abc import abstractmethod

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import check_cv
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

GRID = np.geomspace(0.9, 1e-3, 15)  # of lam="cv", in the model's unit


class Model(BaseEstimator):
    """Fit and prediction of every estimator; a subclass says how a design is fitted."""

    def fit(self, X, y, sample_weight=None):
        """Fit the model.

        Parameters
        ----------
        X : array (n, d)
        y : array (n,)
        sample_weight : array (n,), optional
            Not negative; zero leaves a sample out.

        Returns
        -------
        self
        """
        X, y = validate_data(
            self, X, y, dtype=np.float64, y_numeric=isinstance(self, RegressorMixin)
        )
        weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        used = weight > 0
        X, y, weight = with_bias(X[used]), y[used], weight[used]
        Y = self._encode(y, weight)
        self._draw(X)
        ratio = self._cross_validate(X, y, Y, weight) if self.lam == "cv" else float(self.lam)
        self.lam_ratio_ = ratio
        fits = [path[0] for path in self._paths(X, Y, weight, [ratio])]
        self.dual_gap_ = max(fit.gap for fit in fits)
        self.n_iter_ = max(fit.n_iter for fit in fits)
        self._keep(fits)
        self._fits = fits
        return self

    def _output(self, X):
        """Fitted outputs (m, k) at new points."""
        check_is_fitted(self)
        Z = with_bias(validate_data(self, X, dtype=np.float64, reset=False))
        return np.column_stack([fit.predict(Z) for fit in self._fits])

    def _cross_validate(self, X, y, Y, weight):
        """Ratio of the grid with the best held-out score; ties go to the larger."""
        folds = check_cv(self.cv, y, classifier=isinstance(self, ClassifierMixin))
        scores = np.zeros(len(GRID))
        for inside, outside in folds.split(X, y):
            paths = self._paths(X[inside], Y[inside], weight[inside], GRID)
            for j in range(len(GRID)):
                output = np.column_stack([path[j].predict(X[outside]) for path in paths])
                scores[j] += self._score(output, Y[outside], weight[outside])
        return float(GRID[np.argmax(scores)])

    @abstractmethod
    def _draw(self, X):
        """Draw what is random, once for all folds."""

    @abstractmethod
    def _paths(self, X, Y, weight, ratios):
        """For each column of Y the fits at each ratio, decreasing.

        A fit has ``gap``, ``n_iter`` and ``predict(Z)``.
        """

    @abstractmethod
    def _keep(self, fits):
        """Set the fitted attributes of the model."""


class Classifier(ClassifierMixin):
    """Labels as outputs of +-1; `decision_function` is what was fitted."""

    def decision_function(self, X):
        """Fitted outputs: (m,) for two classes, positive for the second, else (m, classes)."""
        output = self._output(X)
        return output[:, 0] if output.shape[1] == 1 else output

    def predict(self, X):
        """Label of each point, (m,)."""
        output = self._output(X)  # first, since it refuses a model that is not fitted
        return self.classes_[_decide(output)]

    def _encode(self, y, weight):
        check_classification_targets(y)
        self.classes_, index = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class only, {self.classes_[0]!r}: two are needed")
        columns = [1] if len(self.classes_) == 2 else range(len(self.classes_))
        return np.column_stack([np.where(index == c, 1.0, -1.0) for c in columns])

    def _score(self, output, Y, weight):
        return np.sum(weight * (_decide(output) == _decide(Y)))


class Regressor(RegressorMixin):
    """A real target, centred by its weighted mean, which is ``intercept_``."""

    def predict(self, X):
        """Fitted target, (m,)."""
        return self._output(X)[:, 0] + self.intercept_

    def _encode(self, y, weight):
        self.intercept_ = float(np.average(y, weights=weight))
        return (y - self.intercept_)[:, None]

    def _score(self, output, Y, weight):
        return -np.sum(weight * (output[:, 0] - Y[:, 0]) ** 2)


def with_bias(X):
    """X with a last column of ones."""
    return np.column_stack([X, np.ones(len(X))])


def _decide(output):
    return np.argmax(output, axis=1) if output.shape[1] > 1 else (output[:, 0] >= 0).astype(int)
