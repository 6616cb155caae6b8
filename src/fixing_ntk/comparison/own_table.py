"""NTK, MKL, and what a user would pick instead, on a table of the user's own."""

import logging

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from fixing_ntk.comparison.methods import LOGISTIC, MKL, NTK, OURS_ON_A_TABLE
from fixing_ntk.comparison.pipelines import fit_all, score
from fixing_ntk.comparison.probabilities import probability_scores, reliability
from fixing_ntk.data.splits import assign_folds
from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.seeds import integer

log = logging.getLogger(__name__)


def compare(data, split, test_size, folds, settings, seed):
    """Fit every method to one split, each with its parameters by cross-validation, same folds.

    Parameters
    ----------
    data : OwnData
    split : int
    test_size : float
    folds : int
        Fewer where the smallest class has fewer training rows.
    settings : pipelines.Settings
    seed : int

    Returns
    -------
    rows : list of dict
        dataset, task, split, method, score (accuracy, or R^2 of a real target), n, n_test, d, and
        ``parameters`` in words; of our methods also solver, lam_ratio, gap; of all but the NTK p,
        active, the number of masks, and ``active_share``, their share; of the NTK
        ``effective_share``, its effective dimension over n, and ``alignment`` with the targets; of
        methods with probabilities `probability_scores`. MKL at p = 4/3 has a mask for every gate.
    curves : list of dict
        method, split and `reliability` of methods with probabilities.
    """
    # A dataset of the same name has these splits, under protocol full.
    fold_of = _assign_folds(data, test_size, folds, seed, "full", data.name, split)
    train, test = np.flatnonzero(fold_of >= 0), np.flatnonzero(fold_of < 0)
    pairs = _pairs(fold_of[train])
    rows, curves = [], []
    for method, model, chosen in fit_all(
        *(data, train, pairs, settings), lambda what: integer(seed, data.name, split, what)
    ):
        X_test, y_test = data.X.iloc[test], data.y[test]
        reached = score(data.task, model, X_test, y_test)
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
            parameters=chosen,
        )
        if method in (*OURS_ON_A_TABLE, LOGISTIC):
            row |= describe(method, model[-1], data.y[train])
        if hasattr(model, "predict_proba"):
            given = model.classes_, model.predict_proba(X_test), y_test
            row |= probability_scores(*given)
            curves += [dict(method=method, split=split, **one) for one in reliability(*given)]
        rows.append(row)
    return rows, curves


def learn(data, folds, settings, seed):
    """Fit every method to all rows.

    Returns
    -------
    models : dict of str to Pipeline
    learned : dict of ndarray
        Of MKL: ``gates`` (d + 1, p), ``eta`` (k, p), ``ntk_weights`` (p,), ``classes``,
        ``features`` (d,), ``lam_ratio``, ``gap``, ``task``.
    """
    rows = np.arange(len(data.y))
    pairs = _pairs(_fold_rows(data, rows, folds, seed, data.name, "all"))
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


def _assign_folds(data, test_size, n_folds, seed, *names):
    """As `splits.assign_folds`, but of a real target not stratified."""
    if data.task == "classification":
        return assign_folds(data.y, test_size, n_folds, seed, *names)
    train, _ = train_test_split(
        np.arange(len(data.y)), test_size=test_size, random_state=integer(seed, *names, "split")
    )
    fold_of = np.full(len(data.y), -1)
    fold_of[train] = _fold_rows(data, train, n_folds, seed, *names)
    return fold_of


def _fold_rows(data, rows, n_folds, seed, *names):
    """Fold of each of some rows; no more folds than the smallest class has rows."""
    y, kind = data.y[rows], KFold
    if data.task == "classification":
        kind, n_folds = StratifiedKFold, min(n_folds, np.unique(y, return_counts=True)[1].min())
    splitter = kind(n_folds, shuffle=True, random_state=integer(seed, *names, "folds"))
    fold_of = np.empty(len(rows), int)
    for k, (_, held_out) in enumerate(splitter.split(rows, y)):
        fold_of[held_out] = k
    return fold_of


def _pairs(fold_of):
    """Positions to fit on and held out, for each fold."""
    folds = range(fold_of.max() + 1)
    return [(np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)) for k in folds]


def describe(method, estimator, y):
    """What a table says of one of our estimators, fitted to targets y."""
    row = dict(
        solver=type(estimator).__name__,
        lam_ratio=estimator.lam_ratio_,
        gap=estimator.dual_gap_,
    )
    if method == NTK:
        ridge = KernelRidge(ntk(estimator.X_fit_), centred(y))
        lam = estimator.lam_ratio_ * ridge.scale
        share = ridge.effective_dimension(lam) / len(y)
        return row | dict(effective_share=share, alignment=ridge.alignment)
    p, active = estimator.gates_.shape[1], int(np.count_nonzero(estimator.eta_.any(axis=0)))
    return row | dict(p=p, active=active, active_share=active / p)


def centred(y):
    """A target as the model sees it; of several classes, the commonest against the rest."""
    if y.dtype.kind == "f":
        return y - y.mean()
    names, count = np.unique(y, return_counts=True)
    return np.where(y == names[np.argmax(count)], 1.0, -1.0)
