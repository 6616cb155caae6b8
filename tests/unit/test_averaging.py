"""MKL over draws of the gates on a split: its records, and its parts by other means."""

import numpy as np
import pandas as pd
import pytest
from project import split_of

from fixing_ntk.comparison.averaging import fit_averaged, fit_one_program
from fixing_ntk.comparison.early_stopping import fit_early_stopping
from fixing_ntk.comparison.losses import fit_variant
from fixing_ntk.comparison.mkl import fit_mkl
from fixing_ntk.comparison.ntk import fit_ntk
from fixing_ntk.comparison.sensitivity import VARIANT, variants
from fixing_ntk.comparison.statistics import LARGE
from fixing_ntk.data import splits
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.split_gates import draw_gates, nested_gates
from fixing_ntk.results.beyond.averaging import figure, table
from fixing_ntk.results.extended.all_masks import figure as all_masks_figure
from fixing_ntk.results.extended.all_masks.compute import all_masks
from fixing_ntk.results.extended.all_masks.table import all_masks as all_masks_table
from fixing_ntk.results.extended.one_program.table import one_program
from fixing_ntk.results.extended.sensitivity.table import sensitivity
from fixing_ntk.solvers import solve

MKL, NTK, DRAWS, GATES, TOL = [0.3, 0.1, 0.03], [1.0, 0.1, 0.01], 3, 50, 1e-8


def fitted(split, early=(0, 2)):
    """Records of NTK, MKL and early stopping, and what `fit_averaged` makes of them."""
    gates = [draw_gates(split, GATES, 0, "averaging", b) for b in range(DRAWS)]
    masks = MaskSet.from_gates(split.train_test()[0], gates[0])
    ntk = fit_ntk(split, masks, NTK, (), TOL)
    mkl, first = fit_mkl(split, masks, MKL, (), TOL)
    stopped = fit_early_stopping(split, masks, mkl, [0.3, 0.03], list(early), TOL)
    tuned = dict(ntk=ntk[-1], mkl=mkl[-1], stopped=stopped[-1])
    rows, points = fit_averaged(
        split, gates, tuned, (first.active, first.active_weights), MKL, NTK, TOL
    )
    made = dict(gates=gates, rows=rows, points=points, split=split)
    return made | dict(base=ntk + mkl, mkl_gap=mkl[-1]["gap"])


@pytest.fixture(scope="module")
def iris():
    return fitted(split_of("sklearn-iris", 0))


@pytest.fixture(scope="module")
def several():
    """Two splits of two datasets, with the program on all gates."""
    out = [fitted(split_of(name, s)) for name in ("sklearn-iris", "sklearn-wine") for s in (0, 1)]
    for one in out:
        lam = one["points"][0]["union_lam"]
        one["program"] = fit_one_program(one["split"], one["gates"], lam, MKL, TOL)
    return out


def widths(fig):
    """Widths of a figure's panels, as shares of its own."""
    fig.draw_without_rendering()
    return np.array([ax.get_position().width for ax in fig.axes])


def by_method(points):
    frame = pd.DataFrame(points)
    return {method: rows.reset_index(drop=True) for method, rows in frame.groupby("method")}


def test_more_gates_keep_those_before():
    split = split_of("sklearn-iris", 1)
    most = nested_gates(split, 120, 50, 0, "full")
    assert np.array_equal(most[:, :50], draw_gates(split, 50, 0, "full"))
    assert np.array_equal(most[:, 50:100], draw_gates(split, 50, 0, "full", 1))
    assert np.array_equal(nested_gates(split, 30, 50, 0, "full"), most[:, :30])
    assert not np.array_equal(most[:, 50:100], most[:, :50])
    assert np.linalg.matrix_rank(most) == len(most)


