import numpy as np
import pytest

from fixing_ntk.data import splits
from fixing_ntk.data.readers import DataError, Dataset
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
    base = splits.Split("a", 0, X, y, folds)
    moved = splits.Split("a", 0, shifted, y, folds)
    X_train, y_train, X_test, y_test = base.train_test()
    assert np.array_equal(X_train, moved.train_test()[0])
    assert not np.allclose(X_test, moved.train_test()[2])
    assert np.allclose(X_train[:, :-1].mean(axis=0), 0, atol=1e-12)
    assert np.allclose(X_train[:, :-1].std(axis=0), 1)
    assert np.all(X_train[:, -1] == 1)
    assert len(y_train) + len(y_test) == 80
    shifted = X.copy()
    shifted[folds == 2] += 100.0
    inner = splits.Split("a", 0, shifted, y, folds).fold(2)
    assert np.array_equal(base.fold(2)[0], inner[0])
    assert len(base.fold(2)[1]) + len(base.fold(2)[3]) == len(y_train)


def test_constant_columns_become_zero():
    X = np.column_stack([np.full(5, 1e9), np.arange(5.0)])
    (Z,) = splits.standardize(X)
    assert np.array_equal(Z[:, 0], np.zeros(5))
    assert np.isfinite(Z).all()


def test_units_of_a_column_do_not_matter():
    X = np.random.default_rng(0).standard_normal((9, 2))
    (plain,) = splits.standardize(X)
    for unit in (1e-100, 1e-14, 1e100):
        (scaled,) = splits.standardize(X * [1.0, unit])
        assert np.allclose(scaled, plain, rtol=1e-10)


@pytest.mark.parametrize(
    ("n", "positives", "test_size", "message"),
    [
        (
            40,
            4,
            0.25,
            r"paper tiny 0: 3 training rows in the smallest class, fewer than the 5 folds",
        ),
        (6, 3, 0.25, r"paper tiny 0: 2 training rows .*; lower splits\.folds"),
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
    assert (split.dataset, split.index, split.n_folds) == ("a", 1, 2)
    assert np.array_equal(split.X, data.X)
    assert np.array_equal(split.folds, folds[1])
