"""Records of fits, their evaluation, and the claims computed from them."""

import sys

import numpy as np
import pandas as pd
import pytest
from conftest import random_problem
from scipy.stats import linregress

from fixing_ntk import evaluation, records, tables
from fixing_ntk.arrangements import cover_count
from fixing_ntk.claims import claim_row, failures
from fixing_ntk.data import bundled, splits
from fixing_ntk.experiments import equivalences as claims
from fixing_ntk.experiments.compare_solvers import compare_solvers
from fixing_ntk.experiments.fit_mkl import fit_mkl
from fixing_ntk.experiments.fit_ntk import fit_ntk
from fixing_ntk.experiments.nonconvex_gap import nonconvex_gap
from fixing_ntk.experiments.ntk_width import ntk_width, slope
from fixing_ntk.experiments.tuning import choose, count_correct, is_end
from fixing_ntk.kernels import ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.objective import lambda_max

MKL, NTK, SAME = [0.9, 0.3, 0.1, 0.03], [10.0, 1.0, 0.1, 0.01], [0.3, 0.1]


def iris(split):
    data = bundled.load("sklearn-iris")
    folds = splits.assign_folds(data.y, 0.25, 3, 0, "iris", split)
    return splits.Split(data.name, split, data.X, data.y, folds)


@pytest.fixture(scope="module")
def fits():
    rows = []
    for s in (0, 1):
        split = iris(s)
        masks = MaskSet.sample(split.train_test()[0], 60, seed=s)
        rows += fit_ntk(split, masks, NTK, SAME, tol=1e-8)
        rows += fit_mkl(split, masks, MKL, SAME, tol=1e-8)[0]
    return rows


@pytest.fixture(scope="module")
def frame(fits, tmp_path_factory):
    path = tmp_path_factory.mktemp("records") / "fits.csv"
    records.write(path, fits)
    return records.read([path])


def test_every_fit_is_recorded_with_its_gap(frame):
    per_split = 3 * (len(NTK) + len(MKL)) + 2 + 3 * len(SAME)
    assert len(frame) == 2 * per_split
    assert frame.gap.notna().all()
    assert frame.gap.max() <= 1e-8
    assert set(frame.columns) == set(records.COLUMNS)


def test_tuned_accuracy_is_reproduced_from_scratch(frame):
    split = iris(0)
    X, y, X_test, y_test = split.train_test()
    row = frame.query("stage == 'tuned' and method == 'ntk' and split == 0").iloc[0]
    H = ntk(X)
    assert row.lam == pytest.approx(row.ratio * np.linalg.eigvalsh(H)[-1])
    f = ntk(X_test, X) @ np.linalg.solve(H + row.lam * np.eye(len(y)), y)
    assert row.correct == np.sum(np.where(f >= 0, 1, -1) == y_test)
    chosen = frame.query("stage == 'cv' and method == 'ntk' and split == 0")
    by_ratio = chosen.groupby("ratio").correct.sum()
    assert row.ratio == by_ratio[by_ratio == by_ratio.max()].index.max()


def test_same_lambda_is_the_same_for_all_three(frame):
    same = frame[frame.stage == "same"]
    spread = same.groupby(["split", "ratio"]).lam.agg(np.ptp)
    assert (spread <= 1e-9 * same.lam.max()).all()
    masks = MaskSet.sample(iris(0).train_test()[0], 60, seed=0)
    X, y, *_ = iris(0).train_test()
    row = same.query("split == 0 and ratio == 0.1 and method == 'mkl'").iloc[0]
    assert row.lam == pytest.approx(0.1 * lambda_max(X, y, masks))


def test_mkl_optimum_is_below_the_ntk_objective(frame):
    fits = frame.dropna(subset=["mkl_objective"])
    assert len(fits) == 2 * (len(SAME) + 1)
    assert (fits.mkl_objective <= fits.ntk_mkl_objective).all()


