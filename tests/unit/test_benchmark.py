"""The benchmark's protocol, with the package's own solvers, and its arithmetic."""

import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import random_problem

from fixing_ntk.benchmark import figures, instances, path, scaling, several, summary, tables
from fixing_ntk.benchmark.peers import adapter
from fixing_ntk.benchmark.protocol import Run, Settings, measure, rows, runs_in_all, timed
from fixing_ntk.benchmark.watch import watched
from fixing_ntk.data.readers import Dataset
from fixing_ntk.programs import lambda_max
from fixing_ntk.relu import certify as relu_certify
from fixing_ntk.relu import solve_relu
from fixing_ntk.solvers import solve

GAPS = [1e-3, 1e-6]
SETTINGS = Settings([0.3, 0.1], GAPS, time_limit=600, memory_limit=8000, repeats=[[1, 3]])


@pytest.fixture
def instance():
    X, y, _, _ = random_problem(40, 4, 60, seed=1)
    return instances.make(Dataset("tiny", X[:, :-1], y), n_gates=60, seed=0)


def fake(run, **names):
    """An adapter whose weights a function of (lam, tol, X, masks) makes."""

    def prepare(X, y, masks):
        return lambda lam, tol: (run(lam, tol, X, masks), None)

    return SimpleNamespace(PACKAGE="none", FIRST_TOL=1e-2, prepare=prepare, **names)


def nothing(lam, tol, X, masks):
    return np.zeros((X.shape[1], len(masks)))


@pytest.mark.parametrize("solver", ["default", "fista", "conic"])
def test_a_solver_of_ours_reaches_every_gap_and_says_so(instance, solver):
    table = pd.DataFrame(measure(instance, solver, adapter(solver), SETTINGS))
    assert list(table.ratio) == [0.3, 0.3, 0.1, 0.1]
    assert (table.status == "reached").all()
    assert (table.gap_reached <= table.gap).all()
    assert (table[["seconds", "pass_seconds", "peak_mb"]] > 0).all(axis=None)


@pytest.mark.parametrize("solver", ["relu_newton", "relu_conic", "relu_admm", "relu_admm_large"])
def test_solvers_of_the_relu_program_are_certified_for_it(instance, solver):
    settings = SETTINGS._replace(ratios=[0.3], gaps=[1e-2, 1e-3])
    table = pd.DataFrame(measure(instance, solver, adapter(solver), settings))
    assert (table.status == "reached").all()
    _, X, y, masks, lam_max = instance
    best = solve_relu(X, y, masks, 0.3 * lam_max, 1e-8, method="conic").objective
    excess = (table.objective - best) / (0.5 * y @ y)
    assert excess.between(-1e-8, table.gap).all()
    assert best > 1.01 * solve(X, y, masks, 0.3 * lam_max).objective  # cones matter here


def test_solvers_of_the_logistic_loss_are_certified_for_it():
    X, y, _, _ = random_problem(40, 4, 60, seed=1, labels=True)
    instance = instances.make(Dataset("tiny", X[:, :-1], y), n_gates=20, seed=0, loss="logistic")
    assert instance.lam_max == lambda_max(instance.X, y, instance.masks, loss="logistic")
    best = solve(instance.X, y, instance.masks, 0.1 * instance.lam_max, 1e-9, loss="logistic")
    for solver, gaps in (("logistic_newton", GAPS), ("logistic_cvxpy", GAPS[:1])):
        settings = SETTINGS._replace(ratios=[0.1], gaps=gaps)
        table = pd.DataFrame(measure(instance, solver, adapter(solver), settings))
        assert (table.status == "reached").all()
        excess = (table.objective - best.objective) / (40 * np.log(2))
        assert excess.between(-1e-8, table.gap).all()


def test_weights_outside_of_their_cones_are_moved_before_they_are_certified(instance):
    _, X, y, masks, lam_max = instance
    optimum = solve_relu(X, y, masks, 0.3 * lam_max, 1e-9, method="conic")
    index, weights = optimum.active, optimum.active_weights
    assert relu_certify(X, y, masks, 0.3 * lam_max, weights, index).gap <= 1e-7
    moved = relu_certify(X, y, masks, 0.3 * lam_max, weights[:, ::-1], index)
    assert moved.gap >= (moved.objective - optimum.objective) / (0.5 * y @ y) > 1e-3


