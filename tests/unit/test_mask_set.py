"""Masks in memory: their gates, order, counts, storage, and what is refused."""

import numpy as np
import pytest
from scipy.stats import binom

from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.storage import load_masks, save_masks


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
