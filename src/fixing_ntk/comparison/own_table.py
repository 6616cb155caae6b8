"""NTK, MKL, and what a user would pick instead, on a table of the user's own."""

import logging

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from fixing_ntk.comparison.methods import OURS
from fixing_ntk.comparison.pipelines import MKL, NTK, fit_all, score
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
    list of dict
        dataset, task, split, method, score (accuracy, or R^2 of a real target), n, n_test, d, and
        ``parameters`` in words; of NTK, MKL and stopped MKL also solver, lam_ratio, gap; of the
        latter two p, active, the number of masks, ``active_share``, their share, and
        ``n_reweightings``, NaN at the optimum; of the NTK ``effective_share``, its effective
        dimension over n, and ``alignment`` with the targets.
    """
    classes = data.task == "classification"
    train, test = train_test_split(
        np.arange(len(data.y)),
        test_size=test_size,
        stratify=data.y if classes else None,
        random_state=integer(seed, data.name, split, "split"),
    )
    pairs = _pairs(data, train, folds, seed, split)
    rows = []
    for method, model, chosen in fit_all(
        *(data, train, pairs, settings), lambda what: integer(seed, data.name, split, what)
    ):
        reached = score(data.task, model, data.X.iloc[test], data.y[test])
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
        ours = method in OURS.values()
        rows.append(row | (describe(method, model[-1], data.y[train]) if ours else {}))
    return rows


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
    pairs = _pairs(data, rows, folds, seed, "all")
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


def _pairs(data, rows, folds, seed, split):
    """Folds among rows, as positions in them; no more than the smallest class has rows."""
    y, kind = data.y[rows], KFold
    if data.task == "classification":
        kind, folds = StratifiedKFold, min(folds, np.unique(y, return_counts=True)[1].min())
    splitter = kind(folds, shuffle=True, random_state=integer(seed, data.name, split, "folds"))
    return list(splitter.split(rows, y))


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
    row |= dict(p=p, active=active, active_share=active / p)
    return row | dict(n_reweightings=estimator.n_reweightings_)


def centred(y):
    """A target as the model sees it; of several classes, the commonest against the rest."""
    if y.dtype.kind == "f":
        return y - y.mean()
    names, count = np.unique(y, return_counts=True)
    return np.where(y == names[np.argmax(count)], 1.0, -1.0)
