"""The map of two methods: which cells are certain, which are run, and where the line is."""

import numpy as np
import pandas as pd
import pytest

from fixing_ntk.comparison.records import UncertifiedFit
from fixing_ntk.evaluation import contest
from fixing_ntk.experiments import contestants
from fixing_ntk.experiments import when_it_pays as experiment
from fixing_ntk.experiments.prediction_error import penalty
from fixing_ntk.experiments.teachers import Problem, Target
from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.programs import lambda_max
from fixing_ntk.report.figures import when_it_pays as picture
from fixing_ntk.report.tables.when_it_pays import when_it_pays
from fixing_ntk.solvers import solve


def errors(ratios, repeats=20, seed=0):
    """MKL's and the NTK's errors (units, repeats) with given ratios, up to noise of 5 %."""
    rng = np.random.default_rng(seed)
    ntk = rng.uniform(0.1, 0.2, (len(ratios), repeats))
    noise = np.exp(0.05 * rng.standard_normal(ntk.shape))
    return np.array(ratios)[:, None] * ntk * noise, ntk


def test_a_sign_is_certain_only_after_the_number_of_cells():
    mkl, ntk = errors([0.97], repeats=20)
    assert contest.is_sure(mkl[0], 1.2 * ntk[0], 300)
    few = slice(0, 8)  # of eight draws no test is below 0.0078
    assert contest.is_sure(mkl[0, few], 1.2 * ntk[0, few], 6)
    assert not contest.is_sure(mkl[0, few], 1.2 * ntk[0, few], 7)


def test_of_cells_without_a_difference_hardly_one_map_in_twenty_has_a_certain_one():
    maps = [
        any(contest.is_sure(a, b, 10) for a, b in zip(*errors([1.0] * 10, seed=k), strict=True))
        for k in range(200)
    ]
    assert np.mean(maps) <= 0.1


def test_cells_that_were_not_run_follow_those_that_were():
    mkl, ntk = errors([0.2, 0.5, 1.0, 2.0, 4.0])
    assert list(contest.verdicts(mkl, ntk, 100)) == [-1, -1, 0, 1, 1]
    mkl[[0, 4]] = ntk[[0, 4]] = np.nan
    assert list(contest.verdicts(mkl, ntk, 100)) == [-1, -1, 0, 1, 1]
    mkl[:] = np.nan
    assert not contest.verdicts(mkl, ntk, 100).any()


@pytest.mark.parametrize(
    ("found", "run"),
    [
        ([-1, -1, 0, 1, 1], [1, 2, 3]),
        ([-1, -1, 1, 1, 1], [1, 2]),
        ([-1, -1, -1, -1, -1], [4]),
        ([1, 1, 1, 1, 1], [0]),
        ([0, 0, 0, 0, 0], [0, 1, 2, 3, 4]),
        ([1, 0, -1, 0, 0], [0, 1, 2]),
    ],
)
def test_what_is_run_brackets_the_line(found, run):
    assert list(contest.window(np.array(found))) == run


@pytest.mark.parametrize(
    ("ratios", "next_"),
    [
        ([np.nan, 0.5, 2.0, np.nan], []),
        ([np.nan, 2.0, 2.0, np.nan], [0]),
        ([np.nan, 0.5, 0.5, np.nan], [3]),
        ([np.nan, 2.0, 0.5, np.nan], [0, 3]),
        ([2.0, np.nan, np.nan, np.nan], []),
        ([np.nan, np.nan, np.nan, 0.5], []),
    ],
)
def test_the_line_is_bracketed_where_there_is_one(ratios, next_):
    mkl, ntk = errors(ratios)
    assert contest.unbracketed(mkl, np.where(np.isnan(mkl), np.nan, ntk)) == next_


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
    table = contest.cells(data)
    assert len(table) == 11
    assert table.stopped_ratio.to_numpy() == pytest.approx(1.0)
    line = contest.lines(table).set_index("n").units
    assert line[50] == pytest.approx(8.0, rel=0.1)
    assert line[400] == pytest.approx(8.0, rel=0.1)
    assert np.isinf(line[100])
    assert line[200] == 0.0
    raw, printed, notes = when_it_pays(data)
    assert list(printed.iloc[0, 4:]) == ["> 16", "< 1", printed.iloc[0, -1]]
    assert len(raw) == 11
    assert "MKL is certainly better in 6, the NTK in 5 " in notes[1]