def test_a_path_is_timed_beside_its_last_point(instance):
    rows = list(path.measure(instance, points=3, ends=[0.3, 0.1], gap=1e-6))
    assert [row["end"] for row in rows] == [0.3, 0.1]
    for row in rows:
        assert row["gap_reached"] <= 1e-6
        assert row["multiple"] == pytest.approx(row["path"] / row["last"])
        assert min(row["path"], row["last"]) > 0


def test_several_targets_are_timed_together_and_each():
    (row,) = several.measure(n_gates=20, ratios=[0.3], gap=1e-6, seed=0)
    assert (row["n"], row["targets"]) == (1797, 10)
    assert row["share"] == pytest.approx(row["together"] / row["each"])
    assert row["gap_reached"] <= 1e-6
    assert list(tables.several(pd.DataFrame([row])).printed.targets) == [10]


def test_an_instance_reads_as_it_was_saved(instance, tmp_path):
    instances.save(tmp_path / "i.npz", instance)
    read = instances.load(tmp_path / "i.npz")
    np.testing.assert_array_equal(read.X, instance.X)
    np.testing.assert_array_equal(read.masks.dense(), instance.masks.dense())
    assert (read.name, read.lam_max) == ("tiny", instance.lam_max)
    np.testing.assert_allclose(np.linalg.norm(read.X, axis=0), 1.0)


def test_a_solver_that_sleeps_is_cut_and_not_tried_again(instance):
    def sleep(lam, tol, X, masks):
        time.sleep(0.0 if len(X) == 30 else 3600)  # the warm-up is short
        return nothing(lam, tol, X, masks)

    short = SETTINGS._replace(time_limit=0.3)
    table = pd.DataFrame(measure(instance, "sleepy", fake(sleep), short))
    later = "not tried: time limit at a larger lambda"
    assert list(table.status) == ["time limit", "time limit", later, later]
    assert table.seconds.isna().all()


def test_what_fails_is_a_row_with_its_reason(instance):
    def fail(lam, tol, X, masks):
        if len(X) != 30:
            raise ValueError("no luck")
        return nothing(lam, tol, X, masks)

    table = pd.DataFrame(measure(instance, "failing", fake(fail), SETTINGS))
    assert set(table.status) == {"error: ValueError: no luck"}
    table = pd.DataFrame(measure(instance, "zero", fake(nothing, LAST_TOL=1e-4), SETTINGS))
    assert table.status.str.startswith("not reached (best gap ").all()


def test_time_is_that_of_the_processor():
    """So a machine that does other work beside changes no ratio, and cuts no solver short."""

    def spin(send):
        start = time.process_time()
        while time.process_time() < start + 60:
            pass

    wall = time.monotonic()
    _, end, _ = watched(spin, time_limit=0.5, memory_limit=1e6)
    assert end == "time limit"
    assert time.monotonic() - wall >= 0.45
    seconds, answer = timed(lambda lam, tol: time.sleep(0.5) or "slept", 1.0, 1e-3)
    assert (answer, seconds < 0.4) == ("slept", True)


def test_a_child_that_fills_memory_is_stopped():
    def fill(send):
        send("started")
        blocks = []
        while True:
            blocks.append(np.ones(10**6))
            time.sleep(0.002)

    messages, end, peak = watched(fill, time_limit=600, memory_limit=peak_now() + 100)
    assert (messages, end) == (["started"], "out of memory")
    assert peak > 100


def peak_now():
    return watched(lambda send: None, time_limit=600, memory_limit=1e6)[2]


def test_the_fastest_run_that_reached_a_gap_counts():
    runs = [
        Run(1e-2, 1e-2, 2.0, 0.1, 1),
        Run(1e-3, 5e-4, 1.5, 4.0, 1),
        Run(1e-3, 5e-4, 1.5, 3.0, 3),  # its repeats replace the first of them
        Run(1e-4, 1e-7, 1.0, 2.0, 3),
    ]
    out = rows(runs, [1e-3, 1e-6, 1e-9], "time limit")
    assert [row["seconds"] for row in out] == [2.0, 2.0, None]
    assert [row["status"] for row in out] == ["reached", "reached", "time limit"]
    assert [row["gap_reached"] for row in out] == [1e-7, 1e-7, 1e-7]
    assert [runs_in_all(s, [[5, 3], [1, 5]]) for s in (0.5, 1.0, 6.0)] == [5, 3, 1]


