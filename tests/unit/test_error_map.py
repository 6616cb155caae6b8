"""The map of two methods: which cells are significant, which are run, and where the line is."""

from inspect import signature
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import sem

from fixing_ntk.comparison.records import UncertifiedFit
from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.programs import lambda_max
from fixing_ntk.results.beyond.when_it_pays import compute as experiment
from fixing_ntk.results.beyond.when_it_pays import error_map, held_out_tuning
from fixing_ntk.results.beyond.when_it_pays import figure as picture
from fixing_ntk.results.beyond.when_it_pays.table import when_it_pays
from fixing_ntk.results.beyond.when_it_pays.teachers import TEACHERS, Problem, Target
from fixing_ntk.results.paper.prediction_error.compute import penalty
from fixing_ntk.solvers import solve

ROOT = Path(__file__).parents[2]


def errors(ratios, repeats=20, seed=0):
    """MKL's and the NTK's errors (units, repeats) with given ratios, up to noise of 5 %."""
    rng = np.random.default_rng(seed)
    ntk = rng.uniform(0.1, 0.2, (len(ratios), repeats))
    noise = np.exp(0.05 * rng.standard_normal(ntk.shape))
    return np.array(ratios)[:, None] * ntk * noise, ntk


def test_a_sign_is_certain_only_after_the_number_of_cells():
    mkl, ntk = errors([0.97], repeats=20)
    assert error_map.is_significant(mkl[0], 1.2 * ntk[0], 300)
    few = slice(0, 8)  # of eight draws no test is below 0.0078
    assert error_map.is_significant(mkl[0, few], 1.2 * ntk[0, few], 6)
    assert not error_map.is_significant(mkl[0, few], 1.2 * ntk[0, few], 7)


def test_of_cells_without_a_difference_hardly_one_map_in_twenty_has_a_certain_one():
    maps = [
        any(
            error_map.is_significant(a, b, 10)
            for a, b in zip(*errors([1.0] * 10, seed=k), strict=True)
        )
        for k in range(200)
    ]
    assert np.mean(maps) <= 0.1


def test_the_declared_cells_are_the_published_ones():
    published = pd.read_csv(ROOT / "results/published/when_it_pays.csv")
    keys = ["teacher", "noise", "d", "n", "units"]
    axes = signature(experiment.when_it_pays).parameters
    grid = product(
        TEACHERS, *(axes[key].default for key in ("noise", "dimensions", "samples", "units"))
    )
    declared = {cell for cell in grid if experiment.is_run(cell[0], *cell[2:])}
    assert declared == set(published[keys].itertuples(index=False, name=None))
    assert len(declared) == len(published)


def made(ratios, units, samples):
    """Data of a map with given ratios (samples, units), NaN where a cell was not run."""
    shape = (1, 1, 1, len(samples), len(units), 20)
    mkl, ntk = np.empty(shape), np.empty(shape)
    for j, row in enumerate(ratios):
        mkl[0, 0, 0, j], ntk[0, 0, 0, j] = errors(row, seed=j)
    ntk[np.isnan(mkl)] = np.nan
    names = ["ntk_error", "mkl_error", "stopped_error", "gap"]
    return dict(
        teachers=np.array(["gated"]),
        noise=np.array([0.3]),
        dimensions=np.array([6]),
        samples=np.array(samples),
        units=np.array(units),
        outcomes=np.array(names),
        **dict(zip(names, (ntk, mkl, np.minimum(mkl, ntk), 0 * ntk + 1e-5), strict=True)),
    )


def test_the_line_is_where_the_errors_are_equal():
    ratios = [[0.5, 0.5, 2.0], [0.5, 0.5, 0.5], [2.0, 2.0, 2.0], [np.nan, 0.5, 2.0]]
    data = made(ratios, [1, 4, 16], [50, 100, 200, 400])
    table = error_map.cells(data)
    assert len(table) == 11
    assert table.stopped_ratio.to_numpy() == pytest.approx(1.0)
    line = error_map.lines(table).set_index("n").units
    assert line[50] == pytest.approx(8.0, rel=0.1)
    assert line[400] == pytest.approx(8.0, rel=0.1)
    assert np.isinf(line[100])
    assert line[200] == 0.0
    raw, printed, notes, _ = when_it_pays(data)
    assert list(printed.iloc[0, 4:]) == ["> 16", "< 1", printed.iloc[0, -1]]
    assert len(raw) == 11
    assert "MKL is significantly better in 6, the NTK in 5 " in notes[1]


