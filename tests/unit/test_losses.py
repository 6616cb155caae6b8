"""Losses: what their parts must be to each other, and the gated program of the logistic one."""

import cvxpy
import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk import MaskSet, lambda_max, solve, solve_path
from fixing_ntk.programs import LOSSES, MaskedDesign, certify
from fixing_ntk.programs.losses import Logistic, Loss, Squared
from fixing_ntk.solvers.interface import METHODS, STARTED

TOL = 1e-6


def made(name, rng, n=30):
    """A loss of random targets."""
    y = rng.standard_normal(n)
    return Squared(y) if name == "squared" else Logistic(np.sign(y), rng.uniform(0.2, 3.0, n))


@pytest.fixture(params=LOSSES)
def loss(request):
    return made(request.param, np.random.default_rng(0))


@pytest.fixture
def labelled():
    """X, labels, masks and lambda_max of the logistic loss."""
    X, y, masks, _ = random_problem(60, 5, 80, seed=3, labels=True)
    return X, y, masks, lambda_max(X, y, masks, loss="logistic")


def test_the_residual_is_minus_the_gradient_and_the_curvature_its_slope(loss):
    rng = np.random.default_rng(1)
    for size in (0.1, 1.0, 10.0):
        f, v = size * rng.standard_normal(30), rng.standard_normal(30)
        eps = 1e-6 * size
        slope = (loss.value(f + eps * v) - loss.value(f - eps * v)) / (2 * eps)
        assert slope == pytest.approx(-loss.residual(f) @ v, rel=1e-6, abs=1e-8)
        change = (loss.residual(f - eps * v) - loss.residual(f + eps * v)) / (2 * eps)
        assert np.allclose(change, loss.curvature(f) * v, rtol=1e-5, atol=1e-9)


def test_fenchel_and_young(loss):
    rng = np.random.default_rng(2)
    for size in (0.0, 0.3, 3.0, 100.0):
        f, other = size * rng.standard_normal((2, 30))
        a = loss.residual(f)
        assert loss.dual(a) == pytest.approx(loss.value(f) + a @ f, rel=1e-10, abs=1e-10)
        assert loss.dual(a) <= loss.value(other) + a @ other + 1e-10
        for t in (0.0, 0.3, 0.9):  # what was shrunk is feasible too
            assert loss.dual(t * a) <= loss.value(other) + t * a @ other + 1e-10


def test_the_unit_is_the_value_at_zero(loss):
    assert loss.at_zero == pytest.approx(loss.value(np.zeros(30)), rel=1e-14)


def test_far_from_the_boundary_no_digit_is_lost():
    loss = Logistic(np.array([1.0, -1.0]), np.ones(2))
    f = np.array([700.0, 50.0])
    assert loss.value(f) == pytest.approx(50.0, rel=1e-12)
    assert np.allclose(loss.residual(f), [np.exp(-700.0), -1.0], rtol=1e-12, atol=0)
    assert np.allclose(loss.curvature(f), [np.exp(-700.0), np.exp(-50.0)], rtol=1e-12, atol=0)


def by_cvxpy(X, y, M, lam, s):
    W = cvxpy.Variable((X.shape[1], len(M)))
    f = sum(cvxpy.multiply(m, X @ W[:, i]) for i, m in enumerate(M))
    loss = s @ cvxpy.logistic(-cvxpy.multiply(y, f))
    problem = cvxpy.Problem(cvxpy.Minimize(loss + lam * cvxpy.sum(cvxpy.norm(W, axis=0))))
    return problem.solve(cvxpy.CLARABEL)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ratio", [0.5, 0.1, 0.01])
def test_agrees_with_cvxpy(ratio, weighted):
    X, y, masks, _ = random_problem(25, 3, 12, seed=4, labels=True)
    s = np.random.default_rng(5).uniform(0.0, 3.0, 25) if weighted else None
    lam = ratio * lambda_max(X, y, masks, loss="logistic", sample_weight=s)
    solution = solve(X, y, masks, lam, tol=1e-8, loss="logistic", sample_weight=s)
    M = masks.rows(np.arange(len(masks)), float)
    value = by_cvxpy(X, y, M, lam, np.ones(25) if s is None else s)
    assert solution.objective == pytest.approx(value, rel=2e-7)
    assert solution.gap <= 1e-8
    assert solution.loss.name == "logistic"


