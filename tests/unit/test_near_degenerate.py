"""Rows that are nearly parallel or dependent: every mask and measure right, or a clear refusal."""

import itertools

import numpy as np
import pytest

from fixing_ntk import MaskSet
from fixing_ntk.kernels import ntk
from fixing_ntk.programs import MaskedDesign

TOLERANCE = 1e-11  # of measures that pass for exact, as `MaskSet.enumerate` states it
CIRCLES = 1000
REFUSAL = "rows of X are nearly degenerate"


def parallel(X, distance, direction):
    X[1] = X[0] + distance * direction


def opposite(X, distance, direction):
    X[1] = -2.0 * X[0] + distance * direction


def dependent(X, distance, direction):
    X[2] = X[0] + X[1] + distance * direction


def nearly_flat(X, distance, direction):
    X[:, -1] *= distance


KINDS = [parallel, opposite, dependent, nearly_flat]


def drawn(kind, n, rank, exponent, seed):
    """Normal rows at a distance of ``10**exponent`` from degenerate ones."""
    rng = np.random.default_rng((seed, n, rank))
    X = rng.standard_normal((n, rank))
    kind(X, 10.0**exponent, rng.standard_normal(rank))
    return X


def enumerated(X, **options):
    """All masks, or None where they were refused for the reason that is documented."""
    try:
        return MaskSet.enumerate(X, **options)
    except ValueError as error:
        refusal = str(error)
    assert REFUSAL in refusal
    return None


@pytest.mark.parametrize("exponent", range(-12, -5))
@pytest.mark.parametrize("kind", KINDS)
def test_masks_measures_and_kernel_are_right_or_refused(kind, exponent):
    for rank, n, seed in itertools.product([2, 3, 4], [3, 4, 8], range(2)):
        X = drawn(kind, n, rank, exponent, seed)
        masks = enumerated(X, n_circles=CIRCLES)
        if masks is None:
            assert exponent < -8, "what rounding leaves room for is not refused"
            continue
        exact = not masks.ntk_weights_error.any()
        assert exact or rank == 4
        tolerance = TOLERANCE if exact else 6.0 * 0.5 / np.sqrt(CIRCLES)
        units = X / np.linalg.norm(X, axis=1, keepdims=True)
        K = MaskedDesign(units, masks).kernel(masks.ntk_weights)
        assert np.abs(K - ntk(units)).max() <= tolerance
        assert np.array_equal(masks.dense(), X @ masks.gates >= 0)
        sampled = MaskSet.sample(X, 1000, seed=0)
        assert {row.tobytes() for row in sampled.packed} <= {row.tobytes() for row in masks.packed}


@pytest.mark.parametrize("kind", KINDS)
def test_cones_of_three_planes_have_the_areas_of_their_angles(kind):
    """A trihedral cone has area 2 pi less the angles between the normals that look into it."""
    for exponent, seed in itertools.product(range(-12, -5), range(10)):
        X = drawn(kind, 3, 3, exponent, seed)
        masks = enumerated(X)
        if masks is None or np.linalg.svd(X)[1][-1] < 1e-11:
            continue
        units = X / np.linalg.norm(X, axis=1, keepdims=True)
        for mask, share in zip(masks.dense().T, masks.ntk_weights, strict=True):
            normals = np.where(mask[:, None], units, -units)
            angles = [
                2.0 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))
                for a, b in itertools.combinations(normals, 2)
            ]
            assert share == pytest.approx(0.5 - sum(angles) / (4.0 * np.pi), abs=TOLERANCE)


@pytest.mark.parametrize("rank", [2, 3, 4])
@pytest.mark.parametrize(
    "lengths", [[1e12, 1, 1, 1, 1], [1, 1e-13, 1, 1, 1], np.geomspace(1e-20, 1e20, 5)]
)
def test_lengths_of_rows_change_neither_masks_nor_measures(rank, lengths):
    X = np.random.default_rng(rank).standard_normal((5, rank))
    base, scaled = MaskSet.enumerate(X), MaskSet.enumerate(np.array(lengths)[:, None] * X)
    known = {row.tobytes(): w for row, w in zip(base.packed, base.ntk_weights, strict=True)}
    assert [known[row.tobytes()] for row in scaled.packed] == pytest.approx(
        list(scaled.ntk_weights), abs=1e-13 if rank < 4 else 0.02
    )
    assert len(base) == len(scaled)