def test_the_gap_of_a_cell_is_the_largest_of_its_repeats():
    data = made([[0.5, 2.0]], [1, 4], [50])
    data["gap"][0, 0, 0, 0, 1, 7] = 1e-3
    assert list(contest.cells(data).gap) == [1e-5, 1e-3]
    assert "behind this table: 1.0e-03" in when_it_pays(data)[2][-1]


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
    samples=[40, 90], dense_up_to=90, stopped_up_to=40, dimensions=[4], units=[1, 20],
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


def test_beyond_dense_samples_only_the_line_is_run():
    data, _ = experiment.when_it_pays(**GRID | dict(dense_up_to=0, n_seeds=8, units=[1, 4, 60]))
    run = np.isfinite(data["ntk_error"]).all(axis=-1)[0, 0, 0]  # gated: (samples, units)
    assert run[0].all()
    ratio = np.log(data["mkl_error"] / data["ntk_error"]).mean(axis=-1)[0, 0, 0, 1]
    inside = np.flatnonzero(run[1])
    assert inside[0] == 0 or ratio[inside[0]] <= 0
    assert inside[-1] == 2 or ratio[inside[-1]] > 0


@pytest.mark.parametrize("least", range(14))
@pytest.mark.parametrize("first", [0, 3, 13])
def test_a_walk_finds_the_least_of_errors_that_fall_and_rise(first, least):
    called = []

    def error_at(step):
        called.append(step)
        return 1.0 + 0.1 * abs(step - least)

    assert contestants.walk(error_at, first) == (least, 1.0)
    assert len({*called}) == len(called) <= abs(least - first) + 3
    assert {*called} <= {*range(contestants.STEPS)}


def test_a_walk_stops_where_the_error_falls_by_less_than_a_thousandth():
    errors = [9.0, 4.0, 3.0, 2.999, 1.0, *[5.0] * 9]
    assert contestants.walk(errors.__getitem__, 1) == (2, 3.0)
    assert contestants.walk(errors.__getitem__, 3) == (4, 1.0)
    assert contestants.walk(errors.__getitem__, 4) == (4, 1.0)


def test_the_ntks_walk_ends_where_eigenvalues_say():
    problem = Problem(120, 5, 60, 200, np.random.default_rng(0))
    target = Target(problem, "relu", 3, 0.3, np.random.default_rng(1))
    ((error, variance), dimension, gap) = contestants.fit_ntk(problem, [target])[0]
    ridge = KernelRidge(ntk(problem.X), target.y)
    unit = 0.3**2 * np.trace(ridge.K) / len(ridge.K)
    lams = contestants.NTK_START * unit * contestants.NTK_STEP ** np.arange(contestants.STEPS)
    betas = ridge.coefficients(lams)
    held_out, fresh = (
        np.mean((ntk(Z, problem.X) @ betas - values[:, None]) ** 2, axis=0)
        for Z, values in ((problem.held_out, target.held_out), (problem.fresh, target.fresh))
    )
    stop, _ = contestants.walk(held_out.__getitem__, contestants.FIRST)
    assert held_out[stop] <= held_out.min() / contestants.FALLS
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
    solution, held_out, (error, _), gap = contestants.fit_mkl(problem, target, 1e-6)
    assert solution.gap <= gap <= 1e-6
    predicted = problem.masks.predict(solution.weights, problem.held_out)
    assert held_out == pytest.approx(np.mean((predicted - target.held_out) ** 2))
    assert contestants.fit_stopped(problem, target, (0.0, error))[:2] == (error, True)
    stopped = contestants.fit_stopped(problem, target, (np.inf, np.inf))
    assert not stopped[1]
    assert 0.0 < stopped[0] < 1.0
    assert stopped[2] <= 1e-10


def test_what_mkls_walk_chooses_is_no_worse_than_its_neighbours():
    problem = Problem(80, 5, 60, 200, np.random.default_rng(2))
    for kind, units in (("gated", 1), ("gated", 20), ("relu", 50)):
        target = Target(problem, kind, units, 0.3, np.random.default_rng(3))
        chosen, held_out, *_ = contestants.fit_mkl(problem, target, 1e-6)
        start = contestants.MKL_START * penalty(80, 5, len(problem.masks), 0.3)
        step = np.log(chosen.lam / start) / np.log(contestants.MKL_STEP)
        assert step == pytest.approx(round(step))
        top = lambda_max(problem.X, target.y, problem.masks)
        assert 0.0 < chosen.lam < top
        for way in (-1, 1):  # up to what the looser gap of the walk may hide
            lam = chosen.lam * contestants.MKL_STEP**way
            near = solve(problem.X, target.y, problem.masks, lam, 1e-6)
            predicted = problem.masks.predict(near.weights, problem.held_out)
            assert held_out <= 1.02 * np.mean((predicted - target.held_out) ** 2)
