"""Sparse samples: the same results as dense ones, without a dense copy of X."""

import tracemalloc
import warnings
from importlib import import_module

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone, is_regressor

from fixing_ntk import (
    ConvexReLUClassifier,
    GatedReLUClassifier,
    GatedReLURegressor,
    MaskSet,
    MKLClassifier,
    MKLRegressor,
    NTKClassifier,
    NTKRegressor,
    lambda_max,
    solve,
    solve_mkl,
    solve_path,
    solve_relu,
)
from fixing_ntk.estimators.persistence import load, save
from fixing_ntk.kernels import ntk
from fixing_ntk.masks import RegeneratedMasks, mask_set
from fixing_ntk.programs import MaskedDesign, certify
from fixing_ntk.solvers import kernel_machine
from fixing_ntk.solvers.interface import METHODS
from fixing_ntk.solvers.iterated_ridge import iterated_ridge

TAKE_SPARSE = [name for name in METHODS if name != "conic"]


def samples(n, d, seed=0):
    """Return sparse rows with a last column of ones, and targets of a gate on them."""
    rng = np.random.default_rng(seed)
    X = sparse.random_array((n, d - 1), density=0.2, rng=rng, data_sampler=rng.standard_normal)
    X = sparse.csr_array(sparse.hstack([X, np.ones((n, 1))], format="csr"))
    g, w = rng.standard_normal((2, d))
    signal = (X @ g >= 0) * (X @ w)
    return X, signal / signal.std() + 0.3 * rng.standard_normal(n)


SHAPES = {"n > d": (150, 20), "d > n": (60, 300)}


@pytest.fixture(params=SHAPES.values(), ids=SHAPES)
def problem(request):
    X, y = samples(*request.param)
    return X, y, MaskSet.sample(X, 80, seed=0)


def test_masks_are_those_of_dense_rows(problem, monkeypatch):
    X, _, masks = problem
    dense = MaskSet.sample(X.toarray(), 80, seed=0)
    assert np.array_equal(masks.packed, dense.packed)
    monkeypatch.setattr(mask_set, "SINGLE_FROM", 0)
    assert np.array_equal(MaskSet.sample(X, 80, seed=0).packed, dense.packed)
    again = RegeneratedMasks.sample(X, 80, seed=0)
    assert np.array_equal(again.dense(), RegeneratedMasks.sample(X.toarray(), 80).dense())
    weights = np.random.default_rng(0).standard_normal((X.shape[1], len(masks)))
    np.testing.assert_allclose(masks.predict(weights, X), masks.predict(weights, X.toarray()))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_product_of_the_design_is_that_of_dense_rows(problem, dtype):
    X, y, masks = problem
    one, other = (MaskedDesign(A.astype(dtype), masks) for A in (X, X.toarray()))
    weights = np.random.default_rng(0).standard_normal((X.shape[1], len(masks))).astype(dtype)
    y, root = y.astype(dtype), np.linspace(1.0, 2.0, len(y), dtype=dtype)

    def products(design):
        some = design.unpacked([4, 2, 1])
        return (
            *(design.scores(y), design.screened_scores(y).max(), design.adjoint(y), design.gram),
            *(design.forward(weights), design.kernel(np.ones(len(masks)))),
            *(some.forward(weights[:, :3]), some.adjoint(y), design.scaled_rows(root).scores(y)),
            *(design.in_unit_scale[0].scores(y), design.in_unit_scale[1]),
        )

    for value, expected in zip(products(one), products(other), strict=True):
        size = np.abs(expected).max()
        np.testing.assert_allclose(value, expected, atol=1e3 * np.finfo(dtype).eps * size)
    assert other.norm * (1 - 1e-6) <= one.norm <= np.linalg.norm(X.data) * (1 + 1e-6)