def test_each_draw_is_mkl_on_its_gates(iris):
    split, rows = iris["split"], pd.DataFrame(iris["rows"])
    X, _, X_test, y_test = split.train_test()
    outputs = []
    for b, drawn in enumerate(iris["gates"]):
        masks = MaskSet.from_gates(X, drawn)
        fits, solution = fit_mkl(split, masks, MKL, (), TOL)
        point = by_method(iris["points"])["mkl"].loc[b]
        outputs.append(masks.predict(solution.weights, X_test))
        assert point.lam == pytest.approx(fits[-1]["lam"])
        assert point.test_error == pytest.approx(np.mean((outputs[-1] - y_test) ** 2))
        record = rows[(rows.method == "mkl_draw") & (rows.stage == "tuned") & (rows.draw == b)]
        assert len(record) == (b > 0)
        assert (record.correct == fits[-1]["correct"]).all()
    mean = np.mean(outputs, axis=0)
    (average,) = (row for row in iris["rows"] if row["method"] == "averaged")
    assert average["correct"] == np.sum((mean >= 0) == (y_test > 0))
    fits = rows[(rows.method == "mkl_draw") & (rows.stage == "tuned")]
    assert average["gap"] == max(*fits.gap, iris["mkl_gap"]) <= TOL
    point = by_method(iris["points"])["averaged"].iloc[0]
    assert point.test_error == pytest.approx(np.mean((mean - y_test) ** 2))


def test_the_ntk_of_the_gates_is_the_kernel_of_their_shares(iris):
    split, point = iris["split"], by_method(iris["points"])["ntk_sampled"].loc[1]
    X, y, X_test, y_test = split.train_test()
    drawn = iris["gates"][1]
    _, first, which = np.unique(X @ drawn >= 0, axis=1, return_index=True, return_inverse=True)
    drawn = drawn[:, first[which.ravel()]]  # gates of one mask predict as the first of them does
    Z, Z_test = X @ drawn >= 0, X_test @ drawn >= 0
    K = (X @ X.T) * (1.0 * Z @ Z.T) / GATES
    K_test = (X_test @ X.T) * (1.0 * Z_test @ Z.T) / GATES
    output = K_test @ np.linalg.solve(K + point.lam * np.eye(len(y)), y)
    assert point.test_error == pytest.approx(np.mean((output - y_test) ** 2), rel=1e-6)
    assert point.correct == np.sum((output >= 0) == (y_test > 0))


def test_every_method_is_a_point_of_one_program(iris):
    """Objectives by plain sums, over the distinct masks of all gates."""
    split, points = iris["split"], by_method(iris["points"])
    X, y, *_ = split.train_test()
    lam = points["mkl"].union_lam[0]
    assert lam == pytest.approx(points["mkl"].lam.mean())
    every = MaskSet.from_gates(X, np.hstack(iris["gates"]))
    assert len(every) == points["averaged"].p[0]
    optimum = solve(X, y, every, lam, 1e-10)
    half = 0.5 * y @ y
    assert points["union"].objective[0] == pytest.approx(optimum.objective / half, abs=2 * TOL)
    place = {mask.tobytes(): i for i, mask in enumerate(every.dense().T)}
    W = np.zeros((X.shape[1], len(every)))
    for drawn in iris["gates"]:
        masks = MaskSet.from_gates(X, drawn)
        weights = fit_mkl(split, masks, MKL, (), TOL)[1].weights
        at = [place[mask.tobytes()] for mask in masks.dense().T]
        W[:, at] += weights / DRAWS
    residual = y - np.einsum("nd,np,dp->n", X, every.dense() * 1.0, W)
    P = 0.5 * residual @ residual + lam * np.linalg.norm(W, axis=0).sum()
    assert points["averaged"].objective[0] == pytest.approx(P / half, rel=1e-9)
    assert points["averaged"].training_error[0] == pytest.approx(np.mean(residual**2), rel=1e-9)
    for method, rows in points.items():
        if method == "ntk":
            assert rows.above.isna().all()
            continue
        assert (rows.above >= -1e-12).all()
        assert np.allclose(rows.objective - rows.above, optimum.dual_objective / half, atol=2 * TOL)
    # The objective is convex, and the average's is at most the mean of its draws.
    assert points["averaged"].objective[0] <= points["mkl"].objective.mean() + 1e-12
    assert points["ntk_averaged"].objective[0] <= points["ntk_sampled"].objective.mean() + 1e-12


