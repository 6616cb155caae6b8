"""Real data sets that scikit-learn ships, so that everything can be tried without a network."""

import numpy as np

from fixing_ntk.data.readers import Dataset
from fixing_ntk.data.uci import closest

# name: (loader in sklearn.datasets, class that becomes +1, classes that become -1)
_SETS = {
    "sklearn-breast-cancer": ("load_breast_cancer", 1, (0,)),  # benign against malignant
    "sklearn-wine": ("load_wine", 1, (0, 2)),
    "sklearn-iris": ("load_iris", 1, (2,)),  # versicolor against virginica
    "sklearn-digits": ("load_digits", 3, (8,)),
}
NAMES: tuple[str, ...] = tuple(_SETS)


def load(name: str) -> Dataset:
    """
    Load a binary classification set that scikit-learn ships.

    Parameters
    ----------
    name
        `sklearn-breast-cancer` (569 x 30, benign +1), `sklearn-wine` (178 x 13, +1 for class 1 of
        0, 1 and 2), `sklearn-iris` (100 x 4, versicolor +1 against virginica) or
        `sklearn-digits` (357 x 64, digit 3 as +1 against 8).

    Returns
    -------
    Dataset
        X of shape (n, d) and y of shape (n,) in {-1, +1}; rows in scikit-learn's order.

    Raises
    ------
    ValueError
        If the name is unknown; the message gives the closest names.
    """
    if name not in _SETS:
        raise ValueError(f"unknown bundled set {name!r} ({closest(name, NAMES)})")
    from sklearn import datasets  # here, because it takes half a second

    loader, positive, negative = _SETS[name]
    X, target = getattr(datasets, loader)(return_X_y=True)
    rows = np.isin(target, (positive, *negative))
    y = np.where(target[rows] == positive, 1.0, -1.0)
    return Dataset(name, np.asarray(X[rows], dtype=np.float64), y)
