"""The minimum-norm interpolant: limit of the path, certified; without rank, least squares."""

import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk import MaskSet, lambda_max, solve
from fixing_ntk.data.splits import Split
from fixing_ntk.kernels import ntk
from fixing_ntk.programs import MaskedDesign, group_norms
from fixing_ntk.programs.objective import interpolation_gap
from fixing_ntk.results.beyond.interpolation.compute import claims, interpolation
from fixing_ntk.results.beyond.interpolation.table import interpolation as table
from fixing_ntk.results.claim_kinds import failures
from fixing_ntk.solvers.interpolation import interpolate, range_basis


def end_of_path(X, y, masks, ratio=1e-3, tol=1e-7):
    near = solve(X, y, masks, ratio * lambda_max(X, y, masks), tol=1e-9)
    return interpolate(MaskedDesign(X, masks), y, tol, near, "clarabel")


def output(end, X, masks):
    return MaskedDesign(X, masks).forward(end.weights, end.active)


def test_it_interpolates_and_its_dual_point_proves_its_norm_least():
    X, y, masks, _ = random_problem(30, 4, 80, seed=3)
    end = end_of_path(X, y, masks)
    np.testing.assert_allclose(output(end, X, masks), y, atol=1e-10)
    assert end.rank == len(y)
    assert end.objective == pytest.approx(group_norms(end.weights).sum())
    feasible = end.dual_point / max(1.0, MaskedDesign(X, masks).scores(end.dual_point).max())
    assert end.objective * (1 - 1e-7) <= feasible @ y <= end.objective * (1 + 1e-9)


def test_it_is_the_limit_of_the_path():
    """Norms rise to that of the interpolant, and predictions approach its own."""
    X, y, masks, lam = random_problem(30, 4, 80, seed=3, ratio=1.0)
    end = end_of_path(X, y, masks)
    new = np.random.default_rng(0).standard_normal((50, 4))
    weights = np.zeros((4, len(masks)))
    weights[:, end.active] = end.weights
    away, norms = [], []
    for ratio in (1e-1, 1e-3, 1e-5):
        solution = solve(X, y, masks, ratio * lam, tol=1e-12)
        away.append(np.abs(masks.predict(solution.weights - weights, new)).max())
        norms.append(group_norms(solution.active_weights).sum())
    assert norms[0] < norms[1] < norms[2] <= end.objective
    assert norms[2] == pytest.approx(end.objective, rel=1e-3)
    assert away[0] > 10 * away[1] > 100 * away[2]


def test_a_small_group_is_kept():
    """Each row has a mask of its own, so the least norm is that of the targets."""
    X, masks = np.eye(2), MaskSet.from_gates(np.eye(2), 2 * np.eye(2) - 1)
    y = np.array([1.0, 3e-4])
    end = end_of_path(X, y, masks, ratio=1e-5)
    np.testing.assert_allclose(output(end, X, masks), y, atol=1e-10)
    assert end.objective == pytest.approx(y.sum())


def test_with_the_open_mask_alone_it_is_the_pseudoinverse():
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((5, 8)), rng.standard_normal(5)
    masks = MaskSet.from_gates(X, np.linalg.pinv(X) @ np.ones((5, 1)))
    assert masks.dense().all()
    end = end_of_path(X, y, masks)
    np.testing.assert_allclose(end.weights[:, 0], np.linalg.pinv(X) @ y, atol=1e-8)


def test_rows_with_two_labels_end_at_least_squares():
    """Their targets are the mean labels, which the limit of the path approaches too."""
    X, y, _, _ = random_problem(20, 4, 1, seed=5, labels=True)
    X, y = np.vstack([X, X[:2]]), np.concatenate([y, -y[:2]])
    masks = MaskSet.sample(X, 80, 0)
    end = end_of_path(X, y, masks)
    assert end.rank == 20
    mean = y.copy()
    mean[[0, 1, 20, 21]] = 0.0
    np.testing.assert_allclose(end.target, mean, atol=1e-8)
    np.testing.assert_allclose(output(end, X, masks), mean, atol=1e-8)
    near = solve(X, y, masks, 1e-5 * lambda_max(X, y, masks), tol=1e-9)
    assert group_norms(near.active_weights).sum() == pytest.approx(end.objective, rel=1e-2)


def test_a_first_working_set_that_cannot_interpolate_is_given_up():
    """At a large penalty few masks are near, and they do not span the range."""
    X, y, masks, _ = random_problem(30, 4, 80, seed=3)
    near = solve(X, y, masks, 0.9 * lambda_max(X, y, masks))
    end = interpolate(MaskedDesign(X, masks), y, 1e-7, near, "clarabel")
    few = np.flatnonzero(MaskedDesign(X, masks).scores(near.dual_point) >= 0.9 * near.lam)
    assert range_basis(MaskedDesign(X, masks.subset(few))).shape[1] < 30
    assert end.gap <= 1e-7
    assert end.objective == pytest.approx(end_of_path(X, y, masks).objective, rel=1e-6)


def test_the_gap_is_of_the_shrunk_dual_point():
    norms, a, y = np.array([2.0, 2.0]), np.array([1.0, 2.0]), np.array([1.0, 1.0])
    assert interpolation_gap(norms, a, y, 0.5) == pytest.approx(0.25)  # feasible as it is
    assert interpolation_gap(norms, a, y, 3.0) == pytest.approx(0.75)
    assert interpolation_gap(np.zeros(2), a, y, 1.0) == 0.0


@pytest.fixture(scope="module")
def followed():
    """The result on rows that can be interpolated, and on rows of which some have two labels."""
    rng, problems = np.random.default_rng(2), []
    for name, repeated in (("distinct", 0), ("repeated", 5)):
        X = rng.standard_normal((40, 3))
        X[:repeated] = X[10 : 10 + repeated]
        y = np.where(X[:, 0] + 0.5 * rng.standard_normal(40) > 0, 1.0, -1.0)
        y[:repeated] = -y[10 : 10 + repeated]
        split = Split(name, 0, X, y, np.arange(40) < 30, [])
        problems.append((split, MaskSet.sample(split.train_test()[0], 200, 0)))
    return problems, *interpolation(problems, 1e-6, "clarabel", n_points=6)


def test_both_ends_fit_all_labels_unless_rows_have_two(followed):
    problems, data, rows = followed
    assert failures(rows) == []
    assert data["interpolates"].tolist() == [True, False]
    assert data["rank"].tolist() == data["ntk_rank"].tolist() == [30, 25]
    for method in ("mkl", "ntk"):
        assert data[f"{method}_train"][0, -1] == 1.0
        assert data[f"{method}_train"][1, -1] < 1.0
    assert table(data).facts["interpolated"] == 1
    # The NTK's end, by an independent solve.
    X, y, Z, z = problems[0][0].train_test()
    predicted = np.sign(ntk(Z, X) @ np.linalg.solve(ntk(X), y))
    assert data["ntk_test"][0, -1] == np.mean(predicted == z)


def test_the_claims_fail_for_an_end_that_is_not_least(followed):
    _, data, _ = followed
    less = data | dict(objective=0.9 * data["objective"])
    assert len(failures(claims(less))) == 2