@pytest.mark.parametrize("method", ["auto", *STARTED])
def test_every_method_certifies_the_same_optimum(labelled, method):
    X, y, masks, top = labelled
    best = solve(X, y, masks, 0.03 * top, tol=1e-9, loss="logistic")
    solution = solve(X, y, masks, 0.03 * top, TOL, method, loss="logistic")
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best.objective, rel=2 * TOL)
    assert solution.dual_objective <= best.objective * (1 + 1e-12)


def test_the_certificate_is_that_of_the_weights(labelled):
    X, y, masks, top = labelled
    solution = solve(X, y, masks, 0.1 * top, loss="logistic")
    loss, f = Logistic(y, np.ones(len(y))), masks.predict(solution.weights, X)
    norms = np.linalg.norm(solution.active_weights, axis=0)
    assert solution.objective == pytest.approx(loss.value(f) + 0.1 * top * norms.sum(), rel=1e-12)
    a, design = solution.dual_point, MaskedDesign(X, masks)
    assert design.scores(a).max() <= 0.1 * top * (1 + 1e-12)
    assert solution.dual_objective == pytest.approx(loss.dual(a), rel=1e-12)
    gap = (solution.objective - solution.dual_objective) / (len(y) * np.log(2))
    assert solution.gap == pytest.approx(gap, abs=1e-14)
    again = certify(design, y, 0.1 * top, solution.weights, loss=loss)
    assert again.gap == pytest.approx(solution.gap, abs=1e-14)


def test_from_lambda_max_on_the_solution_is_zero(labelled):
    X, y, masks, top = labelled
    above = solve(X, y, masks, 1.0001 * top, loss="logistic")
    assert not above.active_weights.any()
    assert above.gap <= 1e-12
    assert solve(X, y, masks, 0.999 * top, 1e-9, loss="logistic").active_weights.any()


def test_weights_repeat_samples():
    X, y, masks, _ = random_problem(40, 4, 50, seed=6, labels=True)
    times = np.random.default_rng(7).integers(0, 4, 40)
    rows = np.repeat(np.arange(40), times)
    again = MaskSet.from_gates(X[rows], masks.gates)
    for loss in LOSSES:
        lam = 0.05 * lambda_max(X, y, masks, loss, times)
        assert lam == pytest.approx(0.05 * lambda_max(X[rows], y[rows], again, loss), rel=1e-10)
        one = solve(X, y, masks, lam, 1e-9, loss=loss, sample_weight=times)
        other = solve(X[rows], y[rows], again, lam, 1e-9, loss=loss)
        assert one.objective == pytest.approx(other.objective, rel=1e-8)


def test_a_path_and_several_targets_are_single_solves(labelled):
    X, y, masks, top = labelled
    Y = np.column_stack([y, -y, np.roll(y, 1)])
    lams = top * np.array([0.02, 0.3])
    paths = solve_path(X, Y, masks, lams, loss="logistic")
    for column, path in zip(Y.T, paths, strict=True):
        for lam, solution in zip(lams, path, strict=True):
            alone = solve(X, column, masks, lam, loss="logistic")
            assert solution.status == "optimal"
            assert solution.objective == pytest.approx(alone.objective, rel=2 * TOL)
    for a, b in zip(paths[0], paths[1], strict=True):
        assert a.objective == pytest.approx(b.objective, rel=2 * TOL)


def one_class(X, y):
    return X, np.where(np.arange(len(y)) == 0, -1.0, 1.0)


def all_alike(X, y):
    return X, np.ones(len(y))


def separable(X, y):
    return X, np.where(X[:, 0] >= 0, 1.0, -1.0)


