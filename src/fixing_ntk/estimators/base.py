"""What the estimators share: targets, bias, sample weights, and the choice of the penalty.

Each model is a function of a design, its *outputs* are fitted one by one: the centred target of a
regressor, one column of +-1 of a binary classifier, one against the rest of several classes. All
outputs share gates and masks. A column of ones is appended to X, which gates see too.

A sample weight s scales a row of X and its target by sqrt(s): a mask, being a sign pattern, stays
the same, so the fit is that of the sample repeated s times.
"""

from abc import abstractmethod
from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import PredefinedSplit, check_cv
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

GRID = np.geomspace(0.9, 1e-3, 15)  # of lam="cv", in the model's unit


class Model(BaseEstimator):
    """Fit and prediction of every estimator; a subclass says how a design is fitted."""

    _parameter_constraints: ClassVar[dict] = {
        "lam": [Interval(Real, 0, None, closed="neither"), StrOptions({"cv"})],
        "cv": ["cv_object"],
    }

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
        self.__dict__.pop("_fits", None)  # a fit that fails leaves a model that is not fitted
        self._validate_params()
        X, y = validate_data(self, X, y, dtype=np.float64)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        used = weight > 0
        X, y, weight = with_bias(X[used]), y[used], weight[used]
        Y = self._encode(y, weight)
        self._draw(X)
        candidates = self._candidates()
        best = candidates[0]
        if len(candidates) > 1:
            folds = _folds(self.cv, X, y, used, isinstance(self, ClassifierMixin))
            best = self._choose(candidates, self._cross_validate(X, Y, weight, folds, candidates))
        self._take(best)
        return self._finish([path[0] for path in self._paths(X, Y, weight, [best])])

    def _candidates(self):
        """What is chosen among, of equal scores the first: ratios, decreasing."""
        return list(GRID) if self.lam == "cv" else [float(self.lam)]

    def _choose(self, candidates, scores):
        """Candidate with the best held-out score; ties go to the first."""
        return candidates[np.argmax(scores)]

    def _take(self, candidate):
        """Set what was chosen."""
        self.lam_ratio_ = float(candidate)

    def _finish(self, fits):
        self.dual_gap_ = max(fit.gap for fit in fits)
        self.n_iter_ = max(fit.n_iter for fit in fits)
        self._keep(fits)
        self._fits = fits
        return self

    def _output(self, X):
        """Fitted outputs (m, k) at new points."""
        check_is_fitted(self)
        Z = with_bias(validate_data(self, X, dtype=np.float64, reset=False))
        return self._predict(self._fits, Z)

    def _predict(self, fits, Z):
        """Predictions (m, k) of k fits of one design."""
        return np.column_stack([fit.predict(Z) for fit in fits])

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_fits")

    def _cross_validate(self, X, Y, weight, folds, candidates):
        """Held-out score of each candidate, summed over folds."""
        scores = np.zeros(len(candidates))
        for inside, outside in folds:
            paths = self._paths(X[inside], Y[inside], weight[inside], candidates, choosing=True)
            fits = [path[j] for j in range(len(candidates)) for path in paths]
            outputs = np.split(self._predict(fits, X[outside]), len(candidates), axis=1)
            scores += [self._score(output, Y[outside], weight[outside]) for output in outputs]
        return scores

    @abstractmethod
    def _draw(self, X):
        """Draw what is random, once for all folds."""

    @abstractmethod
    def _paths(self, X, Y, weight, candidates, choosing=False):
        """For each column of Y the fits of each candidate, in their order.

        A fit has ``gap``, ``n_iter`` and what `_predict` takes. One to choose by predicts as well
        as any to the eye of a held-out score; what only its certificate needs is not done.
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
        try:
            y = np.asarray(y, float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"y must be numbers for a regressor: {error}") from None
        if not np.isfinite(y).all():
            raise ValueError("y must be finite")
        mean = np.average(y, weights=weight)
        rest = np.average(y - mean, weights=weight)  # of rounding, where the mean is large
        self.intercept_ = float(mean + rest)
        return (y - mean - rest)[:, None]

    def _score(self, output, Y, weight):
        return -np.sum(weight * (output[:, 0] - Y[:, 0]) ** 2)


def _folds(cv, X, y, used, classifier):
    """Pairs of indices (inside, outside) into X (n, d), the rows ``used`` (N,) of the caller's.

    A number of folds, or a generator that splits what it is given, splits X: a sample of weight
    zero is as one left out. Indices that the caller lists are of all N rows.
    """
    splitter = check_cv(cv, y, classifier=classifier)
    if isinstance(cv, PredefinedSplit) or np.iterable(cv):
        position = np.where(used, np.cumsum(used) - 1, -1)
        try:
            rows = [(np.asarray(i), np.asarray(j)) for i, j in splitter.split()]
            pairs = [(position[i], position[j]) for i, j in rows]
        except (IndexError, TypeError, ValueError) as error:
            raise ValueError(f"cv must give (train, test) indices of X's rows: {error}") from None
        pairs = [(i[i >= 0], j[j >= 0]) for i, j in pairs]
    else:
        pairs = list(splitter.split(X, y))
    if not pairs or not all(len(inside) for inside, _ in pairs):
        raise ValueError(
            "cv gives no folds, or one without training samples of positive weight; "
            "an iterator serves one fit only: pass a list"
        )
    return pairs


def with_bias(X):
    """X with a last column of ones."""
    return np.column_stack([X, np.ones(len(X))])


def _decide(output):
    return np.argmax(output, axis=1) if output.shape[1] > 1 else (output[:, 0] >= 0).astype(int)
