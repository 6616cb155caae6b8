"""What the estimators share: targets, bias, sample weights, and the choice of the penalty.

Each model is a function of a design, its *outputs* are fitted one by one: the centred target of a
regressor, one column of +-1 of a binary classifier, one against the rest of several classes. All
outputs share gates and masks. A column of ones is appended to X, which gates see too.

A sample weight s scales a row of X and its target by sqrt(s): a mask, being a sign pattern, stays
the same, so the fit is that of the sample repeated s times. In the logistic loss it is a factor of
the sample's term.
"""

from abc import abstractmethod
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.model_selection import PredefinedSplit, check_cv
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from fixing_ntk.estimators.cross_validation import Candidate, by_fold, choose, cross_validate
from fixing_ntk.masks.checks import positive
from fixing_ntk.programs import sigmoid, weighted
from fixing_ntk.programs.checks import check_scale


class Model(BaseEstimator):
    """Fit and prediction of every estimator; a subclass says how a design is fitted."""

    GRID: ClassVar[tuple]  # of lam="cv", in the model's unit; also the configuration's default
    CHOSEN: ClassVar[tuple] = ("lam_ratio",)  # fields of `Candidate` that are reported
    FITTED: ClassVar[tuple] = ("_fits", "cv_results_")  # not there after every fit
    loss: str = "squared_error"  # of regressors; classifiers have it as a parameter
    fit_intercept: bool

    _parameter_constraints: ClassVar[dict] = {
        "lam": [Interval(Real, 0, None, closed="neither"), StrOptions({"cv"})],
        "cv": ["cv_object"],
        "lams": ["array-like", None],
        "fit_intercept": ["boolean"],
    }

    def fit(self, X, y, sample_weight=None):
        """Fit the model.

        Parameters
        ----------
        X : array (n, d)
        y : array (n,), of a regressor also (n, k)
        sample_weight : array (n,), optional
            Not negative; zero leaves a sample out.

        Returns
        -------
        self
        """
        for name in self.FITTED:  # a fit that fails leaves a model that is not fitted
            self.__dict__.pop(name, None)
        self._validate_params()
        candidates = self._candidates()
        several = isinstance(self, RegressorMixin)
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=several)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        used = weight > 0
        if not used.any():  # which scikit-learn refuses from version 1.9 on
            raise ValueError("Sample weights must contain at least one non-zero number.")
        check_scale(X[used], "X")
        X, y, weight = with_bias(X[used]), y[used], weight[used]
        Y = self._encode(y, weight)
        self._draw_gates(X)
        pairs = []
        if len(candidates) > 1:
            folds = _folds(self.cv, X, y, used, isinstance(self, ClassifierMixin))
            for inside, outside in folds:
                mean = self._mean_of(Y[inside], weight[inside])
                of_classes = self._class_weights(y[inside])
                pair = X[inside], Y[inside] - mean, weight[inside] * of_classes
                pairs.append((*pair, X[outside], Y[outside] - mean, weight[outside]))
        self._fit_chosen(X, Y, weight * self._class_weights(y), pairs, candidates)
        return self

    def _class_weights(self, y):
        """Factor of each sample weight, (n,): 1, unless a classifier has ``class_weight``."""
        return np.ones(len(y))

    def _mean_of(self, Y, weight):
        """What rows are centred by where only these of their fold are fitted to."""
        return 0.0

    def _losses(self, Y, weight):
        """Of each column of Y, and of rows that are scaled by the roots: ``(losses, root)``."""
        name = "logistic" if self.loss == "log_loss" else "squared"
        return weighted(name, np.ascontiguousarray(Y.T), weight, self.fit_intercept)

    def _fit_chosen(self, X, Y, weight, pairs, candidates):
        """Choose a candidate by the rows that each pair holds out, and fit it to all rows."""
        chosen = candidates[0]
        if len(candidates) > 1:
            records = cross_validate(pairs, self._score_held_out, candidates)
            chosen = candidates[choose(records)]
            self.cv_results_ = self._results(records, candidates)
        for name in self.CHOSEN:
            setattr(self, f"{name}_", getattr(chosen, name))
        self._set_fits([path[0] for path in self._fit_paths(X, Y, weight, [chosen])])

    def _candidates(self):
        """What is chosen among, of equal scores the first: penalties decrease."""
        if self.lam != "cv":
            return [Candidate(positive(self.lam, "lam"))]
        try:
            ratios = {float(ratio) for ratio in (self.GRID if self.lams is None else self.lams)}
        except (TypeError, ValueError) as error:
            raise ValueError(f"lams must be numbers: {error}") from None
        if not ratios or not all(0.0 < ratio < np.inf for ratio in ratios):
            raise ValueError(f"lams must be positive numbers, at least one; got {self.lams!r}")
        return [Candidate(ratio) for ratio in sorted(ratios, reverse=True)]

    def _results(self, records, candidates):
        """`cv_results_`: arrays over candidates."""
        score, total = by_fold(records, "score"), by_fold(records, "total")
        with np.errstate(invalid="ignore"):  # a fold may hold out no row of positive weight
            mean, split = score.sum(axis=0) / total.sum(axis=0), score / total
        return {
            **{name: np.array([getattr(c, name) for c in candidates]) for name in self.CHOSEN},
            "mean_test_score": mean,
            **{f"split{k}_test_score": scores for k, scores in enumerate(split)},
        }

    def _set_fits(self, fits):
        """Keep the fit of each output, and set the public attributes from the fits."""
        self.dual_gap_ = max(fit.gap for fit in fits)
        self.n_iter_ = max(fit.n_iter for fit in fits)
        self.intercept_ = self._intercept(np.array([fit.intercept for fit in fits]))
        self._fits = fits

    def _output(self, X):
        """Fitted outputs (m, k) at new points."""
        check_is_fitted(self)
        Z = with_bias(validate_data(self, X, dtype=np.float64, reset=False))
        return self._predict(self._fits, Z)

    def _fit_of(self, output):
        """What was fitted to one of the outputs."""
        check_is_fitted(self)
        last = len(self._fits) - 1
        if not isinstance(output, Integral) or int(output) not in range(last + 1):
            raise ValueError(f"output must be a whole number from 0 to {last}, got {output!r}")
        return self._fits[int(output)]

    def _points(self, X, Z):
        """Two sets of new points with a bias; the first twice where Z is None."""
        X = with_bias(validate_data(self, X, dtype=np.float64, reset=False))
        if Z is None:
            return X, X
        try:
            Z = validate_data(self, Z, dtype=np.float64, reset=False)
        except (TypeError, ValueError) as error:
            raise type(error)(f"Z: {error}") from None
        return X, with_bias(Z)

    def _predict(self, fits, Z):
        """Predictions (m, k) of k fits of one design, with their intercepts."""
        return np.column_stack([fit.predict(Z) + fit.intercept for fit in fits])

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_fits")

    def _score_held_out(self, X, Y, weight, Z, Y_out, weight_out, candidates):
        """`score_candidates` for rows with a bias, encoded targets and weights."""
        paths = self._fit_paths(X, Y, weight, candidates, choosing=True)
        fits = [path[j] for j in range(len(candidates)) for path in paths]
        outputs = np.split(self._predict(fits, Z), len(candidates), axis=1)
        total = np.sum(weight_out)
        return [
            dict(c._asdict(), score=self._score(output, Y_out, weight_out), total=total)
            for c, output in zip(candidates, outputs, strict=True)
        ]

    def _intercept(self, fitted):
        """``intercept_``, from what was fitted of each output, (k,)."""
        return fitted

    @abstractmethod
    def _draw_gates(self, X):
        """Draw what is random, once for all folds."""

    @abstractmethod
    def _fit_paths(self, X, Y, weight, candidates, choosing=False):
        """For each column of Y the fits of each candidate, in their order.

        A fit has ``gap``, ``n_iter``, ``intercept`` and what `_predict` takes. One to choose by
        predicts as well as any to the eye of a held-out score; what only its certificate needs is
        not done.
        """


