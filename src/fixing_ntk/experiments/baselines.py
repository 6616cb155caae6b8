"""Classifiers that a user would pick instead, on one split: those of scikit-learn."""

import logging

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from fixing_ntk.experiments.svm import choose_svm
from fixing_ntk.seeds import integer

log = logging.getLogger(__name__)

BASELINES = {
    "logistic": "logistic regression",
    "svm": "RBF SVM",
    "forest": "untuned random forest",
    "boosting": "untuned gradient boosting",
}


def fit_baselines(split, logistic_C, svm_C, svm_gamma, trees, seed):
    """Test accuracy of every baseline on one split.

    Logistic regression and the SVM are tuned on the rows that tune NTK and MKL, ties to the
    smaller C, then to the smaller gamma; forest and boosting are not tuned.

    Parameters
    ----------
    split : Split
    logistic_C, svm_C : sequence of float
        Grids of the inverse penalty, increasing.
    svm_gamma : sequence of float
        Grid of gamma times the number of features, which are standardised; increasing.
    trees : int
        Of the random forest.
    seed : int

    Returns
    -------
    list of dict
        dataset, split, method (of `BASELINES`), parameters (what was chosen), at_end (whether one
        of them ends its grid), correct, total.
    """
    train, d = split.train, split.X.shape[1]
    models = {
        "logistic": (LogisticRegression(solver="newton-cholesky"), {"C": logistic_C}),
        "svm": (SVC(), {"C": svm_C, "gamma": np.array(svm_gamma) / d}),
        "forest": (RandomForestClassifier(trees), {}),
        "boosting": (GradientBoostingClassifier(), {}),
    }
    rows = []
    for method, (model, grid) in models.items():
        model.set_params(random_state=integer(seed, split.dataset, split.index, method))
        if method == "svm":
            chosen = choose_svm(split, **grid)
        else:
            chosen = choose(split, model, grid) if grid else {}
        model = make_pipeline(StandardScaler(), model.set_params(**chosen))
        model.fit(split.X[train], split.y[train])
        log.info("%s split %d: %s %s", split.dataset, split.index, method, chosen)
        rows.append(
            dict(
                dataset=split.dataset,
                split=split.index,
                method=method,
                parameters=" ".join(f"{key}={value:.6g}" for key, value in chosen.items()),
                at_end=any(value in (grid[key][0], grid[key][-1]) for key, value in chosen.items()),
                correct=int(np.sum(model.predict(split.X[~train]) == split.y[~train])),
                total=int(np.sum(~train)),
            )
        )
    return rows


def choose(split, model, grid):
    """Parameters of a model of best mean accuracy on held-out rows, ties to the first.

    As `GridSearchCV` chooses them, but features are standardised once for each pair of rows.
    """
    candidates = list(ParameterGrid(grid))
    accuracy = np.empty((len(split.pairs), len(candidates)))
    for k, (fit, held_out) in enumerate(split.pairs):
        scaler = StandardScaler().fit(split.X[fit])
        X, Z = scaler.transform(split.X[fit]), scaler.transform(split.X[held_out])
        for i, candidate in enumerate(candidates):
            fitted = clone(model).set_params(**candidate).fit(X, split.y[fit])
            accuracy[k, i] = np.mean(fitted.predict(Z) == split.y[held_out])
    return candidates[int(np.argmax(accuracy.mean(axis=0)))]
