"""The NTK of many samples: products in blocks, and ridge regression without the kernel matrix."""

from importlib import import_module

import numpy as np
import pytest
from project import ROOT
from sklearn.exceptions import ConvergenceWarning

from fixing_ntk import NTKClassifier, NTKRegressor
from fixing_ntk.kernels import FactoredRidge, NTKOperator, ntk, ntk_times
from fixing_ntk.programs import ridge_gap
from fixing_ntk.solvers.iterated_ridge import iterated_ridge, largest_eigenvalue

estimators = import_module("fixing_ntk.estimators.ntk")
module = import_module("fixing_ntk.solvers.iterated_ridge")
PAGES = ("docs/solvers.md", "CHANGELOG.md")


@pytest.fixture(params=[7, 1024])
def blocks(request, monkeypatch):
    """Blocks that divide nothing evenly, and one that holds all."""
    monkeypatch.setattr(import_module("fixing_ntk.kernels.products"), "SIDE", request.param)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_normal((60, 3)), np.ones(60)])
    X[7] = 2.0 * X[3]  # parallel rows, and one of zeros
    X[11] = 0.0
    Y = np.column_stack([np.sin(2 * X[:, 0]) + X[:, 1], X[:, 2] ** 2])
    return X, Y, np.sqrt(rng.uniform(0.5, 2.0, 60))


def test_products_are_those_of_the_matrix(data, blocks):
    X, V, root = data
    Z = np.random.default_rng(1).standard_normal((23, 4))
    assert ntk_times(Z, X, V) == pytest.approx(ntk(Z, X) @ V, rel=1e-12, abs=1e-12)
    K, H = NTKOperator(X, root), root[:, None] * ntk(X) * root
    assert K.times(V) == pytest.approx(H @ V, rel=1e-12, abs=1e-12)
    rough = K.roughly_times(V)
    assert rough.dtype == np.float32
    assert rough == pytest.approx(H @ V, rel=1e-3, abs=1e-3)
    columns = K.columns(np.array([2, 3, 7]))
    assert columns == pytest.approx(H[:, [2, 3, 7]], rel=1e-3, abs=1e-3)
    assert largest_eigenvalue(K, columns) == pytest.approx(np.linalg.eigvalsh(H)[-1], rel=1e-7)


@pytest.mark.parametrize("intercept", [False, True])
def test_each_penalty_is_solved_as_with_the_matrix(data, intercept):
    X, Y, root = data
    H, targets = root[:, None] * ntk(X) * root, root[:, None] * Y
    top = np.linalg.eigvalsh(H)[-1]
    ratios = [1e-1, 1e-3]
    for ratio, (beta, b, gaps, n_iter) in zip(
        ratios, iterated_ridge(X, Y, ratios, root, intercept), strict=True
    ):
        assert gaps.max() <= module.TOL
        assert n_iter > 0
        lam = ratio * top
        system, right = H + lam * np.eye(60), targets
        if intercept:
            system = np.block([[system, root[:, None]], [root, np.zeros((1, 1))]])
            right = np.vstack([targets, np.zeros(2)])
        exact = np.linalg.solve(system, right)
        assert H @ beta == pytest.approx(H @ exact[:60], abs=1e-3)
        assert b == pytest.approx(exact[60] if intercept else np.zeros(2), abs=1e-3)
        if not intercept:
            explicit = [
                ridge_gap(*one, lam) for one in zip(beta.T, (H @ beta).T, targets.T, strict=True)
            ]
            assert gaps == pytest.approx(explicit, abs=1e-12)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("lam", [1e-2, "cv"])
@pytest.mark.parametrize("several", [False, True])
def test_an_estimator_of_many_samples_is_that_of_few(
    data, monkeypatch, fit_intercept, lam, several
):
    X, Y, root = data
    given = dict(lam=lam, lams=[1e-1, 1e-2], cv=3, fit_intercept=fit_intercept)
    if several:
        model, y = NTKClassifier(**given), np.digitize(Y[:, 0], [-1.0, 1.0])
    else:
        model, y = NTKRegressor(**given), Y[:, 0]
    model.fit(X, y, sample_weight=root)
    expected, chosen = model.predict(X), model.lam_ratio_
    for name in ("IN_MEMORY", "IN_MEMORY_FOR_PATHS"):
        monkeypatch.setattr(estimators, name, 10)
    monkeypatch.setattr(module, "LANDMARKS", 10)
    model.fit(X, y, sample_weight=root)
    assert model.n_iter_ > 1
    assert model.lam_ratio_ == chosen
    assert model.dual_gap_ <= module.TOL
    if several:
        assert np.mean(model.predict(X) == expected) > 0.98
    else:
        assert model.predict(X) == pytest.approx(expected, abs=1e-3)


def test_what_does_not_converge_is_said(data, monkeypatch):
    X, Y, root = data
    monkeypatch.setattr(module, "CG_ITERATIONS", 1)
    monkeypatch.setattr(module, "LANDMARKS", 2)
    with pytest.warns(ConvergenceWarning, match="raise lam"):
        ((_, _, gaps, n_iter),) = iterated_ridge(X, Y, [1e-4], root)
    assert gaps.max() > module.TOL
    assert n_iter <= module.REFINEMENTS


