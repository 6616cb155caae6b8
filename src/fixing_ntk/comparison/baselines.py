"""What a user would pick instead: models of scikit-learn, each with its grid."""

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

LARGEST_C = 100.0  # for a target of unit spread; beyond, libsvm takes ten times as long for no gain


class Baseline(NamedTuple):
    """A model by its parameters, the candidates for them, and who scores these."""

    make: Callable
    candidates: list
    score: Callable


def for_task(task, d, logistic_C, svm_C, svm_gamma, trees):
    """Baselines of a task, by the keys of `methods.BASELINES`.

    Ties go to the smaller C, then to the smaller gamma; forest and boosting are not tuned.

    Parameters
    ----------
    task : {"classification", "regression"}
        Of a real target ``logistic`` is ridge regression, its penalties 1 / C.
    d : int
        Number of features.
    logistic_C, svm_C : sequence of float
        Grids of the inverse penalty, increasing.
    svm_gamma : sequence of float
        Grid of gamma times the number of features, which are standardised; increasing.
    trees : int
        Of the random forest.

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
        Rows to fit to and rows held out, to choose by.
    X, y : ndarray (n, d), (n,)
    seed : int
        Of what is random in it.

    Returns
    -------
    model : estimator
    chosen : dict
        One of the candidates.
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
    """Accuracy of every baseline on one split, tuned on the rows that tune NTK and MKL.

    Parameters
    ----------
    split : Split
    seed : int
    **grids
        As for `for_task`.

    Returns
    -------
    list of dict
        dataset, split, method (of `methods.BASELINES`), parameters (what was chosen), at_end
        (whether a number among them ends its grid), correct, total, train_correct, n.
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
    """Write parameters as tables show them."""
    return " ".join(
        f"{key}={value:.6g}" if is_number(value) else f"{key}={value}"
        for key, value in chosen.items()
    )


def is_number(value):
    """Say whether a parameter is a number, rather than a choice of words or of True and False."""
    return isinstance(value, Real) and not isinstance(value, bool)


def accuracy(model, X, y):
    """Share of rows whose class is right."""
    return np.mean(model.predict(X) == y)


def r2(model, X, y):
    """Coefficient of determination."""
    return r2_score(y, model.predict(X))


def _searched(make, score, **grid):
    """Baseline whose candidates, of a grid, are fitted one by one."""

    def score_each(X, y, X_out, y_out, candidates):
        return [dict(score=score(make(**one).fit(X, y), X_out, y_out)) for one in candidates]

    return Baseline(make, list(ParameterGrid(grid)), score_each)


def _svm_grid(C, gamma, d):
    return list(ParameterGrid({"C": C, "gamma": np.array(gamma) / d}))


def _scaled_svr(**parameters):
    """SVR of the standardised target: the width of its tube is in units of the target's spread."""
    return TransformedTargetRegressor(SVR(**parameters), transformer=StandardScaler())


def _score_scaled_svr(X, y, X_out, y_out, candidates):
    mean, std = y.mean(), y.std() or 1.0
    scaled = X, (y - mean) / std, X_out, (y_out - mean) / std
    return score_svm(*scaled, candidates, SVR, lambda predicted, y: r2_score(y, predicted))
