"""Compare NTK, MKL and the baselines on a table of the user's own, and fit them to all its rows."""

import logging

import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score, r2_score

from fixing_ntk.comparison.methods import LOGISTIC, MKL, NTK, OURS_ON_A_TABLE
from fixing_ntk.comparison.own_pipelines import fit_all
from fixing_ntk.comparison.own_splits import fold_rows, split_rows
from fixing_ntk.comparison.probabilities import probability_scores, reliability
from fixing_ntk.estimators.ntk import IN_MEMORY
from fixing_ntk.kernels import FactoredRidge, ntk
from fixing_ntk.seeds import integer
from fixing_ntk.solvers.iterated_ridge import spectrum

log = logging.getLogger(__name__)


def compare(data, split, n_splits, test_size, folds, settings, seed):
    """Fit the selected methods to one split of a table, and score them on the test rows.

    All methods choose their parameters on the same folds, see `fit_all`.

    Parameters
    ----------
    data : OwnData
    split, n_splits, test_size, folds
        As for `split_rows`, where the number ``folds`` is called ``n_folds``.
    settings : own_pipelines.Settings
        Its ``tuning_rows`` also goes to `split_rows`.
    seed : int

    Returns
    -------
    rows : list of dict
        One row for each method: dataset, task, split, method, score (accuracy, or R^2 for
        regression, on the test rows), n and n_test (training and test rows), d (features after
        preprocessing, without the bias); ``n_tuning``, the number of rows that parameters are
        chosen on; ``repeated``, the number of rows of the table beyond the first of their group;
        ``parameters``, the ones chosen for a baseline, as text, see `fit_all`. For classification
        ``balanced``, the mean over classes of the share of test rows predicted correctly. The NTK
        and forms of MKL add the columns of `describe`; methods with probabilities add those of
        `probability_scores`.
    curves : list of dict
        method, split and a bin of `reliability`, for methods with probabilities.
    confusion : list of dict
        Empty for regression. Else one for each method, label of the test rows and class that the
        method predicts for some test row: method, split, ``label``, ``predicted``, and ``count``,
        the number of test rows with this label and prediction, which may be 0.
    """
    train, test, pairs = split_rows(
        data, split, n_splits, test_size, folds, settings.tuning_rows, seed
    )
    rows, curves, confusion, classes = [], [], [], data.task == "classification"
    for method, model, chosen in fit_all(
        *(data, train, pairs, settings), lambda what: integer(seed, data.name, split, what)
    ):
        X_test, y_test = data.X.iloc[test], data.y[test]
        predicted = model.predict(X_test)
        reached = np.mean(predicted == y_test) if classes else r2_score(y_test, predicted)
        log.info("%s split %d: %s %.4f %s", data.name, split, method, reached, chosen)
        row = dict(
            dataset=data.name,
            task=data.task,
            split=split,
            method=method,
            score=reached,
            n=len(train),
            n_test=len(test),
            d=model[-1].n_features_in_,
            n_tuning=sum(map(len, pairs[-1])),
            repeated=data.repeated,
            parameters=chosen,
        )
        if classes:
            row["balanced"] = balanced_accuracy_score(y_test, predicted)
            counts = pd.crosstab(y_test, predicted).stack()
            confusion += [
                dict(method=method, split=split, label=label, predicted=other, count=count)
                for (label, other), count in counts.items()
            ]
        if method in (*OURS_ON_A_TABLE, LOGISTIC):
            row |= describe(method, model[-1], data.y[train])
        if hasattr(model, "predict_proba"):
            given = model.classes_, model.predict_proba(X_test), y_test
            row |= probability_scores(*given)
            curves += [dict(method=method, split=split, **one) for one in reliability(*given)]
        rows.append(row)
    return rows, curves, confusion


def learn(data, folds, settings, seed):
    """Fit MKL, the guess and the selected methods to all rows; return them and what MKL learned.

    Parameters
    ----------
    data, folds, settings, seed
        As for `compare`.

    Returns
    -------
    models : dict of str to Pipeline
        Preprocessing and fitted model, by the name of the method.
    learned : dict of ndarray, float or str
        Of optimal MKL (p = 1), for k outputs, p masks and d features after preprocessing:
        ``gates`` (d + 1, p), the bias last; kernel weights ``eta`` (k, p), of sum 1 for each
        output; ``ntk_weights`` (p,), the share of drawn gates with each mask; ``classes``, as text
        (for regression the task alone); names of the ``features`` (d,); ``lam_ratio``, the
        chosen penalty, as the same multiple of every output's own `lambda_max`; ``gap``, the
        largest relative gap of an output; ``task``.
    """
    rows = np.arange(len(data.y))
    pairs = fold_rows(data, rows, folds, settings.tuning_rows, seed, data.name, "all")
    fitted = fit_all(
        *(data, rows, pairs, settings), lambda what: integer(seed, data.name, "all", what)
    )
    models = {method: model for method, model, _ in fitted}
    prepare, mkl = models[MKL][0], models[MKL][-1]
    learned = dict(
        gates=mkl.gates_,
        eta=mkl.eta_,
        ntk_weights=mkl.ntk_weights_,
        classes=np.asarray(getattr(mkl, "classes_", [data.task])).astype(str),  # nothing pickled
        features=np.array(prepare.get_feature_names_out(), dtype=str),
        lam_ratio=mkl.lam_ratio_,
        gap=mkl.dual_gap_,
        task=data.task,
    )
    return models, learned


def describe(method, estimator, y):
    """Return the columns of `compare` that only the NTK and forms of MKL have.

    Parameters
    ----------
    method : str
        Name of the method, of `methods`.
    estimator : NTKClassifier, NTKRegressor, MKLClassifier or MKLRegressor
        Fitted.
    y : ndarray (n,)
        Targets that the estimator was fitted to.

    Returns
    -------
    dict
        ``solver`` (name of the estimator's class), ``lam_ratio`` (the penalty, in the estimator's
        unit) and ``gap`` (the largest relative gap of an output). For the NTK ``effective_share``,
        its effective dimension at this penalty over n, and its ``alignment`` with the targets of
        `centred`; for many rows, more than `IN_MEMORY`, the two are estimates. For forms of MKL the
        numbers of masks ``p`` and of ``active`` masks (of nonzero weight in some output), and
        ``active_share = active / p``. MKL at p = 4/3 counts a mask once for each of its gates.
    """
    row = dict(
        solver=type(estimator).__name__,
        lam_ratio=estimator.lam_ratio_,
        gap=estimator.dual_gap_,
    )
    if method == NTK:
        X, ratio = estimator.X_fit_, estimator.lam_ratio_
        if len(X) > IN_MEMORY:
            dimension, alignment = spectrum(X, centred(y), ratio)
        else:
            ridge = FactoredRidge(ntk(X), centred(y))
            dimension = ridge.effective_dimension(ratio * (ridge.scale or 1.0))
            alignment = ridge.alignment
        return row | dict(effective_share=dimension / len(y), alignment=alignment)
    p, active = estimator.gates_.shape[1], int(np.count_nonzero(estimator.eta_.any(axis=0)))
    return row | dict(p=p, active=active, active_share=active / p)


def centred(y):
    """Return targets (n,) for kernel ridge: numbers minus their mean, or classes as ±1.

    The most frequent class is +1 and all other classes are -1. So effective dimension and alignment
    have one target, also where the estimator fits an output for each class.
    """
    if y.dtype.kind == "f":
        return y - y.mean()
    names, count = np.unique(y, return_counts=True)
    return np.where(y == names[np.argmax(count)], 1.0, -1.0)
