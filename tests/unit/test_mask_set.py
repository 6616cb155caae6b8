"""Masks in memory: their gates, order, counts, storage, and what is refused."""

import numpy as np
import pytest
from scipy.stats import binom

from fixing_ntk.masks import MaskSet, mask_set
from fixing_ntk.masks.storage import load_masks, save_masks
from fixing_ntk.programs import MaskedDesign


def brute_force(X, gates):
    return X @ gates >= 0


def test_dense_is_the_sign_pattern_of_the_gates():
    X = np.random.default_rng(0).standard_normal((37, 5))
    masks = MaskSet.sample(X, 200, seed=3)
    assert np.array_equal(masks.dense(), brute_force(X, masks.gates))
    assert masks.packed.shape == (len(masks), 5)  # 37 entries in 5 bytes


def test_masks_are_distinct_nonzero_and_counted():
    X = np.random.default_rng(0).standard_normal((6, 2))
    gates = np.random.default_rng(1).standard_normal((2, 500))
    masks = MaskSet.from_gates(X, gates)
    patterns = brute_force(X, gates)
    kept = {column.tobytes() for column in masks.dense().T}
    assert len(kept) == len(masks)
    assert kept == {c.tobytes() for c in patterns.T if c.any()}
    for column, weight in zip(masks.dense().T, masks.ntk_weights, strict=True):
        assert weight == pytest.approx(np.mean((patterns == column[:, None]).all(axis=0)))
    assert masks.ntk_weights.sum() == pytest.approx(np.mean(patterns.any(axis=0)))
    error = binom(500, masks.ntk_weights).std() / 500
    np.testing.assert_allclose(masks.ntk_weights_error, error, rtol=1e-12)


def test_masks_keep_the_order_of_first_occurrence():
    X = np.eye(3)
    gates = np.array([[1, -1, -1], [-1, 1, -1], [1, -1, -1], [-1, -1, 1]], float).T
    masks = MaskSet.from_gates(X, gates)
    assert np.array_equal(masks.gates, gates[:, [0, 1, 3]])
    assert np.array_equal(masks.ntk_weights, [0.5, 0.25, 0.25])


def test_zero_gate_opens_for_every_row():
    """1[0 >= 0] is one: the boundary belongs to the mask."""
    masks = MaskSet.from_gates(-np.ones((3, 1)), np.array([[0.0, 1.0]]))
    assert masks.dense().all()
    assert len(masks) == 1


def test_blocks_and_rows_agree_across_block_borders(monkeypatch):
    monkeypatch.setattr("fixing_ntk.masks.mask_set.BLOCK_BYTES", 800)
    monkeypatch.setattr("fixing_ntk.masks.mask_set.MIN_ROWS", 1)
    X = np.random.default_rng(0).standard_normal((30, 4))
    masks = MaskSet.sample(X, 50, seed=0)
    slices = masks.slices(float, len(masks))
    assert len(slices) > 1
    rows = np.concatenate([masks.rows(part) for part in slices])
    assert np.array_equal(rows.T.astype(bool), masks.dense())
    assert np.array_equal(masks.rows([3, 1]), masks.dense().T[[3, 1]].astype(float))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_of_long_masks_are_sums_over_blocks_of_samples(monkeypatch, dtype):
    X = np.random.default_rng(0).standard_normal((1003, 4))
    masks = MaskSet.sample(X, 300, seed=0)
    whole = MaskedDesign(X.astype(dtype), masks)
    weights, a = np.random.default_rng(1).standard_normal((4, len(masks))), X[:, 0] - X[:, 1]
    calls = whole.scores, whole.adjoint
    one = [whole.forward(weights), *(call(a) for call in calls), whole.scores(a, np.array([5, 2]))]
    assert masks.sample_slices(dtype) == [slice(0, 1003)]
    monkeypatch.setattr(mask_set, "MAX_BYTES", 0)
    monkeypatch.setattr(mask_set, "BLOCK_BYTES", 2**16)
    parts = masks.sample_slices(dtype)
    assert len(parts) > 2
    assert len(masks.slices(dtype, len(masks))) > 1
    rows = np.hstack([masks.rows(slice(None), bool, part) for part in parts])
    assert np.array_equal(rows.T, masks.dense())
    many = [whole.forward(weights), *(call(a) for call in calls), whole.scores(a, np.array([5, 2]))]
    for value, expected in zip(many, one, strict=True):
        np.testing.assert_allclose(
            value,
            expected,
            rtol=1e-12 if dtype is np.float64 else 1e-4,
            atol=1e-4 * (dtype is np.float32) + 1e-12,
        )


@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_bits_of_many_products_are_those_of_float64(monkeypatch, scale):
    """Small whole numbers are often orthogonal, and then exactly so; the rest is random."""
    monkeypatch.setattr(mask_set, "SINGLE_FROM", 0)
    rng = np.random.default_rng(0)
    X = np.vstack([rng.integers(-2, 3, (500, 4)), rng.standard_normal((505, 4)), np.zeros((2, 4))])
    gates = np.hstack(
        [rng.integers(-2, 3, (4, 90)), rng.standard_normal((4, 60)), np.zeros((4, 1))]
    )
    near = rng.standard_normal((4, 30))  # a millionth of a millionth beside a row's hyperplane
    near -= X[600, :, None] * (X[600] @ near) / (X[600] @ X[600]) * (1.0 - 1e-12)
    gates = np.hstack([gates, near])
    masks = MaskSet.from_gates(scale * X, gates, merged=False)
    expected = X @ gates >= 0
    assert (X @ gates == 0).sum() > 1000
    np.testing.assert_array_equal(masks.dense(), expected[:, expected.any(axis=0)])


def test_saved_masks_come_back(tmp_path):
    X = np.random.default_rng(0).standard_normal((11, 3))
    sets = {s: MaskSet.sample(X, 20, seed=s) for s in (0, 7)}
    save_masks(tmp_path / "masks.npz", sets)
    loaded = load_masks(tmp_path / "masks.npz")
    assert list(loaded) == [0, 7]
    for s, masks in sets.items():
        assert np.array_equal(loaded[s].dense(), masks.dense())
        assert np.array_equal(loaded[s].gates, masks.gates)
        assert np.array_equal(loaded[s].ntk_weights, masks.ntk_weights)


@pytest.mark.parametrize(
    ("X", "gates", "message"),
    [
        (np.ones((3, 2)), np.ones((3, 4)), "one d"),
        (np.ones((3, 2)), -np.ones((2, 4)), "all-zero mask"),
        (np.full((3, 2), np.nan), np.ones((2, 4)), "finite"),
    ],
)
def test_bad_input_is_named(X, gates, message):
    with pytest.raises(ValueError, match=message):
        MaskSet.from_gates(X, gates)


def test_no_gates_is_an_error():
    with pytest.raises(ValueError, match="n_gates"):
        MaskSet.sample(np.ones((2, 2)), 0)