def test_the_error_of_a_cell_has_the_standard_error_of_its_repeats():
    data = made([[0.5, 2.0]], [1, 4], [50])
    for row, values in zip(error_map.cells(data).iloc, data["mkl_error"][0, 0, 0, 0], strict=True):
        assert row.mkl_error_se == pytest.approx(sem(values))


def test_the_gap_of_a_cell_is_the_largest_of_its_repeats():
    data = made([[0.5, 2.0]], [1, 4], [50])
    data["gap"][0, 0, 0, 0, 1, 7] = 1e-3
    assert list(error_map.cells(data).gap) == [1e-5, 1e-3]
    assert "behind this table: 1.0e-03" in when_it_pays(data).notes[-1]


def test_the_picture_has_the_line_the_marks_and_the_gaps():
    data = made([[0.5, 0.5, 2.0], [np.nan, 0.5, 2.0]], [1, 4, 16], [50, 100])
    axes = picture.draw(data).axes[0]
    (image,) = axes.images
    shown = np.ma.getmaskarray(image.get_array())
    assert shown.tolist() == [[False, True], [False, False], [False, False]]
    lines = [line for line in axes.lines if line.get_marker() == "None" and len(line.get_xdata())]
    np.testing.assert_allclose(lines[0].get_ydata(), [1.5, 1.5], atol=0.1)
    marks = [
        (line.get_marker(), *line.get_xydata()[0])
        for line in axes.lines
        if len(line.get_xdata()) == 1
    ]
    assert sorted(marks) == sorted(
        [("^", 0, 0), ("^", 0, 1), ("v", 0, 2), ("^", 1, 1), ("v", 1, 2)]
    )


def test_positions_on_the_axis_are_those_of_the_ticks():
    units = np.array([1, 4, 16])
    assert [picture.position(s, units) for s in (1, 4, 16, 0.0, np.inf)] == [0, 1, 2, -0.5, 2.5]
    assert picture.position(8.0, units) == pytest.approx(1.5)
    assert pd.isna(picture.position(np.nan, units))


GRID = dict(
    samples=[40, 90], stopped_up_to=40, dimensions=[4], units=[1, 20],
    noise=[0.3], n_gates=80, n_held_out=100, n_seeds=3, tol=1e-4, seed=0,
)  # fmt: skip


def test_a_cell_is_the_same_whatever_else_is_on_the_map():
    few, _ = experiment.when_it_pays(**GRID)
    more = dict(dimensions=[3, 4], units=[1, 5, 20], noise=[0.1, 0.3], samples=[40, 60, 90])
    many, _ = experiment.when_it_pays(**GRID | more)
    for name in few["outcomes"]:
        same = many[name][:, 1:, 1:, ::2, ::2]
        np.testing.assert_array_equal(few[name], same)
    assert np.isfinite(few["stopped_error"][..., 0, :, :]).all()
    assert np.isnan(few["stopped_error"][..., 1, :, :]).all()
    assert few["gap"].max() <= GRID["tol"]


def test_a_fit_that_misses_the_gap_is_refused_by_its_cell(monkeypatch):
    fit = experiment.fit_mkl

    def loose(*args):
        *fitted, _ = fit(*args)
        return *fitted, 1.0

    monkeypatch.setattr(experiment, "fit_mkl", loose)
    with pytest.raises(UncertifiedFit, match="gated teacher of 1 units, d = 4, n = 40, draw 0"):
        experiment.when_it_pays(**GRID)


def test_cells_that_are_not_declared_are_not_run(monkeypatch):
    monkeypatch.setitem(experiment.AROUND_THE_LINE, ("gated", 4, 90), (2, 50))
    data, _ = experiment.when_it_pays(**GRID)
    run = np.isfinite(data["ntk_error"]).all(axis=-1)  # (teacher, noise, d, samples, units)
    assert np.argwhere(~run).tolist() == [[0, 0, 0, 1, 0]]
    full, _ = experiment.when_it_pays(**GRID | dict(samples=[40]))
    np.testing.assert_array_equal(data["mkl_error"][..., :1, :, :], full["mkl_error"])


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (dict(n_gates=0), "n_gates must be whole, at least 1, got 0"),
        (dict(units=[1, 100]), r"units must be at most n_gates, got \[1, 100\] and 80"),
        (dict(noise=[0.0]), r"noise must be positive and finite, got \[0.0\]"),
        (dict(samples=["many"]), "samples must be whole"),
    ],
)
def test_arguments_out_of_bounds_are_refused_by_name(argument, words):
    with pytest.raises(ValueError, match=words):
        experiment.when_it_pays(**GRID | argument)


