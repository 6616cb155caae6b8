"""Redrawn gates keep their masks, and follow the Gaussian restricted to a cone."""

import numpy as np
import pytest
import scipy.stats

from fixing_ntk.masks import MaskSet, gates_in_cones, predict, redraw_gates
from fixing_ntk.masks.gates_in_cones import truncated_normal

UNLIKELY = 1e-3  # p-values below are failures; seeds are fixed
INF = np.inf


def data(n, d, seed=0):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.standard_normal((n, d - 1)), np.ones(n)])


def of_cone(X, gate, count, seed):
    """Gates (d, count) from the cone of a gate, by rejection."""
    rng, found, mask = np.random.default_rng(seed), [], X @ gate >= 0
    while sum(map(len, found)) < count:
        drawn = rng.standard_normal((50_000, X.shape[1]))
        found.append(drawn[np.all((drawn @ X.T >= 0) == mask, axis=1)])
    return np.concatenate(found)[:count].T


def same_distribution(a, b):
    """Least p-value over projections of points (d, k) and (d, m) on axes, sums and norms."""
    d = len(a)
    onto = np.vstack([np.eye(d), np.random.default_rng(0).standard_normal((5, d))])
    pairs = [*zip(onto @ a, onto @ b, strict=True)]
    pairs.append((np.linalg.norm(a, axis=0), np.linalg.norm(b, axis=0)))
    return min(scipy.stats.ks_2samp(*pair).pvalue for pair in pairs) * len(pairs)


@pytest.mark.parametrize("d", [2, 5, 20])
def test_every_draw_keeps_the_masks(d):
    X = data(60, d)
    X[::7] = np.round(X[::7])  # repeated values
    X[3], X[4] = 0.0, X[5]
    masks = MaskSet.sample(X, 40, seed=1)
    draws = redraw_gates(X, masks.gates, 7, 50, seed=2)
    assert draws.shape == (7, d, len(masks))
    for draw in draws:
        assert np.array_equal(MaskSet.from_gates(X, draw).packed, masks.packed)
        assert not np.any(np.all(draw == masks.gates, axis=0))


def test_a_walk_that_leaves_its_cone_is_undone(monkeypatch):
    X, gates = data(10, 3), np.random.default_rng(0).standard_normal((3, 4))
    outside = [[1.0, -1.0, 1.0, 1.0]]
    monkeypatch.setattr(gates_in_cones, "_walk", lambda rows, gates, *_: 2.0 * gates * outside)
    first, second = redraw_gates(X, gates, 2)
    assert np.array_equal(first, gates * [2.0, 1.0, 2.0, 2.0])
    assert np.array_equal(second, gates * [4.0, 1.0, 4.0, 4.0])


def test_training_predictions_stay_and_those_in_the_cone_of_the_signed_rows():
    X, rng = data(30, 4), np.random.default_rng(1)
    gate = rng.standard_normal((4, 1))
    signed = np.where(X @ gate >= 0, X, -X)
    inside = rng.exponential(size=(50, 30)) @ signed
    points = np.vstack([X, inside, -inside])
    weights, other = rng.standard_normal((4, 1)), rng.standard_normal((50, 4))
    expected, moved = predict(gate, weights, points), False
    for draw in redraw_gates(X, gate, 50, 20, seed=3):
        assert np.array_equal(predict(draw, weights, points), expected)
        moved |= np.any(predict(draw, weights, other) != predict(gate, weights, other))
    assert moved


def test_in_the_plane_angles_are_uniform_on_the_arc():
    X, gate = data(8, 2), np.array([[0.3], [1.0]])
    (draws,) = redraw_gates(X, np.repeat(gate, 3000, axis=1), 1, 30, seed=0)
    # Ends of the arc: the nearest hyperplanes on both sides of the gate.
    normals = np.arctan2(X[:, 1], X[:, 0])
    crossings = np.concatenate([normals + np.pi / 2, normals - np.pi / 2])
    start = np.arctan2(*gate[::-1, 0])
    offsets = np.sort((crossings - start + np.pi) % (2 * np.pi) - np.pi)
    low, high = offsets[offsets < 0].max(), offsets[offsets > 0].min()
    angles = (np.arctan2(draws[1], draws[0]) - start + np.pi) % (2 * np.pi) - np.pi
    assert scipy.stats.kstest((angles - low) / (high - low), "uniform").pvalue > UNLIKELY
    assert scipy.stats.kstest(np.linalg.norm(draws, axis=0), "rayleigh").pvalue > UNLIKELY