def test_early_stopping_is_the_fit_of_its_record(several):
    for one in several:
        point = by_method(one["points"])["stopped"].iloc[0]
        assert point.gap <= TOL
        assert 0 <= point.correct <= point.total
    early = fitted(split_of("sklearn-wine", 2), early=(0,))
    (record,) = (r for r in early["points"] if r["method"] == "stopped")
    assert record["above"] > 0


@pytest.fixture(scope="module")
def points(several):
    return pd.DataFrame([row for one in several for row in one["points"]])


def test_the_error_of_a_draw_is_that_of_the_average_and_the_variance(points, several):
    found = table.over_draws(points.assign(accuracy=points.correct / points.total), "averaged")
    variance = []
    for one in several:
        split = one["split"]
        X, _, X_test, _ = split.train_test()
        outputs = []
        for drawn in one["gates"]:
            masks = MaskSet.from_gates(X, drawn)
            outputs.append(masks.predict(fit_mkl(split, masks, MKL, (), TOL)[1].weights, X_test))
        variance.append(np.mean(np.var(outputs, axis=0)))
    assert found["variance"] == pytest.approx(np.mean(variance), rel=1e-6)
    assert found["variance"] > 0


def test_the_table_counts_and_tests_over_datasets(points, several):
    made = table.averaging(points)
    program = pd.DataFrame([row for one in several for row in one["program"][1]])
    wider = one_program(points, program)
    assert [*wider.raw.method] == [method for method in table.SHOWN]
    assert [*made.raw.method] == [m for m in table.SHOWN if m != "one_program"]
    means = points.assign(accuracy=points.correct / points.total)
    means = means[~(means.draw > 0)].groupby(["method", "dataset"]).accuracy.mean().unstack(0)
    for row in made.raw.itertuples():
        assert row.mean == pytest.approx(100 * means[row.method].mean())
        assert row.mkl_wins == (means[row.method] > means.mkl + 1e-12).sum()
        assert row.ntk_error == pytest.approx(100 * (means[row.method] - means.ntk).sem())
        assert row.gap <= TOL
        assert made.facts["against"][row.method]["mkl"]["wins"] == row.mkl_wins
    assert made.raw.set_index("method").above["union"] <= TOL
    parts = made.facts["beside_ntk"]
    assert parts["draw"] == pytest.approx(parts["variance"] + parts["average"])
    assert figure.draw(wider.raw).axes
    rows = [row for one in several for row in one["program"][0]]
    assert {row["method"] for row in rows} == {"one_program"}
    assert max(row["gap"] for row in rows) <= TOL