def repeated(X, y):
    return np.concatenate([X, X]), np.concatenate([y, -y[: len(y) // 2], y[len(y) // 2 :]])


def scaled(X, y):
    return 1e5 * X, y


def zero_rows(X, y):
    X = X.copy()
    X[::3] = 0.0
    return X, y


@pytest.mark.parametrize("ratio", [0.5, 0.01, 1e-5])
@pytest.mark.parametrize("change", [one_class, all_alike, separable, repeated, scaled, zero_rows])
def test_unusual_data_are_certified(change, ratio):
    X, y, _, _ = random_problem(50, 4, 60, seed=8, labels=True)
    X, y = change(X, y)
    masks = MaskSet.sample(X, 60, 0)
    lam = ratio * lambda_max(X, y, masks, loss="logistic")
    solution = solve(X, y, masks, lam, loss="logistic")
    assert solution.status == "optimal"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (dict(loss="hinge"), r"unknown loss 'hinge': choose from \['squared', 'logistic'\]"),
        (dict(loss=None), "unknown loss None"),
        (dict(loss="logistic", y=np.linspace(0, 1, 60)), "y must be labels -1 and 1"),
        (dict(loss="logistic", method="conic"), "method 'conic' is for the squared loss alone"),
        (dict(loss="logistic", method="irls"), "method 'irls' is for the squared loss alone"),
        (dict(sample_weight=np.ones(3)), r"sample_weight must be \(n,\) = \(60,\)"),
        (dict(sample_weight=-np.ones(60)), "sample_weight must be at least 0"),
        (dict(sample_weight=np.zeros(60)), "not all zero"),
    ],
)
def test_what_does_not_fit_is_refused(labelled, change, words):
    X, y, masks, top = labelled
    given = {"y": y, **change}
    with pytest.raises(ValueError, match=words):
        solve(X, masks=masks, lam=0.1 * top, **given)


class Huber(Loss):
    """Squares up to one, and slope one beyond: a third loss takes a class, and nothing else."""

    name = "huber"

    def __init__(self, y, weight):
        self.y, self.weight = y, weight
        self.at_zero = self.value(np.zeros_like(y))

    def value(self, f):
        r = np.abs(self.y - f)
        return float(self.weight @ np.where(r <= 1.0, 0.5 * r**2, r - 0.5))

    def residual(self, f):
        return self.weight * np.clip(self.y - f, -1.0, 1.0)

    def curvature(self, f):
        return self.weight * (np.abs(self.y - f) <= 1.0)

    def dual(self, a):
        return float(a @ self.y - 0.5 * np.sum(a**2 / self.weight))

    def feasible(self, a):
        return np.clip(a, -self.weight, self.weight)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("ratio", [0.3, 0.03])
def test_a_third_loss_is_certified_by_being_registered(monkeypatch, ratio, fit_intercept):
    monkeypatch.setitem(LOSSES, "huber", Huber)
    X, _, masks, _ = random_problem(30, 3, 12, seed=9)
    y = 2.0 * X[:, 0] + np.random.default_rng(0).standard_t(2, 30) + 1.0
    lam = ratio * lambda_max(X, y, masks, loss="huber", fit_intercept=fit_intercept)
    solution = solve(X, y, masks, lam, loss="huber", fit_intercept=fit_intercept)
    assert solution.status == "optimal"
    W, b = cvxpy.Variable((3, len(masks))), cvxpy.Variable()
    f = sum(
        cvxpy.multiply(m, X @ W[:, i])
        for i, m in enumerate(masks.rows(np.arange(len(masks)), float))
    )
    f = f + b if fit_intercept else f
    objective = 0.5 * cvxpy.sum(cvxpy.huber(f - y)) + lam * cvxpy.sum(cvxpy.norm(W, axis=0))
    best = cvxpy.Problem(cvxpy.Minimize(objective)).solve(cvxpy.CLARABEL)
    assert solution.objective == pytest.approx(best, rel=3e-6)


def test_methods_that_start_are_methods():
    assert set(STARTED) <= set(METHODS)
