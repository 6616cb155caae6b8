"""Series of one figure are distinct in colour, in grey, and without red or green receptors."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib import pyplot
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from project import ROOT

from fixing_ntk.benchmark import figures
from fixing_ntk.drawing import style
from fixing_ntk.results.paper.fit_1d import figure as fit_1d
from fixing_ntk.results.paper.irls_convergence import figure as irls_convergence
from fixing_ntk.results.paper.ntk_width import figure as ntk_width

PUBLISHED = ROOT / "results/published/bench"
COLOUR = np.eye(3)
# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
LIGHTNESS = 25.0  # of L*, from 0 to 100: thin lines that differ by less look alike in grey
DISTANCE = 12.0  # in L*a*b*, of colours that stand for different things


def lab(color, sight=COLOUR):
    """CIE L*a*b* of a colour, as ``sight``, a matrix on linear RGB, lets it be seen."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = TO_XYZ @ np.clip(sight @ linear, 0.0, 1.0) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(seen > (6 / 29) ** 3, np.cbrt(seen), seen * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def merge(looks):
    """Pairs that have one line style and one marker and are of about one lightness."""
    lines = {name: Line2D([], [], **look) for name, look in looks.items()}
    return [
        (a, b)
        for a, b in combinations(lines, 2)
        if form(lines[a]) == form(lines[b])
        and any(
            abs(lab(lines[a].get_color(), sight)[0] - lab(lines[b].get_color(), sight)[0])
            < LIGHTNESS
            for sight in (COLOUR, DEUTERANOPIA)
        )
    ]


def form(line):
    """Dashes and marker; `Line2D.get_linestyle` calls every pattern of one's own the same."""
    return line._unscaled_dash_pattern, line.get_marker()


def near(colors, sight):
    """Pairs of names whose colours are about the same."""
    seen = {name: lab(color, sight) for name, color in colors.items()}
    return [
        (a, b) for a, b in combinations(seen, 2) if np.linalg.norm(seen[a] - seen[b]) < DISTANCE
    ]


def without(looks, *keys):
    return {name: {k: v for k, v in look.items() if k not in keys} for name, look in looks.items()}


PEERS = figures.LOOKS | {"a new peer": figures.look_of("a new peer")}
TABLES = {
    "benchmark, lines": without(PEERS, "marker"),
    "benchmark, markers": without(PEERS, "ls"),
    "series": dict(enumerate(style.SERIES)),
    "series, lines": without(dict(enumerate(style.SERIES)), "marker"),
    "ntk_width": ntk_width.LOOKS,
    "fit_1d": {name: look for name, (_, look) in fit_1d.METHODS.items()},
    "ntk_width, trained": ntk_width.TRAINED,
    "irls_convergence": {
        name: getattr(irls_convergence, name) for name in ("GROUP_LASSO", "NEWTON", "KERNELS")
    },
}


@pytest.mark.parametrize("name", TABLES)
def test_looks_of_one_figure_differ_in_grey(name):
    assert merge(TABLES[name]) == []


@pytest.mark.parametrize("sight", [COLOUR, DEUTERANOPIA], ids=["colour", "deuteranopia"])
def test_colours_that_mean_something_are_apart(sight):
    names = ("NTK", "MKL", "CLOSED", "NEUTRAL", "LIGHT", "RELU", "CONVERTED")
    assert near({name: getattr(style, name) for name in names}, sight) == []
    assert near({k: look["color"] for k, look in enumerate(style.SERIES)}, sight) == []


def test_blue_and_orange_are_of_ntk_and_mkl_alone():
    others = {f"series {k}": look["color"] for k, look in enumerate(style.SERIES)}
    others |= {name: look["color"] for name, look in PEERS.items()}
    for sight in (COLOUR, DEUTERANOPIA):
        for mine in (style.NTK, style.MKL):
            assert not [pair for pair in near(others | {"ours": mine}, sight) if "ours" in pair]


@pytest.mark.parametrize("panel", ["relu", "logistic"])
def test_solvers_of_another_program_look_like_those_of_the_gated_one(panel):
    bench = yaml.safe_load((ROOT / "workflow/bench/config.yaml").read_text())
    looks = {solver: figures.look_of(solver) for solver in bench["panels"][panel]["solvers"]}
    assert merge(looks) == []
    assert all(look in figures.LOOKS.values() for look in looks.values())
    assert not any(panel in figures._name(solver) for solver in looks)


def test_an_instance_on_which_no_solver_reached_the_gap_has_a_panel_that_says_so():
    rows = pd.read_csv(PUBLISHED / "times.csv")
    gap, instance = rows.gap.min(), rows.instance[0]
    rows.loc[(rows.gap == gap) & (rows.instance == instance), "seconds"] = np.nan
    figure = figures.panel_times(rows, gap)
    figure.draw_without_rendering()
    assert [text.get_text() for text in figure.axes[0].texts] == ["not reached"]
    assert not figure.axes[1].texts


@pytest.mark.parametrize("peer", ["celer", "a new peer"])
def test_what_the_benchmark_draws_differs_in_grey(peer):
    rows = pd.read_csv(PUBLISHED / "times.csv").replace({"solver": {"celer": peer}})
    for figure in (figures.performance_profile(rows), figures.panel_times(rows, rows.gap.min())):
        drawn = {
            line.get_label(): dict(
                color=line.get_color(),
                ls=line._unscaled_dash_pattern,
                marker=line.get_marker(),
            )
            for line in figure.axes[0].lines
        }
        assert set(drawn) == {figures._name(solver) for solver in rows.solver.unique()}
        assert merge(drawn) == []


def test_the_check_sees_what_merges():
    """Colours of about one lightness, blue and orange among them, need another form."""
    same, other = dict(color=style.MKL), dict(color=style.NTK)
    assert merge({"a": same, "b": other}) == [("a", "b")]
    assert merge({"a": same, "b": other | dict(ls="--")}) == []
    assert merge({"a": same, "b": dict(color="black")}) == []
    # Red and green of different lightness for most, of nearly one without the green receptors.
    assert near({"red": "#C04040", "green": "#7A7A20"}, COLOUR) == []
    assert near({"red": "#C04040", "green": "#7A7A20"}, DEUTERANOPIA) != []


def test_lab_of_known_colours():
    np.testing.assert_allclose(lab("white"), [100, 0, 0], atol=0.02)
    np.testing.assert_allclose(lab("red"), [53.24, 80.09, 67.20], atol=0.05)
    np.testing.assert_allclose(lab("#777777", DEUTERANOPIA), lab("#777777"), atol=0.05)


def test_a_figure_is_kept_by_its_caller_alone():
    """So a session that draws many has neither their memory nor a warning at the twenty-first."""
    kept = pyplot.get_fignums()
    style.figure()
    assert pyplot.get_fignums() == kept


def test_the_last_digits_of_a_layout_change_no_byte(tmp_path):
    files = [tmp_path / f"{k}.svg" for k in range(2)]
    for k, file in enumerate(files):
        fig, ax = style.figure()
        ax.plot([0.0, 1.0])
        fig.set_layout_engine("none")
        ax.set_position([0.1 + k * 1e-15, 0.1, 0.8, 0.8])
        style.save(fig, file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_series_beyond_the_fourth_have_looks_of_their_own():
    looks = style.looks(8)
    assert looks[:4] == list(style.SERIES)
    assert len({tuple(look.items()) for look in looks}) == 8
