"""Every activation pattern, against Cover's count, brute force and the closed-form NTK."""

from itertools import combinations
from unittest import mock

import numpy as np
import pytest

from fixing_ntk import MaskSet, lambda_max, solve, solve_relu
from fixing_ntk.kernels import ntk
from fixing_ntk.masks import arrangement_gates, cover_count, sampled_measures
from fixing_ntk.masks.cone_measures_exact import exact_measures
from fixing_ntk.programs import MaskedDesign


def general(n, r, d=None, seed=0):
    """Rows in general position in a subspace of rank r of R^d."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, r))
    return X if d is None else X @ rng.standard_normal((r, d))


def patterns(X, gates):
    return {column.tobytes() for column in np.packbits(X @ gates >= 0, axis=0).T}


DEGENERATE = {
    "repeated": lambda X: np.vstack([X, X[:3]]),
    "collinear": lambda X: np.vstack([X, -2.0 * X[:2], 0.5 * X[2:4]]),
    "zero rows": lambda X: np.vstack([X, np.zeros((2, X.shape[1]))]),
    "dependent": lambda X: np.vstack([X, X[0] + X[1], X[1] - 2.0 * X[2]]),
    "bias": lambda X: np.column_stack([X, np.ones(len(X))]),
    "grid": lambda X: np.round(X),
}


@pytest.mark.parametrize(("n", "r"), [(5, 1), (2, 2), (30, 2), (3, 3), (25, 3), (14, 4), (9, 6)])
@pytest.mark.parametrize("d", [None, 8])
def test_general_position_has_as_many_cells_as_cover_counts(n, r, d):
    X = general(n, r, d)
    gates = arrangement_gates(X, 10_000)
    assert gates.shape[1] == len(patterns(X, gates)) == cover_count(n, r)


@pytest.mark.parametrize("kind", DEGENERATE)
@pytest.mark.parametrize("r", [2, 3, 4])
def test_no_sampled_gate_has_a_pattern_that_was_missed(kind, r):
    X = DEGENERATE[kind](general(7, r, seed=r))
    masks = MaskSet.enumerate(X)
    sampled = MaskSet.sample(X, 100_000, seed=0)
    every = {row.tobytes() for row in masks.packed}
    assert {row.tobytes() for row in sampled.packed} <= every
    assert len(every) == len(masks)
    # Cells so small that 100,000 gates miss them are few.
    assert len(sampled) >= 0.9 * len(masks)


@pytest.mark.parametrize("r", [4, 5])
def test_ten_thousand_cells_and_more(r):
    X = general({4: 33, 5: 20}[r], r)
    assert len(MaskSet.enumerate(X)) >= 10_000


def gates_on_faces(X):
    """Gates on each face of every dimension of an arrangement in R^2 or R^3, the origin included.

    Rays of the arrangement first; other faces have sums of their rays inside.
    """
    n, r = X.shape
    pairs = [(i,) for i in range(n)] if r == 2 else combinations(range(n), 2)
    rays = []
    for pair in pairs:
        ray = np.linalg.svd(X[list(pair)])[2][-1]
        rays += [ray, -ray]
    sums = [np.sum(some, axis=0) for k in (2, 3) for some in combinations(rays, k)]
    gates = np.column_stack([np.zeros(r), *rays, *sums])
    inner = X @ gates
    return gates, np.where(np.abs(inner) < 1e-12, 0.0, inner) >= 0


@pytest.mark.parametrize("surround", [True, False])
@pytest.mark.parametrize(("n", "r"), [(5, 2), (5, 3)])
def test_gates_on_hyperplanes_add_the_all_open_mask_and_no_other(n, r, surround):
    """And that only where no open half-space has all rows; else the all-closed mask is dropped."""
    X = general(n, r, seed=3)
    X *= np.where(X[:, :1] < 0, -1.0, 1.0)  # all in the half-space of the first axis
    if surround:
        X[-1] = -X[:-1].sum(axis=0)
    masks = MaskSet.enumerate(X)
    _, every = gates_on_faces(X)
    known = {column.tobytes() for column in masks.dense().T}
    beyond = {column.tobytes() for column in every.T} - known
    all_open, closed = np.ones(n, bool).tobytes(), np.zeros(n, bool).tobytes()
    assert beyond == {all_open if surround else closed}
    assert (all_open in known) == (not surround)
    assert len(masks) == cover_count(n, r) - (not surround)


def test_the_gate_0_helps_the_gated_program_and_not_the_relu_program():
    X = np.array([[1.0, 2.0], [-1.0, 2.0], [0.25, -1.5]])
    y = np.array([1.0, 1.0, -1.0])
    masks = MaskSet.enumerate(X)
    lam = 0.1 * lambda_max(X, y, masks)
    more = MaskSet.from_gates(X, np.column_stack([masks.gates, np.zeros(2)]))
    assert len(more) == len(masks) + 1 == 7
    gated, relu = (
        [run(X, y, each, lam, 1e-9) for each in (masks, more)] for run in (solve, solve_relu)
    )
    assert gated[1].objective < 0.8 * gated[0].dual_objective
    assert relu[1].objective == pytest.approx(relu[0].objective, rel=1e-8)
    # Off the data the unit of the gate 0 is linear.
    weights, Z = np.zeros((2, 7)), general(20, 2)
    weights[:, -1] = [1.0, -2.0]
    assert np.allclose(more.predict(weights, Z), Z @ [1.0, -2.0])


def test_a_bias_column_leaves_no_mask_to_the_gate_0():
    X = np.column_stack([general(8, 2), np.ones(8)])
    assert MaskSet.enumerate(X).dense().all(axis=0).any()
    assert len(MaskSet.enumerate(X)) == cover_count(8, 3) - 1


def test_gates_lie_inside_their_cells():
    X = general(25, 3)
    gates = arrangement_gates(X, 10_000)
    assert np.allclose(np.linalg.norm(gates, axis=0), 1.0)
    assert np.abs(X @ gates).min() > 1e-12


@pytest.mark.parametrize(("n", "r"), [(4, 1), (2, 2), (30, 2), (3, 3), (40, 3)])
def test_gaussian_measures_sum_to_one_and_give_the_closed_form_ntk(n, r):
    X = general(n, r, d=r + 2, seed=n)
    gates = arrangement_gates(X, 10_000)
    measures = exact_measures(X, gates)
    assert measures.min() > 0
    assert measures.sum() == pytest.approx(1.0, abs=1e-13)
    masks = MaskSet.enumerate(X)
    H = ntk(X)
    K = MaskedDesign(X, masks).kernel(masks.ntk_weights)
    assert np.abs(H - K).max() <= 1e-12 * np.abs(H).max()


def test_measures_agree_with_sampled_gates():
    X = general(6, 3)
    masks, sampled = MaskSet.enumerate(X), MaskSet.sample(X, 200_000, seed=1)
    exact = {row.tobytes(): w for row, w in zip(masks.packed, masks.ntk_weights, strict=True)}
    share = np.array([exact[row.tobytes()] for row in sampled.packed])
    error = np.sqrt(share * (1 - share) / 200_000)
    assert np.abs(sampled.ntk_weights - share).max() <= 5 * error.max()


def test_octants_have_equal_measure():
    masks = MaskSet.enumerate(np.eye(3))
    assert len(masks) == 7, "all but the all-zero mask"
    assert np.allclose(masks.ntk_weights, 0.125, atol=1e-15)


@pytest.mark.parametrize("n", [12, 25])
def test_great_circles_give_the_exact_measures(n):
    X = general(n, 3)
    X = np.vstack([X, -X[:1], np.zeros((1, 3))])
    gates = arrangement_gates(X, 10_000)
    mean, error = sampled_measures(X, gates, 20_000, seed=0)
    assert mean.sum() == pytest.approx(1.0, abs=1e-12)
    exact = exact_measures(X, gates)
    met = exact > 1e-4
    z = (mean - exact)[met] / error[met]
    assert np.sqrt(np.mean(z**2)) < 1.2
    # Beside as many gates.
    assert np.median(error[met] / np.sqrt(exact[met] * (1 - exact[met]) / 20_000)) < 0.5


def test_great_circles_do_not_depend_on_the_block():
    X = general(6, 4)
    gates = arrangement_gates(X, 1000)
    whole = sampled_measures(X, gates, 100, seed=1)
    with mock.patch("fixing_ntk.masks.cone_measures_sampled.ARCS_AT_ONCE", 100):
        assert np.allclose(whole, sampled_measures(X, gates, 100, seed=1), rtol=1e-12)


def test_a_cone_that_was_missed_is_found_by_a_circle():
    X = general(8, 4)
    with pytest.raises(ValueError, match="no gate"):
        sampled_measures(X, arrangement_gates(X, 1000)[:, 1:], 1000)


def test_measures_above_rank_3_give_the_ntk_within_their_error():
    X = general(9, 4)
    with pytest.raises(ValueError, match="rank 4"):
        exact_measures(X, arrangement_gates(X, 1000))
    masks, H = MaskSet.enumerate(X), ntk(X)
    K = MaskedDesign(X, masks).kernel(masks.ntk_weights)
    assert np.linalg.norm(K - H) <= 0.01 * np.linalg.norm(H)
    met = masks.ntk_weights > 0
    assert np.all(masks.ntk_weights_error[met] > 0)
    assert np.median(masks.ntk_weights_error[met] / masks.ntk_weights[met]) < 0.1
    assert np.all(MaskSet.enumerate(general(9, 3)).ntk_weights_error == 0.0)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (general(40, 4), "40 hyperplanes in rank 4 may have 19,840 cells, above the limit"),
        (np.zeros((3, 2)), "X is zero"),
        (np.full((3, 2), np.nan), "finite"),
    ],
)
def test_what_cannot_be_enumerated_is_said(X, message):
    with pytest.raises(ValueError, match=message):
        MaskSet.enumerate(X, limit=10_000)
