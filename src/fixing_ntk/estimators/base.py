"""Base classes of the estimators: targets, bias, sample weights, and the choice of the penalty.

A model fits its *outputs* one after another. A regressor's output is its centred target. A binary
classifier has one output of +-1, and a classifier of more classes has one for each class against
the rest. All outputs share gates and masks. A column of ones is appended to X, so gates have a
bias, too.

A sample weight s scales a row of X and its target by sqrt(s). A mask depends on signs alone, so it
stays the same, and the fit equals a fit with the sample repeated s times. In the logistic loss s is
a factor of the sample's term.
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
from fixing_ntk.masks.samples import entries, with_bias
from fixing_ntk.programs import sigmoid, weighted
from fixing_ntk.programs.checks import check_scale


class Model(BaseEstimator):
    """Base class of the estimators: checks of the data, choice of the penalty, fit and prediction.

    A subclass has `_draw_gates` and `_fit_paths`, and the mixin `Classifier` or `Regressor`, which
    encodes targets and scores outputs.
    """

    GRID: ClassVar[tuple]  # penalties of lam="cv", in the model's unit; also the configuration's
    CHOSEN: ClassVar[tuple] = ("lam_ratio",)  # fields of `Candidate` that are reported
    FITTED: ClassVar[tuple] = ("_fits", "cv_results_")  # attributes to remove before a new fit
    SPARSE: ClassVar[bool] = True  # whether X may be sparse
    loss: str = "squared_error"  # for regressors; for classifiers it is a parameter
    fit_intercept: bool
    n_jobs: int | None

    _parameter_constraints: ClassVar[dict] = {
        "lam": [Interval(Real, 0, None, closed="neither"), StrOptions({"cv"})],
        "cv": ["cv_object"],
        "lams": ["array-like", None],
        "fit_intercept": ["boolean"],
        "n_jobs": [Integral, None],
    }

    def fit(self, X, y, sample_weight=None):
        """Fit the model; cross-validation first chooses the parameters that are "cv".

        A single candidate is fitted without cross-validation.

        Parameters
        ----------
        X : array or sparse array (n, d)
        y : array (n,), of a regressor also (n, k)
            Class labels, or real targets.
        sample_weight : array (n,), optional
            Weights, at least 0; a sample of weight 0 is left out.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a parameter, the data or the weights are not as above, if all weights are 0, or if no
            fold holds out a sample of positive weight.
        """
        for name in self.FITTED:  # so that after a fit that fails the model is not fitted
            self.__dict__.pop(name, None)
        self._validate_params()
        candidates = self._candidates()
        several = isinstance(self, RegressorMixin)
        X, y = validate_data(self, X, y, **self._accepted(), multi_output=several)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        used = weight > 0
        if not used.any():  # which scikit-learn refuses from version 1.9 on
            raise ValueError("Sample weights must contain at least one non-zero number.")
        check_scale(entries(X[used]), "X")
        check_scale(weight, "sample_weight")
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
            if not any(len(pair[-1]) for pair in pairs):
                raise ValueError("cv: no fold holds out a sample of positive weight")
        self._fit_chosen(X, Y, weight * self._class_weights(y), pairs, candidates)
        return self

    def _accepted(self):
        """Return as a dict what X `validate_data` lets pass."""
        return dict(dtype=np.float64, accept_sparse="csr" if self.SPARSE else False)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = self.SPARSE
        return tags

    def _class_weights(self, y):
        """Return the factor (n,) of each sample's weight by class; 1 without a ``class_weight``."""
        return np.ones(len(y))

    def _mean_of(self, Y, weight):
        """Return the mean (k,) of a fold's targets Y (n, k), weighted by ``weight`` (n,).

        Y are the targets of the rows that the fold fits on. The fold subtracts the mean from these
        and from its held-out targets. For a classifier it is 0.0.
        """
        return 0.0

    def _losses(self, Y, weight):
        """Return a loss for each column of Y (n, k), a list, and factors (n,) that scale rows of X.

        With the squared loss the factors are the roots of the sample weights ``weight`` (n,), and
        the targets in the losses are already scaled by them. The logistic loss holds the weights
        itself, and the factors are 1.
        """
        name = "logistic" if self.loss == "log_loss" else "squared"
        return weighted(name, np.ascontiguousarray(Y.T), weight, self.fit_intercept)

    def _fit_chosen(self, X, Y, weight, pairs, candidates):
        """Choose a candidate by its scores in all folds, fit it to X and Y, and set attributes.

        X (n, d) has a bias column, Y (n, k) are encoded targets, and ``weight`` (n,) includes class
        weights. The candidate's ``CHOSEN`` fields, the fits and, after a choice, ``cv_results_``
        are set. ``pairs`` has a tuple for each fold, the arguments of `_score_held_out` before
        ``candidates``. It is not used for a single candidate, which needs no choice.
        """
        chosen = candidates[0]
        if len(candidates) > 1:
            records = cross_validate(pairs, self._score_held_out, candidates, self.n_jobs)
            chosen = candidates[choose(records)]
            self.cv_results_ = self._results(records, candidates)
        for name in self.CHOSEN:
            setattr(self, f"{name}_", getattr(chosen, name))
        self._set_fits([path[0] for path in self._fit_paths(X, Y, weight, [chosen])])

    def _candidates(self):
        """Return the candidates by decreasing penalty, so ties go to the largest.

        A number ``lam`` is the only candidate. For "cv" they are the distinct ``lams``, or ``GRID``
        without them. ValueError is raised for no penalties or for one that is not a positive finite
        number.
        """
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
        """Return ``cv_results_``, a dict of arrays over candidates.

        It has the candidates' fields ``CHOSEN``. ``split{k}_test_score`` is the score of fold k
        divided by its held-out weight, nan if this is 0. ``mean_test_score`` is the sum of the
        scores over all folds divided by the sum of these weights. ``records`` are from
        `cross_validate`.
        """
        score, total = by_fold(records, "score"), by_fold(records, "total")
        with np.errstate(invalid="ignore"):  # a fold may hold out no row of positive weight
            mean, split = score.sum(axis=0) / total.sum(axis=0), score / total
        return {
            **{name: np.array([getattr(c, name) for c in candidates]) for name in self.CHOSEN},
            "mean_test_score": mean,
            **{f"split{k}_test_score": scores for k, scores in enumerate(split)},
        }

    def _set_fits(self, fits):
        """Keep the outputs' fits; set ``dual_gap_`` and ``n_iter_`` (maxima) and ``intercept_``."""
        self.dual_gap_ = max(fit.gap for fit in fits)
        self.n_iter_ = max(fit.n_iter for fit in fits)
        self.intercept_ = self._intercept(np.array([fit.intercept for fit in fits]))
        self._fits = fits

    def _output(self, X):
        """Return the k outputs at m new points, (m, k).

        X (m, d) has no bias column yet. Fitted intercepts are included, but not the mean that a
        regressor subtracted from its targets.
        """
        check_is_fitted(self)
        Z = with_bias(validate_data(self, X, **self._accepted(), reset=False))
        return self._predict(self._fits, Z)

    def _fit_of(self, output):
        """Return the fit of one output, by its number from 0; ValueError if there is none."""
        check_is_fitted(self)
        last = len(self._fits) - 1
        if not isinstance(output, Integral) or int(output) not in range(last + 1):
            raise ValueError(f"output must be a whole number from 0 to {last}, got {output!r}")
        return self._fits[int(output)]

    def _points(self, X, Z):
        """Check points X (m, d) and Z (l, d); return them with a bias column, as a pair.

        Without Z, X takes its place.
        """
        X = with_bias(validate_data(self, X, **self._accepted(), reset=False))
        if Z is None:
            return X, X
        try:
            Z = validate_data(self, Z, **self._accepted(), reset=False)
        except (TypeError, ValueError) as error:
            raise type(error)(f"Z: {error}") from None
        return X, with_bias(Z)

    def _predict(self, fits, Z):
        """Return outputs (m, k), intercepts included, of k fits at points Z with a bias column."""
        return np.column_stack([fit.predict(Z) + fit.intercept for fit in fits])

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_fits")

    def _score_held_out(self, X, Y, weight, Z, Y_out, weight_out, candidates):
        """Fit each candidate to X and Y, and return a list of its scores on the held-out rows Z.

        X and Z have a bias column. Targets Y (n, k) and Y_out (m, k) are encoded, and the caller
        has subtracted the mean; nothing is subtracted here. The list has a dict for each candidate:
        the fields of `Candidate`, ``score`` (from `_score`, a weighted sum over held-out rows;
        larger is better) and ``total`` (sum of ``weight_out``).
        """
        paths = self._fit_paths(X, Y, weight, candidates, choosing=True)
        fits = [path[j] for j in range(len(candidates)) for path in paths]
        outputs = np.split(self._predict(fits, Z), len(candidates), axis=1)
        total = np.sum(weight_out)
        return [
            dict(c._asdict(), score=self._score(output, Y_out, weight_out), total=total)
            for c, output in zip(candidates, outputs, strict=True)
        ]

    def _intercept(self, fitted):
        """Return the value of ``intercept_`` from the fitted intercepts (k,).

        A classifier's are returned as they are, (k,), for two classes (1,). A regressor adds the
        mean of its targets: the sum is a float for y of one axis, else (k,).
        """
        return fitted

    @abstractmethod
    def _draw_gates(self, X):
        """Draw gates, if the model has gates, and keep them for all folds and the final fit.

        X (n, d) are the samples, bias included. Nothing is returned, and ``gates_`` is not set:
        `_set_fits` sets it, to the gates of the fitted masks.
        """

    @abstractmethod
    def _fit_paths(self, X, Y, weight, candidates, choosing=False):
        """Return for each column of Y (n, k) a list of fits, one for each candidate in order.

        X (n, d) has a bias column, and ``weight`` (n,) are the sample weights. A fit has ``gap``,
        ``n_iter``, ``intercept`` and what `_predict` needs. With ``choosing`` the fits only serve
        to score candidates, so steps that only a certificate needs are skipped.
        """


