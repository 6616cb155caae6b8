"""What is compared on a table of the user's own, fitted as pipelines that can be saved."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from fixing_ntk.comparison.baselines import accuracy, choose
from fixing_ntk.comparison.methods import BASELINES, OURS
from fixing_ntk.comparison.svm import choose_svm
from fixing_ntk.data.own import preprocessor
from fixing_ntk.estimators import MKLClassifier, MKLRegressor, NTKClassifier, NTKRegressor

NTK, MKL, STOPPED = OURS.values()
LARGEST_C = 100.0  # for a target of unit spread; beyond, libsvm takes ten times as long for no gain
LINEAR = {"classification": BASELINES["logistic"], "regression": "ridge regression"}
SVM, FOREST, BOOSTING = (BASELINES[name] for name in ("svm", "forest", "boosting"))


class Settings(NamedTuple):
    """What the methods are fitted with; grids as in the configuration."""

    n_gates: int
    tol: float
    logistic_C: list
    svm_C: list
    svm_gamma: list
    trees: int


def methods(task):
    """Names of all methods, ours first."""
    return (*OURS.values(), LINEAR[task], SVM, FOREST, BOOSTING)


def fit_all(data, rows, pairs, settings, seed_of):
    """Fit every method to some rows.

    Parameters
    ----------
    data : OwnData
    rows : ndarray (n,) of int
    pairs : list of (ndarray, ndarray)
        Positions in ``rows`` to fit on, and held out, to choose parameters by.
    settings : Settings
    seed_of : function of str
        Seed of what is random.

    Yields
    ------
    method : str
        Of `methods`, in their order.
    pipeline : sklearn.pipeline.Pipeline
        Of the features in ``data.X``.
    chosen : str
        What was chosen, in words; ours keep it themselves.
    """
    X, y = data.X.iloc[rows], data.y[rows]
    prepare = preprocessor(data.columns, len(data.y))
    models = _ours(data.task, pairs, settings, seed_of)
    # One cross-validation for both: the optimum is among what stopped MKL chooses from.
    stopped = make_pipeline(clone(prepare), models[STOPPED]).fit(X, y)
    models[MKL].set_params(lam=stopped[-1].mkl_lam_ratio_)
    for method in OURS.values():
        model = make_pipeline(clone(prepare), models[method])
        yield method, stopped if method == STOPPED else model.fit(X, y), ""
    prepared = _prepared(prepare, X, y, pairs)
    for method, contestant in _others(data.task, settings, prepared[0][0].shape[1]).items():
        chosen = contestant.choose(prepared)
        model = contestant.model.set_params(**chosen)
        if "random_state" in model.get_params():
            model.set_params(random_state=seed_of(method))
        said = " ".join(f"{key.rpartition('__')[2]}={value:.6g}" for key, value in chosen.items())
        yield method, make_pipeline(clone(prepare), model).fit(X, y), said


def score(task, model, X, y):
    """Accuracy, or R² of a real target."""
    return accuracy(model, X, y) if task == "classification" else r2(model, X, y)


def r2(model, X, y):
    """Coefficient of determination."""
    return r2_score(y, model.predict(X))


class _Contestant(NamedTuple):
    model: Any
    choose: Callable  # of pairs, the parameters


def _ours(task, pairs, settings, seed_of):
    classes = task == "classification"
    kernel = NTKClassifier if classes else NTKRegressor
    mkl = MKLClassifier if classes else MKLRegressor
    drawn = dict(n_gates=settings.n_gates, tol=settings.tol, random_state=seed_of("gates"))
    return {
        NTK: kernel(lam="cv", cv=pairs),
        MKL: mkl(**drawn),
        STOPPED: mkl(lam="cv", cv=pairs, n_reweightings="cv", **drawn),
    }


def _others(task, settings, d):
    """Those of scikit-learn by name; gammas are times the number d of features."""
    svm = dict(C=settings.svm_C, gamma=np.array(settings.svm_gamma) / d)
    if task == "classification":
        linear = LogisticRegression(solver="newton-cholesky")
        grid = dict(C=settings.logistic_C)
        return {
            LINEAR[task]: _Contestant(linear, lambda p: choose(p, linear, grid, accuracy)),
            SVM: _Contestant(SVC(), lambda p: choose_svm(p, **svm)),
            FOREST: _Contestant(RandomForestClassifier(settings.trees), _nothing),
            BOOSTING: _Contestant(GradientBoostingClassifier(), _nothing),
        }
    linear = Ridge()
    penalties = dict(alpha=[1.0 / C for C in settings.logistic_C])
    # The width of its tube is in units of the target's spread.
    machine = TransformedTargetRegressor(SVR(), transformer=StandardScaler())
    return {
        LINEAR[task]: _Contestant(linear, lambda p: choose(p, linear, penalties, r2)),
        SVM: _Contestant(machine, lambda p: _choose_svr(p, **svm)),
        FOREST: _Contestant(RandomForestRegressor(settings.trees), _nothing),
        BOOSTING: _Contestant(GradientBoostingRegressor(), _nothing),
    }


def _choose_svr(pairs, C, gamma):
    scaled = []
    for Z, y, Z_out, y_out in pairs:
        mean, std = y.mean(), y.std() or 1.0
        scaled.append((Z, (y - mean) / std, Z_out, (y_out - mean) / std))
    C = [value for value in C if value <= LARGEST_C] or C[:1]
    chosen = choose_svm(scaled, C, gamma, SVR, lambda predicted, y: r2_score(y, predicted))
    return {f"regressor__{key}": value for key, value in chosen.items()}


def _nothing(pairs):
    return {}


def _prepared(prepare, X, y, pairs):
    """Features of each pair, prepared by the rows to fit on."""
    out = []
    for inside, outside in pairs:
        prepare.fit(X.iloc[inside])
        Z, Z_out = (prepare.transform(X.iloc[part]) for part in (inside, outside))
        out.append((Z, y[inside], Z_out, y[outside]))
    return out
