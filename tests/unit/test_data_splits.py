import os

import numpy as np
import pytest

from fixing_ntk.data import catalog, download, splits
from fixing_ntk.data import paper_datasets as groups
from fixing_ntk.data.partitions import Partition
from fixing_ntk.data.readers import DataError, Dataset
from fixing_ntk.data.standardization import standardize
from fixing_ntk.seeds import integer, stream


def labels(n, positives):
    return np.where(np.arange(n) < positives, 1.0, -1.0)


def test_split_is_stratified_in_test_and_folds():
    y = labels(200, 60)
    folds = splits.assign_folds(y, 0.25, 5, 0, "a", 0)
    assert np.sum(folds < 0) == 50
    assert np.mean(y[folds < 0] > 0) == pytest.approx(0.3)
    for k in range(5):
        assert np.sum(folds == k) == 30
        assert np.mean(y[folds == k] > 0) == pytest.approx(0.3)


def test_streams_are_named_so_that_one_does_not_move_another():
    y = labels(60, 30)
    first = splits.assign_folds(y, 0.25, 3, 0, "paper", "a", 0)
    assert np.array_equal(first, splits.assign_folds(y, 0.25, 3, 0, "paper", "a", 0))
    for other in ((0, "paper", "a", 1), (0, "paper", "b", 0), (1, "paper", "a", 0)):
        assert not np.array_equal(first, splits.assign_folds(y, 0.25, 3, *other))
    assert integer(0, "ab", "c") != integer(0, "a", "bc")
    assert stream(0, "a").random() == stream(0, "a").random()


def test_statistics_come_from_training_rows_only():
    rng = np.random.default_rng(0)
    X, y = rng.normal(3.0, 2.0, (80, 3)), labels(80, 40)
    folds = splits.assign_folds(y, 0.25, 4, 0, "a", 0)
    shifted = X.copy()
    shifted[folds < 0] += 100.0
    base = splits.Split.cross_validated("a", 0, X, y, folds)
    moved = splits.Split.cross_validated("a", 0, shifted, y, folds)
    X_train, y_train, X_test, y_test = base.train_test()
    assert np.array_equal(X_train, moved.train_test()[0])
    assert not np.allclose(X_test, moved.train_test()[2])
    assert np.allclose(X_train[:, :-1].mean(axis=0), 0, atol=1e-12)
    assert np.allclose(X_train[:, :-1].std(axis=0), 1)
    assert np.all(X_train[:, -1] == 1)
    assert len(y_train) + len(y_test) == 80
    shifted = X.copy()
    shifted[folds == 2] += 100.0
    inner = list(splits.Split.cross_validated("a", 0, shifted, y, folds).tuning())
    for k, (X_fit, y_fit, X_out, y_out) in enumerate(base.tuning()):
        assert np.array_equal(X_fit, inner[k][0]) == (k == 2)
        assert np.array_equal(y_out, y[folds == k])
        assert len(X_fit) == len(y_fit)
        assert len(X_out) + len(X_fit) == len(y_train)


def test_constant_columns_become_zero():
    X = np.column_stack([np.full(5, 1e9), np.arange(5.0)])
    (Z,) = standardize(X)
    assert np.array_equal(Z[:, 0], np.zeros(5))
    assert np.isfinite(Z).all()


def test_units_of_a_column_do_not_matter():
    X = np.random.default_rng(0).standard_normal((9, 2))
    (plain,) = standardize(X)
    for unit in (1e-100, 1e-14, 1e100):
        (scaled,) = standardize(X * [1.0, unit])
        assert np.allclose(scaled, plain, rtol=1e-10)


