import numpy as np
import pytest
from scipy.optimize import nnls

from fixing_ntk.solvers.nonneg_qp import solve_nonneg_qp


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("rows", "columns"), [(30, 10), (10, 30), (20, 20), (3, 1)])
def test_agrees_with_nonnegative_least_squares(seed, rows, columns):
    rng = np.random.default_rng(seed)
    A, b = rng.standard_normal((rows, columns)), rng.standard_normal(rows)
    H, c = A.T @ A + 1e-10 * np.eye(columns), -A.T @ b
    start = rng.random(columns)
    x = solve_nonneg_qp(H, H @ start + c, start)
    _, residual = nnls(A, b)
    assert np.all(x >= 0)
    excess = 0.5 * (np.linalg.norm(A @ x - b) ** 2 - residual**2)
    decrease = 0.5 * (np.linalg.norm(A @ start - b) ** 2 - residual**2)
    assert abs(excess) <= 1e-5 * decrease


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_kkt_at_any_scale(scale):
    rng = np.random.default_rng(0)
    A = rng.standard_normal((40, 25))
    H, c = scale * A.T @ A, scale * rng.standard_normal(25)
    x = solve_nonneg_qp(H, c, np.zeros(25))
    gradient = H @ x + c
    assert np.all(gradient >= -1e-8 * scale)
    assert np.abs(gradient[x > 0]).max() <= 1e-8 * scale
    assert 0 < np.count_nonzero(x) < 25


def test_positive_gradient_everywhere_gives_zero():
    x = solve_nonneg_qp(np.eye(4), 2 * np.ones(4), np.ones(4))
    assert np.array_equal(x, np.zeros(4))
