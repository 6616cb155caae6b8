"""The map of two methods: which cells are certain, which are run, and where the line is."""

import numpy as np
import pandas as pd
import pytest

from fixing_ntk.evaluation import contest
from fixing_ntk.report.figures import when_it_pays as picture
from fixing_ntk.report.tables.when_it_pays import when_it_pays


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
