"""Projections onto the cones of masks, and the dual constraints of the ReLU program."""

import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, lambda_max
from fixing_ntk.relu import certify, cones, solve_relu


def nearest(X, masks, z):
    """Projections of points z (p, d), each onto the cone of its mask."""
    pairs = np.array([np.zeros(len(masks), int), np.arange(len(masks))])
    return cones.project(X, masks, pairs, z.T).T


def test_projection_is_the_nearest_point_of_the_cone():
    X, _, masks, _ = random_problem(15, 4, 30, seed=0)
    rng = np.random.default_rng(0)
    z, others = rng.standard_normal((2, len(masks), 4))
    w, inside = nearest(X, masks, z), nearest(X, masks, others)
    for i, mask in enumerate(masks.dense().T):
        signed = np.where(mask[:, None], X, -X)
        assert np.all(signed @ w[i] >= -1e-12), "in the cone"
        assert abs(w[i] @ (z[i] - w[i])) <= 1e-12, "orthogonal to what was taken off"
        assert inside[i] @ (z[i] - w[i]) <= 1e-12, "what was taken off is in the polar cone"
    assert np.allclose(nearest(X, masks, w), w, atol=1e-12)


def test_both_signs_of_a_mask_have_its_cone():
    X, _, masks, _ = random_problem(15, 4, 30, seed=0)
    z = np.random.default_rng(1).standard_normal((4, 2))
    one, other = (
        cones.project(X, masks, np.array([signs, [3, 7]]), z) for signs in ([0, 0], [1, 1])
    )
    assert np.array_equal(one, other)


def test_scores_bound_what_unit_weights_in_the_cones_can_gain():
    X, y, masks, _ = random_problem(15, 4, 30, seed=0)
    design, rng = MaskedDesign(X, masks), np.random.default_rng(0)
    scores = cones.scores(design, y, 0.0)
    for _ in range(20):
        w = nearest(X, masks, rng.standard_normal((len(masks), 4)))
        gain = np.einsum("np,np->p", masks.dense() * (X @ w.T), np.tile(y[:, None], len(masks)))
        length = np.linalg.norm(w, axis=1)
        assert np.all(gain <= scores[0] * length + 1e-10)
        assert np.all(-gain <= scores[1] * length + 1e-10)
    some = cones.scores(design, y, np.median(scores))
    assert np.all(some >= scores - 1e-12)
    assert np.allclose(some.max(), scores.max())


@pytest.mark.parametrize("levels", [2, 3])
@pytest.mark.parametrize("ratio", [0.3, 0.03])
def test_weights_that_are_in_their_cones_stay_and_are_certified(levels, ratio):
    """Of features of a few values rows repeat, and weights lie on faces of many constraints."""
    rng = np.random.default_rng(levels)
    X = np.column_stack([rng.integers(0, levels, (90, 7)) - 0.4, np.ones(90)])
    y = np.sign(rng.standard_normal(90))
    masks = MaskSet.sample(X, 60, 0)
    lam = ratio * lambda_max(X, y, masks)
    for method in ("newton", "conic"):
        solution = solve_relu(X, y, masks, lam, tol=1e-7, method=method)
        weights, index = solution.active_weights, solution.active
        moved = cones.project(X, masks, index, weights)
        assert np.allclose(moved, weights, atol=1e-9 * np.abs(weights).max())
        found = certify(X, y, masks, lam, weights, index)
        assert found.gap <= 1e-6
        assert found.objective == pytest.approx(solution.objective, rel=1e-9)


def test_largest_score_is_that_of_all():
    X, y, masks, _ = random_problem(20, 4, 40, seed=5)
    design = MaskedDesign(X, masks)
    assert cones.largest_score(design, y) == pytest.approx(cones.scores(design, y, 0.0).max())
