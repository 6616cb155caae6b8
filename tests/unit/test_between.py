"""The result `between`: what its errors are of, and that its table, figure and claims agree."""

import numpy as np
import pytest

from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.programs import MaskedDesign
from fixing_ntk.results.beyond.between import compute, figure
from fixing_ntk.results.beyond.between.ratios import ratios
from fixing_ntk.results.beyond.between.table import between as table
from fixing_ntk.results.beyond.when_it_pays.held_out_tuning import GRID_SIZE, error
from fixing_ntk.results.beyond.when_it_pays.teachers import Problem, Target

SMALL = dict(
    samples=[40, 80], dimension=4, units=[1, 20], n_gates=80, n_held_out=150, n_seeds=3, tol=1e-4
)


@pytest.fixture(scope="module")
def run():
    return compute.between(0, **SMALL)


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    problem = Problem(60, 4, 100, 200, rng)
    return problem, Target(problem, "relu", 5, 0.3, rng)


def test_every_form_is_fitted_and_certified(run):
    data, rows = run
    assert np.isfinite(data["masks"]).all()
    assert np.isfinite(data["with_ntk"][..., 1:, :]).all()
    assert np.isnan(data["with_ntk"][..., 0, :]).all()
    assert 0 < data["gap"] <= SMALL["tol"]
    assert all(row["reason"] and row["gap"] == data["gap"] for row in rows)


def test_learning_pays_on_one_gate_and_the_family_is_in_between(run):
    found = ratios(run[0])
    one_gate = found["masks"][0, 0, -1]
    assert one_gate[0] < one_gate[2] < one_gate[-1]
    assert found["with_ntk"][0, 0, -1, 2] < 0.9


@pytest.mark.parametrize("among", [False, True])
def test_at_infinity_the_error_is_that_of_ridge_regression(problem, among):
    """At the best penalty of its own grid on the held-out points."""
    problem, target = problem
    found, gap = compute.fit_between(problem, target, np.inf, among, 1e-9)
    weights = problem.masks.ntk_weights

    def kernel(Z):
        inside, outside = (A @ problem.masks.gates >= 0 for A in (problem.X, Z))
        K = (Z @ problem.X.T) * ((outside * weights) @ inside.T)
        return 0.5 * K + 0.5 * ntk(Z, problem.X) if among else K

    assert np.allclose(
        kernel(problem.X),
        (0.5 if among else 1.0) * MaskedDesign(problem.X, problem.masks).kernel(weights)
        + (0.5 * ntk(problem.X) if among else 0.0),
    )
    ridge = KernelRidge(kernel(problem.X), target.y)
    start = compute.NTK_START * target.noise**2 * np.sum(problem.X**2) / 2 / len(problem.X)
    betas = ridge.coefficients(start * compute.NTK_STEP ** np.arange(GRID_SIZE))
    held_out = [error(f, target.held_out) for f in (kernel(problem.held_out) @ betas).T]
    expected = error(kernel(problem.fresh) @ betas[:, np.argmin(held_out)], target.fresh)
    assert found == pytest.approx(expected, rel=1e-3)
    assert gap <= 1e-9


def test_claims_are_of_the_form_with_the_ntk_at_four_thirds(run):
    data, rows = run
    worst, best = rows
    mixed = ratios(data)["with_ntk"][..., 2]
    assert (worst["value"], best["value"]) == (mixed.max(), mixed.min())
    twice = dict(data, with_ntk=2.0 * data["with_ntk"])
    assert compute.claims(twice)[0]["verdict"] == "does not hold"
    half = dict(data, with_ntk=0.4 * data["with_ntk"])
    assert [row["verdict"] for row in compute.claims(half)] == ["holds", "holds"]


def test_table_and_figure_have_the_same_numbers(run):
    data, _ = run
    made, found = table(data), ratios(data)
    fig = figure.draw(data)
    for t, ax in enumerate(fig.axes):
        row = made.raw[(made.raw.teacher == data["teachers"][t]) & (made.raw.n == 80)]
        first = row[row.units == 1].iloc[0]
        drawn = ax.lines[0].get_ydata()
        assert drawn[::-1] == pytest.approx(found["masks"][t, 0, 1])
        assert drawn[0] == first["p = ∞"]
        assert drawn[-1] == first["p = 1"]
        assert ax.lines[1].get_mfc() == "white"
        assert ax.lines[1].get_ydata()[0] == first["p = ∞ with the NTK"]
        means = made.facts["teachers"][data["teachers"][t]]
        cells = made.raw[made.raw.teacher == data["teachers"][t]]
        assert means["p = 2"] == pytest.approx(np.prod(cells["p = 2"]) ** (1 / len(cells)))
    words = [text.get_text() for text in fig.legends[0].get_texts()]
    assert words == ["1 unit", "masks", "20 units", "masks and the NTK", "the NTK alone"]
    assert "p = 1 with the NTK" not in made.raw
    assert "least" in str(made.notes).lower()


def test_a_fit_that_misses_its_gap_stops_the_run(monkeypatch):
    fit = compute.fit_between
    monkeypatch.setattr(compute, "fit_between", lambda *a: (fit(*a)[0], 1.0))
    with pytest.raises(compute.UncertifiedFit, match=r"gated teacher of 1 units, n = 40"):
        compute.between(0, **SMALL)