@pytest.mark.parametrize("method", TAKE_SPARSE)
def test_solve_reaches_the_optimum_of_the_dense_program(problem, method):
    X, y, masks = problem
    lam = 0.2 * lambda_max(X, y, masks)
    assert lam == pytest.approx(0.2 * lambda_max(X.toarray(), y, masks), rel=1e-12)
    tol = 1e-3 if method == "irls" else 1e-6
    found = solve(X, y, masks, lam, tol, method)
    dense = solve(X.toarray(), y, masks, lam, 1e-9)
    assert found.status == "optimal"
    design = MaskedDesign(X.toarray(), masks)
    assert certify(design, y, lam, found.weights).gap <= 1.01 * tol
    assert found.dual_objective <= dense.objective * (1 + 1e-9)
    assert found.objective >= dense.dual_objective * (1 - 1e-9)


@pytest.mark.parametrize("options", [{}, {"fit_intercept": True}, {"weighted": True}])
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_paths_of_either_loss_are_those_of_dense_rows(problem, loss, options):
    X, y, masks = problem
    y = np.sign(y) if loss == "logistic" else y
    options = dict(options, loss=loss)
    if options.pop("weighted", False):
        options["sample_weight"] = np.arange(len(y)) % 3
    lams = np.array([0.5, 0.1]) * lambda_max(X, y, masks, **options)
    ours, dense = (solve_path(A, y, masks, lams, 1e-8, **options) for A in (X, X.toarray()))
    for one, other in zip(ours, dense, strict=True):
        assert one.status == "optimal"
        assert one.objective == pytest.approx(other.objective, rel=1e-7)
        outputs = masks.predict(one.weights, X) + one.intercept
        expected = masks.predict(other.weights, X) + other.intercept
        assert np.abs(outputs - expected).max() < 1e-2 * np.abs(expected).max()


def test_many_rows_are_solved_by_conjugate_gradients():
    X, y = samples(2500, 30)
    masks = MaskSet.sample(X, 200, seed=0)
    lam = 0.1 * lambda_max(X, y, masks)
    found, dense = (solve(A, y, masks, lam) for A in (X, X.toarray()))
    assert (found.method, found.status) == ("newton_cg", "optimal")
    assert found.objective == pytest.approx(dense.objective, rel=2e-6)


BETWEEN = [(1.0, False), (4 / 3, False), (4 / 3, True), (np.inf, False), (np.inf, True)]


@pytest.mark.parametrize(("p", "ntk"), BETWEEN)
def test_programs_between_the_kernels_are_those_of_dense_rows(problem, p, ntk):
    X, y, masks = problem
    found, dense = (solve_mkl(A, y, masks, 0.5, p, ntk=ntk) for A in (X, X.toarray()))
    assert found.status == "optimal"
    assert found.objective == pytest.approx(dense.objective, rel=1e-5)
    assert np.allclose(found.eta, dense.eta, atol=2e-2)


