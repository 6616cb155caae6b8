"""Projections of many points onto cones, warm from the faces of earlier ones."""

import numpy as np
import pytest
from scipy.optimize import nnls

from fixing_ntk.masks import MaskSet
from fixing_ntk.relu.faces import Faces


def continuous(rng):
    """Rows that differ."""
    return rng.standard_normal((60, 8))


def categories(rng):
    """Few levels, so that rows repeat and lie in the spans of others."""
    return np.column_stack([rng.integers(0, 2, (80, 7)), np.ones(80)]).astype(float)


def repeated(rng):
    """Each row three times, once with another length, and a row of zeros."""
    X = rng.standard_normal((30, 8))
    return np.concatenate([X, X, 3.0 * X, np.zeros((1, 8))])


def nearly_repeated(rng):
    """Each row twice, but for rounding."""
    X = rng.standard_normal((40, 8))
    return np.concatenate([X, X * (1.0 + 1e-11 * rng.standard_normal(X.shape))])


def low_rank(rng):
    """Rows in a space of dimension four, exactly: rounding of X would be further constraints."""
    X = rng.standard_normal((60, 4))
    return np.hstack([X, 2.0 * X])


def few_rows(rng):
    """Fewer rows than columns."""
    return rng.standard_normal((5, 8))


def survey(rng):
    """Questions with a few answers each, standardised; the first fifty rows come again."""
    X = np.column_stack([rng.integers(0, k, 250) for k in (2, 3, 5, 11, 7, 3, 6)] + [np.ones(250)])
    X = np.concatenate([X[:200], X[:50]]).astype(float)
    X[:, :-1] = (X[:, :-1] - X[:, :-1].mean(axis=0)) / X[:, :-1].std(axis=0)
    return X / np.linalg.norm(X, axis=0)


DATA = [continuous, categories, repeated, nearly_repeated, low_rank, few_rows, survey]


def nearest(X, mask, z):
    """Projection onto the cone of one mask, by nonnegative least squares for its polar."""
    signed = np.where(mask[:, None], X, -X)
    return z + nnls(-signed.T, z)[0] @ signed


def points(rng, shape):
    """Points that wander, some of them far at a step, as those of a solver do."""
    z = rng.standard_normal(shape)
    for step in range(40):
        z = z + rng.choice([1e-3, 0.1, 1.0]) * rng.standard_normal(shape)
        yield z * 10.0 ** rng.integers(-3, 4) if step % 5 == 4 else z


@pytest.mark.parametrize("rows", DATA)
def test_projections_are_those_of_nonnegative_least_squares(rows):
    rng = np.random.default_rng(0)
    X = rows(rng)
    masks = MaskSet.sample(X, 25, 0)
    faces, pairs = Faces(X, masks), np.arange(2 * len(masks))
    open_ = masks.rows(pairs % len(masks), bool)
    for z in points(rng, (len(pairs), 8)):
        w = faces.project(pairs, z)
        exact = np.array([nearest(X, *pair) for pair in zip(open_, z, strict=True)])
        scale = np.linalg.norm(z, axis=1)
        assert np.all(np.linalg.norm(w - exact, axis=1) <= 1e-8 * scale)
        assert np.allclose(faces.polar, z - w)


@pytest.mark.parametrize("seed", range(6))
def test_a_row_that_repeats_enters_a_face_once(seed):
    rng = np.random.default_rng(seed)
    X = survey(rng)
    masks = MaskSet.sample(X, 100, seed)
    faces, pairs = Faces(X, masks), np.arange(2 * len(masks))
    signs = np.where(masks.rows(pairs % len(masks), bool), 1.0, -1.0)
    z = rng.standard_normal((len(pairs), 8))
    for _ in range(60):
        z = z + rng.choice([0.03, 0.3, 1.0]) * rng.standard_normal(z.shape)
        w, length = faces.project(pairs, z), np.linalg.norm(z, axis=1)
        assert np.all((signs * (w @ X.T)).min(axis=1) >= -1e-8 * length)
        assert np.all(np.abs(np.einsum("kd,kd->k", w, z - w)) <= 1e-8 * length**2)


@pytest.mark.parametrize("rows", DATA)
def test_a_projection_that_stops_early_has_a_bound(rows):
    rng = np.random.default_rng(1)
    X = rows(rng)
    masks = MaskSet.sample(X, 25, 0)
    faces, pairs = Faces(X, masks), np.arange(2 * len(masks))
    open_ = masks.rows(pairs % len(masks), bool)
    for z in points(rng, (len(pairs), 8)):
        enough = np.median(np.linalg.norm(z, axis=1)) * rng.uniform(0.1, 1.0)
        bound = np.linalg.norm(faces.project(pairs, z, enough), axis=1)
        exact = [np.linalg.norm(nearest(X, *of)) for of in zip(open_, z, strict=True)]
        assert np.all(bound >= exact - 1e-9 * np.linalg.norm(z, axis=1))
        assert np.all((bound <= enough) == (exact <= enough * (1 + 1e-9)))


@pytest.mark.parametrize("rows", DATA)
def test_projections_stay_on_the_spans_of_their_faces(rows):
    rng = np.random.default_rng(2)
    X = rows(rng)
    masks = MaskSet.sample(X, 25, 0)
    faces, pairs = Faces(X, masks), np.arange(2 * len(masks))
    for z in points(rng, (len(pairs), 8)):
        w = faces.project(pairs, z)
    bases, owner = faces.complements(pairs)
    for pair in pairs:
        basis = bases[:, owner == pair]
        assert np.allclose(basis.T @ basis, np.eye(basis.shape[1]))
        onto = basis @ (basis.T @ w[pair])
        assert np.linalg.norm(onto - w[pair]) <= 1e-8 * np.linalg.norm(z[pair])
        v = rng.standard_normal((1, 8))
        assert np.allclose(faces.onto(np.array([pair]), v)[0], basis @ (basis.T @ v[0]))