def test_evaluation_and_table_agree_with_the_records(frame):
    tuned, same = evaluation.tuned(frame), evaluation.same_lambda(frame)
    assert list(tuned.split) == [0, 1]
    raw, printed, notes = tables.uci_accuracy(tuned, same, "full", 0.1)
    assert raw.mkl[0] == pytest.approx(tuned.mkl_accuracy.mean())
    assert raw.gap[0] == pytest.approx(frame.gap.max())
    assert len(printed) == 1
    assert f"{frame.gap.max():.1e}" in notes[-1]


def test_uncertified_fit_names_dataset_split_and_lambda():
    split = iris(3)
    masks = MaskSet.sample(split.train_test()[0], 60, seed=0)
    with (
        pytest.warns(match="above tol"),
        pytest.raises(records.UncertifiedFit, match=r"sklearn-iris, split 3, lambda="),
    ):
        fit_mkl(split, masks, MKL, SAME, tol=1e-8, max_iter=1)


def test_ties_go_to_the_larger_penalty():
    assert choose([0.1, 0.5, 0.2], [7, 7, 6]) == 1
    assert choose([0.5, 0.2, 0.1], [5, 7, 7]) == 1
    assert is_end([0.5, 0.2, 0.1], 2)
    assert not is_end([0.5, 0.2, 0.1], 1)


def test_count_correct_takes_one_or_many_predictions():
    y = np.array([1.0, -1.0, 1.0])
    assert count_correct(np.array([0.0, -2.0, -1.0]), y) == 2
    assert list(count_correct(np.array([[1, -1], [1, -1], [1, 1]]), y)) == [2, 2]


def test_wins_ties_losses_and_tests():
    a, b = np.array([3.0, 2.0, 1.0, 5.0]), np.array([1.0, 2.0, 2.0, 1.0])
    assert evaluation.wins_ties_losses(a, b) == dict(wins=2, ties=1, losses=1)
    many = np.arange(12.0)
    tests = evaluation.paired_tests(many + 1, many)
    assert tests["sign"] == pytest.approx(2 * 0.5**12)
    assert tests["wilcoxon"] < 0.01
    assert np.isnan(evaluation.paired_tests(many, many)["sign"])


def test_solvers_agree_and_a_large_conic_program_is_skipped_with_its_reason():
    split = iris(0)
    masks = MaskSet.sample(split.train_test()[0], 60, seed=0)
    rows = compare_solvers(split, masks, [0.1], ["newton", "conic"], 1e-6, 1e6, "clarabel")
    assert rows[1]["objective"] == pytest.approx(rows[0]["objective"], rel=1e-5)
    assert all(r["gap"] <= 1e-6 and r["seconds"] > 0 and r["peak_mb"] > 10 for r in rows)
    (skipped,) = compare_solvers(split, masks, [0.1], ["conic"], 1e-6, 10, "clarabel")
    assert skipped["status"].startswith("skipped: n d p above")


class TestClaimsCanFail:
    """Each claim holds, and turns when what it checks is perturbed."""

    def test_mkl_equivalence(self, monkeypatch):
        X, y, masks, _ = random_problem(30, 3, 40, seed=0)
        assert all(row["verdict"] == "holds" for row in claims.gl_is_mkl(X, y, masks, 1e-6))
        monkeypatch.setattr(claims, "lam_from_mu", lambda mu, v: 1.1 * mu * 3)
        assert any(row["verdict"] == "fails" for row in claims.gl_is_mkl(X, y, masks, 1e-6))

    def test_masking_kernels(self, monkeypatch):
        X, _, masks, _ = random_problem(30, 3, 40, seed=0)
        assert claims.masking_kernels(X, masks)[0]["verdict"] == "holds"
        monkeypatch.setattr(claims, "masking_kernel", lambda X, m: X @ X.T * np.outer(m, m) * 1.01)
        assert claims.masking_kernels(X, masks)[0]["verdict"] == "fails"

    def test_ntk_expectation(self, monkeypatch):
        X, *_ = random_problem(20, 3, 10, seed=0)
        assert all(r["verdict"] == "holds" for r in claims.ntk_is_expectation(X, 50_000, 0))
        monkeypatch.setattr(claims, "ntk", lambda X: 1.05 * ntk(X))
        assert any(r["verdict"] == "fails" for r in claims.ntk_is_expectation(X, 50_000, 0))

    def test_ntk_is_mkl_point(self):
        X, _, masks, _ = random_problem(20, 3, 4000, seed=0)
        assert claims.ntk_is_mkl_point(X, masks, 4000)[0]["verdict"] == "holds"
        wrong = MaskSet(masks.gates, masks.packed, masks.n, masks.ntk_weights[::-1])
        assert claims.ntk_is_mkl_point(X, wrong, 4000)[0]["verdict"] == "fails"

    def test_mkl_below_ntk(self, frame):
        assert claims.mkl_is_not_above_ntk(frame)[0]["verdict"] == "holds"
        swapped = frame.rename(
            columns=dict(mkl_objective="ntk_mkl_objective", ntk_mkl_objective="mkl_objective")
        )
        assert claims.mkl_is_not_above_ntk(swapped)[0]["verdict"] == "fails"


