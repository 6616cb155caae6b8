"""Projections onto the cones of masks, and the dual constraints of the ReLU program."""

import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk.programs import MaskedDesign
from fixing_ntk.relu import cones


def test_projection_is_the_nearest_point_of_the_cone():
    X, _, masks, _ = random_problem(15, 4, 30, seed=0)
    rng = np.random.default_rng(0)
    for mask in masks.dense().T:
        z = rng.standard_normal(4)
        w = cones.project(X, mask, z)
        signed = np.where(mask[:, None], X, -X)
        assert np.all(signed @ w >= -1e-12), "in the cone"
        assert abs(w @ (z - w)) <= 1e-12, "orthogonal to what was taken off"
        inside = cones.project(X, mask, rng.standard_normal(4))
        assert inside @ (z - w) <= 1e-12, "what was taken off is in the polar cone"
        assert np.allclose(cones.project(X, mask, w), w, atol=1e-12)


def test_scores_bound_what_unit_weights_in_the_cones_can_gain():
    X, y, masks, _ = random_problem(15, 4, 30, seed=0)
    design, rng = MaskedDesign(X, masks), np.random.default_rng(0)
    scores = cones.scores(design, y, 0.0)
    for i, mask in enumerate(masks.dense().T):
        for _ in range(20):
            w = cones.project(X, mask, rng.standard_normal(4))
            gain = (mask * (X @ w)) @ y
            assert gain <= scores[0, i] * np.linalg.norm(w) + 1e-10
            assert -gain <= scores[1, i] * np.linalg.norm(w) + 1e-10


def test_projections_that_start_from_the_last_face_are_projections():
    X, _, masks, _ = random_problem(20, 4, 25, seed=3)
    rows, rng = masks.dense().T, np.random.default_rng(1)
    project, z = cones.Projections(X, rows), rng.standard_normal((len(masks), 4))
    for step in (1.0, 1e-3, 1e-3, 0.3, 0.0):  # near the last point and far from it
        z = z + step * rng.standard_normal(z.shape)
        both = project(z)
        for i, mask in enumerate(rows):
            assert np.allclose(both[0, i], cones.project(X, mask, z[i]), atol=1e-12)
            assert np.allclose(both[1, i], cones.project(X, mask, -z[i]), atol=1e-12)
            assert np.allclose(project.onto[0, i] @ z[i], both[0, i], atol=1e-12)


def test_largest_score_is_that_of_all():
    X, y, masks, _ = random_problem(20, 4, 40, seed=5)
    design = MaskedDesign(X, masks)
    assert cones.largest_score(design, y) == pytest.approx(cones.scores(design, y, 0.0).max())