def frame():
    """Two instances, one penalty and gap: seconds of three solvers, nan where it was missed."""
    seconds = {"default": [1.0, 2.0], "fista": [4.0, np.nan], "other": [3.0, 1.0]}
    return pd.DataFrame(
        dict(instance=name, n=9, d=2, p=5, ratio=0.1, gap=1e-3, solver=solver, seconds=times[i])
        | dict(pass_seconds=0.5, status="time limit", gap_reached=np.nan)
        for i, name in enumerate("ab")
        for solver, times in seconds.items()
    )


def test_ratios_take_the_fastest_competitor():
    table = summary.ratios(frame(), "default")
    assert list(table.best) == ["other", "other"]
    assert list(table.speedup) == [3.0, 0.5]
    assert list(table.passes) == [2.0, 4.0]
    (over,) = summary.speedups(table).itertuples()
    assert (over.instances, over.median, over.least) == (2, 1.75, 0.5)


def test_a_gap_that_one_side_missed_still_counts():
    rows = frame()
    is_ours, at_a = rows.solver == "default", rows.instance == "a"
    rows.loc[(at_a & ~is_ours) | (~at_a & is_ours), "seconds"] = np.nan
    assert list(summary.ratios(rows, "default").speedup) == [np.inf, 0.0]


def test_other_packages_and_our_other_methods_are_apart():
    rows = frame()
    sides = summary.sides(rows, "default")
    solvers = {side: list(some.solver.unique()) for side, some in sides.items()}
    assert solvers == {"package": ["default", "other"], "method": ["default", "fista"]}
    rows.loc[(rows.solver == "other") & (rows.instance == "a"), "seconds"] = np.nan
    raw, printed, notes, facts = tables.ratios(rows, "default")
    assert list(raw.package_speedup) == [np.inf, 0.5, np.inf, 0.5]  # a, b, their median, the least
    assert list(raw.method_speedup) == [4.0, np.inf, np.inf, 4.0]
    assert list(printed["best other package"]) == ["", "other", "", ""]
    assert list(printed["best other method of ours"]) == ["fista", "", "", ""]
    (cell,) = (cell for row in facts["cells"].values() for cell in row.values())
    assert cell["package"] == {"median": None, "least": 0.5, "missed": 1}
    assert cell["method"] == {"median": None, "least": 4.0, "missed": 1}
    assert facts["sides"] == {"package": ["other"], "method": ["fista"]}
    assert "Other packages: other. Other methods of ours: fista." in notes[0]
    assert "beside packages, 1 of 2 instances at 0.1 λ_max to 0.001; beside methods, 1" in notes[2]
    without = tables.ratios(rows[rows.solver != "fista"], "default")
    assert "best other method of ours" not in without.printed


def test_the_profile_rises_to_the_share_solved():
    curves = summary.profile(frame(), 1e-3)
    assert list(curves) == ["default", "fista", "other"]
    for x, share in curves.values():
        assert (np.diff(x) >= 0).all()
        assert (np.diff(share) > 0).all()
        assert (x >= 1).all()
    np.testing.assert_allclose(curves["default"], ([1.0, 2.0], [0.5, 1.0]))
    np.testing.assert_allclose(curves["fista"], ([4.0], [0.5]))


def test_marks_tell_why_there_is_no_time():
    def of(**row):
        return summary.mark(SimpleNamespace(**(dict(seconds=np.nan, gap_reached=2e-5) | row)), 300)

    assert of(seconds=0.01234, status="reached") == "0.0123"
    assert of(seconds=123.4, status="reached") == "123"
    assert of(status="time limit") == "> 300"
    assert of(status="not tried: time limit at a larger lambda") == "> 300"
    assert of(status="not tried: out of memory at a larger lambda") == "memory"
    assert of(status="not reached (best gap 2.0e-05)") == "- (2e-05)"


