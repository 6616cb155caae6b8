"""What an estimator predicts is as near the optimum of its program as ``dual_gap_`` says.

Scored by plain NumPy from the definitions: the predictions on the training rows, and what the
fitted attributes say of the penalty. None of the package's own objectives or duals is used; where
residuals are mostly rounding, a solution's dual point proves more, whatever made it.
"""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning

import fixing_ntk

cp = pytest.importorskip("cvxpy")

TOL = 1e-6
SHARE, ROUNDING = 1.01, 1e-9  # what rounding adds to gaps: to large ones a share
DECADES = 10.0 ** -np.arange(1, 10)
DATA = ["plain", "weighted, rows that contradict"]


def table(kind, n):
    """Standardised features, a real target, and sample weights."""
    X, y = load_diabetes(return_X_y=True)
    X, y = X[:n, [2, 3, 8]], y[:n]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    if kind == "plain":
        return X, y, np.ones(n)
    X[n // 2 :] = X[: n - n // 2]
    return X, y, np.random.default_rng(0).integers(0, 4, n) + 0.1 * (np.arange(n) % 2)


def fitted(name, kind, n, ratio, **options):
    """Model; X with ones and roots (n, 1) of the weights; outputs asked for and given, (n, k).

    Of the samples of positive weight; outputs are times the roots.
    """
    X, y, weight = table(kind, n)
    regression = name.endswith("Regressor")
    if not regression:
        y = np.searchsorted(np.quantile(y, [1 / 3, 2 / 3]), y)
    model = getattr(fixing_ntk, name)(lam=ratio, **options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y, sample_weight=weight)
    assert {w.category for w in caught} <= {ConvergenceWarning}
    assert caught or model.dual_gap_ <= TOL
    assert kind != "plain" or not caught
    used = weight > 0
    X, y, root = X[used], y[used], np.sqrt(weight[used])[:, None]
    if regression:
        targets, outputs = (u[:, None] - model.intercept_ for u in (y, model.predict(X)))
    else:
        targets = np.where(y[:, None] == model.classes_, 1.0, -1.0)
        outputs = model.decision_function(X)
    ones = np.column_stack([X, np.ones(len(X))])
    return model, ones, root, root * targets, root * outputs


def group_lasso_gap(A, y, output, weights, lam, a):
    """``(P - D(a)) / (1/2 ||y||^2)`` at a dual point, shrunk as it must be; blocks A (p, n, d)."""
    r, top = y - output, max(np.linalg.norm(block.T @ a) for block in A)
    a = a * min(1.0, lam / top)
    P = 0.5 * r @ r + lam * sum(np.linalg.norm(w) for w in weights.T)
    return (P - (a @ y - 0.5 * a @ a)) / (0.5 * y @ y)


def mkl_gap(A, y, output, weights, mu, a):
    """The same for ``1/2 ||r||^2 + mu/2 (sum ||v_i||)^2`` and the best point of the ray of a."""
    r, top = y - output, max(np.linalg.norm(block.T @ a) for block in A)
    P = 0.5 * r @ r + 0.5 * mu * sum(np.linalg.norm(w) for w in weights.T) ** 2
    return (P - 0.5 * (a @ y) ** 2 / (a @ a + top**2 / mu)) / (0.5 * y @ y)


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("ratio", DECADES)
@pytest.mark.parametrize(
    "name", ["GatedReLURegressor", "GatedReLUClassifier", "MKLRegressor", "MKLClassifier"]
)
def test_gated_models_solve_their_group_lasso(name, ratio, kind):
    model, X, root, Y, F = fitted(name, kind, 40, ratio, n_gates=60, random_state=0)
    M = (X @ model.gates_ >= 0).astype(float)
    A, masks = M.T[:, :, None] * (root * X), fixing_ntk.MaskSet.from_gates(X, model.gates_)
    for k, (y, f) in enumerate(zip(Y.T, F.T, strict=True)):
        if name.startswith("MKL"):
            assert np.array_equal(model.X_fit_, X)
            c, eta = model.dual_coef_[:, k], model.eta_[k]
            K = (X @ X.T) * ((M * eta) @ M.T)
            rounding = 1e-13 * np.abs(K) @ np.abs(c)
            assert np.all(np.abs(f / root[:, 0] - K @ c) <= rounding), "one function"
            weights = eta * np.array([X.T @ (m * c) for m in M.T]).T
        else:
            weights = model.coef_[k]
        lam = ratio * max(np.linalg.norm(block.T @ y) for block in A)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            duals = y - f, fixing_ntk.solve(root * X, y, masks, lam).dual_point
        gap = min(group_lasso_gap(A, y, f, weights, lam, a) for a in duals)
        assert gap <= SHARE * model.dual_gap_ + ROUNDING
        if name.startswith("MKL"):
            gap = min(mkl_gap(A, y, f, weights, model.mu_[k], a) for a in duals)
            assert gap <= SHARE * model.dual_gap_ + ROUNDING


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("ratio", DECADES)
@pytest.mark.parametrize("name", ["NTKRegressor", "NTKClassifier"])
def test_ntk_models_solve_kernel_ridge_regression(name, ratio, kind):
    model, X, root, Y, F = fitted(name, kind, 40, ratio)
    U = X / np.linalg.norm(X, axis=1, keepdims=True)
    theta = 2 * np.arctan2(*(np.linalg.norm(U[:, None] + s * U, axis=2) for s in (-1.0, 1.0)))
    H = root * (X @ X.T) * (np.pi - theta) / (2 * np.pi) * root.T
    values, vectors = np.linalg.eigh(H)
    lam = ratio * values[-1]
    for y, f, c in zip(Y.T, F.T, model.dual_coef_.T, strict=True):
        P = 0.5 * (y - f) @ (y - f) + 0.5 * lam * (c / root[:, 0]) @ f
        optimum = 0.5 * lam * np.sum((vectors.T @ y) ** 2 / (np.maximum(values, 0.0) + lam))
        rounding = ROUNDING + np.finfo(float).eps / ratio  # of sums of coefficients y / lam
        assert (P - optimum) / (0.5 * y @ y) <= model.dual_gap_ + rounding


def relu_optimum(A, signed, y, lam):
    """The ReLU convex program on blocks A (p, n, d), by another solver."""
    w = [[cp.Variable(A.shape[2]) for _ in A] for _ in range(2)]
    fit = sum(block @ (u - v) for block, u, v in zip(A, *w, strict=True))
    norms = sum(cp.norm(u) for half in w for u in half)
    cones = [S @ u >= 0 for half in w for S, u in zip(signed, half, strict=True)]
    problem = cp.Problem(cp.Minimize(0.5 * cp.sum_squares(fit - y) + lam * norms), cones)
    return problem.solve(solver=cp.CLARABEL)


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("ratio", DECADES[::2])
@pytest.mark.parametrize("name", ["ConvexReLURegressor", "ConvexReLUClassifier"])
def test_relu_networks_solve_their_convex_program(name, ratio, kind):
    model, X, root, Y, F = fitted(name, kind, 14, ratio, n_gates=12, random_state=0)
    M = X @ model.gates_ >= 0
    A = M.T[:, :, None] * (root * X)
    signed = np.where(M.T[:, :, None], X, -X)
    layers = zip(model.first_layer_, model.second_layer_, strict=True)
    for (first, second), y, f in zip(layers, Y.T, F.T, strict=True):
        lam, half = ratio * max(np.linalg.norm(block.T @ y) for block in A), 0.5 * y @ y
        decay = 0.5 * lam * (np.sum(first**2) + np.sum(second**2))
        P = 0.5 * (y - f) @ (y - f) + decay
        gap = (P - relu_optimum(A, signed, y / np.sqrt(half), lam / np.sqrt(half)) * half) / half
        assert -1e-7 <= gap <= model.dual_gap_ + 1e-7