def test_zeros_are_solved_by_zeros(data):
    X, Y, root = data
    for features, targets in ((X, 0.0 * Y), (0.0 * X, Y)):
        ((beta, b, gaps, _),) = iterated_ridge(features, targets, [1e-2], root)
        assert ntk(features) @ (root[:, None] * beta) == pytest.approx(0.0, abs=1e-12)
        assert (b == 0.0).all()
        assert gaps.max() <= module.TOL


def test_the_spectrum_is_estimated_to_its_standard_error(data, monkeypatch):
    X, Y, _ = data
    exact = FactoredRidge(ntk(X), Y[:, 0])
    ratio = 1e-2
    dimension = exact.effective_dimension(ratio * exact.scale)
    found = np.array([module.spectrum(X, Y[:, 0], ratio, seed) for seed in range(20)])
    error = found[:, 0].std(ddof=1)
    assert found[:, 0].mean() == pytest.approx(dimension, abs=4 * error / np.sqrt(20))
    assert error < 2 * dimension * np.sqrt(2 / (module.PROBES * dimension))
    assert found[:, 1].mean() == pytest.approx(exact.alignment, rel=0.05)
    assert module.spectrum(0.0 * X, Y[:, 0], ratio) == (0.0, 0.0)


def test_a_large_kernel_is_made_in_blocks_of_rows(data, monkeypatch):
    X, *_ = data
    whole = ntk(X), ntk(X[:9], X)
    monkeypatch.setattr(import_module("fixing_ntk.kernels.closed_form"), "ROWS", 8)
    assert ntk(X) == pytest.approx(whole[0], rel=1e-13)
    assert ntk(X[:9], X) == pytest.approx(whole[1], rel=1e-13)


@pytest.mark.parametrize("weight", [1e-30, 1e-15, 1e20])
@pytest.mark.parametrize("scale", [1e-10, 1.0, 1e10])
def test_units_of_weights_and_features_do_not_matter(data, monkeypatch, weight, scale):
    """Beyond the range of float32, too."""
    X, Y, root = data
    monkeypatch.setattr(module, "LANDMARKS", 10)
    ((beta, b, gaps, _),) = iterated_ridge(X, Y, [1e-2], root, True)
    ((scaled, b_scaled, _, _),) = iterated_ridge(scale * X, Y, [1e-2], np.sqrt(weight) * root, True)
    assert gaps.max() <= module.TOL
    # Coefficients of the plain kernel.
    before, after = root[:, None] * beta, np.sqrt(weight) * root[:, None] * scaled
    assert scale**2 * after == pytest.approx(before, abs=1e-3 * np.abs(before).max())
    assert b_scaled == pytest.approx(b, rel=1e-3, abs=1e-3)


def test_columns_that_hardly_vary_are_fitted_as_with_the_matrix(monkeypatch):
    """A year: all rows nearly parallel, a kernel of nearly equal entries."""
    rng = np.random.default_rng(0)
    Z = np.column_stack([rng.uniform(1990, 2024, 300), rng.standard_normal((300, 2))])
    y = np.sin(Z[:, 1])
    expected = NTKRegressor(lam=1e-2).fit(Z, y).predict(Z)
    monkeypatch.setattr(estimators, "IN_MEMORY", 10)
    model = NTKRegressor(lam=1e-2).fit(Z, y)
    assert model.dual_gap_ <= module.TOL
    assert model.predict(Z) == pytest.approx(expected, abs=1e-3)


def test_rows_that_repeat_are_fitted(monkeypatch):
    rng = np.random.default_rng(0)
    X = np.repeat(np.column_stack([rng.standard_normal((80, 3)), np.ones(80)]), 5, axis=0)
    y = np.sin(2 * X[:, :1]) + 0.1 * rng.standard_normal((400, 1))
    monkeypatch.setattr(module, "LANDMARKS", 100)
    for ratio in (1e-3, 1e-6):
        ((_, _, gaps, _),) = iterated_ridge(X, y, [ratio], np.ones(400), True)
        assert gaps.max() <= module.TOL


def test_what_does_not_converge_is_never_worse_than_zero(data, monkeypatch):
    X, Y, root = data
    monkeypatch.setattr(module, "_step", lambda K, residual, *_: (1e9 * residual, 1))
    with pytest.warns(ConvergenceWarning):
        ((beta, _, gaps, _),) = iterated_ridge(X, Y, [1e-3], root)
    assert not beta.any()
    assert gaps == pytest.approx(1.0)


def test_the_pages_name_the_sizes_from_which_no_matrix_is_kept():
    said = f"{estimators.IN_MEMORY:,} samples"
    for text in (NTKRegressor.__doc__, *((ROOT / name).read_text() for name in PAGES)):
        assert said in " ".join(text.split())