LOSS = """    loss : {"squared_error", "log_loss"}
        Of labels -1 and 1. The logistic loss gives `predict_proba`, and ``lam="cv"`` then chooses
        by it: ``cv_results_`` has minus its mean in place of the accuracy.
    class_weight : dict, "balanced" or None
        Factors of the sample weights by class, as in scikit-learn.
"""


def of_classifier(parameters):
    """Insert `LOSS` before "Attributes" into the docstring text ``parameters``, and return it.

    `LOSS` describes the parameters that only classifiers have.
    """
    return parameters.replace("\n    Attributes\n", f"{LOSS}\n    Attributes\n", 1)


def _has_probabilities(model):
    """Return True for the logistic loss, else raise AttributeError, as `available_if` needs."""
    if model.loss == "log_loss":
        return True
    raise AttributeError(f'predict_proba needs loss="log_loss"; loss is {model.loss!r}')


class Classifier(ClassifierMixin):
    """Mixin for classifiers: outputs are fitted to labels of +-1.

    Two classes have one output, +1 for the second. More classes have an output each, against the
    rest.
    """

    CONSTRAINTS: ClassVar[dict] = {
        "loss": [StrOptions({"squared_error", "log_loss"})],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def decision_function(self, X):
        """Return the outputs: (m,) for two classes, positive for the second, else (m, classes)."""
        output = self._output(X)
        return output[:, 0] if output.shape[1] == 1 else output

    def predict(self, X):
        """Return the label of each point, (m,)."""
        output = self._output(X)  # first, since it refuses a model that is not fitted
        return self.classes_[_decide(output)]

    @available_if(_has_probabilities)
    def predict_proba(self, X):
        """Return the probability of each class, (m, classes), in the order of ``classes_``.

        With more than two classes each class is fitted against the rest, and the probabilities of
        a point are divided by their sum.
        """
        p = sigmoid(self._output(X))
        if p.shape[1] == 1:
            return np.hstack([1.0 - p, p])
        return p / p.sum(axis=1, keepdims=True)

    @available_if(_has_probabilities)
    def predict_log_proba(self, X):
        """Return the logarithm of `predict_proba`."""
        return np.log(self.predict_proba(X))

    def _class_weights(self, y):
        factors = compute_sample_weight(self.class_weight, y)
        if not np.isfinite(factors).all() or factors.min() < 0.0 or not factors.any():
            raise ValueError(
                f"class_weight={self.class_weight!r} must be at least 0 and finite for every "
                "class, and above 0 for one"
            )
        check_scale(factors, "class_weight")
        return factors

    def _encode(self, y, weight):
        """Set ``classes_`` to the sorted labels in y (n,), and return targets of +-1, (n, k).

        k is 1 for two classes. ``weight`` is not used. ValueError is raised for a single class, and
        for y that are no labels.
        """
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class only, '{self.classes_[0]}': two are needed")
        return self._encode_held_out(y)

    def _encode_held_out(self, y):
        classes = self.classes_[1:] if len(self.classes_) == 2 else self.classes_
        return np.where(y[:, None] == classes, 1.0, -1.0)

    def _score(self, output, Y, weight):
        """Return the sum of the weights of samples whose label is correct, a float.

        With ``loss="log_loss"`` it is minus the weighted logistic loss, summed over samples and
        outputs. ``output`` and the encoded labels Y are (m, k), ``weight`` (m,).
        """
        if self.loss == "log_loss":
            return -np.sum(weight * np.logaddexp(0.0, -Y * output).sum(axis=1))
        return np.sum(weight * (_decide(output) == _decide(Y)))


class Regressor(RegressorMixin):
    """Mixin for regressors: outputs are fitted to targets minus their weighted means."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def predict(self, X):
        """Return the predicted target, (m,), or (m, k) where k targets were fitted."""
        output = self._output(X)  # first, since it refuses a model that is not fitted
        return (output if np.ndim(self._mean) else output[:, 0]) + self._mean

    def _intercept(self, fitted):
        return self._mean + fitted if np.ndim(self._mean) else self._mean + float(fitted[0])

    def _encode(self, y, weight):
        """Keep the weighted mean of targets y, (n,) or (n, k); return y minus this mean, (n, k).

        The mean is kept as ``_mean``, a float, or (k,) for y of two axes. ValueError is raised for
        y that are not finite numbers or are of a scale that `check_scale` refuses.
        """
        try:
            y = np.asarray(y, float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"y must be numbers for a regressor: {error}") from None
        if not np.isfinite(y).all():
            raise ValueError("y must be finite")
        check_scale(y, "y")
        mean = np.average(y, axis=0, weights=weight)
        rest = np.average(y - mean, axis=0, weights=weight)  # rounding error of a large mean
        self._mean = mean + rest if y.ndim == 2 else float(mean + rest)
        return (y - mean - rest).reshape(len(y), -1)

    def _mean_of(self, Y, weight):
        return np.average(Y, axis=0, weights=weight)

    def _encode_held_out(self, y):
        return (y - self._mean).reshape(len(y), -1)

    def _score(self, output, Y, weight):
        return -np.sum(weight * np.sum((output - Y) ** 2, axis=1))


def score_candidates(model, X, y, X_out, y_out, candidates):
    """Fit each candidate to rows and score it on held-out rows, as `cross_validate` needs.

    All rows have weight 1, whatever the model's ``class_weight``.

    Parameters
    ----------
    model : Model
        Estimator with its parameters; it is neither fitted nor changed.
    X, y : array (n, d), (n,)
        Rows to fit to, without a bias column, and their labels or targets.
    X_out, y_out : array (m, d), (m,)
        Rows held out.
    candidates : list of Candidate

    Returns
    -------
    list of dict
        For each candidate its fields; ``score``, the number of held-out rows classified correctly,
        or minus the sum over held-out rows of squared errors or logistic losses; ``total``, the
        number of held-out rows.
    """
    model, weight, weight_out = clone(model), np.ones(len(y)), np.ones(len(y_out))
    X, X_out = with_bias(X), with_bias(X_out)
    Y = model._encode(y, weight)
    model._draw_gates(X)
    held_out = X_out, model._encode_held_out(y_out), weight_out
    return model._score_held_out(X, Y, weight, *held_out, candidates)


def _folds(cv, X, y, used, classifier):
    """Return for each fold a pair: positions in X of the samples to fit on and of those held out.

    X (n, d) and y have the samples of positive weight: those marked in ``used`` (N,), of all N. An
    integer or a splitter ``cv`` splits X. The indices of a list or of `PredefinedSplit` count all N
    samples; samples of weight zero are dropped. An integer, or None for five folds, gives shuffled
    folds, since samples may be sorted: the same in every call, and with ``classifier`` stratified.
    ValueError is raised if there is no fold, or a fold with nothing to fit on.
    """
    splitter = check_cv(cv, y, classifier=classifier)
    if cv is None or isinstance(cv, Integral):
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
    """Copy to ``model`` what ``other`` learned of the data before it was fitted; return ``model``.

    That is the names and number of features, the classes, and the mean target. So ``model`` needs
    no `fit` of its own.
    """
    for name in ("n_features_in_", "feature_names_in_", "classes_", "_mean"):
        if hasattr(other, name):
            setattr(model, name, getattr(other, name))
    return model


def _decide(output):
    """Return the positions (m,) of the predicted classes in ``classes_``, from outputs (m, k).

    A single output predicts the second class if it is at least 0. Of several the largest decides.
    """
    return np.argmax(output, axis=1) if output.shape[1] > 1 else (output[:, 0] >= 0).astype(int)
