"""The paper's count from split to split: readings, distribution, standard errors."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fixing_ntk.comparison import win_counts
from fixing_ntk.comparison.mkl import fit_mkl, fit_mkl_grids
from fixing_ntk.comparison.ntk import fit_ntk, fit_ntk_grids
from fixing_ntk.data import bundled, splits
from fixing_ntk.masks import MaskSet
from fixing_ntk.results.beyond.at_least_as_accurate.figure import draw
from fixing_ntk.results.beyond.at_least_as_accurate.table import at_least_as_accurate, best_common

TOTAL, RATIOS = 20, [0.3, 0.1]


def fits(correct, stage="same", **labels):
    """Rows of fits: of each method, correct test rows by dataset and split."""
    return [
        dict(labels, dataset=f"set{i}", split=s, method=method, stage=stage, correct=int(c))
        for method, table in correct.items()
        for (i, s), c in np.ndenumerate(table)
    ]


@pytest.fixture(scope="module")
def counts():
    """Correct rows (datasets, splits) of each method: at two penalties, at others, and chosen."""
    rng = np.random.default_rng(0)

    def random(n_splits=40):
        return {m: rng.integers(10, TOTAL, (6, n_splits)) for m in ("mkl", "ntk", "ntk_sampled")}

    return {0.3: random(), 0.1: random(), "grid": random(), "tuned": random(8)}


@pytest.fixture(scope="module")
def frames(counts):
    rows = [row for ratio in RATIOS for row in fits(counts[ratio], ratio=ratio)]
    for factor in (1, 0):  # the larger of a grid counts
        grid = {m: factor * counts["grid"][m] for m in ("mkl", "ntk")}
        rows += fits(grid, "grid", ratio=float(factor))
    chosen = pd.DataFrame(fits({m: counts["tuned"][m] for m in ("mkl", "ntk")}, "tuned"))
    wide = chosen.pivot(index=["dataset", "split"], columns="method", values="correct") / TOTAL
    tuned = wide.add_suffix("_accuracy").assign(gap=1e-8).reset_index()
    return tuned, pd.DataFrame(rows).assign(total=TOTAL, gap=1e-7)


def test_every_reading_counts_the_datasets_of_every_split(counts, frames):
    table = win_counts.distributions(*frames, np.random.default_rng(0))
    expected = {
        ("cross-validation", "ntk"): counts["tuned"],
        ("best on test rows", "ntk"): counts["grid"],
    }
    assert len(table) == 2 + 2 * len(RATIOS)
    for row in table.itertuples():
        of_row = expected.get((row.reading, row.against))
        of_row = counts[row.ratio] if of_row is None else of_row
        at_least = (of_row["mkl"] >= of_row[row.against]).sum(axis=0)
        tied = (of_row["mkl"] == of_row[row.against]).sum(axis=0)
        assert list(map(int, row.counts.split())) == list(at_least)
        assert row.splits == len(at_least)
        spread = stats.binom(row.splits, row.share).std() / row.splits
        assert row.share_se == pytest.approx(spread, abs=1e-15)
        assert row.mean == at_least.mean()
        assert row.mean_se == pytest.approx(at_least.std(ddof=1) / np.sqrt(row.splits))
        assert row.ties == tied.mean()
        assert row.enough == 5  # 26 of 33 are 4.7 of 6
        assert row.share == np.mean(at_least >= 5)
        assert row.low <= row.mean <= row.high


def test_a_reading_is_of_the_datasets_that_the_draws_have(frames):
    tuned, rows = frames
    table = win_counts.distributions(tuned, rows[rows.dataset != "set3"], np.random.default_rng(0))
    assert set(table.datasets) == {5}


def test_probability_of_like_datasets_is_the_binomial_one():
    found, _ = win_counts.probability(np.full(33, 0.7), 50, 26)
    assert found == pytest.approx(stats.binom(33, 0.7).sf(25))
    assert win_counts.probability(np.ones(3), 50, 3) == (1.0, 0.0)


def test_standard_errors_are_those_of_repeated_draws():
    """Of the probability and of the quantiles, against the spread over many runs."""
    rng = np.random.default_rng(1)
    p, n_splits, n_runs = rng.uniform(0.3, 0.95, 33), 200, 200
    happened = rng.random((n_runs, n_splits, 33)) < p
    shares = happened.mean(axis=1)
    estimates = np.array([win_counts.probability(one, n_splits, 23) for one in shares])
    assert estimates[:, 0].std() == pytest.approx(np.median(estimates[:, 1]), rel=0.15)
    assert estimates[:, 0].mean() == pytest.approx(stats.poisson_binom(p).sf(22), rel=0.05)
    counts = happened.sum(axis=2)
    spread = np.quantile(counts, 0.05, axis=1).std()
    stated = [win_counts.quantile(one, 0.05, np.random.default_rng(0))[1] for one in counts[:40]]
    assert np.mean(stated) == pytest.approx(spread, rel=0.35)


def test_the_prediction_of_one_more_split_is_students():
    """Of mean 25.5 and variance 5/3; 26 is taken for the interval from 25.5."""
    counts = np.array([24, 26, 27, 25])
    assert win_counts.predicted(counts, 26) == pytest.approx(0.5)
    t = 2.0 / np.sqrt(5 / 3 * (1 + 1 / 4))
    assert win_counts.predicted(counts, 28) == pytest.approx(stats.t(3).sf(t))


def test_a_count_that_no_split_reaches_is_bounded(frames):
    tuned, rows = frames
    lost = rows.assign(correct=np.where(rows.method == "mkl", 0, rows.correct))
    same = win_counts.distributions(tuned, lost, np.random.default_rng(0)).query(
        "reading == 'same λ'"
    )
    assert (same.share == 0).all()
    assert (same.probability == 0).all()
    # Exact: 1 - (alpha / 2)^(1 / S) at no success in S.
    assert np.allclose(same.share_most, 1 - 0.025 ** (1 / 40))


def test_table_and_figure_show_each_reading(frames):
    raw, printed, notes, _ = at_least_as_accurate(*frames, 0, {"broken": "no file"})
    again, *_ = at_least_as_accurate(*frames, 0)
    pd.testing.assert_frame_equal(raw, again)
    assert list(printed["λ"]) == list(raw.reading)
    best = best_common(raw)
    assert (
        best["mean"] == raw.query("reading == 'same λ' and against == 'ntk_sampled'")["mean"].max()
    )
    assert f"{best.ratio:g} λ_max: {best['mean']:.1f} datasets" in notes[1]
    assert "1.0e-07" in notes[-2]
    assert notes[-1].startswith("broken failed")
    labels = [text.get_text() for text in draw(raw).axes[0].get_yticklabels()]
    assert len(labels) == 2 + len(RATIOS)


def test_fits_at_every_penalty_hold_those_of_the_protocol(tmp_path):
    """On the same split and masks: the chosen penalty's fit, and all of the common grid."""
    data = bundled.load("sklearn-wine")
    folds = splits.assign_folds(data.y, 0.25, 3, 0, "full", data.name, 1)
    splits.save(tmp_path / "wine.npz", data, np.stack([folds, folds]))
    (split,) = splits.load(tmp_path / "wine.npz", [1])
    (drawn,) = splits.draw(tmp_path / "wine.npz", [1], 0.25, 0, "full")
    assert np.array_equal(drawn.train, split.train)
    masks = MaskSet.sample(split.train_test()[0], 60, seed=0)
    mkl, ntk, same, tol = [0.5, 0.2, 0.1], [1.0, 0.1, 0.01], [0.2, 0.05], 1e-7
    grids = [
        *fit_ntk_grids(drawn, masks, ntk, same, tol),
        *fit_mkl_grids(drawn, masks, mkl, same, tol),
    ]
    of = {(r["method"], r["stage"], r["ratio"]): r for r in grids}
    assert len(of) == len(grids) == len(ntk) + len(mkl) + 3 * len(same)
    rows, _ = fit_mkl(split, masks, mkl, same, tol)
    for row in [*fit_ntk(split, masks, ntk, same, tol), *rows]:
        if row["stage"] != "cv":
            stage = {"tuned": "grid"}.get(row["stage"], row["stage"])
            twin = of[row["method"], stage, row["ratio"]]
            assert twin["total"] == row["total"]
            assert abs(twin["correct"] - row["correct"]) <= 1
            assert twin["objective"] == pytest.approx(row["objective"], rel=2 * tol)
            assert twin["gap"] <= tol


def test_a_quantile_of_a_single_split_has_no_standard_error():
    value, error = win_counts.quantile(np.array([3]), 0.05, np.random.default_rng(0))
    assert value == 3.0
    assert np.isnan(error)
