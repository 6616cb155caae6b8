"""Baselines: models of scikit-learn that a user would pick instead, each with its grid."""

import logging
from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import ParameterGrid
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from fixing_ntk.comparison.svm import score_svm
from fixing_ntk.comparison.tuning import is_end, without_bias
from fixing_ntk.estimators.cross_validation import choose, cross_validate
from fixing_ntk.seeds import integer

log = logging.getLogger(__name__)

LARGEST_C = 100.0  # for a target of unit variance; above it libsvm is ten times slower for no gain


class Baseline(NamedTuple):
    """A model, the parameters to choose among, and how held-out rows score them.

    ``make(**parameters)`` returns an unfitted model. ``candidates`` is a list of dict of
    parameters. ``score(X, y, X_out, y_out, candidates)`` fits each candidate to (X, y) and returns
    a list of dict with its ``score`` on (X_out, y_out), as `cross_validate` asks; larger is better.
    """

    make: Callable
    candidates: list
    score: Callable


def for_task(task, d, logistic_C, svm_C, svm_gamma, trees):
    """Return the baselines of a task, by the keys of `methods.BASELINES`.

    Ties go to the smaller C, then to the smaller gamma. Forest and boosting are not tuned. Scores
    are the accuracy, or R² for regression.

    Parameters
    ----------
    task : {"classification", "regression"}
        For regression, ``logistic`` is ridge regression with the penalties 1 / C.
    d : int
        Number of features.
    logistic_C, svm_C : sequence of float
        Grids of the inverse penalty, increasing. For regression, values of ``svm_C`` above
        `LARGEST_C` are dropped; if all are above, the first stays.
    svm_gamma : sequence of float
        Grid of gamma times the number of features, increasing. The features are standardised.
    trees : int
        Number of trees of the random forest.

    Returns
    -------
    dict of str to Baseline
    """
    if task == "classification":
        return {
            "logistic": _searched(
                partial(LogisticRegression, solver="newton-cholesky"), accuracy, C=logistic_C
            ),
            "svm": Baseline(SVC, _svm_grid(svm_C, svm_gamma, d), score_svm),
            "forest": _searched(partial(RandomForestClassifier, trees), accuracy),
            "boosting": _searched(GradientBoostingClassifier, accuracy),
        }
    svm_C = [C for C in svm_C if C <= LARGEST_C] or svm_C[:1]
    return {
        "logistic": _searched(Ridge, r2, alpha=[1.0 / C for C in logistic_C]),
        "svm": Baseline(_scaled_svr, _svm_grid(svm_C, svm_gamma, d), _score_scaled_svr),
        "forest": _searched(partial(RandomForestRegressor, trees), r2),
        "boosting": _searched(GradientBoostingRegressor, r2),
    }


def fit_baseline(baseline, pairs, X, y, seed):
    """Choose a baseline's parameters, and fit it to all rows.

    Parameters
    ----------
    baseline : Baseline
    pairs : list of (X, y, X_out, y_out)
        For each fold the rows to fit to and the held-out rows that choose the parameters.
    X, y : ndarray (n, d), (n,)
    seed : int
        Seed of a model that draws at random.

    Returns
    -------
    model : estimator
        Fitted to X and y.
    chosen : dict
        The candidate that was chosen, without the seed; empty for a baseline that is not tuned.
    """
    chosen = baseline.candidates[0]
    if len(baseline.candidates) > 1:
        records = cross_validate(pairs, baseline.score, baseline.candidates)
        chosen = baseline.candidates[choose(records)]
    model = baseline.make(**chosen)
    if "random_state" in model.get_params():
        model.set_params(random_state=seed)
    return model.fit(X, y), chosen


def fit_baselines(split, seed, **grids):
    """Tune every baseline on one split, and count the rows that it classifies correctly.

    The folds that choose parameters are those of the NTK and MKL.

    Parameters
    ----------
    split : Split
    seed : int
    **grids
        As for `for_task`.

    Returns
    -------
    list of dict
        One row for each baseline: dataset, split, method (key of `methods.BASELINES`), parameters
        (the chosen ones, as text), at_end (whether a chosen number is an end of its grid),
        ``correct`` of ``total`` test rows, and ``train_correct`` of ``n`` training rows.
    """
    pairs = [without_bias(*pair) for pair in split.tuning(constant=1.0)]
    X, y, X_test, y_test = without_bias(*split.train_test(constant=1.0))
    rows = []
    for method, baseline in for_task("classification", X.shape[1], **grids).items():
        random = integer(seed, split.dataset, split.index, method)
        model, chosen = fit_baseline(baseline, pairs, X, y, random)
        log.info("%s split %d: %s %s", split.dataset, split.index, method, chosen)
        rows.append(
            dict(
                dataset=split.dataset,
                split=split.index,
                method=method,
                parameters=words(chosen),
                at_end=any(
                    is_end(value, [one[key] for one in baseline.candidates])
                    for key, value in chosen.items()
                    if all(is_number(one[key]) for one in baseline.candidates)
                ),
                correct=int(np.sum(model.predict(X_test) == y_test)),
                total=len(y_test),
                train_correct=int(np.sum(model.predict(X) == y)),
                n=len(y),
            )
        )
    return rows


def words(chosen):
    """Return one str for a dict of parameters: ``NAME=VALUE`` for each, with spaces between.

    Numbers have six significant digits.
    """
    return " ".join(
        f"{key}={value:.6g}" if is_number(value) else f"{key}={value}"
        for key, value in chosen.items()
    )


def is_number(value):
    """Say whether a value is a real number; text and booleans are not."""
    return isinstance(value, Real) and not isinstance(value, bool)


def accuracy(model, X, y):
    """Return the share of rows whose class a fitted model predicts correctly."""
    return np.mean(model.predict(X) == y)


def r2(model, X, y):
    """Return the coefficient of determination R² of a fitted model's predictions."""
    return r2_score(y, model.predict(X))


def _searched(make, score, **grid):
    """Return a `Baseline` whose candidates are the points of a grid, each fitted on its own.

    ``make(**parameters)`` returns an unfitted model, and ``score(model, X, y)`` scores a fitted
    one. ``**grid`` has a list of values by parameter.
    """

    def score_each(X, y, X_out, y_out, candidates):
        return [dict(score=score(make(**one).fit(X, y), X_out, y_out)) for one in candidates]

    return Baseline(make, list(ParameterGrid(grid)), score_each)


def _svm_grid(C, gamma, d):
    return list(ParameterGrid({"C": C, "gamma": np.array(gamma) / d}))


def _scaled_svr(**parameters):
    """Return an unfitted SVR that standardises its target; epsilon is in its standard deviations.

    Predictions are in the unit of the target. ``**parameters`` are of `SVR`.
    """
    return TransformedTargetRegressor(SVR(**parameters), transformer=StandardScaler())


def _score_scaled_svr(X, y, X_out, y_out, candidates):
    """Score `_scaled_svr` at each candidate by R² on the held-out rows (X_out, y_out).

    ``candidates`` are dicts of ``C`` and ``gamma``, ordered as for `score_svm`. The result is a
    list of dict in their order, with the key ``score`` alone.
    """
    mean, std = y.mean(), y.std() or 1.0
    scaled = X, (y - mean) / std, X_out, (y_out - mean) / std
    return score_svm(*scaled, candidates, SVR, lambda predicted, y: r2_score(y, predicted))
