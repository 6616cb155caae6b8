"""Statistics of comparisons: ranks of several methods over several datasets."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fixing_ntk.comparison import statistics
from fixing_ntk.comparison.accuracies import TUNED
from fixing_ntk.comparison.methods import NAMES
from fixing_ntk.drawing.cells import described, with_errors
from fixing_ntk.results.beyond.baselines.figure import draw
from fixing_ntk.results.beyond.baselines.table import baselines
from fixing_ntk.results.beyond.early_stopping.table import early_stopping
from fixing_ntk.results.extended.accuracies_rfm.table import accuracies_rfm
from fixing_ntk.results.extended.baselines_rfm.table import baselines_rfm

WITHOUT_RFM = [method for method in NAMES if method != "rfm"]


def random_accuracies(n_datasets, seed, methods=WITHOUT_RFM, **shifts):
    rng = np.random.default_rng(seed)
    columns = {m: rng.uniform(0.5, 0.8, n_datasets) + shifts.get(m, 0) for m in methods}
    return pd.DataFrame(columns, index=[f"set-{i}" for i in range(n_datasets)])


def test_ranks_sum_to_those_of_all_methods_and_share_ties():
    accuracies = pd.DataFrame({"a": [0.9, 0.8, 0.7], "b": [0.9, 0.7, 0.6], "c": [0.5, 0.6, 0.8]})
    mean = statistics.average_ranks(accuracies)
    assert mean["a"] == pytest.approx((1.5 + 1 + 2) / 3)
    assert mean.sum() == pytest.approx(6)
    assert mean.is_monotonic_increasing


def test_the_critical_difference_is_that_of_nemenyis_table():
    # Demšar, Table 5: q at 5 % is 2.343 for three methods and 2.850 for six.
    of_three = statistics.critical_difference(3, 10)
    assert of_three == pytest.approx(2.343 * np.sqrt(12 / 60), rel=1e-3)
    of_six = statistics.critical_difference(6, 33)
    assert of_six == pytest.approx(2.850 * np.sqrt(42 / 198), rel=1e-3)


def test_groups_hold_all_pairs_within_the_difference_and_only_those():
    rng = np.random.default_rng(0)
    for _ in range(50):
        mean = np.sort(rng.uniform(1, 6, 6))
        joined = {
            (a, b)
            for i, j in statistics.not_told_apart(mean, 1.3)
            for a in range(i, j + 1)
            for b in range(a + 1, j + 1)
        }
        close = {(a, b) for a in range(6) for b in range(a + 1, 6) if mean[b] - mean[a] <= 1.3}
        assert joined == close


def test_a_difference_equal_to_the_critical_one_tells_nothing_apart():
    assert statistics.not_told_apart([1.0, 2.0, 3.5, 6.0], 1.5) == [(0, 1), (1, 2)]


def test_friedmans_statistic_is_its_definition():
    accuracies = random_accuracies(10, 0)
    n, k = accuracies.shape
    ranks = accuracies.rank(axis=1).sum()
    chi_squared = 12 / (n * k * (k + 1)) * (ranks**2).sum() - 3 * n * (k + 1)
    assert statistics.friedman(accuracies) == pytest.approx(stats.chi2.sf(chi_squared, k - 1))
    assert np.isnan(statistics.friedman(accuracies.head(2)))


def test_paired_tests_are_counts_of_signs():
    """Worked out by hand: of 2^n equally likely signs, those at least as extreme."""
    found = statistics.paired_tests([1.0, 2.0, 3.0, 4.0], np.zeros(4))
    assert found == pytest.approx(dict(wilcoxon=2 / 16, sign=2 / 16))
    found = statistics.paired_tests([-1.0, 2.0, 3.0, 4.0, 5.0, 0.0], np.zeros(6))
    assert found == pytest.approx(dict(wilcoxon=4 / 32, sign=2 * (1 + 5) / 32))


def test_what_rounding_alone_tells_apart_is_tied():
    rng = np.random.default_rng(0)
    exact = pd.DataFrame(rng.integers(5, 9, (12, 3)) / 10, columns=list("abc"))
    noisy = exact + 1e-15 * rng.standard_normal(exact.shape)
    assert statistics.friedman(noisy) == statistics.friedman(exact)
    assert statistics.average_ranks(noisy).to_dict() == statistics.average_ranks(exact).to_dict()
    for test in (statistics.paired_tests, statistics.wins_ties_losses):
        assert test(noisy.a, noisy.b) == test(exact.a, exact.b)
    assert statistics.corrected_t(noisy.a - exact.a, 10 / 30) == 1.0


def test_a_standard_error_is_scipys():
    values = np.array([1.0, 2.0, 6.0, 7.5])
    assert described("x", values) == pytest.approx(dict(x=values.mean(), x_se=stats.sem(values)))


def test_holm_is_its_definition():
    p = [0.01, 0.04, 0.03, np.nan]
    assert statistics.holm(p) == pytest.approx([0.03, 0.06, 0.06, np.nan], nan_ok=True)
    assert statistics.holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])


def test_a_method_that_is_better_everywhere_is_told_apart():
    accuracies = random_accuracies(30, 0, mkl=0.2)
    assert statistics.friedman(accuracies) < 1e-6
    assert max(statistics.against(accuracies, "mkl").values()) < 1e-6
    mean = statistics.average_ranks(accuracies)
    assert mean.index[0] == "mkl"
    assert statistics.not_told_apart(mean, statistics.critical_difference(6, 30))[0][0] > 0


def written(accuracies, failed=None):
    """What the table's function makes of accuracies, one split each."""
    tuned = accuracies.rename_axis("dataset").reset_index()
    named = {name: f"{name}_accuracy" for name in TUNED}
    tuned = tuned.rename(columns=named).assign(folds=5, split=0, n=100)
    theirs = accuracies.columns.drop(TUNED)
    rows = tuned.melt("dataset", [*theirs], "method", "accuracy")
    rows = rows.assign(split=0, at_end=False, correct=rows.accuracy, total=1.0)
    rows["parameters"] = [f"norm=1 updates={len(name) % 2}" for name in rows.dataset]
    of_rfm = rows.method == "rfm"
    if of_rfm.any():
        return baselines_rfm(tuned, rows[~of_rfm], rows[of_rfm], failed)
    return baselines(tuned, rows, "full", failed)


