"""How the rows of a user's own table are split, and folded to choose parameters on."""

import numpy as np
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    train_test_split,
)

from fixing_ntk.data.own import TableError
from fixing_ntk.data.splits import assign_folds
from fixing_ntk.seeds import integer

MIN_OF_A_CLASS = 10  # rows of a class that parameters are chosen on, where it has them


def split_rows(data, split, n_splits, test_size, n_folds, tuning_rows, seed):
    """Rows to fit to, rows to test on, and pairs of the first to choose parameters by.

    Splits are stratified random ones. Rows of a group stay on one side. By time, split s of k tests
    on part s + 1 of k + 1 equal parts, after what it learns from, and so do its folds.

    Parameters
    ----------
    data : OwnData
    split, n_splits : int
        Which one, and of how many.
    test_size : float
        Share of rows to test on; not by time.
    n_folds : int
        Fewer where the smallest class has fewer rows.
    tuning_rows : int
        Parameters are chosen on so many of the rows to fit to, at most.
    seed : int

    Returns
    -------
    train, test : ndarray of int
    pairs : list of (ndarray, ndarray)
        Positions in ``train`` to fit on, and held out.
    """
    # A dataset of the same name has these splits, under protocol full.
    name, rows = (seed, "full", data.name, split), np.arange(len(data.y))
    if data.moment is not None:
        order = np.argsort(data.moment, kind="stable")
        train, test = (order[part] for part in [*TimeSeriesSplit(n_splits).split(order)][split])
    elif data.repeated:
        train, test = _by_group(data, test_size, integer(*name, "split"))
    elif data.task == "classification":
        fold_of = assign_folds(data.y, test_size, n_folds, *name)
        train, test = np.flatnonzero(fold_of >= 0), np.flatnonzero(fold_of < 0)
        if len(train) <= tuning_rows:
            return train, test, _pairs(fold_of[train])
    else:
        random = integer(*name, "split")
        train, test = train_test_split(rows, test_size=test_size, random_state=random)
        train, test = np.sort(train), np.sort(test)
    return train, test, fold_rows(data, train, n_folds, tuning_rows, *name)


def fold_rows(data, rows, n_folds, tuning_rows, *name):
    """Pairs of positions in some rows, to fit on and held out; ``name`` is that of the stream."""
    if len(rows) > tuning_rows:
        at = _subsample(data.y[rows], data.task, tuning_rows / len(rows), integer(*name, "tuning"))
        pairs = fold_rows(data, rows[at], n_folds, len(at), *name)
        return [(at[fit], at[out]) for fit, out in pairs]
    random, classes = integer(*name, "folds"), data.task == "classification"
    if data.moment is not None:
        order = np.argsort(data.moment[rows], kind="stable")
        pairs = [(order[fit], order[out]) for fit, out in TimeSeriesSplit(n_folds).split(order)]
    elif data.repeated:
        y, groups = data.y[rows], data.groups[rows]
        kind = StratifiedGroupKFold if classes else GroupKFold
        n_folds = min(n_folds, _fewest(y, groups) if classes else len(np.unique(groups)))
        pairs = [*kind(n_folds, shuffle=True, random_state=random).split(rows, y, groups)]
    else:
        return _pairs(_fold_of(data, rows, n_folds, random))
    if classes:
        _require_classes(data, rows, pairs)
    return pairs


def _subsample(y, task, share, random):
    """Draw positions of a share of the rows, of each class at least `MIN_OF_A_CLASS` or all."""
    order = np.random.default_rng(random).permutation(len(y))
    if task == "regression":
        return np.sort(order[: round(share * len(y))])
    of_each = (order[y[order] == c] for c in np.unique(y))
    return np.sort(
        np.concatenate([rows[: max(MIN_OF_A_CLASS, round(share * len(rows)))] for rows in of_each])
    )


def _fold_of(data, rows, n_folds, random):
    """Fold of each of some rows; no more folds than the smallest class has rows."""
    y, kind = data.y[rows], KFold
    if data.task == "classification":
        kind, n_folds = StratifiedKFold, min(n_folds, np.unique(y, return_counts=True)[1].min())
    fold_of, folds = np.empty(len(rows), int), kind(n_folds, shuffle=True, random_state=random)
    for k, (_, held_out) in enumerate(folds.split(rows, y)):
        fold_of[held_out] = k
    return fold_of


def _by_group(data, test_size, random):
    rows = np.arange(len(data.y))
    if data.task == "regression":
        folds = GroupShuffleSplit(1, test_size=test_size, random_state=random)
    else:
        parts = max(2, round(1.0 / test_size))
        folds = StratifiedGroupKFold(parts, shuffle=True, random_state=random)
    train, test = next(iter(folds.split(rows, data.y, data.groups)))
    if data.task == "classification":
        _require_classes(data, rows, [(train, test)])
    return train, test


def _require_classes(data, rows, pairs):
    """Refuse a part to fit on that lacks a class."""
    y = data.y[rows]
    for fit, _ in pairs:
        if absent := sorted(set(data.y) - set(y[fit])):
            how = "time" if data.moment is not None else "group"
            raise TableError(
                f"{data.name}: splits by {how} leave rows to fit on without class {absent[0]!r}; "
                "leave its rows out, or take fewer `splits.folds`"
            )


def _fewest(y, groups):
    """Groups of the class that has the fewest."""
    return min(len(np.unique(groups[y == c])) for c in np.unique(y))


def _pairs(fold_of):
    """Positions to fit on and held out, for each fold."""
    folds = range(fold_of.max() + 1)
    return [(np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)) for k in folds]