LOSS = """    loss : {"squared_error", "log_loss"}
        Of labels -1 and 1. The logistic loss gives `predict_proba`, and ``lam="cv"`` then chooses
        by it: ``cv_results_`` has minus its mean in place of the accuracy.
    class_weight : dict, "balanced" or None
        Factors of the sample weights by class, as in scikit-learn.
"""


def of_classifier(parameters):
    """Docstring of parameters and attributes, with the parameters that classifiers have alone."""
    return parameters.replace("\n    Attributes\n", f"{LOSS}\n    Attributes\n", 1)


def _has_probabilities(model):
    if model.loss == "log_loss":
        return True
    raise AttributeError(f'predict_proba needs loss="log_loss"; loss is {model.loss!r}')


class Classifier(ClassifierMixin):
    """Labels as outputs of +-1; `decision_function` is what was fitted."""

    CONSTRAINTS: ClassVar[dict] = {
        "loss": [StrOptions({"squared_error", "log_loss"})],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def decision_function(self, X):
        """Fitted outputs: (m,) for two classes, positive for the second, else (m, classes)."""
        output = self._output(X)
        return output[:, 0] if output.shape[1] == 1 else output

    def predict(self, X):
        """Label of each point, (m,)."""
        output = self._output(X)  # first, since it refuses a model that is not fitted
        return self.classes_[_decide(output)]

    @available_if(_has_probabilities)
    def predict_proba(self, X):
        """Probability of each class, (m, classes), in the order of ``classes_``.

        Of several classes each is fitted against the rest, and the probabilities are divided by
        their sum.
        """
        p = sigmoid(self._output(X))
        if p.shape[1] == 1:
            return np.hstack([1.0 - p, p])
        return p / p.sum(axis=1, keepdims=True)

    @available_if(_has_probabilities)
    def predict_log_proba(self, X):
        """Logarithm of `predict_proba`."""
        return np.log(self.predict_proba(X))

    def _class_weights(self, y):
        factors = compute_sample_weight(self.class_weight, y)
        if factors.min() < 0.0 or not factors.any():
            raise ValueError(
                f"class_weight={self.class_weight!r} must be at least 0 for every class, and above "
                "0 for one"
            )
        return factors

    def _encode(self, y, weight):
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class only, '{self.classes_[0]}': two are needed")
        return self._encode_held_out(y)

    def _encode_held_out(self, y):
        classes = self.classes_[1:] if len(self.classes_) == 2 else self.classes_
        return np.where(y[:, None] == classes, 1.0, -1.0)

    def _score(self, output, Y, weight):
        if self.loss == "log_loss":
            return -np.sum(weight * np.logaddexp(0.0, -Y * output).sum(axis=1))
        return np.sum(weight * (_decide(output) == _decide(Y)))


class Regressor(RegressorMixin):
    """A real target or several, each centred by its weighted mean."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def predict(self, X):
        """Fitted target, (m,), or (m, k) where k were fitted."""
        output = self._output(X)  # first, since it refuses a model that is not fitted
        return (output if np.ndim(self._mean) else output[:, 0]) + self._mean

    def _intercept(self, fitted):
        return self._mean + fitted if np.ndim(self._mean) else self._mean + float(fitted[0])

    def _encode(self, y, weight):
        try:
            y = np.asarray(y, float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"y must be numbers for a regressor: {error}") from None
        if not np.isfinite(y).all():
            raise ValueError("y must be finite")
        check_scale(y, "y")
        mean = np.average(y, axis=0, weights=weight)
        rest = np.average(y - mean, axis=0, weights=weight)  # of rounding, where the mean is large
        self._mean = mean + rest if y.ndim == 2 else float(mean + rest)
        return (y - mean - rest).reshape(len(y), -1)

    def _mean_of(self, Y, weight):
        return np.average(Y, axis=0, weights=weight)

    def _encode_held_out(self, y):
        return (y - self._mean).reshape(len(y), -1)

    def _score(self, output, Y, weight):
        return -np.sum(weight * np.sum((output - Y) ** 2, axis=1))


def score_candidates(model, X, y, X_out, y_out, candidates):
    """Fit each candidate to rows and score it on others, as `cross_validate` asks for.

    Parameters
    ----------
    model : Model
        Not fitted, nor changed.
    X, y : array (n, d), (n,)
        Rows to fit to.
    X_out, y_out : array (m, d), (m,)
        Rows held out.
    candidates : list of Candidate

    Returns
    -------
    list of dict
        The candidate's fields; ``score``, the number of rows classified correctly, or minus the
        sum of squared errors or of logistic losses; ``total``, the number of rows.
    """
    model, weight, weight_out = clone(model), np.ones(len(y)), np.ones(len(y_out))
    X, X_out = with_bias(X), with_bias(X_out)
    Y = model._encode(y, weight)
    model._draw_gates(X)
    held_out = X_out, model._encode_held_out(y_out), weight_out
    return model._score_held_out(X, Y, weight, *held_out, candidates)


def _folds(cv, X, y, used, classifier):
    """Pairs of indices (inside, outside) into X (n, d), the rows ``used`` (N,) of the caller's.

    A number of folds, or a generator that splits what it is given, splits X: a sample of weight
    zero is as one left out. Indices that the caller lists are of all N rows. Folds of a number are
    shuffled, since rows may come sorted.
    """
    splitter = check_cv(cv, y, classifier=classifier)
    if isinstance(cv, Integral):
        splitter.shuffle, splitter.random_state = True, 0
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


def with_data(model, other):
    """A model with what another of the same data has learned of them before its fit."""
    for name in ("n_features_in_", "feature_names_in_", "classes_", "_mean"):
        if hasattr(other, name):
            setattr(model, name, getattr(other, name))
    return model


def with_bias(X):
    """X with a last column of ones."""
    return np.column_stack([X, np.ones(len(X))])


def _decide(output):
    return np.argmax(output, axis=1) if output.shape[1] > 1 else (output[:, 0] >= 0).astype(int)