@pytest.mark.parametrize("least", range(14))
@pytest.mark.parametrize("first", [0, 3, 13])
def test_a_search_finds_the_least_of_errors_that_fall_and_rise(first, least):
    called = []

    def error_at(step):
        called.append(step)
        return 1.0 + 0.1 * abs(step - least)

    assert held_out_tuning.local_minimum(error_at, first) == (least, 1.0)
    assert len({*called}) == len(called) <= abs(least - first) + 3
    assert {*called} <= {*range(held_out_tuning.GRID_SIZE)}


def test_a_search_stops_where_the_error_falls_by_less_than_a_thousandth():
    errors = [9.0, 4.0, 3.0, 2.999, 1.0, *[5.0] * 9]
    assert held_out_tuning.local_minimum(errors.__getitem__, 1) == (2, 3.0)
    assert held_out_tuning.local_minimum(errors.__getitem__, 3) == (4, 1.0)
    assert held_out_tuning.local_minimum(errors.__getitem__, 4) == (4, 1.0)


def test_the_ntks_search_ends_where_eigenvalues_say():
    problem = Problem(120, 5, 60, 200, np.random.default_rng(0))
    target = Target(problem, "relu", 3, 0.3, np.random.default_rng(1))
    ((error, variance), dimension, gap) = held_out_tuning.fit_ntk(problem, [target])[0]
    ridge = KernelRidge(ntk(problem.X), target.y)
    unit = 0.3**2 * np.trace(ridge.K) / len(ridge.K)
    lams = (
        held_out_tuning.NTK_START
        * unit
        * held_out_tuning.NTK_STEP ** np.arange(held_out_tuning.GRID_SIZE)
    )
    betas = ridge.coefficients(lams)
    held_out, fresh = (
        np.mean((ntk(Z, problem.X) @ betas - values[:, None]) ** 2, axis=0)
        for Z, values in ((problem.held_out, target.held_out), (problem.fresh, target.fresh))
    )
    stop, _ = held_out_tuning.local_minimum(held_out.__getitem__, held_out_tuning.FIRST_STEP)
    assert held_out[stop] <= held_out.min() / (1.0 - held_out_tuning.MIN_FALL)
    assert error == pytest.approx(fresh[stop])
    assert dimension == pytest.approx(ridge.effective_dimension(lams[stop]), rel=0.15)
    assert gap <= 1e-10
    # The variance of ridge regression is linear in the noise: sigma^2 of the squared smoother.
    smoother = ntk(problem.fresh, problem.X) @ np.linalg.inv(
        ridge.K + lams[stop] * np.eye(len(ridge.K))
    )
    assert variance == pytest.approx(0.3**2 * np.mean(np.sum(smoother**2, axis=1)), rel=0.5)


def test_stopping_early_is_never_worse_on_held_out_points():
    problem = Problem(80, 5, 60, 200, np.random.default_rng(2))
    target = Target(problem, "gated", 10, 0.3, np.random.default_rng(3))
    solution, held_out, (error, _), gap = held_out_tuning.fit_mkl(problem, target, 1e-6)
    assert solution.gap <= gap <= 1e-6
    predicted = problem.masks.predict(solution.weights, problem.held_out)
    assert held_out == pytest.approx(np.mean((predicted - target.held_out) ** 2))
    assert held_out_tuning.fit_stopped(problem, target, (0.0, error))[:2] == (error, True)
    stopped = held_out_tuning.fit_stopped(problem, target, (np.inf, np.inf))
    assert not stopped[1]
    assert 0.0 < stopped[0] < 1.0
    assert stopped[2] <= 1e-10


def test_what_mkls_search_chooses_is_no_worse_than_its_neighbours():
    problem = Problem(80, 5, 60, 200, np.random.default_rng(2))
    for kind, units in (("gated", 1), ("gated", 20), ("relu", 50)):
        target = Target(problem, kind, units, 0.3, np.random.default_rng(3))
        chosen, held_out, *_ = held_out_tuning.fit_mkl(problem, target, 1e-6)
        start = held_out_tuning.MKL_START * penalty(80, 5, len(problem.masks), 0.3)
        step = np.log(chosen.lam / start) / np.log(held_out_tuning.MKL_STEP)
        assert step == pytest.approx(round(step))
        top = lambda_max(problem.X, target.y, problem.masks)
        assert 0.0 < chosen.lam < top
        for way in (-1, 1):  # up to what the looser gap of the search may hide
            lam = chosen.lam * held_out_tuning.MKL_STEP**way
            near = solve(problem.X, target.y, problem.masks, lam, 1e-6)
            predicted = problem.masks.predict(near.weights, problem.held_out)
            assert held_out <= 1.02 * np.mean((predicted - target.held_out) ** 2)
