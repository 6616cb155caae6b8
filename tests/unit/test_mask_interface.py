"""The interface `Masks`, for masks in memory and for masks that are regenerated at each use."""

import numpy as np
import pandas as pd
import pytest
from conftest import random_problem

from fixing_ntk import MaskSet, lambda_max, solve, solve_path, solve_relu
from fixing_ntk.masks import Masks, RegeneratedMasks
from fixing_ntk.solvers import METHODS

pytestmark = pytest.mark.usefixtures("small_samples")

N_GATES, SEED = 70, 5
X, y, *_ = random_problem(25, 4, 1, seed=0)


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch):
    monkeypatch.setattr("fixing_ntk.masks.regenerated.GATES_PER_BLOCK", 16)


def regenerated(rows=X):
    return RegeneratedMasks.sample(rows, N_GATES, seed=SEED)


def stored(rows=X):
    """In memory, of the same gates."""
    return MaskSet.from_gates(rows, regenerated(rows).gates_at(slice(None)))


BOTH = pytest.mark.parametrize("make", [stored, regenerated])
INDICES = {
    "slice": slice(10, 40),
    "all": slice(None),
    "backwards": slice(50, 3, -7),
    "list": [40, 3, 0, 40],
    "array": np.array([33, 17, 2]),
    "from the end": [-1, 5, -20],
    "booleans": np.arange(N_GATES) % 3 == 1,
    "none": [],
}


def own_gates(masks):
    return np.column_stack([masks.gates_at([i])[:, 0] for i in range(len(masks))])


@BOTH
@pytest.mark.parametrize("kind", INDICES)
def test_an_index_means_what_it_means_to_numpy(make, kind):
    masks = make()
    assert isinstance(masks, Masks)
    index = INDICES[kind][: len(masks)] if kind == "booleans" else INDICES[kind]
    chosen = own_gates(masks)[:, index]
    assert np.array_equal(masks.gates_at(index), chosen)
    assert np.array_equal(masks.rows(index), (X @ chosen >= 0).T)
    assert masks.rows(index, np.float32).dtype == np.float32
    few = masks.subset(index)
    assert isinstance(few, MaskSet)
    assert np.array_equal(few.gates, chosen)
    assert np.array_equal(few.dense(), X @ chosen >= 0)
    assert np.array_equal(few.ntk_weights, masks.ntk_weights[index])
    assert np.array_equal(few.ntk_weights_error, masks.ntk_weights_error[index])


SAMPLES = [
    slice(8, 16),
    slice(8, 99),
    slice(3, None),
    slice(16, 8),
    slice(0, 20, 2),
    [5, -1],
    X.T[0] > 0,
]


@BOTH
@pytest.mark.parametrize("samples", SAMPLES, ids=str)
def test_rows_of_some_samples_are_columns_of_the_rows(make, samples):
    masks = make()
    for index in (slice(3, 9), [4, 0]):
        rows = masks.rows(index, np.float32, samples)
        assert np.array_equal(rows, masks.rows(index, np.float32)[:, samples])
    everything = np.hstack([masks.rows([4, 0], bool, at) for at in masks.sample_slices(float)])
    assert np.array_equal(everything, masks.rows([4, 0], bool))


@BOTH
@pytest.mark.parametrize(
    ("index", "error"),
    [
        ([N_GATES], IndexError),
        ([-N_GATES - 1], IndexError),
        ([[0, 1]], TypeError),
        (3, TypeError),
        ([0.5], TypeError),
        ([True, False], TypeError),
        ("a", TypeError),
        (None, TypeError),
    ],
)
@pytest.mark.parametrize("method", ["gates_at", "rows", "subset"])
def test_an_index_that_selects_nothing_is_named(make, method, index, error):
    with pytest.raises(error, match="index"):
        getattr(make(), method)(index)


@BOTH
def test_slices_cover_all_masks_once(make):
    masks = make()
    assert masks.dense().shape == (masks.n, len(masks)) == (25, len(masks))
    rows = np.concatenate([masks.rows(part) for part in masks.slices(float, len(masks))])
    assert np.array_equal(rows.T.astype(bool), masks.dense())
    assert np.array_equal(masks.dense(), X @ own_gates(masks) >= 0)


