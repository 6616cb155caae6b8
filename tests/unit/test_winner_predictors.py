"""What predicts the winner: correlations, intervals, and the set that is left out."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from fixing_ntk.comparison import accuracies
from fixing_ntk.comparison.early_stopping import fit_early_stopping
from fixing_ntk.comparison.mkl import fit_mkl
from fixing_ntk.comparison.ntk import fit_ntk
from fixing_ntk.comparison.winner_predictors import (
    MIN_DATASETS,
    PREDICTORS,
    _rank_correlations,
    by_dataset,
    correlations,
    left_out,
)
from fixing_ntk.data import bundled, splits
from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.results.beyond.who_wins.figure import draw
from fixing_ntk.results.beyond.who_wins.table import who_wins


def tuned(n, seed=0, **columns):
    """Rows of two splits of n datasets, at random but for the columns given."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        dict(dataset=[f"set{i:02}" for i in range(n)], n=rng.integers(20, 900, n), d=7, gap=1e-7)
    )
    for name in ("active_share", "effective_share", "alignment", "ntk_accuracy"):
        frame[name] = rng.uniform(0.5, 1.0, n)
    frame["mkl_accuracy"] = frame.ntk_accuracy + 0.05 * rng.standard_normal(n)
    frame = frame.assign(**columns)
    return pd.concat([frame.assign(split=0), frame.assign(split=1)], ignore_index=True)


def test_a_number_that_orders_the_differences_is_found():
    frame = tuned(30)
    frame["alignment"] = np.exp(5 * (frame.mkl_accuracy - frame.ntk_accuracy))
    rows = correlations(by_dataset(frame), np.random.default_rng(0)).set_index("predictor")
    assert rows.correlation["alignment"] == pytest.approx(1.0)
    assert rows.low["alignment"] > 0.9
    assert rows.right["alignment"] > 0.9 > rows.base["alignment"]
    assert rows.low["active_share"] < 0 < rows.high["active_share"]
    assert rows.p["alignment"] < 1e-10 < rows.p["active_share"]


def test_intervals_cover_what_is_not_there():
    """Of independent numbers 95 % cover zero; of 24 intervals rarely fewer than 20."""
    covered = [
        row.low <= 0 <= row.high
        for seed in range(6)
        for row in correlations(by_dataset(tuned(33, seed)), np.random.default_rng(0)).itertuples()
    ]
    assert sum(covered) >= 20


def test_correlations_of_all_samples_are_those_of_each():
    """To the last bit, also of ties; NaN where a sample is constant."""
    x, y = np.random.default_rng(0).integers(6, size=(2, 50, 33)).astype(float)
    each = [stats.spearmanr(a, b).statistic for a, b in zip(x, y, strict=True)]
    assert np.array_equal(_rank_correlations(x, y, axis=-1), each)
    assert np.isnan(_rank_correlations(x, np.ones_like(y), axis=-1)).all()


def test_the_set_left_out_has_no_say_in_its_own_sign():
    x = np.arange(10.0)
    y = np.where(x < 5, -1.0, 1.0)
    right, base = left_out(x, y)
    assert right == 1.0
    assert base == 0.0  # of the nine others the other sign is the commoner
    y[0] = 0.0  # a tie is no sign to predict
    assert left_out(x, y)[0] >= 8 / 9


@pytest.mark.parametrize("seed", range(5))
def test_a_set_is_left_out_as_by_scikit_learn(seed):
    x, y = np.random.default_rng(seed).standard_normal((2, 8))
    ranks = stats.rankdata(x)[:, None]
    line = cross_val_predict(LinearRegression(), ranks, y, cv=LeaveOneOut())
    commoner = np.sign(np.sign(y).sum() - np.sign(y))
    expected = [np.mean(np.sign(of) == np.sign(y)) for of in (line, commoner)]
    assert left_out(x, y) == pytest.approx(expected)


def test_what_rounding_alone_tells_apart_is_tied():
    frame = tuned(10)
    frame["mkl_accuracy"] = frame.ntk_accuracy + np.where(frame.dataset < "set05", 3e-17, 0.25)
    frame["mkl_accuracy"] -= np.where(frame.dataset < "set05", 1e-16, 0.0)
    assert list(by_dataset(frame).difference[:5]) == [0.0] * 5


def test_few_datasets_say_nothing():
    raw, printed, notes, _ = who_wins(tuned(MIN_DATASETS - 1), 0)
    assert "nan" not in printed.to_string()
    assert raw.correlation.isna().all()
    assert f"below {MIN_DATASETS} datasets there is none" in notes[1]
    titles = {ax.get_title("right") for ax in draw(tuned(MIN_DATASETS - 1), raw).axes}
    assert titles == {"no rank correlation"}


def test_table_and_figure_name_what_predicts():
    frame = tuned(30)
    frame["alignment"] = frame.mkl_accuracy - frame.ntk_accuracy
    raw, printed, notes, _ = who_wins(frame, 0, {"broken": "no file"})
    pd.testing.assert_frame_equal(raw, who_wins(frame, 0).raw)
    assert len(printed) == len(PREDICTORS)
    assert PREDICTORS["alignment"] in notes[1]
    assert notes[-1].startswith("broken failed")
    assert PREDICTORS["alignment"] in draw(frame, raw)._suptitle.get_text()


def test_the_numbers_are_those_of_the_chosen_fits():
    data = bundled.load("sklearn-wine")
    folds = splits.assign_folds(data.y, 0.25, 3, 0, "wine", 0)
    split = splits.Split.cross_validated(data.name, 0, data.X, data.y, folds)
    X, y, *_ = split.train_test()
    masks = MaskSet.sample(X, 60, seed=0)
    rows = fit_ntk(split, masks, [1.0, 0.1, 0.01], [0.1], 1e-6)
    mkl, _ = fit_mkl(split, masks, [0.5, 0.1], [0.1], 1e-6)
    rows += mkl + fit_early_stopping(split, masks, mkl, [0.5], [1], 1e-6)
    (row,) = accuracies.tuned(pd.DataFrame(rows)).itertuples()
    H = ntk(X)
    values = np.linalg.eigvalsh(H)
    lam = row.ntk_ratio * values[-1]
    smoother = H @ np.linalg.inv(H + lam * np.eye(len(y)))
    assert row.effective_share == pytest.approx(np.trace(smoother) / len(y))
    assert row.alignment == pytest.approx(y @ H @ y / (np.linalg.norm(H) * (y @ y)))
    chosen = next(r for r in rows if r["stage"] == "tuned" and r["method"] == "mkl")
    assert row.active_share == chosen["n_active"] / len(masks)


def test_effective_dimension_and_alignment_have_their_bounds():
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((20, 3))
    ridge = KernelRidge(Z @ Z.T, rng.standard_normal(20))
    assert ridge.effective_dimension(1e-7) == pytest.approx(3.0, abs=1e-5)
    assert ridge.effective_dimension(1e9) == pytest.approx(0.0, abs=1e-5)
    assert KernelRidge(np.outer(Z[:, 0], Z[:, 0]), Z[:, 0]).alignment == pytest.approx(1.0)
    assert KernelRidge(np.zeros((3, 3)), np.ones(3)).alignment == 0.0


def test_where_every_set_is_a_tie_no_sign_is_predicted():
    assert np.isnan(left_out(np.arange(5.0), np.zeros(5))).all()