def test_table_is_written_three_ways(tmp_path):
    raw = pd.DataFrame({"name": ["a_b"], "value": [0.123456789]})
    printed = pd.DataFrame({"name": ["a_b"], "value %": ["|0.12|"]})
    tables.write_table(tmp_path / "t", raw, printed, ["Largest gap λ: 1e-9."])
    assert "0.123456789" in (tmp_path / "t.csv").read_text()
    markdown = (tmp_path / "t.md").read_text()
    assert "Largest gap λ" in markdown
    assert r"\|0.12\|" in markdown  # a bare bar would end the cell
    tex = (tmp_path / "t.tex").read_text()
    assert r"a\_b" in tex
    assert r"value \%" in tex
    assert r"$\lambda$" in tex
    assert tex.isascii()


def test_error_of_the_empirical_ntk_falls_as_the_root_of_the_width():
    data, rows = ntk_width(n=15, d=4, widths=[30, 300, 3000], n_seeds=10, seed=0)
    assert data["errors"].shape == (2, 3, 10)
    assert np.allclose(data["slopes"], -0.5, atol=0.08)
    assert [row["verdict"] for row in rows] == ["holds"] * 4


def test_slope_and_its_standard_error_are_those_of_linear_regression():
    rng = np.random.default_rng(0)
    x = np.arange(4.0)
    y = 3.0 - 0.5 * x[:, None] + 0.1 * rng.standard_normal((4, 50))
    fit = linregress(np.repeat(x, 50), y.ravel())
    assert slope(x, y) == pytest.approx((fit.slope, fit.stderr))


def test_a_claim_that_does_not_hold_is_named():
    rows = [claim_row("true", "p", "q", 0.5, 1.0), claim_row("false", "p", "q", 2.0, 1.0)]
    assert [row["verdict"] for row in rows] == ["holds", "fails"]
    (failure,) = failures(rows)
    assert "false" in failure


def test_no_training_run_is_below_the_convex_optimum():
    data, rows = nonconvex_gap(n=10, d=3, ratio=0.1, widths=[2, 20], starts=4, tol=1e-7, seed=0)
    assert [row["verdict"] for row in rows] == ["holds"] * 4
    assert data["relu"].shape == data["gated"].shape == (2, 4)
    assert min(data["relu"].min(), data["gated"].min()) >= -data["gap"]
    assert data["relu"][1].min() < 0.01
    assert data["arrangements"] <= cover_count(10, 3)


def test_a_wrong_penalty_turns_the_row(monkeypatch):
    """Weight decay is lam / 2: with lam itself the network's objective is another one."""
    module = sys.modules["fixing_ntk.experiments.nonconvex_gap"]
    right = module.network_objective
    monkeypatch.setattr(
        module, "network_objective", lambda W, v, X, y, lam: right(W, v, X, y, 2 * lam)
    )
    _, rows = nonconvex_gap(n=10, d=3, ratio=0.1, widths=[2], starts=1, tol=1e-7, seed=0)
    assert [row["verdict"] for row in rows] == ["holds", "holds", "fails", "holds"]