def test_in_space_draws_agree_with_rejection_sampling():
    X, gate = data(6, 3, seed=4), np.array([0.2, -0.5, 0.4])
    draws = redraw_gates(X, np.repeat(gate[:, None], 300, axis=1), 10, 40, seed=1)
    draws = np.concatenate(draws, axis=1)
    assert same_distribution(draws, of_cone(X, gate, 20_000, seed=2)) > UNLIKELY


def test_a_single_step_leaves_the_distribution_as_it_is():
    X, gate = data(5, 3, seed=4) * [1.0, 1.0, 0.1], np.array([0.2, -0.5, 0.4])
    exact = of_cone(X, gate, 40_000, seed=2)
    (after,) = redraw_gates(X, exact[:, :20_000], 1, 1, seed=3)
    assert same_distribution(after, exact[:, 20_000:]) > UNLIKELY


def test_a_chain_that_starts_in_a_corner_far_out_mixes():
    X, inside = np.eye(4), np.ones(4)
    corner = 50.0 * np.array([1.0, 1e-9, 1e-12, 1e-3])
    chains = np.repeat(corner[:, None], 3000, axis=1)
    (after,) = redraw_gates(X, chains, 1, 200, seed=0)
    assert same_distribution(after, np.abs(of_cone(X, inside, 20_000, seed=1))) > UNLIKELY


def test_without_rows_to_keep_gates_are_standard_normal():
    draws = redraw_gates(np.zeros((2, 3)), np.full((3, 2000), 5.0), 1, 60, seed=0)[0]
    assert min(scipy.stats.kstest(row, "norm").pvalue for row in draws) > UNLIKELY
    squares = np.sum(draws**2, axis=0)
    assert scipy.stats.kstest(squares, scipy.stats.chi2(3).cdf).pvalue > UNLIKELY


def test_chains_are_independent_of_each_other():
    chains = np.repeat([[0.3], [1.0], [0.5]], 2000, axis=1)
    (after,) = redraw_gates(data(4, 3), chains, 1, 30, seed=0)
    for row in after:
        assert scipy.stats.pearsonr(row[::2], row[1::2]).pvalue > UNLIKELY


def test_repeated_rescaled_and_zero_rows_are_the_same_cone():
    X, gate = data(6, 3, seed=4), np.array([[0.2], [-0.5], [0.4]])
    more = np.vstack([X, X[:2], np.zeros(3), 3.0 * X[2:4]])
    chains = np.repeat(gate, 3000, axis=1)
    (a,), (b,) = (redraw_gates(rows, chains, 1, 40, seed=k) for k, rows in enumerate([X, more]))
    assert same_distribution(a, b) > UNLIKELY


def test_the_seed_gives_the_draws():
    X, gates = data(10, 3), np.random.default_rng(0).standard_normal((3, 4))
    a, b, c = (redraw_gates(X, gates, 2, 5, seed) for seed in (1, np.random.default_rng(1), 2))
    assert np.array_equal(a, b)
    assert not np.any(np.all(a == c, axis=1))


@pytest.mark.parametrize(
    ("low", "high"),
    [(-INF, INF), (-1, 2), (30, 31), (-31, -30), (30, INF), (-INF, -30), (0.3, 0.3 + 1e-9)],
)
def test_truncated_normal_draws_in_the_tails_too(low, high):
    ends = np.full(5000, float(low)), np.full(5000, float(high))
    drawn = truncated_normal(*ends, np.random.default_rng(0))
    assert np.all((low <= drawn) & (drawn <= high))
    assert scipy.stats.kstest(drawn, scipy.stats.truncnorm(low, high).cdf).pvalue > UNLIKELY


@pytest.mark.parametrize(
    ("changed", "error", "named"),
    [
        (dict(X=[[np.nan, 1.0]]), ValueError, "X"),
        (dict(X=[["a", "b"]]), TypeError, "X"),
        (dict(gates=np.ones((3, 2))), ValueError, "gates"),
        (dict(gates=np.ones(2)), ValueError, "gates"),
        (dict(n_draws=0), ValueError, "n_draws"),
        (dict(n_steps=1.5), TypeError, "n_steps"),
        (dict(seed="text"), TypeError, "seed"),
    ],
)
def test_an_argument_that_is_wrong_is_named(changed, error, named):
    plain = dict(X=np.ones((3, 2)), gates=np.ones((2, 2)), n_draws=1, n_steps=1, seed=0)
    with pytest.raises(error, match=named):
        redraw_gates(**plain | changed)
