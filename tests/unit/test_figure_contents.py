"""What figures show of their data."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from fixing_ntk.results.beyond.mask_count import figure as mask_count
from fixing_ntk.results.beyond.mask_count import table as mask_count_table
from fixing_ntk.results.beyond.regularization_path import figure as regularization_path
from fixing_ntk.results.paper.arrangement import figure as arrangement
from fixing_ntk.results.paper.fit_1d import figure as fit_1d
from fixing_ntk.results.paper.irls_convergence import figure as irls_convergence
from fixing_ntk.results.paper.mask_weights import figure as mask_weights
from fixing_ntk.results.paper.uci_accuracy import figure as uci_accuracy
from fixing_ntk.results.paper.wins_by_lambda import figure as wins_by_lambda


@pytest.fixture
def plane():
    """Two samples on the axes: the cones are the quadrants, the third without a mask."""
    gates = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]]).T
    return dict(
        X=np.eye(2),
        y=np.array([1.0, -1.0]),
        gates=gates,
        ntk_weights=np.full(3, 0.25),
        gated=np.array([0.0, 0.8, 0.2]),
        gated_weights=np.array([[8.0, 1.0], [-2.0, -2.0]]).T,  # neither in its cone
        relu=np.array([0.6, 0.0, 0.4]),
        relu_weights=np.array([[0.0, 6.0], [2.0, -3.0]]).T,  # the first on a border
        gap=1e-9,
    )


def test_an_arrow_has_the_letter_of_its_cone(plane):
    axes = arrangement.draw(plane).axes
    for ax, cones in ((axes[1], [1, 2]), (axes[2], [0, 2])):
        at = {}
        for text in ax.texts:
            at.setdefault(text.get_text(), []).append(np.array(text.get_position()))
        for letter, cone in zip("AB", cones, strict=True):
            outside, on_arrow = at[letter]
            assert np.array_equal(np.sign(outside), plane["gates"][:, cone])
            assert np.linalg.norm(outside) > arrangement.RADIUS > np.linalg.norm(on_arrow)


def test_a_cone_has_a_bar_as_long_as_its_share_however_narrow_it_is(plane):
    (ax,) = [ax for ax in arrangement.draw(plane).axes[:3] if "(b)" in ax.get_title("left")]
    bars = [line for line in ax.lines if line.get_linewidth() == 3.0]
    lengths = [np.ptp(np.hypot(*line.get_data())) for line in bars]
    np.testing.assert_allclose(lengths, arrangement.BAR * plane["gated"] / 0.8, atol=1e-12)


def test_equal_shares_have_equal_shades_in_all_panels(plane):
    plane["gated"], plane["relu"] = np.array([0.0, 0.75, 0.25]), np.array([0.6, 0.15, 0.25])
    axes = arrangement.draw(plane).axes
    third = [ax.patches[3].get_facecolor() for ax in axes[:3]]  # the quadrant of the third gate
    assert third[0] == third[1] == third[2]
    assert axes[1].patches[1].get_facecolor() != third[1]


def test_the_certified_point_is_drawn_at_the_gap():
    data = dict(half_norm=10.0, gl=np.array([4.0, 3.0, 2.2]), mkl=np.array([3.0, 2.0, 1.1]))
    data |= dict(optimum=2.0, mkl_optimum=1.0, optimum_gap=1e-10, newton_gap=np.array([0.1, 1e-9]))
    right = irls_convergence.draw(data | dict(newton=np.array([2.5, 2.0 - 1e-10]))).axes[1]
    newton = next(line for line in right.lines if str(line.get_label()).startswith("Newton"))
    np.testing.assert_allclose(newton.get_ydata(), [0.25, 5e-9])
    hollow = [line for line in right.lines if line.get_mfc() == "white" and len(line.get_xdata())]
    assert [line.get_xydata().tolist() for line in hollow] == [[[1.0, pytest.approx(5e-9)]]]
    assert right.texts[0].get_text().startswith("1.0e-09")


@pytest.mark.parametrize("count", [1, 3, 40])
def test_every_bar_has_the_name_of_its_set(count):
    ntk = np.linspace(0.6, 0.9, count)
    table = pd.DataFrame(dict(ntk=ntk, mkl=ntk + np.linspace(0.02, -0.01, count), gap=1e-7))
    table["stopped"] = table.mkl
    table = table.assign(dataset=[f"set-{k}" for k in range(count)], ntk_std=np.nan, mkl_std=0.01)
    table["n"] = 100
    figure = uci_accuracy.draw(table)
    figure.canvas.draw()
    labels = figure.axes[1].get_yticklabels()
    assert [label.get_text() for label in labels] == [f"set-{k}" for k in range(count)][::-1]
    widths = [bar.get_width() for bar in figure.axes[1].patches]
    np.testing.assert_allclose(widths, (100 * (table.mkl - table.ntk))[::-1], rtol=1e-9)
    boxes = [label.get_window_extent() for label in labels]
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))


def test_a_small_set_is_pale_and_does_not_flatten_the_others():
    table = pd.DataFrame(
        dict(ntk=[0.9, 0.9, 0.9], mkl=[0.6, 0.92, 0.89], n=[12, 300, 100], gap=1e-7)
    )
    table = table.assign(dataset=list("abc"), ntk_std=0.0, mkl_std=0.0)
    bars = uci_accuracy.draw(table).axes[1]
    assert bars.get_xlim() == (pytest.approx(-2.3), pytest.approx(2.3))
    assert [bar.get_width() for bar in bars.patches] == pytest.approx([-2.3, -1.0, 2.0])
    assert [bar.get_alpha() < 1 for bar in bars.patches] == [True, False, False]
    assert [text.get_text() for text in bars.texts] == ["−30.0"]


def test_gates_are_drawn_with_the_means_that_the_table_states():
    draws = np.array([[[1.0, 1.0, 10.0], [0.1, 0.1, 0.4]]])
    data = dict(gates=np.array([5, 50]), rank=np.array([2]), arrangements=np.array([9]), gap=1e-9)
    data |= dict(above=draws, test=draws, tuned=draws, optimum=np.array([0.5]))
    data |= dict(masks=draws, reference=np.array([0.1]), reference_tuned=np.array([0.1]))
    left, *_ = mask_count.draw(data).axes
    table = mask_count_table.mask_count(data).raw
    np.testing.assert_allclose(left.lines[0].get_ydata(), table.above)


@pytest.fixture
def regression():
    grid = np.linspace(-1.2, 1.2, 25)
    data = dict(grid=grid, target=grid, x=np.array([0.0]), y=np.array([0.0]), ratio=0.01)
    data |= {name: grid + 0.5 for name in ("ntk", "ntk_tuned", "mkl", "mkl_tuned")}
    data |= {f"{name}_gap": 1e-9 for name in ("ntk", "ntk_tuned", "mkl", "mkl_tuned")}
    data |= dict(iterations=np.array([0, 7]), irls=np.array([grid, grid]))
    return data | dict(irls_objective=np.array([3.0, 2.002]), mkl_objective=2.0)


def test_each_iteration_has_a_panel_with_its_objective_above_the_optimum(regression):
    figure = fit_1d.draw(regression)
    texts = [ax.texts[0].get_text() for ax in figure.axes if ax.texts]
    assert texts == ["$k = 0$\n50 %", "$k = 7$\n0.1 %"]
    same, tuned = figure.axes[:2]
    for ax in (same, tuned):
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert labels == ["NTK: 0.50", "MKL: 0.50"]  # errors to the target


def test_wins_say_whose_they_are():
    rows = pd.DataFrame(dict(ratio=[0.1, 0.1], against=["ntk_sampled", "ntk"], wins=3, ties=1))
    rows = rows.assign(losses=2, mean_difference=0.01, standard_error=0.01, gap=1e-7)
    legend = wins_by_lambda.draw(rows).axes[0].get_legend()
    assert legend.get_title().get_text() == "MKL against NTK, sampled gates"
    assert [text.get_text() for text in legend.get_texts()] == ["MKL wins", "ties", "NTK wins"]


def test_a_path_has_the_colour_of_the_penalty_where_it_enters():
    norms = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.5]])
    data = dict(ratio=np.array([1.0, 0.1, 0.01]), norms=norms, train=np.ones(3), test=np.ones(3))
    left = regularization_path.draw(data | dict(dataset="a", gap=np.full(3, 1e-7))).axes[0]
    (bar,) = left.child_axes
    shades = bar.collections[-1]
    assert "lambda" in bar.get_title()
    assert left.lines[0].get_color() == shades.to_rgba(0.1)
    assert left.lines[1].get_color() == shades.to_rgba(0.01)


def test_the_ntks_weights_in_the_plane_are_the_measures_of_the_cones():
    """They sum to less than one, and are not divided by their sum."""
    measures = np.array([0.4, 0.2, 0.1])
    plane = dict(angle=np.zeros(3), ntk_weights=measures, eta=np.array([0.0, 0.3, 0.7]), mkl_gap=0)
    masks, learned = {"0/ntk_weights": measures}, {"0/eta": plane["eta"], "0/gap": 0.0}
    left = mask_weights.draw(plane, {"name": "a"}, masks, learned).axes[0]
    ntk, mkl = (line.get_ydata() for line in left.lines)
    np.testing.assert_array_equal(ntk, measures)
    np.testing.assert_array_equal(mkl, [0.3, 0.7])