def test_the_kernel_of_sparse_rows_is_that_of_dense_ones():
    X, _ = samples(40, 15)
    X = sparse.csr_array(sparse.vstack([X, X[:3], -2.0 * X[:2], 0.0 * X[:1]], format="csr"))
    H = ntk(X.toarray())
    np.testing.assert_allclose(ntk(X), H, rtol=1e-12, atol=1e-12)
    for Z in (X[5:9], X[5:9].toarray()):
        np.testing.assert_allclose(ntk(X, Z), H[:, 5:9], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(ntk(Z, X), H[5:9], rtol=1e-12, atol=1e-12)


def test_kernel_regression_beyond_a_kernel_matrix_takes_sparse_rows():
    X, y = samples(300, 20)
    given = y[:, None], [1e-2], np.ones(300)
    ((b, *_),), ((expected, *_),) = (iterated_ridge(A, *given) for A in (X, X.toarray()))
    np.testing.assert_allclose(b, expected, atol=1e-4 * np.abs(expected).max())


MODELS = {
    "ntk": NTKClassifier(),
    "ntk, logistic": NTKClassifier(loss="log_loss", fit_intercept=True),
    "ntk, regression, cv": NTKRegressor(lam="cv", lams=[1e-1, 1e-2]),
    "mkl": MKLClassifier(n_gates=40, random_state=0),
    "mkl, cv": MKLClassifier(n_gates=40, random_state=0, lam="cv", lams=[0.3, 0.1], cv=3),
    "mkl, draws": MKLRegressor(n_gates=40, random_state=0, n_draws=2, lam=0.1),
    "mkl, between": MKLRegressor(n_gates=40, random_state=0, p=4 / 3, ntk=True, lam=0.1),
    "gated": GatedReLUClassifier(n_gates=40, random_state=0, lam=0.1),
    "gated, regression": GatedReLURegressor(n_gates=40, random_state=0, lam=0.1),
}


FORMS = (sparse.csr_array, sparse.csc_matrix, sparse.coo_array)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_estimators_predict_as_on_dense_rows(model, tmp_path):
    X, y = samples(90, 12)
    y = y if is_regressor(model) else np.sign(y)
    dense, model = clone(model).fit(X.toarray(), y), clone(model).fit(X, y)
    outputs = (getattr(m, "decision_function", m.predict) for m in (dense, model))
    expected, found = (output(X.toarray()) for output in outputs)
    np.testing.assert_allclose(found, expected, atol=2e-2 * np.abs(expected).max())
    assert model.dual_gap_ <= 1e-6
    predicted = model.predict(X)
    for form in FORMS:
        assert np.array_equal(model.predict(form(X)), predicted)
    np.testing.assert_allclose(model.predict(X.toarray()), predicted, atol=1e-9)
    np.testing.assert_allclose(dense.predict(X), dense.predict(X.toarray()), atol=1e-9)
    save(model, tmp_path / "model.skops")
    assert np.array_equal(load(tmp_path / "model.skops").predict(X), predicted)


def test_the_learned_kernel_takes_sparse_points():
    X, y = samples(90, 12)
    for model in (MODELS["mkl"], MODELS["mkl, between"], MODELS["ntk"]):
        fitted = clone(model).fit(X, y if is_regressor(model) else np.sign(y))
        K = fitted.kernel(X, X[:7])
        assert K.shape == (90, 7)
        dense = fitted.kernel(X.toarray(), X[:7].toarray())
        np.testing.assert_allclose(K, dense, atol=1e-9 * np.abs(K).max())


def sparse_rows(n, d, per_row):
    rng = np.random.default_rng(0)
    columns = rng.integers(0, d, n * per_row)
    rows = np.repeat(np.arange(n), per_row)
    return sparse.csr_array((rng.standard_normal(n * per_row), (rows, columns)), shape=(n, d))


WIDE = {
    "solve": lambda X, y: solve(X, y, MaskSet.sample(X, 3), 0.5),
    "solve_mkl": lambda X, y: solve_mkl(X, y, MaskSet.sample(X, 3), 1.0, p=2.0),
    "MKLClassifier": lambda X, y: MKLClassifier(n_gates=3, random_state=0).fit(X, y).predict(X),
    "NTKClassifier": lambda X, y: NTKClassifier().fit(X, y).predict(X),
}


@pytest.mark.parametrize("call", WIDE.values(), ids=WIDE)
def test_no_dense_copy_is_made(call):
    X = sparse_rows(200, 50_000, per_row=20)
    y = np.where(np.arange(200) % 2, 1.0, -1.0)
    tracemalloc.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            call(X, y)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 0.4 * 8 * X.shape[0] * X.shape[1]


def test_what_takes_dense_rows_alone_says_so():
    X, y = samples(60, 5)
    masks = MaskSet.sample(X, 20, seed=0)
    with pytest.raises(ValueError, match=r"'conic' takes no sparse X: call its toarray\(\)"):
        solve(X, y, masks, 1.0, method="conic")
    with pytest.raises(ValueError, match=r"'conic' takes no sparse X: call its toarray\(\)"):
        solve_mkl(X, y, masks, 1.0, p=2.0, method="conic")
    with pytest.raises(TypeError, match=r"X must be dense here: call its toarray\(\)"):
        solve_relu(X, y, masks, 1.0)
    with pytest.raises(TypeError, match="X must be dense here"):
        MaskSet.enumerate(X)
    with pytest.raises(TypeError, match="y must be dense here"):
        solve(X, sparse.csr_array(y[:, None]), masks, 1.0)
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        ConvexReLUClassifier().fit(X, np.sign(y))


def test_faults_of_sparse_samples_are_named():
    X, y = samples(60, 5)
    masks = MaskSet.sample(X, 20, seed=0)
    broken = X.copy()
    broken.data[3] = np.nan
    for call, error in {
        lambda: solve(broken, y, masks, 1.0): "X must be finite",
        lambda: solve(X[:, :4], y, masks, 1.0): "masks are of n=60, d=5, but X is",
        lambda: solve(1e200 * X, y, masks, 1.0): "X has entries of",
        lambda: MaskSet.sample(X[:0], 3): r"X must be \(n, d\), got shape \(0, 5\)",
    }.items():
        with pytest.raises(ValueError, match=error):
            call()


def test_entries_that_stand_twice_are_summed():
    X, y = samples(60, 5)
    masks = MaskSet.sample(X, 20, seed=0)
    data, indices = np.repeat(X.data / 2, 2), np.repeat(X.indices, 2)
    twice = sparse.csr_array((data, indices, 2 * X.indptr), shape=X.shape)
    lam = 0.1 * lambda_max(X, y, masks)
    assert lambda_max(twice, y, masks) == pytest.approx(10 * lam)
    assert solve(twice, y, masks, lam).objective == solve(X, y, masks, lam).objective
    np.testing.assert_allclose(ntk(twice), ntk(X))
    assert twice.nnz == 2 * X.nnz, "the caller's rows stay as they are"


def test_a_column_of_large_entries_hides_no_score_of_another():
    X = sparse.csr_array(np.array([[1e15, 1.0], [1e15, -1.0], [0.0, 3.0]]))
    masks = MaskSet.from_gates(X, np.array([[1.0], [0.0]]))
    assert lambda_max(X, np.array([1.0, -1.0, 0.0]), masks) == 2.0
    assert lambda_max(X[:, [0, 0]], np.array([1.0, -1.0, 5.0]), masks) == 0.0


@pytest.mark.parametrize("ratio", [0.95, 0.99])
def test_few_masks_need_no_features_of_sparse_rows(ratio, monkeypatch):
    X, y = samples(150, 5)
    masks = MaskSet.sample(X, 80, seed=0)
    lam = ratio * lambda_max(X, y, masks)
    dense = solve(X.toarray(), y, masks, lam, 1e-8)
    monkeypatch.setattr("fixing_ntk.solvers.ridge_factor._FeatureSide", None)
    found = solve(X, y, masks, lam, 1e-8)
    assert found.n_active * 5 <= 75
    assert found.objective == pytest.approx(dense.objective, rel=1e-7)


def test_a_factor_of_sparse_rows_is_of_the_kernel(monkeypatch):
    """So the order that decides whether it fits in memory is that of the kernel."""
    X, y = samples(150, 5)
    masks = MaskSet.sample(X, 80, seed=0)
    solution = solve(X, y, masks, 0.9 * lambda_max(X, y, masks), 1e-8)
    expected = kernel_machine(MaskedDesign(X, masks), solution)
    module = import_module("fixing_ntk.solvers.kernel_machine")
    monkeypatch.setattr(module, "FACTOR_UP_TO", 100)
    monkeypatch.setattr(module, "factorise", None)
    found = kernel_machine(MaskedDesign(X, masks), solution)
    np.testing.assert_allclose(found.weights, expected.weights, rtol=1e-6, atol=1e-9)