def sizes():
    """Time as n^2 of one method, the last row of another; and as p with masks not stored."""
    stored = dict(axis="n", ratio=0.1, regenerated=False, method=3 * ["newton"] + ["first_order"])
    regenerated = dict(axis="p", ratio=0.1, regenerated=True, method="newton")
    frame = pd.concat(
        [
            pd.DataFrame(stored | dict(value=[10, 100, 1000, 10_000], seconds=[1, 1e2, 1e4, 9e9])),
            pd.DataFrame(regenerated | dict(value=[10, 100, 1000], seconds=[1, 10, 100])),
        ]
    )
    return frame.assign(n=9, d=2, p=5, n_active=1, peak_mb=frame.value, gap_reached=1e-7)


def test_scaling_fits_an_exponent_to_each_way_of_solving():
    fits = scaling.slopes(sizes())
    assert set(fits) == {("n", 0.1, "newton"), ("p", 0.1, "newton, masks not stored")}
    assert fits["n", 0.1, "newton"] == pytest.approx((2.0, 1.0))
    assert fits["p", 0.1, "newton, masks not stored"][0] == pytest.approx(1.0)


def test_figure_and_table_of_scaling_state_the_fits():
    _, printed, notes, _ = tables.scaling(sizes())
    assert "n^2.00 and n^1.00 by newton at 0.1 λ_max, 1 to 1 active masks; p^1.00" in notes[0]
    assert list(printed.method)[2:5] == ["newton", "first_order", "newton, masks not stored"]
    axes = np.reshape(figures.scaling(sizes()).axes, (2, 3))
    of_n, of_p = (axes[0, k].get_legend().get_texts() for k in (0, 2))
    assert [text.get_text() for text in of_n] == ["newton: $n^{2.00}$"]
    assert [text.get_text() for text in of_p] == ["newton, masks not stored: $p^{1.00}$"]
    assert [text.get_text() for text in axes[1, 0].texts] == ["first order"]  # where it takes over


def test_scaling_states_the_last_step_and_where_time_falls():
    rows = sizes()
    rows.loc[(rows.axis == "n") & (rows.value == 1000), ["seconds", "n_active"]] = [50.0, 7]
    fit, other = tables.scaling_facts(rows)["fits"]
    assert (fit["time"], fit["last"], fit["active"]) == (None, None, [1, 7])
    assert fit["memory"] == pytest.approx(1.0)
    assert other["last"] == pytest.approx(1.0)
    assert figures.scaling(rows).axes[0].get_legend() is None
    assert fit["falls"] == [dict(smaller=100, larger=1000, seconds=[100.0, 50.0], active=[1, 7])]
    notes = tables.scaling(rows).notes
    assert "rows of one method each: no fit and n^1.00 by newton at 0.1 λ_max, 1 to 7" in notes[0]
    assert "n = 100 to 1,000 by newton at 0.1 λ_max, 100 to 50.0 s, with 1 and 7 active" in notes[2]


def test_scaling_measures_stored_and_regenerated_masks():
    base, arguments = dict(n=40, d=4, p=30), dict(ratios=[0.1], gap=1e-6, repeats=[], seed=0)
    table = pd.DataFrame(scaling.measure("p", [30, 60], base, regenerate_above=50, **arguments))
    assert list(table.p) == [30, 60]
    assert list(table.regenerated) == [False, True]
    assert (table.gap_reached <= 1e-6).all()


def test_a_size_is_the_median_of_three_problems(monkeypatch):
    drawn = []

    def solved(sizes, regenerated, ratio, gap, repeats, seed, draw, send):
        send(dict(method="newton", seconds=[3.0, 1.0, 2.0][draw], gap_reached=draw, n_active=draw))
        drawn.append(draw)

    monkeypatch.setattr(scaling, "_solve", solved)
    monkeypatch.setattr(scaling, "watched", in_this_process)
    (row,) = scaling.measure("n", [40], dict(n=9, d=4, p=30), [0.1], 1e-6, 99, [], seed=0)
    assert (row["seconds"], row["n_active"], row["gap_reached"], row["peak_mb"]) == (2.0, 1, 2, 5.0)
    assert drawn == [0, 1, 2]
    first, other = (scaling.teacher_problem(40, 4, 0, draw)[1] for draw in (0, 1))
    assert not np.allclose(first, other)


def in_this_process(function, time_limit, memory_limit):
    messages: list = []
    function(messages.append)
    return messages, "finished", 5.0