@pytest.mark.parametrize("methods", [WITHOUT_RFM, [*NAMES]])
def test_table_and_figure_show_every_method_and_what_failed(methods):
    accuracies = random_accuracies(8, 1, methods, ntk=0.1)
    raw, printed, notes, _ = written(accuracies, {"broken": "no file"})
    assert list(raw) == ["dataset", *methods]
    pd.testing.assert_frame_equal(raw.set_index("dataset"), accuracies, check_names=False)
    for row, best in zip(accuracies.iloc, printed.best, strict=True):
        assert best == NAMES[row.idxmax()]
    assert "broken failed and is left out: no file." in notes
    words = [text.get_text() for text in draw(raw).axes[0].texts]
    for method, rank in statistics.average_ranks(accuracies).items():
        assert f" {NAMES[method]} ({rank:.2f}) " in words
    assert sum("(" in word for word in words) == len(methods)


def test_without_recursive_feature_machines_nothing_speaks_of_them():
    raw, printed, notes, _ = written(random_accuracies(8, 1))
    alone = random_accuracies(8, 1, [*NAMES])
    beside, shown, more, _ = written(alone)
    assert "rfm" not in raw
    assert not any("RFM" in text for text in [*printed, *printed.best, *notes])
    pd.testing.assert_frame_equal(beside[list(raw)], raw)
    pd.testing.assert_frame_equal(shown[list(printed)[:-1]], printed[list(printed)[:-1]])
    assert "the identity in 0, " in more[-1]  # every name has an odd length
    assert all("; RFM " in note for note in more if "wins/ties/losses" in note)


def test_accuracies_of_every_split_hold_those_of_recursive_feature_machines():
    raw = random_accuracies(4, 1, [*NAMES])
    named = {name: f"{name}_accuracy" for name in TUNED}
    tuned = raw.rename(columns=named).rename_axis("dataset").reset_index()
    tuned = tuned.assign(split=0, n=100, gap=1e-7, **{f"{name}_train": 1.0 for name in TUNED})
    tuned = tuned.assign(chosen_accuracy=0.5, chosen_train=1.0)
    rows = tuned.melt("dataset", ["svm", "rfm"], "method", "correct").assign(split=0, total=1.0)
    svm = rows[rows.method == "svm"].assign(train_correct=50, n=100)
    made = accuracies_rfm(tuned, svm, rows[rows.method == "rfm"])
    by_method = made.raw.set_index(["method", "dataset"]).accuracy
    for method in (*TUNED, "svm", "rfm"):
        assert by_method[method].to_dict() == pytest.approx(raw[method].to_dict())
    assert NAMES["rfm"] in [*made.printed.method]


