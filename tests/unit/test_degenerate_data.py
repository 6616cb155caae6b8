"""Data that are unusual but allowed go through splits, masks and both fits, certified."""

import numpy as np
import pytest

from fixing_ntk.comparison.mkl import fit_mkl
from fixing_ntk.comparison.ntk import fit_ntk
from fixing_ntk.data import splits
from fixing_ntk.data.readers import DataError
from fixing_ntk.masks import MaskSet

TOL = 1e-6
RNG = np.random.default_rng(0)
X, y = RNG.standard_normal((24, 3)), np.where(np.arange(24) % 2, 1.0, -1.0)

DATA = {
    "a constant column": (np.column_stack([X, np.full(24, 0.1)]), y),
    "a copied column": (np.column_stack([X, X[:, 0]]), y),
    "every row twice": (np.repeat(X[:12], 2, axis=0), np.repeat(y[:12], 2)),
    "every row with both labels": (np.repeat(X[:12], 2, axis=0), y),
    "more features than rows": (RNG.standard_normal((24, 60)), y),
    "one feature": (X[:, :1], y),
    "scales from 1e-90 to 1e90": (X * [1e-90, 1.0, 1e90], y),
    "one outlier": (np.where(np.arange(24)[:, None] == 3, 1e12, X), y),
    "as few rows as folds allow": (X[:8], y[:8]),
    "rare class": (X, np.where(np.arange(24) < 4, 1.0, -1.0)),
}


def prepared(kind, features, labels):
    folds = splits.assign_folds(labels, 0.25, 3, 0, kind)
    split = splits.Split.cross_validated(kind, 0, features, labels, folds)
    return split, MaskSet.sample(split.train_test()[0], 30, seed=0)


@pytest.mark.parametrize("kind", DATA)
def test_fits_are_certified(kind):
    split, masks = prepared(kind, *DATA[kind])
    ratios = [0.5, 0.01]
    learned, _ = fit_mkl(split, masks, ratios, ratios, TOL)
    for row in [*learned, *fit_ntk(split, masks, [1.0, 1e-6], ratios, TOL)]:
        assert row["gap"] <= TOL
        assert np.isfinite(row["objective"])
        assert 0 <= row["correct"] <= row["total"]


@pytest.mark.parametrize("fit", [fit_ntk, fit_mkl])
def test_features_that_never_vary_are_refused(fit):
    split, masks = prepared("flat", np.full((24, 2), 7.0), y)
    with pytest.raises(DataError, match=r"flat, split 0: .*lambda_max is 0.*leave the dataset"):
        fit(split, masks, [0.5], [0.5], TOL)