def test_variants_are_the_records_they_are_named_after(several):
    base, draws, gates, wider, intercept = [], [], [], [], []
    for one in several:
        split = one["split"]
        X, *_ = split.train_test()
        of_ntk = [row for row in one["base"] if row["method"] == "ntk"]
        tuned = {row["method"]: row for row in one["base"] if row["stage"] == "tuned"}
        base.append(
            dict(dataset=split.dataset, split=split.index, n=len(X), gap=TOL)
            | {f"{m}_accuracy": r["correct"] / r["total"] for m, r in tuned.items()}
            | {f"{m}_at_end": r["at_end"] for m, r in tuned.items()}
        )
        draws += one["rows"]
        masks = MaskSet.from_gates(X, nested_gates(split, 20, GATES, 0, "averaging"))
        gates += fit_mkl(split, masks, MKL, (), TOL)[0]
        wider += of_ntk
        intercept += fit_variant(split, one["gates"][0], MKL, NTK, TOL, "intercept")
    draws, gates, wider, intercept = map(pd.DataFrame, (draws, gates, wider, intercept))
    rows = variants(pd.DataFrame(base), draws, {20: gates}, wider, intercept, GATES)
    assert rows.groupby(VARIANT, dropna=False).ngroups == 6 + DRAWS
    assert len(rows) == 4 * (6 + DRAWS)
    assert rows.gap.max() <= TOL
    assert set(rows.n[rows.dataset == "sklearn-iris"]) == {75}  # of 100
    made = sensitivity(rows)
    by = made.raw.set_index(["method", "gates", "draw", "grid", "intercept"]).sort_index()
    assert by.loc[("mkl", 20, 0, "configured", False), "mean"] == pytest.approx(
        100
        * gates[gates.stage == "tuned"]
        .assign(accuracy=lambda r: r.correct / r.total)
        .groupby("dataset")
        .accuracy.mean()
        .mean()
    )
    # The same grid is the same choice: no difference, no test.
    same = made.raw[(made.raw.method == "ntk") & (made.raw.grid == "wider")].iloc[0]
    assert (same.ntk_wins, same.ntk_losses) == (0, 0)
    assert np.isnan(same.ntk_wilcoxon)
    of_mkl = intercept[(intercept.method == "mkl") & (intercept.stage == "tuned")]
    assert by.loc[("mkl", GATES, 0, "configured", True), "mean"] == pytest.approx(
        100 * (of_mkl.correct / of_mkl.total).groupby(of_mkl.dataset).mean().mean()
    )
    assert [made.facts["intercept"][name]["mean"] for name in ("ntk", "mkl")] == [
        row.ntk_mean for row in made.raw[made.raw.intercept].itertuples()
    ]
    assert made.facts["draws"]["count"] == DRAWS
    assert made.facts["gates"].keys() == {"20", str(GATES)}
    # One larger dataset, and none.
    one = sensitivity(rows.assign(n=rows.n.where(rows.dataset == "sklearn-iris", LARGE - 1)))
    iris = one.raw[one.raw.method == "averaged"].iloc[0]
    of_iris = rows[(rows.method == "averaged") & (rows.dataset == "sklearn-iris")]
    assert iris.mean_large == pytest.approx(100 * of_iris.accuracy.mean())
    assert iris[["large_ntk_wins", "large_ntk_ties", "large_ntk_losses"]].sum() == 1
    none = sensitivity(rows.assign(n=LARGE - 1))
    assert set(none.printed[f"test %, mean, n ≥ {LARGE}"]) == {""}
    assert none.facts["base"]["mean"] == made.facts["base"]["mean"]


def test_more_masks_lower_the_optimum_and_all_of_them_bound_it():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((30, 2)), np.sign(rng.standard_normal(30))
    folds = np.where(np.arange(30) < 8, -1, np.arange(30) % 3)
    split = splits.Split.cross_validated("small", 0, X, y, folds)
    lams = {"tuned": 1.0, "reference": 0.3}
    drawn = nested_gates(split, 200, 100, 0, "paper")
    rows = pd.DataFrame(all_masks(split, drawn, lams, TOL, gates=[5, 50, 200], limit=2000))
    assert rows.gap.max() <= TOL
    made = all_masks_table(rows)
    for row in made.raw.itertuples():
        upper = [row.objective_5, row.objective_50, row.objective_200]
        assert upper == sorted(upper, reverse=True)
        assert row.lower_bound <= upper[-1] + TOL
        assert upper[0] > row.lower_bound + 1e-3
    assert len(made.facts["listed"]) == 2
    assert widths(all_masks_figure.draw(made.raw)).min() > 0.3
    without = pd.DataFrame(all_masks(split, drawn, lams, TOL, gates=[5, 50], limit=10))
    assert without.gates.notna().all(), "too many to list"
    assert all_masks_table(without).facts["listed"] == []
    assert widths(all_masks_figure.draw(all_masks_table(without).raw)).min() > 0.3
