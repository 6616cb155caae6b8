"""Split the rows of a user's own table, and assign folds that choose parameters."""

import numpy as np
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    train_test_split,
)

from fixing_ntk.data.own import TableError
from fixing_ntk.data.splits import assign_folds
from fixing_ntk.seeds import integer

DRAWS = 100  # of a split by group, until it is a new one
MIN_OF_A_CLASS = 10  # rows of each class, where it has as many, in a subsample to choose parameters


def split_rows(data, split, n_splits, test_size, n_folds, tuning_rows, seed):
    """Return training rows, test rows, and folds of the training rows that choose parameters.

    Splits are random, and stratified for classes. Rows of a group stay on one side of a split.

    If ``data`` has times, splits are by time instead, and groups are not used. For k splits, the
    ordered rows are cut into parts 0 to k, of equal size but for a larger part 0. Split s tests on
    part s + 1 and trains on all parts before it, without rows of the same time as one to test on.
    The folds cut the training rows in the same way.

    Parameters
    ----------
    data : OwnData
    split, n_splits : int
        Number of this split, from 0, and the number of splits, which only splits by time use.
    test_size : float
        Share of rows to test on, approximate for grouped rows; not used for splits by time.
    n_folds : int
        Number of folds. For classes it is lowered to the number of rows, or of groups, of the class
        with the fewest; for a real target to the number of groups. For splits by time there are
        fewer if times are too few.
    tuning_rows : int
        Maximum number of training rows that parameters are chosen on; exceeded if classes would
        have fewer than `MIN_OF_A_CLASS` of their rows.
    seed : int

    Returns
    -------
    train, test : ndarray of int
        Positions of rows in ``data``: increasing, or by time.
    pairs : list of (ndarray, ndarray)
        For each fold the positions in ``train`` to fit on, and those held out.

    Raises
    ------
    TableError
        If rows to fit on lack a class, in splits by time or by group. If groups are too few for so
        many different splits, or times too few for so many parts.
    DataError
        If a class has too few rows for a stratified split, see `assign_folds`.
    """
    # The same stream names as under protocol full: a named dataset would get the same splits.
    name, rows = (seed, "full", data.name, split), np.arange(len(data.y))
    if data.moment is not None:
        train, test = _by_time(data, data.moment, n_splits, n_splits)[split]
    elif data.repeated:
        train, test = _by_group(data, test_size, split, seed)
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
    """Return for each fold the positions in ``rows`` to fit on, and those held out.

    ``rows`` are positions in ``data``. If they are more than ``tuning_rows``, the folds have only a
    subsample of them. ``n_folds`` and ``tuning_rows`` are as for `split_rows`; ``name`` is the seed
    and the names of the random stream. `TableError` is raised as there. The result is a list of
    pairs.
    """
    if len(rows) > tuning_rows:
        at = _subsample(data.y[rows], data.task, tuning_rows / len(rows), integer(*name, "tuning"))
        pairs = fold_rows(data, rows[at], n_folds, len(at), *name)
        return [(at[fit], at[out]) for fit, out in pairs]
    random, classes = integer(*name, "folds"), data.task == "classification"
    if data.moment is not None:
        pairs = _by_time(data, data.moment[rows], n_folds, 1)
    elif data.repeated:
        y, groups = data.y[rows], data.groups[rows]
        kind = StratifiedGroupKFold if classes else GroupKFold
        n_folds = min(n_folds, _fewest(y, groups) if classes else len(np.unique(groups)))
        if n_folds < 2:
            raise TableError(
                f"{data.name}: the rows to tune on have all rows of a class in one group: "
                "leave out rare classes, or raise `own.tuning_rows`"
            )
        pairs = [*kind(n_folds, shuffle=True, random_state=random).split(rows, y, groups)]
    else:
        return _pairs(_fold_of(data, rows, n_folds, random))
    if classes:
        _require_classes(data, rows, pairs)
    return pairs


def _subsample(y, task, share, random):
    """Draw a share of the rows, of each class at least `MIN_OF_A_CLASS` or all; return positions.

    The result has positions in y (n,), in increasing order. For regression, ``task``, it is the
    ``share`` of all rows, drawn without regard to y. ``random`` is the seed.
    """
    order = np.random.default_rng(random).permutation(len(y))
    if task == "regression":
        return np.sort(order[: round(share * len(y))])
    of_each = (order[y[order] == c] for c in np.unique(y))
    return np.sort(
        np.concatenate([rows[: max(MIN_OF_A_CLASS, round(share * len(rows)))] for rows in of_each])
    )


