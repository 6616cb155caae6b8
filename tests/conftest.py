"""Problems that several test modules share."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # tests run side by side, one a core

import numpy as np
import pytest

from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import lambda_max


def random_problem(n, d, n_gates, seed, ratio=0.1, labels=False):
    """X with a bias column, targets, masks and ``lam = ratio * lambda_max``."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.standard_normal((n, d - 1)), np.ones(n)])
    y = np.sign(rng.standard_normal(n)) if labels else X[:, 0] * X[:, 1] + rng.standard_normal(n)
    masks = MaskSet.sample(X, n_gates, seed)
    return X, y, masks, ratio * lambda_max(X, y, masks)


@pytest.fixture
def problem():
    return random_problem(40, 4, 60, seed=1)


def pytest_collection_modifyitems(items):
    """Groups of long runs come first, the longest before all, so that none is left at the end."""

    def turn(item):
        group = item.get_closest_marker("xdist_group")
        return 2 if group is None else group.args != ("workflow",)

    items.sort(key=turn)