@BOTH
def test_predictions_are_those_of_the_network(make):
    masks, rng = make(), np.random.default_rng(0)
    W = rng.standard_normal((4, len(masks))) * (rng.random(len(masks)) < 0.3)
    Z = rng.standard_normal((9, 4))
    gates = own_gates(masks)
    expected = np.sum((Z @ gates >= 0) * (Z @ W), axis=1)
    assert np.allclose(masks.predict(W, Z), expected, rtol=0, atol=1e-13)
    framed = masks.predict(pd.DataFrame(W), pd.DataFrame(Z))
    assert type(framed) is np.ndarray
    assert np.array_equal(framed, masks.predict(W, Z))
    assert masks.predict(W, Z[:0]).shape == (0,)
    index = np.flatnonzero(W.any(axis=0))
    assert np.allclose(masks.subset(index).predict(W[:, index], Z), expected, rtol=0, atol=1e-13)


@BOTH
def test_weights_of_other_masks_and_points_of_another_d_are_refused(make):
    masks = make()
    with pytest.raises(ValueError, match="weights are of shape"):
        masks.predict(np.ones((4, len(masks) - 1)), X)
    with pytest.raises(ValueError, match="X_new is"):
        masks.predict(np.ones((4, len(masks))), X[:, :3])


def test_ntk_weights_are_shares_of_one_draw():
    few = RegeneratedMasks.sample(X[:4], N_GATES, SEED)
    merged = MaskSet.from_gates(X[:4], few.gates_at(slice(None)))
    assert len(merged) < len(few)
    share = {row.tobytes(): 0.0 for row in merged.dense().T.copy()}
    for row, weight in zip(few.dense().T.copy(), few.ntk_weights, strict=True):
        if row.any():
            share[row.tobytes()] += weight
    assert list(share.values()) == pytest.approx(list(merged.ntk_weights))
    assert few.ntk_weights_error == pytest.approx(
        np.sqrt(few.ntk_weights * (1 - few.ntk_weights) / N_GATES)
    )


def test_first_gates_do_not_depend_on_how_many_follow():
    masks, more = regenerated(), RegeneratedMasks.sample(X, 5 * N_GATES, seed=SEED)
    # The last block is not full.
    assert np.array_equal(masks.gates_at(slice(64)), more.gates_at(slice(64)))
    other = RegeneratedMasks.sample(X, N_GATES, seed=SEED + 1)
    assert not np.array_equal(masks.gates_at([0]), other.gates_at([0]))


@BOTH
def test_data_changed_afterwards_change_no_mask(make):
    rows = X.copy()
    masks = make(rows)
    before = masks.dense()
    rows *= -1.0
    assert np.array_equal(masks.dense(), before)


@BOTH
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_data_that_are_not_finite_are_refused(make, bad):
    rows = X.copy()
    rows[3, 1] = bad
    with pytest.raises(ValueError, match="X must be finite"):
        make(rows)


@BOTH
def test_lambda_max_is_the_largest_score(make):
    masks = make()
    scores = [np.linalg.norm(X.T @ (mask * y)) for mask in masks.dense().T]
    assert lambda_max(X, y, masks) == pytest.approx(max(scores), rel=1e-12)


def agree(one, other):
    """Both certified, and by their gaps of one optimum and one fit."""
    assert one.status == other.status == "optimal"
    slack = (one.gap + other.gap) * 0.5 * y @ y + 1e-12
    assert abs(one.objective - other.objective) <= slack
    return slack


@pytest.mark.parametrize("method", METHODS)
def test_every_solver_takes_both_and_finds_one_optimum(method):
    memory, seeded = stored(), regenerated()
    lam = 0.05 * lambda_max(X, y, memory)
    one, other = (solve(X, y, masks, lam, tol=1e-6, method=method) for masks in (memory, seeded))
    slack = agree(one, other)
    fits = memory.predict(one.weights, X), seeded.predict(other.weights, X)
    # P is 1-strongly convex in the fit.
    assert np.linalg.norm(fits[0] - fits[1]) <= 2.0 * np.sqrt(2.0 * slack)
    again = solve(X, y, seeded, lam, method=method, start=other)
    assert again.status == "optimal"


def test_a_path_and_the_relu_program_take_both():
    memory, seeded = stored(), regenerated()
    lams = lambda_max(X, y, memory) * np.array([0.5, 0.1, 0.02])
    for pair in zip(solve_path(X, y, memory, lams), solve_path(X, y, seeded, lams), strict=True):
        agree(*pair)
    for options in (dict(method="conic"), dict(method="irls", tol=1e-3)):
        agree(*(solve_relu(X, y, masks, lams[1], **options) for masks in (memory, seeded)))