@pytest.mark.parametrize(("n", "positives"), [(10, 5), (8, 4), (16, 7), (40, 4), (30, 27), (6, 3)])
@pytest.mark.parametrize("n_folds", [2, 5, 12])
def test_a_small_class_has_as_many_folds_as_training_rows(n, positives, n_folds):
    y = labels(n, positives)
    for seed in range(20):
        folds = splits.assign_folds(y, 0.25, n_folds, seed, "a", 0)
        split = splits.Split.cross_validated("a", 0, y[:, None], y, folds)
        smallest = min(np.sum(y[split.train] == c) for c in (-1, 1))
        assert len(split.pairs) == min(n_folds, smallest)
        for fit, held_out in split.pairs:
            assert set(y[fit]) == set(y[held_out]) == {-1.0, 1.0}


@pytest.mark.skipif(not os.environ.get("MIRROR"), reason="needs the MIRROR environment variable")
def test_five_folds_fit_every_set_of_the_paper_but_trains(tmp_path):
    used = {}
    for name in groups.PAPER:
        download.fetch(name, tmp_path / name, mirror=os.environ["MIRROR"], progress=False)
        y = catalog.load(name, tmp_path / name).y
        for index in range(3):
            folds = splits.assign_folds(y, 0.25, 5, 0, "full", name, index)
            used.setdefault(folds.max() + 1, set()).add(name)
    assert used.keys() == {3, 5}
    assert used[3] == {"trains"}
    assert used[5] == set(groups.PAPER) - {"trains"}


@pytest.mark.parametrize(
    ("n", "positives", "test_size", "message"),
    [
        (40, 2, 0.25, r"paper tiny 0: 2 training rows and 0 test rows in the smallest class"),
        (40, 2, 0.6, r"tiny 0: 1 training rows and 1 test .*change splits\.test_size or leave"),
        (40, 1, 0.25, r"paper tiny 0: cannot hold out 0\.25 of 40 rows, classes of 39 and 1"),
        (1, 1, 0.25, r"paper tiny 0: cannot hold out 0\.25 of 1 rows, classes of 1"),
        (40, 20, 0.01, r"cannot hold out 0\.01 of 40 rows.*; change splits\.test_size"),
    ],
)
def test_too_few_rows_are_refused_by_name(n, positives, test_size, message):
    with pytest.raises(DataError, match=message):
        splits.assign_folds(labels(n, positives), test_size, 5, 0, "paper", "tiny", 0)


def test_saved_splits_come_back(tmp_path):
    data = Dataset("a", np.arange(12.0).reshape(6, 2), labels(6, 3))
    folds = np.array([[0, 0, 1, 1, -1, -1], [-1, 0, 1, 0, 1, -1]], dtype=np.int8)
    splits.save(tmp_path / "a.npz", data, folds)
    (split,) = splits.load(tmp_path / "a.npz", [1])
    assert (split.dataset, split.index, len(split.pairs)) == ("a", 1, 2)
    assert np.array_equal(split.X, data.X)
    assert np.array_equal(split.train, folds[1] >= 0)
    assert np.array_equal([held_out for _, held_out in split.pairs], [folds[1] == 0, folds[1] == 1])


def test_a_saved_partition_comes_back_and_its_splits_share_the_rows_to_choose_on(tmp_path):
    data = Dataset("a", np.arange(12.0).reshape(6, 2), labels(6, 3))
    fit = np.array([1, 0, 1, 0, 1, 0], dtype=bool)
    train = np.array([[1, 1, 1, 0, 1, 1], [0, 1, 1, 1, 1, 0]], dtype=bool)
    splits.save_partition(tmp_path / "a.npz", data, Partition(fit, train))
    loaded = list(splits.load(tmp_path / "a.npz", [0, 1]))
    assert [split.index for split in loaded] == [0, 1]
    for split in loaded:
        assert np.array_equal(split.train, train[split.index])
        ((X_fit, y_fit, X_out, y_out),) = split.tuning()
        assert np.array_equal(y_fit, data.y[fit])
        assert np.array_equal(y_out, data.y[~fit])
        assert np.allclose(X_fit[:, :-1].mean(axis=0), 0)
        assert np.allclose(X_out[:, :-1] - X_fit[:, :-1], X_out[0, 0] - X_fit[0, 0])
        assert len(split.train_test()[0]) == train[split.index].sum()
