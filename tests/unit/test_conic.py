"""The conic program, its backends and the solver on top, against cvxpy and against theory."""

import logging
import sys
from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest
import scipy.sparse as sp

from fixing_ntk import MaskSet, lambda_max, solve, solve_mkl
from fixing_ntk.kernels import ntk
from fixing_ntk.programs import MaskedDesign, certify, group_norms
from fixing_ntk.programs.objective import primal
from fixing_ntk.solvers import backends
from fixing_ntk.solvers.backends import clarabel, mosek
from fixing_ntk.solvers.conic import conic
from fixing_ntk.solvers.conic_program import (
    ConicProgram,
    between_program,
    gated_dual_point,
    gated_program,
    gated_weights,
    group_block,
    loss_block,
)

needs_mosek = pytest.mark.skipif(
    mosek.licence() is not None, reason=f"MOSEK cannot run here: {mosek.licence()}"
)


def instance(n, d, n_gates, share, seed=0, scale=1.0):
    """Random X, y, masks, and lam as a share of lambda_max."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    signal = np.maximum(X @ rng.standard_normal(d), 0) - np.maximum(X @ rng.standard_normal(d), 0)
    y = scale * (signal + 0.3 * rng.standard_normal(n))
    masks = MaskSet.sample(X, n_gates, seed)
    return X, y, masks, share * lambda_max(X, y, masks)


def cvxpy_gated(X, y, M, lam):
    W = cp.Variable((X.shape[1], M.shape[1]))
    fit = cp.sum(cp.multiply(M, X @ W), axis=1)
    cp.Problem(cp.Minimize(0.5 * cp.sum_squares(fit - y) + lam * cp.sum(cp.norm(W, axis=0)))).solve(
        solver=cp.CLARABEL, tol_gap_abs=1e-9, tol_gap_rel=1e-9
    )
    return primal(y - np.sum(M * (X @ W.value), axis=1), group_norms(W.value), lam)


def mixed_program():
    """min -x0 - x1 over x >= 0, ||x|| <= 1, x0 <= 1/2: optimum -(1 + sqrt 3) / 2."""
    eye = sp.csc_array(np.eye(2))
    ball = sp.csc_array(np.vstack([np.zeros(2), -np.eye(2)]))
    return ConicProgram.stack(
        [-1.0, -1.0],
        [
            ([("nonneg", 2)], -eye, np.zeros(2)),
            ([("soc", 3)], ball, np.array([1.0, 0.0, 0.0])),
            ([("nonneg", 1)], eye[[0]], np.array([0.5])),
        ],
    )


def assert_optimal(program, result, tol=1e-7):
    """KKT conditions of ``min c^T x, b - A x in K`` at (x, z)."""
    s = program.b - program.A @ result.x
    np.testing.assert_allclose(program.A.T @ result.z + program.c, 0, atol=tol)
    assert abs(s @ result.z) < tol
    first = 0
    for kind, size in program.cones:
        for v in (s[first : first + size], result.z[first : first + size]):
            assert (v.min() if kind == "nonneg" else v[0] - np.linalg.norm(v[1:])) > -tol
        first += size
    assert first == len(s)


@pytest.mark.parametrize(
    ("n", "d", "n_gates", "share"),
    [(20, 2, 40, 0.3), (30, 3, 30, 0.05), (12, 5, 60, 0.01), (15, 20, 12, 0.1)],
)
def test_objective_equals_cvxpy(n, d, n_gates, share):
    X, y, masks, lam = instance(n, d, n_gates, share)
    reference = cvxpy_gated(X, y, masks.dense(), lam)
    sol = solve(X, y, masks, lam, tol=1e-8, method="conic", backend="clarabel")
    assert sol.status == "optimal"
    assert sol.method == "conic[clarabel]"
    assert sol.objective == pytest.approx(reference, rel=1e-6)
    assert sol.objective <= reference * (1 + 1e-8)
    assert sol.history == [(sol.objective, sol.gap)]


@pytest.mark.parametrize("share", [0.999, 0.5, 0.1, 0.01, 0.002])
@pytest.mark.parametrize(
    ("n", "d", "n_gates"), [(60, 3, 200), (30, 40, 50), (80, 6, 20), (10, 2, 300)]
)
def test_certified_and_equal_to_newton(n, d, n_gates, share):
    X, y, masks, lam = instance(n, d, n_gates, share, seed=1)
    sol = solve(X, y, masks, lam, tol=1e-6, method="conic", backend="clarabel")
    other = solve(X, y, masks, lam, tol=1e-9, method="newton")
    assert sol.gap <= 1e-6
    assert abs(sol.objective - other.objective) <= 1e-6 * 0.5 * y @ y


def test_certified_on_a_larger_problem():
    X, y, masks, lam = instance(200, 10, 300, 0.1, seed=2)
    sol = solve(X, np.sign(y), masks, lam, method="conic", backend="clarabel")
    assert sol.gap <= 1e-6


@pytest.mark.parametrize("y_scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("X_scale", [1e-3, 1e3])
def test_scale_of_data_does_not_matter(y_scale, X_scale):
    X, y, masks, lam = instance(40, 4, 80, 0.05)
    plain = solve(X, y, masks, lam, method="conic", backend="clarabel")
    scaled = solve(
        X * X_scale, y * y_scale, masks, lam * X_scale * y_scale, method="conic", backend="clarabel"
    )
    assert scaled.gap <= 1e-6
    np.testing.assert_allclose(scaled.objective / y_scale**2, plain.objective, rtol=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_certified_on_degenerate_data(seed):
    """Repeated rows, collinear and badly scaled columns, fewer active dimensions than samples."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((30, 4))
    if seed % 2:
        X = np.repeat(X[:10], 3, axis=0)
    else:
        X = np.column_stack([1e3 * X[:, 0], X, np.ones(30)])
    y = np.sign(rng.standard_normal(30))
    masks = MaskSet.sample(X, [3, 200][seed // 4], seed)
    for share in (0.5, 0.1, 0.002):
        lam = share * lambda_max(X, y, masks)
        assert solve(X, y, masks, lam, method="conic", backend="clarabel").gap <= 1e-6


def test_repeated_masks_and_zeros_in_the_data():
    X, y, masks, lam = instance(25, 3, 10, 0.1)
    X = np.where(np.abs(X) < 0.3, 0.0, X)
    X[:, 0] = np.maximum(X[:, 0], 0.0)
    twice = MaskSet(
        np.tile(masks.gates, 2),
        np.tile(masks.packed, (2, 1)),
        masks.n,
        np.tile(masks.ntk_weights, 2) / 2,
        np.tile(masks.ntk_weights_error, 2),
    )
    once = solve(X, y, masks, lam, tol=1e-8, method="conic", backend="clarabel")
    sol = solve(X, y, twice, lam, tol=1e-8, method="conic", backend="clarabel")
    assert sol.gap <= 1e-8
    assert sol.objective == pytest.approx(once.objective, rel=1e-7)


def test_kkt_and_meaning_of_variables_and_multipliers():
    X, y, masks, lam = instance(30, 3, 40, 0.1)
    design = MaskedDesign(X, masks)
    program = gated_program(design, y, lam)
    result = clarabel.solve(program, 1e-11, 200)
    assert_optimal(program, result)
    W, a = gated_weights(design, result.z), gated_dual_point(design, result.x)
    np.testing.assert_allclose(y - design.forward(W), a, atol=1e-4)
    assert design.scores(a).max() <= lam * (1 + 1e-8)
    assert 0.5 * y @ y - program.c @ result.x == pytest.approx(
        certify(design, y, lam, W).objective, rel=1e-6
    )


def test_power_cones():
    """min x0 + x1 over x0^a x1^(1-a) >= 1: optimum a^-a (1-a)^(a-1), at x0 / x1 = a / (1-a)."""
    alpha = 0.3
    A = sp.csc_array(np.array([[-1.0, 0.0], [0.0, -1.0], [0.0, 0.0]]))
    program = ConicProgram.stack(
        [1.0, 1.0], [([("power", 3, alpha)], A, np.array([0.0, 0.0, 1.0]))]
    )
    x = clarabel.solve(program, 1e-10, 100).x
    assert x.sum() == pytest.approx(alpha**-alpha * (1 - alpha) ** (alpha - 1))
    assert x[0] / x[1] == pytest.approx(alpha / (1 - alpha), rel=1e-4)


def test_both_cones():
    result = clarabel.solve(mixed_program(), 1e-10, 100)
    assert_optimal(mixed_program(), result)
    np.testing.assert_allclose(result.x, [0.5, np.sqrt(0.75)], atol=1e-8)
    assert result.status == "Solved"
    assert result.n_iter > 0


def test_relu_program_fits_the_same_form():
    """Extra columns X^T (2 D_i - I) for multipliers s_i >= 0 give the cone-constrained program."""
    X, y, masks, lam = instance(10, 2, 8, 0.1)
    n, d, p = *X.shape, len(masks)
    M = masks.dense()
    sign = np.concatenate([np.full(p, 1.0), np.full(p, -1.0)])
    design = MaskedDesign(X, masks)
    cones, A, b = group_block(design, lam)
    own = []
    for i in [*range(p), *range(p)]:
        own.append(np.vstack([np.zeros(n), ((2.0 * M[:, i] - 1.0)[:, None] * X).T]))
    rows = sp.hstack([sp.vstack([A, -A]), sp.block_diag(own), sp.csc_array((2 * len(b), 1))])
    loss = loss_block(y)
    outputs, rest = sp.csc_array(loss[1])[:, :n], sp.csc_array(loss[1])[:, n:]
    loss_rows = sp.hstack([outputs, sp.csc_array((n + 2, 2 * p * n)), rest])
    positive = sp.hstack(
        [sp.csc_array((2 * p * n, n)), -sp.eye_array(2 * p * n), sp.csc_array((2 * p * n, 1))]
    )
    c = np.zeros(n + 2 * p * n + 1)
    c[-1] = 1.0
    program = ConicProgram.stack(
        c,
        [
            (cones + cones, rows, np.concatenate([b, b])),
            (loss[0], loss_rows, loss[2]),
            ([("nonneg", 2 * p * n)], positive, np.zeros(2 * p * n)),
        ],
    )
    result = clarabel.solve(program, 1e-10, 200)
    W = result.z[: 2 * p * (d + 1)].reshape(2 * p, d + 1)[:, 1:].T

    V = cp.Variable((d, 2 * p))
    M2 = np.hstack([M, M])
    fit = cp.multiply(M2 * sign, X @ V)
    objective = 0.5 * cp.sum_squares(cp.sum(fit, axis=1) - y) + lam * cp.sum(cp.norm(V, axis=0))
    problem = cp.Problem(cp.Minimize(objective), [cp.multiply(2.0 * M2 - 1.0, X @ V) >= 0])
    problem.solve(solver=cp.CLARABEL)
    residual = y - np.sum(M2 * sign * (X @ W), axis=1)
    assert ((2.0 * M2 - 1.0) * (X @ W)).min() > -1e-6
    assert primal(residual, group_norms(W), lam) == pytest.approx(problem.value, rel=1e-6)
    assert 0.5 * y @ y - program.c @ result.x == pytest.approx(problem.value, rel=1e-6)


def program_of(task):
    """The `ConicProgram` that a MOSEK task of `mosek.build` states."""
    import mosek as api

    kinds = {
        api.domaintype.rplus: "nonneg",
        api.domaintype.quadratic_cone: "soc",
        api.domaintype.primal_power_cone: "power",
    }
    assert task.getobjsense() == api.objsense.minimize
    assert task.getnumcon() == task.getnumintvar() == task.getnumqobjnz() == 0
    assert set(task.getvarboundslice(0, task.getnumvar())[0]) == {api.boundkey.fr}
    domains = [task.getaccdomain(k) for k in range(task.getnumacc())]
    row, col, value = task.getaccftrip()
    # A cone holds F x + g less a vector of its own.
    shift = np.concatenate([task.getaccb(k) for k in range(len(domains))])
    shape = task.getaccntot(), task.getnumvar()
    return ConicProgram(
        c=np.array(task.getc()),
        A=sp.csc_array((-np.array(value), (np.array(row), np.array(col))), shape=shape),
        b=np.array(task.getaccgvector()) - shift,
        cones=[
            (kinds[task.getdomaintype(k)], task.getdomainn(k), *exponent(task, k)) for k in domains
        ],
    )


def exponent(task, domain):
    """alpha of a power cone, whose powers a task holds in proportion."""
    import mosek as api

    if task.getdomaintype(domain) != api.domaintype.primal_power_cone:
        return ()
    powers = np.array(task.getpowerdomainalpha(domain))
    assert len(powers) == 2
    return (pytest.approx(powers[0] / powers.sum(), rel=1e-12),)


@pytest.mark.parametrize("suffix", ["ptf", "cbf"])
@pytest.mark.parametrize("name", ["gated", "mixed", "between", "between with the NTK"])
def test_mosek_model_survives_its_file(tmp_path, suffix, name):
    api = pytest.importorskip("mosek")
    X, y, masks, lam = instance(25, 3, 30, 0.1)
    design = MaskedDesign(X, masks)
    program = {
        "gated": lambda: gated_program(design, y, lam),
        "mixed": mixed_program,
        "between": lambda: between_program(design, y, 1.0, 4 / 3),
        "between with the NTK": lambda: between_program(design, y, 1.0, 8 / 7, ntk(X)),
    }[name]()
    path = str(tmp_path / f"model.{suffix}")
    with mosek.build(program) as task:
        task.writedata(path)
    with api.Task() as task:
        task.readdata(path)
        back = program_of(task)
    assert back.cones == program.cones
    np.testing.assert_array_equal(back.A.toarray(), program.A.toarray())
    np.testing.assert_array_equal(back.b, program.b)
    np.testing.assert_array_equal(back.c, program.c)
    # What was read holds the exponents of power cones to rounding.
    back = replace(back, cones=program.cones)
    here, there = clarabel.solve(program, 1e-10, 200), clarabel.solve(back, 1e-10, 200)
    assert back.c @ there.x == pytest.approx(program.c @ here.x, rel=1e-7)


def test_few_masks_are_stated_and_all_are_certified(caplog):
    X, y, masks, lam = instance(80, 5, 600, 0.1)
    with caplog.at_level(logging.INFO, logger="fixing_ntk.solvers.conic"):
        sol = solve(X, y, masks, lam, tol=1e-8, method="conic", backend="clarabel")
    stated = [int(line.split()[3]) for line in caplog.messages if line.startswith("cone program")]
    assert stated
    assert max(stated) < len(masks) / 3
    assert certify(MaskedDesign(X, masks), y, lam, sol.weights).gap <= 1e-8


def test_unknown_backend():
    with pytest.raises(ValueError, match="unknown conic backend"):
        backends.choose("scs")


@pytest.mark.skipif(mosek.licence() is None, reason="a MOSEK licence is there")
def test_mosek_by_name_without_licence_says_how_to_mend_it():
    X, y, masks, lam = instance(10, 2, 10, 0.1)
    for ask in (
        lambda: backends.choose("mosek"),
        lambda: solve(X, y, masks, lam, method="conic", backend="mosek"),
    ):
        with pytest.raises(RuntimeError, match=r"mosek\.lic.*MOSEKLM_LICENSE_FILE.*clarabel"):
            ask()


@pytest.mark.parametrize(
    "missing", ["no MOSEK licence: error 1008", "the mosek package is not installed"]
)
def test_auto_falls_back_and_logs(monkeypatch, caplog, missing):
    monkeypatch.setattr(mosek, "licence", lambda: missing)
    with caplog.at_level(logging.INFO, logger=backends.__name__):
        assert backends.choose("auto") is clarabel
    assert caplog.messages == [f"conic backend: clarabel ({missing})"]


def test_auto_prefers_mosek(monkeypatch, caplog):
    monkeypatch.setattr(mosek, "licence", lambda: None)
    with caplog.at_level(logging.INFO, logger=backends.__name__):
        assert backends.choose("auto") is mosek
    assert caplog.messages == ["conic backend: mosek (licence found)"]


def test_licence_names_the_missing_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "mosek", None)
    assert mosek.licence.__wrapped__() == "the mosek package is not installed"


def test_iteration_limit_is_not_silent():
    from sklearn.exceptions import ConvergenceWarning

    X, y, masks, lam = instance(30, 3, 40, 0.1)
    with pytest.warns(ConvergenceWarning, match="conic"):
        sol = solve(X, y, masks, lam, method="conic", backend="clarabel", max_iter=2)
    assert sol.status == "not_converged"


@needs_mosek
def test_licensed_mosek_agrees_with_clarabel():
    X, y, masks, lam = instance(60, 4, 80, 0.1)
    design = MaskedDesign(X, masks)
    program = gated_program(design, y, lam)
    ours, theirs = mosek.solve(program, 1e-10, 200), clarabel.solve(program, 1e-10, 200)
    assert_optimal(program, ours, tol=1e-6)
    assert program.c @ ours.x == pytest.approx(program.c @ theirs.x, rel=1e-6)
    fit = conic(design, y, lam, 1e-6, design.scores(y), backend="mosek")
    assert fit.name == "conic[mosek]"
    assert fit.certificate.gap <= 1e-6
    np.testing.assert_allclose(design.forward(fit.weights, fit.index), y - theirs.x[:-1], atol=1e-4)


@needs_mosek
@pytest.mark.parametrize("p", [8 / 7, 4 / 3, np.inf])
def test_licensed_mosek_takes_power_cones(p):
    X, y, masks, _ = instance(40, 4, 60, 0.1)
    ours, theirs = (
        solve_mkl(X, y, masks, 1.0, p, ntk=True, method="conic", backend=backend)
        for backend in ("mosek", "clarabel")
    )
    assert ours.status == "optimal"
    assert ours.objective == pytest.approx(theirs.objective, rel=1e-6)
