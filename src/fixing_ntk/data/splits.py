"""Train/test splits, each with pairs of row sets that choose a penalty."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fixing_ntk.data.readers import DataError
from fixing_ntk.data.standardization import standardize
from fixing_ntk.seeds import integer

MIN_FOLDS = 2


@dataclass(frozen=True)
class Split:
    """One split of one dataset; features are raw until `train_test` or `tuning` standardises them.

    Attributes
    ----------
    dataset : str
        Name of the dataset.
    index : int
        Number of the split among those of its dataset and protocol, from 0.
    X, y : ndarray (n, d), (n,)
        All rows: features without a bias column, and labels -1 or +1.
    train : ndarray (n,) of bool
        Training rows; the others are test rows.
    pairs : list of (fit, held_out), each ndarray (n,) of bool
        Penalties are chosen by fits to the rows ``fit`` that are scored on ``held_out``. The pairs
        are the folds of a cross-validation inside the training rows, or one pair that several
        splits share. Empty for the splits of `draw`.
    """

    dataset: str
    index: int
    X: np.ndarray
    y: np.ndarray
    train: np.ndarray
    pairs: list[tuple[np.ndarray, np.ndarray]]

    @classmethod
    def cross_validated(cls, dataset, index, X, y, folds):
        """Make a split from ``folds`` (n,): -1 for a test row, else the fold that holds it out."""
        train = folds >= 0
        pairs = [(train & (folds != k), folds == k) for k in range(folds.max() + 1)]
        return cls(dataset, index, X, y, train, pairs)

    def train_test(self, constant=0.0):
        """Return ``X_train, y_train, X_test, y_test``, features standardised by the training rows.

        The features have a bias column, the last. ``constant`` is the factor, in place of one over
        the standard deviation, of features that do not vary: see `standardize`. The arrays are kept
        and returned again by later calls, so callers must not change them.
        """
        if constant not in self._train_test:
            self._train_test[constant] = self._prepared(self.train, ~self.train, constant)
        return self._train_test[constant]

    @cached_property
    def _train_test(self):
        return {}

    def tuning(self, constant=0.0) -> Iterator[tuple[np.ndarray, ...]]:
        """Yield ``X_fit, y_fit, X_out, y_out`` of each of the ``pairs``.

        Features are standardised by the rows to fit on and have a bias column; ``constant`` is as
        for `standardize`.
        """
        for pair in self.pairs:
            yield self._prepared(*pair, constant)

    def _prepared(self, fit, held_out, constant):
        X_fit, X_out = standardize(self.X[fit], self.X[held_out], constant=constant)
        return X_fit, self.y[fit], X_out, self.y[held_out]


def assign_folds(y, test_size, n_folds, seed, *names):
    """Assign a stratified train/test split, and stratified folds inside its training rows.

    If a class has fewer training rows than ``n_folds``, there are only as many folds as this class
    has training rows. So every fold holds out a row of each class and leaves one to fit on.

    Parameters
    ----------
    y : ndarray (n,)
    test_size : float
        Share of rows held out.
    n_folds : int
        Number of folds of the training rows, at least 2.
    seed, *names
        Seed and name of the random stream, say protocol, dataset and number of the split. So each
        split is drawn independently of all others.

    Returns
    -------
    ndarray (n,) of int8
        For each training row the fold that holds it out, from 0; -1 for test rows.

    Raises
    ------
    DataError
        If a class has fewer than two training rows or no test row, or scikit-learn refuses to
        stratify so few rows.
    """
    from sklearn.model_selection import StratifiedKFold, train_test_split

    rows, where = np.arange(len(y)), " ".join(map(str, names))
    try:
        train, test = train_test_split(
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
    smallest, tested = (min(np.sum(y[part] == c) for c in np.unique(y)) for part in (train, test))
    if smallest < MIN_FOLDS or not tested:
        raise DataError(
            f"{where}: {smallest} training rows and {tested} test rows in the smallest class; it "
            f"takes {MIN_FOLDS} training rows, one to hold out and one to fit on, and a test "
            "row: change splits.test_size or leave the dataset out"
        )
    n_folds = min(n_folds, smallest)
    folds = np.full(len(y), -1, dtype=np.int8)
    kfold = StratifiedKFold(n_folds, shuffle=True, random_state=integer(seed, *names, "folds"))
    for k, (_, held_out) in enumerate(kfold.split(train, y[train])):
        folds[train[held_out]] = k
    return folds


def save(path, dataset, folds):
    """Write a dataset and the folds (n_splits, n), from `assign_folds`, to an ``.npz`` file."""
    np.savez(path, name=dataset.name, X=dataset.X, y=dataset.y, folds=folds)


def save_partition(path, dataset, partition):
    """Write a dataset and its `partitions.Partition` to an ``.npz`` file, for `load`."""
    np.savez(path, name=dataset.name, X=dataset.X, y=dataset.y, **partition._asdict())


def draw(path, indices, test_size, seed, protocol):
    """Yield the `Split` of each index, drawn by `assign_folds`, with no ``pairs`` to choose by.

    So there can be more splits than a file holds. X, y and the dataset's name are read from the
    file ``path`` that `save` wrote; ``protocol`` is the protocol's name. With the file's seed, test
    size and protocol, splits whose index is in the file have the training rows of the file.
    """
    with np.load(path, allow_pickle=False) as f:
        name, X, y = str(f["name"]), f["X"], f["y"]
    for s in indices:
        folds = assign_folds(y, test_size, MIN_FOLDS, seed, protocol, name, s)
        yield Split(name, s, X, y, folds >= 0, [])


def load(path, indices):
    """Yield the `Split` of each index from a file that `save` or `save_partition` wrote.

    Splits of `save` have the pairs of their own folds. Splits of `save_partition` all have the same
    pair, which is not inside their training rows.
    """
    with np.load(path, allow_pickle=False) as f:
        arrays = dict(f)
    name, X, y = str(arrays["name"]), arrays["X"], arrays["y"]
    for s in indices:
        if "folds" in arrays:
            yield Split.cross_validated(name, s, X, y, arrays["folds"][s])
        else:
            yield Split(name, s, X, y, arrays["train"][s], [(arrays["fit"], ~arrays["fit"])])
