import numpy as np
import pytest
from scipy.optimize import nnls

from fixing_ntk.solvers.nonneg_qp import NonnegQP


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("rows", "columns"), [(30, 10), (10, 30), (20, 20), (3, 1)])
def test_agrees_with_nonnegative_least_squares(seed, rows, columns):
    rng = np.random.default_rng(seed)
    A, b = rng.standard_normal((rows, columns)), rng.standard_normal(rows)
    H, c = A.T @ A + 1e-10 * np.eye(columns), -A.T @ b
    start = rng.random(columns)
    x = NonnegQP(H).minimise(H @ start + c, start)
    _, residual = nnls(A, b)
    assert np.all(x >= 0)
    excess = 0.5 * (np.linalg.norm(A @ x - b) ** 2 - residual**2)
    decrease = 0.5 * (np.linalg.norm(A @ start - b) ** 2 - residual**2)
    assert abs(excess) <= 1e-5 * decrease


@pytest.mark.parametrize("kind", ["parallel", "repeated", "badly scaled"])
def test_degenerate_programs_are_solved_from_any_start(kind):
    """Predictor-corrector steps alone cycle on some of these."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rows, columns = rng.integers(2, 90, 2)
        A = rng.standard_normal((rows, columns))
        if kind == "parallel":
            A = A[:, :1] + 0.1 * A
        elif kind == "repeated":
            A = np.repeat(A, 3, axis=1) + 1e-6 * rng.standard_normal((rows, 3 * columns))
        else:
            A *= np.exp(3 * rng.standard_normal(columns))
        k = A.shape[1]
        H = A.T @ A + 1e-12 * np.trace(A.T @ A) / k * np.eye(k)
        start = np.maximum(rng.standard_normal(k), 0) * rng.choice([1e-3, 1.0, 1e3])
        gradient = H @ start + A.T @ rng.standard_normal(rows) + 0.1 * rng.random(k)

        def model(x):
            return gradient @ (x - start) + 0.5 * (x - start) @ H @ (x - start)  # noqa: B023

        root = np.linalg.cholesky(H).T
        target = root @ start - np.linalg.solve(root.T, gradient)
        by_nnls, _ = nnls(root, target, maxiter=100 * k)
        x = NonnegQP(H).minimise(gradient, start)
        assert np.all(x >= 0)
        assert model(x) - model(by_nnls) <= 1e-5 * abs(model(by_nnls)), seed


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_kkt_at_any_scale(scale):
    rng = np.random.default_rng(0)
    A = rng.standard_normal((40, 25))
    H, c = scale * A.T @ A, scale * rng.standard_normal(25)
    x = NonnegQP(H).minimise(c, np.zeros(25))
    gradient = H @ x + c
    assert np.all(gradient >= -1e-8 * scale)
    assert np.abs(gradient[x > 0]).max() <= 1e-8 * scale
    assert 0 < np.count_nonzero(x) < 25


def test_positive_gradient_everywhere_gives_zero():
    x = NonnegQP(np.eye(4)).minimise(2 * np.ones(4), np.ones(4))
    assert np.array_equal(x, np.zeros(4))


@pytest.mark.parametrize("seed", range(20))
def test_a_near_minimiser_changes_the_work_and_not_the_result(seed):
    rng = np.random.default_rng(seed)
    A, start = rng.standard_normal((40, 30)), np.maximum(rng.standard_normal(30), 0.0)
    gradient, other = rng.standard_normal((2, 30))
    model = NonnegQP(A.T @ A)
    near = model.minimise(other, start)
    alone = NonnegQP(A.T @ A).minimise(gradient, start)
    np.testing.assert_allclose(model.minimise(gradient, start, near), alone, atol=1e-10)
    np.testing.assert_allclose(model.minimise(gradient, start, 0.0 * near), alone, atol=1e-10)