def test_p_values_are_adjusted_for_as_many_comparisons_as_are_listed():
    accuracies = random_accuracies(20, 3)
    for method, pairs in written(accuracies).facts["against"].items():
        p = [
            statistics.paired_tests(accuracies[method], accuracies[other])["wilcoxon"]
            for other in pairs
        ]
        assert [pair["p"] for pair in pairs.values()] == pytest.approx(statistics.holm(p))


def test_means_beside_the_median_and_without_small_datasets():
    found = statistics.means([1.0, 2.0, 6.0, 31.0], [60, 50, 49, 10])
    assert found == dict(mean=10.0, median=4.0, mean_large=1.5, large=2)
    assert np.isnan(statistics.means([1.0], [10])["mean_large"])
    assert np.isnan(statistics.means([], [])["median"])


def test_a_comparison_is_in_points_and_has_its_tests():
    a, b, n = np.array([0.9, 0.8, 0.7]), np.array([0.8, 0.8, 0.9]), np.array([100, 20, 100])
    found = statistics.compare(a, b, n)
    assert {key: found[key] for key in ("wins", "ties", "losses")} == dict(wins=1, ties=1, losses=1)
    assert found["mean"] == pytest.approx(-10 / 3)
    assert found["mean_large"] == pytest.approx(-5.0)
    assert found["sign"] == statistics.paired_tests(a, b)["sign"]


def test_the_regrets_differ_as_the_accuracies_do():
    rng = np.random.default_rng(0)
    methods = {f"{m}_accuracy": rng.uniform(0.5, 1, 24) for m in (*TUNED, "chosen")}
    trains = {f"{m}_train": 1.0 for m in TUNED}
    tuned = pd.DataFrame(methods).assign(**trains, split=[0, 1] * 12, folds=5, gap=1e-7)
    tuned = tuned.assign(stopped_ratio=0.1, reweightings=2.0)
    tuned["dataset"] = [f"set{i // 2}" for i in range(24)]
    tuned["n"] = np.where(tuned.dataset == "set3", 20, 100)
    raw, _, notes, facts = early_stopping(tuned, "full")
    better = np.maximum(raw.ntk, raw.mkl)
    for name in ("stopped", "ntk", "mkl", "chosen"):
        found = facts["regret"][name]
        lost = 100 * (better - raw[name])
        assert found["mean"] == pytest.approx(lost.mean())
        assert found["median"] == pytest.approx(lost.median())
        assert found["mean_large"] == pytest.approx(lost[raw.dataset != "set3"].mean())
        assert found["most"] == pytest.approx(lost[raw.dataset == found["worst"]].item())
    lead = facts["regret"]["ntk"]["mean"] - facts["regret"]["stopped"]["mean"]
    assert facts["ntk"]["mean"] == pytest.approx(lead)
    assert f"the NTK {facts['regret']['ntk']['mean']:.2f} points on average" in notes[5]


def test_a_method_that_every_run_makes_may_not_be_missing():
    with pytest.raises(KeyError, match="svm"):
        written(random_accuracies(8, 1).drop(columns="svm"))


@pytest.mark.parametrize("methods", [WITHOUT_RFM, [*NAMES]])
def test_facts_rank_the_methods_that_were_run(methods):
    facts = written(random_accuracies(12, 2, methods)).facts
    assert set(facts["ranks"]) == set(methods)
    assert sum(facts["ranks"].values()) == pytest.approx(len(methods) * (len(methods) + 1) / 2)
    assert facts["critical_difference"] == pytest.approx(
        statistics.critical_difference(len(methods), 12)
    )
    assert set(facts["against"]["mkl"]) == set(methods) - {"mkl"}
    assert ("rfm" in facts) == ("rfm" in methods)


def test_a_mean_of_a_single_draw_has_no_error():
    rows = pd.DataFrame({"x": [0.1234, 0.5, 2.0], "x_se": [np.nan, 0.02, 0.3]})
    assert with_errors(rows, "x", 1.0, ".3f") == ["0.123", "0.500 ± 0.02", "2.000 ± 0.3"]
    assert with_errors(rows, "x", 100.0, ".1f") == ["12.3", "50.0 ± 2", "200 ± 30"]
