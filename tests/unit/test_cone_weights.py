"""The result `cone_weights`: cones, their weights and fits, against independent computations."""

from dataclasses import replace

import numpy as np
import pytest

from fixing_ntk.kernels import ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.results.beyond.cone_weights import compute, figure
from fixing_ntk.solvers import solve_mkl

TOL = 1e-8


@pytest.fixture(scope="module")
def data():
    return compute.cone_weights(TOL, 0, n=7)[0]


def test_angles_of_the_cones_are_their_measures(data):
    measures = (data["high"] - data["low"]) / (2 * np.pi)
    np.testing.assert_allclose(measures, data["ntk_weights"], atol=1e-12)
    closed = np.diff(data["closed"])[0] / (2 * np.pi)
    assert measures.sum() + closed == pytest.approx(1.0)
    middle = data["closed"].mean()
    assert np.all(compute.plane(data["x"]) @ [np.cos(middle), np.sin(middle)] < 0)


def test_the_weights_are_on_their_balls_and_the_objective_falls_with_p(data):
    eta, m, p = data["eta"], data["ntk_weights"], data["exponents"]
    np.testing.assert_allclose(eta[0], m)
    for row, exponent in zip(eta[1:], p[1:], strict=True):
        assert np.sum(m * (row / m) ** exponent) == pytest.approx(1.0, abs=1e-6)
    assert np.all(np.diff(data["objective"]) < 0)
    assert (eta[1] > 1e-3 * m).all()
    assert (eta[-1] == 0).any()
    assert data["gap"].max() <= TOL


def test_at_infinity_the_fit_is_the_ntks(data):
    """The mean over each cone makes the closed form off the samples too."""
    X, Z = compute.plane(data["x"]), compute.plane(data["grid"])
    beta = np.linalg.solve(ntk(X) + data["mu"] * np.eye(len(X)), data["y"])
    np.testing.assert_allclose(data["fits"][0], ntk(Z, X) @ beta, atol=1e-10)


def test_the_fit_is_the_limit_of_networks_that_keep_every_gate(data):
    X, Z = compute.plane(data["x"]), compute.plane(data["grid"])
    drawn = np.random.default_rng(0).standard_normal((2, 20_000))
    masks = MaskSet.from_gates(X, drawn, merged=False)
    fit = masks.predict(solve_mkl(X, data["y"], masks, data["mu"], 2.0, tol=TOL).weights, Z)
    np.testing.assert_allclose(fit, data["fits"][1], atol=0.02)


def test_a_sector_has_the_area_of_its_weight_and_the_bars_their_sums(data):
    fig = figure.draw(data)
    fig.canvas.draw()
    count, columns = len(data["ntk_weights"]), len(data["exponents"])
    rows = np.reshape(fig.axes, (3, columns))
    for e in range(columns):
        wedges = rows[0, e].patches[:count]
        areas = [w.r**2 * np.radians(w.theta2 - w.theta1) / 2 for w in wedges]
        np.testing.assert_allclose(np.array(areas) / np.pi, data["eta"][e], atol=1e-12)
    everywhere = MaskSet.enumerate(compute.plane(data["x"])).dense().all(axis=0)
    heights = [abs(bar.get_height()) for bar in rows[2, 0].patches]
    assert sum(heights) == pytest.approx(data["eta"][0][~everywhere].sum())
    # A gate between the first two samples that opens to the right opens for all but the first.
    dense = MaskSet.enumerate(compute.plane(data["x"])).dense()
    (first,) = np.flatnonzero(~dense[0] & dense[1:].all(axis=0))
    assert rows[2, -1].patches[0].get_height() == pytest.approx(data["eta"][-1][first])


def test_a_fit_that_misses_its_gap_stops_the_run(monkeypatch):
    def missing(*arguments, **options):
        return replace(solve_mkl(*arguments, **options), gap=1.0)

    monkeypatch.setattr(compute, "solve_mkl", missing)
    with pytest.raises(compute.UncertifiedFit, match="p = inf: relative gap 1"):
        compute.cone_weights(TOL, 0, n=5)
