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

from fixing_ntk.comparison.svm import choose_svm
from fixing_ntk.seeds import integer

log = logging.getLogger(__name__)


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
        dataset, split, method (of `methods.BASELINES`), parameters (what was chosen), at_end
        (whether one of them ends its grid), correct, total.
    """
    train, d = split.train, split.X.shape[1]
    pairs = list(standardised(split))
    models = {
        "logistic": (LogisticRegression(solver="newton-cholesky"), {"C": logistic_C}),
        "svm": (SVC(), {"C": svm_C, "gamma": np.array(svm_gamma) / d}),
        "forest": (RandomForestClassifier(trees), {}),
        "boosting": (GradientBoostingClassifier(), {}),
    }
    rows = []
    for method, (model, grid) in models.items():
        if "random_state" in model.get_params():
            model.set_params(random_state=integer(seed, split.dataset, split.index, method))
        if method == "svm":
            chosen = choose_svm(pairs, **grid)
        else:
            chosen = choose(pairs, model, grid, accuracy) if grid else {}
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


def standardised(split):
    """Yield ``X, y, X_out, y_out`` of each pair, features standardised by the rows to fit on."""
    for fit, held_out in split.pairs:
        scaler = StandardScaler().fit(split.X[fit])
        X, X_out = scaler.transform(split.X[fit]), scaler.transform(split.X[held_out])
        yield X, split.y[fit], X_out, split.y[held_out]


def choose(pairs, model, grid, score):
    """Parameters of a model of best mean score on held-out rows, ties to the first.

    As `GridSearchCV` chooses them, but features are prepared once for each pair of rows.

    Parameters
    ----------
    pairs : list of (X, y, X_out, y_out)
        Rows to fit on and rows held out.
    model : estimator
    grid : dict of str to sequence
    score : function of a fitted model, X_out and y_out

    Returns
    -------
    dict
    """
    candidates = list(ParameterGrid(grid))
    scores = np.empty((len(pairs), len(candidates)))
    for k, (X, y, X_out, y_out) in enumerate(pairs):
        for i, candidate in enumerate(candidates):
            scores[k, i] = score(clone(model).set_params(**candidate).fit(X, y), X_out, y_out)
    return candidates[int(np.argmax(scores.mean(axis=0)))]


def accuracy(model, X, y):
    """Share of rows whose class is right."""
    return np.mean(model.predict(X) == y)
