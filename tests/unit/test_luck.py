"""The result `luck`: its spread, its bounds, and that table, figure and claims agree."""

import numpy as np
import pytest
from sklearn.datasets import load_wine

from fixing_ntk.data.splits import Split
from fixing_ntk.masks import MaskSet
from fixing_ntk.results.beyond.luck import compute, figure
from fixing_ntk.results.beyond.luck.table import luck as table
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve_mkl

SMALL = dict(gates=[60, 240], n_draws=4, fresh_gates=4000)


@pytest.fixture(scope="module")
def split():
    X, labels = load_wine(return_X_y=True)
    keep = labels < 2
    X, y = X[keep][:, :4], np.where(labels[keep] > 0, 1.0, -1.0)
    return Split("wine", 0, X, y, np.arange(len(y)) % 4 > 0, ())


@pytest.fixture(scope="module")
def run(split):
    return compute.luck([(split, None)], 1e-6, 0, **SMALL)


def test_the_spread_is_over_draws_that_the_seed_names(run, split):
    data, _ = run
    X, y, Z, _ = split.train_test()
    mu = 0.01 * np.linalg.eigvalsh(compute.ntk(X))[-1]
    outputs = []
    for b in range(4):
        drawn = stream(0, "luck", "wine", 240, b).standard_normal((X.shape[1], 240))
        masks = MaskSet.from_gates(X, drawn, merged=False)
        outputs.append(masks.predict(solve_mkl(X, y, masks, mu, 4 / 3).weights, Z))
    mean = np.mean(outputs, axis=0)
    variance = np.sum((np.array(outputs) - mean) ** 2, axis=0) / 3
    expected = np.sqrt(variance.mean() / np.mean(mean**2))
    assert data["spread"][0, 2, 1] == pytest.approx(expected, rel=1e-4)


def test_more_gates_help_far_from_the_optimal_kernel(run):
    data, _ = run
    assert data["slopes"][-1] < data["slopes"][0]
    assert data["slopes"][-1] == pytest.approx(-0.5, abs=0.3)


def test_bounds_are_in_order_and_there_for_p_above_one(run):
    data, _ = run
    assert np.isnan(data["bounds"][:, 0]).all()
    lower, lower_error, upper, upper_error = np.moveaxis(data["bounds"][:, 1:], -1, 0)
    assert np.all(lower - 4 * lower_error < upper + 4 * upper_error)
    at_most_gates = data["objective"][:, 1:, -1].mean(axis=-1)
    # The nearer to the optimal kernel, the further the optimum over all masks is below a sample's.
    assert lower[:, 1:] == pytest.approx(at_most_gates[:, 1:], rel=0.2)
    assert data["gap"] <= 1e-6


def test_each_claim_turns_with_its_exponent(run):
    data, rows = run
    assert len(rows) == 5
    for e, slope in ((0, -0.5), (1, 0.0), (2, 0.0), (3, 0.0), (4, 0.0)):
        slopes = data["slopes"].copy()
        slopes[e] = slope
        assert compute.claims(dict(data, slopes=slopes))[e]["verdict"] == "does not hold"
    good = compute.claims(dict(data, slopes=np.array([0.0, -0.4, -0.4, -0.5, -0.5])))
    assert {row["verdict"] for row in good} == {"holds"}


def test_the_exponent_is_a_slope_within_datasets():
    gates = [100, 400, 1600]
    spread = np.array([[1.0, 0.5, 0.25], [8.0, 4.0, 2.0]])
    value, error = compute.exponent(gates, spread)
    assert (value, error) == (pytest.approx(-0.5), pytest.approx(0.0, abs=1e-7))


def test_table_and_figure_have_the_same_numbers(run):
    data, _ = run
    made = table(data)
    left, right = figure.draw(data).axes
    for e, line in enumerate(left.lines):
        assert line.get_ydata() == pytest.approx(made.raw.iloc[e][["spread_60", "spread_240"]])
    assert right.lines[0].get_ydata()[-1] == pytest.approx(1.0)
    bounds = [line.get_ydata()[0] for line in right.lines if line.get_mfc() == "white"]
    above_one = made.raw[made.raw.p != "1"]
    assert bounds == pytest.approx(list(above_one.lower / above_one.objective_240))
    assert set(made.facts["by_p"]) == {"1", "8/7", "4/3", "2", "∞"}