def _fold_of(data, rows, n_folds, random):
    """Draw the fold, from 0, of each of the ``rows`` (n,) of ``data``, stratified for classes.

    ``rows`` are positions in ``data``. There are ``n_folds`` folds; for classes at most as many as
    rows of the smallest class. ``random`` is the seed. The result is (n,) of int. Groups are not
    used, since `fold_rows` calls this only where each row is its own group.
    """
    y, kind = data.y[rows], KFold
    if data.task == "classification":
        kind, n_folds = StratifiedKFold, min(n_folds, np.unique(y, return_counts=True)[1].min())
    fold_of, folds = np.empty(len(rows), int), kind(n_folds, shuffle=True, random_state=random)
    for k, (_, held_out) in enumerate(folds.split(rows, y)):
        fold_of[held_out] = k
    return fold_of


def _by_time(data, moment, n_splits, least):
    """Return training and test positions of each split by time, as `split_rows` has them.

    Positions are in ``moment`` (n,), the times of the rows. A split without a row before the rows
    to test on is left out. `TableError` is raised if fewer than ``least`` splits are left.
    """
    order, pairs = np.argsort(moment, kind="stable"), []
    for before, after in TimeSeriesSplit(n_splits).split(order):
        train, test = order[before], order[after]
        train = train[moment[train] < moment[test].min()]
        if len(train):
            pairs.append((train, test))
    if len(pairs) < least:
        raise TableError(
            f"{data.name}: {len(np.unique(moment))} different times are too few for splits by time "
            f"into {n_splits + 1} parts: take fewer, `--splits` or `splits.folds`"
        )
    return pairs


def _by_group(data, test_size, split, seed):
    """Draw training and test rows of a split with each group on one side; return their positions.

    The test rows are others than those of all splits before. Draws are repeated until they are, and
    until no class is absent on either side. ``seed`` and the number ``split`` name the random
    streams.

    Raises
    ------
    TableError
        If `DRAWS` draws give no such split: groups are too few for so many splits, or the training
        rows lack a class.
    """
    every, seen = np.arange(len(data.y)), set[bytes]()
    groups, group_of = np.unique(data.groups, return_inverse=True)
    labels = _most_frequent(data.y, group_of) if data.task == "classification" else None
    for k in range(split + 1):
        for draw in range(DRAWS):
            random = integer(seed, "full", data.name, k, "split", *([draw] if draw else []))
            tested = np.isin(group_of, _draw(len(groups), test_size, random, labels))
            train, test = np.flatnonzero(~tested), np.flatnonzero(tested)
            whole = not _absent(data, train) and not _absent(data, test)
            if whole and test.tobytes() not in seen:
                break
        else:
            _require_classes(data, every, [(train, test)])
            raise TableError(
                f"{data.name}: {len(groups)} groups that stay together give only {k} different "
                f"splits: take so many, `--splits {k}`"
            )
        seen.add(test.tobytes())
    return train, test


def _draw(n, share, random, labels):
    """Draw a share of n groups, of each label its share where that can be; return their numbers.

    ``labels`` (n,) are classes of the groups, or None. ``random`` is the seed.
    """
    given = dict(test_size=share, random_state=random)
    try:
        return train_test_split(np.arange(n), stratify=labels, **given)[1]
    except ValueError:  # a label of one group, or more labels than groups to draw
        return train_test_split(np.arange(n), **given)[1]


def _most_frequent(y, group_of):
    """Return the most frequent class of each group, (g,), for labels y and group numbers (n,)."""
    classes, class_of = np.unique(y, return_inverse=True)
    counts = np.zeros((group_of.max() + 1, len(classes)), int)
    np.add.at(counts, (group_of, class_of), 1)
    return counts.argmax(axis=1)


def _absent(data, rows):
    """Return the classes of ``data`` that none of the ``rows`` has, sorted; none for numbers."""
    return sorted(set(data.y) - set(data.y[rows])) if data.task == "classification" else []


def _require_classes(data, rows, pairs):
    """Raise `TableError` if the rows to fit on lack a class of ``data`` in some pair.

    ``rows`` are positions in ``data``. ``pairs`` have positions in ``rows``: to fit on, held out.
    """
    for fit, _ in pairs:
        if absent := _absent(data, rows[fit]):
            how = "time" if data.moment is not None else "group"
            raise TableError(
                f"{data.name}: splits by {how} leave rows to fit on without class {absent[0]!r}; "
                "leave its rows out, or take fewer `splits.folds`"
            )


def _fewest(y, groups):
    """Return the number of groups of the class that has the fewest groups.

    ``y`` (n,) are the labels and ``groups`` (n,) the groups of the rows.
    """
    return min(len(np.unique(groups[y == c])) for c in np.unique(y))


def _pairs(fold_of):
    """Return for each fold the positions to fit on and those held out, from each row's fold.

    ``fold_of`` (n,) numbers the folds from 0.
    """
    folds = range(fold_of.max() + 1)
    return [(np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)) for k in folds]
