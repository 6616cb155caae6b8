"""Train/test splits with cross-validation folds inside the training rows."""

from dataclasses import dataclass

import numpy as np

from fixing_ntk.data.readers import DataError
from fixing_ntk.seeds import integer


@dataclass(frozen=True)
class Split:
    """One split of one dataset; features are raw until `train_test` or `fold` standardises them.

    ``folds`` (n,) holds the fold of every training row and -1 for test rows.
    """

    dataset: str
    index: int
    X: np.ndarray
    y: np.ndarray
    folds: np.ndarray

    @property
    def n_folds(self):
        return int(self.folds.max()) + 1

    def train_test(self):
        """``X_train, y_train, X_test, y_test``, prepared by statistics of the training rows."""
        return self._prepared(self.folds >= 0, self.folds < 0)

    def fold(self, k):
        """The same inside the training rows: fold k is held out, statistics come from the rest."""
        return self._prepared((self.folds >= 0) & (self.folds != k), self.folds == k)

    def _prepared(self, fit, held_out):
        X_fit, X_out = standardize(self.X[fit], self.X[held_out])
        return X_fit, self.y[fit], X_out, self.y[held_out]


def standardize(X, *others):
    """Zero mean and unit variance by the statistics of X, then a bias column of ones.

    Parameters
    ----------
    X : ndarray (n, d)
        Rows that give mean and standard deviation; constant columns become zero.
    *others : ndarray (m, d)

    Returns
    -------
    tuple of ndarray (., d + 1)
    """
    mean, std = X.mean(axis=0), X.std(axis=0)
    constant = std <= 1e-12 * np.abs(X).max(axis=0)
    scale = np.where(constant, 0.0, 1.0 / np.where(constant, 1.0, std))
    return tuple(np.column_stack([(A - mean) * scale, np.ones(len(A))]) for A in (X, *others))


def assign_folds(y, test_size, n_folds, seed, *names):
    """Stratified split and stratified folds inside its training rows.

    Parameters
    ----------
    y : ndarray (n,)
    test_size : float
        Share of rows held out.
    n_folds : int
    seed, *names
        The stream's name, say dataset and split: no other split depends on it.

    Returns
    -------
    ndarray (n,) of int8
        Fold of each training row, -1 for test rows.

    Raises
    ------
    DataError
        If a class has too few rows for the folds, or none in the test rows.
    """
    from sklearn.model_selection import StratifiedKFold, train_test_split

    rows, where = np.arange(len(y)), " ".join(map(str, names))
    try:
        train, _ = train_test_split(
            rows,
            test_size=test_size,
            stratify=y,
            random_state=integer(seed, *names, "split"),
        )
    except ValueError as error:
        raise DataError(
            f"{where}: cannot hold out {test_size:g} of {len(y)} rows, classes of "
            f"{' and '.join(map(str, np.unique(y, return_counts=True)[1]))} ({error}); change "
            "splits.test_size or leave the dataset out"
        ) from error
    smallest = min(np.sum(y[train] == c) for c in np.unique(y))
    if smallest < n_folds:
        raise DataError(
            f"{where}: {smallest} training rows in the smallest class, "
            f"fewer than the {n_folds} folds; lower splits.folds or leave the dataset out"
        )
    folds = np.full(len(y), -1, dtype=np.int8)
    kfold = StratifiedKFold(n_folds, shuffle=True, random_state=integer(seed, *names, "folds"))
    for k, (_, held_out) in enumerate(kfold.split(train, y[train])):
        folds[train[held_out]] = k
    return folds


def save(path, dataset, folds):
    """Write a dataset and the folds (n_splits, n) of all its splits to an ``.npz`` file."""
    np.savez(path, name=dataset.name, X=dataset.X, y=dataset.y, folds=folds)


def load(path, indices):
    """Yield the `Split` of each index from what `save` wrote."""
    with np.load(path, allow_pickle=False) as f:
        name, X, y, folds = str(f["name"]), f["X"], f["y"], f["folds"]
    for s in indices:
        yield Split(name, s, X, y, folds[s])
