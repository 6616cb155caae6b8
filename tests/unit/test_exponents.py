"""Programs between the NTK and MKL on a split: their records, and every p beside the others."""

import itertools
from functools import partial

import numpy as np
import pandas as pd
import pytest
from project import split_of

from fixing_ntk import MKLClassifier
from fixing_ntk.comparison import accuracies, between, records, statistics
from fixing_ntk.comparison.between import FURTHER, P, fit_between, fit_exponents, tune_between
from fixing_ntk.comparison.exponents import CHOSEN, by_exponent
from fixing_ntk.comparison.mkl import fit_mkl
from fixing_ntk.comparison.ntk import fit_ntk, fit_ntk_sampled
from fixing_ntk.data import splits
from fixing_ntk.estimators.cross_validation import choose
from fixing_ntk.masks import MaskSet
from fixing_ntk.masks.split_gates import draw_gates
from fixing_ntk.programs.lp_mkl import EXPONENTS
from fixing_ntk.results.beyond.between_accuracy.table import between_accuracy
from fixing_ntk.results.extended.exponents import figure, table
from fixing_ntk.solvers.lp_mkl import mkl_paths

MKL, NTK, GATES, TOL = [0.3, 0.1, 0.03], [1.0, 0.1, 0.01], 50, 1e-6
NAMES = ("sklearn-iris", "sklearn-wine")


def gates_of(split):
    return draw_gates(split, GATES, 0, "between")


@pytest.fixture(scope="module")
def iris():
    return split_of("sklearn-iris")


def test_a_fit_is_the_estimators_on_the_same_rows_and_gates(monkeypatch):
    """`test_one_comparison` has the choice of the penalty too."""
    split = split_of("sklearn-wine")
    gates = gates_of(split)
    for X, y, X_out, y_out in split.tuning():
        labels = dict(dataset="wine", index=0, train=np.arange(len(y) + len(y_out)) < len(y))
        alone = splits.Split(
            **labels, X=np.vstack([X, X_out])[:, :-1], y=np.append(y, y_out), pairs=[]
        )
        chosen = dict(exponent=P, with_ntk=True, ratio=0.1, correct=1, fold=0)
        found = fit_between(alone, gates, [0.1], TOL, tuning=[chosen])
        model = MKLClassifier(lam=0.1, n_gates=GATES, random_state=0, p=P, ntk=True)
        monkeypatch.setattr(model, "_draw_gates", lambda X: None)
        model._gates = gates
        Z, _, Z_out, _ = alone.train_test()
        model.fit(Z[:, :-1], y)
        assert found[-1]["correct"] == np.sum(model.predict(Z_out[:, :-1]) == y_out)
        assert found[-1]["train_correct"] == np.sum(model.predict(Z[:, :-1]) == y)
        assert found[-1]["lam"] == pytest.approx(model.mu_[0], rel=1e-12)


def test_every_fit_is_certified_and_the_best_in_folds_is_refitted(iris, monkeypatch):
    rows = fit_between(iris, gates_of(iris), NTK, TOL)
    cv, tuned = rows[:-1], rows[-1]
    assert max(row["gap"] for row in rows) <= TOL
    assert {row["stage"] for row in cv} == {"cv"}
    assert tuned["ratio"] == cv[choose(cv, "correct")]["ratio"]
    assert (tuned["exponent"], tuned["with_ntk"]) == (P, True)
    assert set().union(*rows) <= {*records.COLUMNS}
    monkeypatch.setattr(between, "mkl_paths", partial(mkl_paths, max_iter=1))
    with pytest.warns(match="solve_mkl"), pytest.raises(records.UncertifiedFit):
        fit_between(iris, gates_of(iris), NTK, 1e-10)


def test_at_infinity_it_is_the_ntk_of_the_drawn_gates(iris):
    """Gates that share a mask may be kept or merged: they predict alike on the rows of the mask.

    Rows held out may differ, so accuracies are compared on the training rows.
    """
    gates = gates_of(iris)
    ours = fit_between(iris, gates, NTK, TOL, [(np.inf, False)])
    theirs, *_ = fit_ntk_sampled(iris, gates, NTK, TOL)
    for row, other in zip(ours[:-1], theirs[:-1], strict=True):
        assert row["lam"] == pytest.approx(other["lam"], rel=1e-9)
        assert row["train_correct"] == other["train_correct"]
        assert row["objective"] == pytest.approx(other["objective"], rel=1e-6)


def test_a_larger_p_has_no_smaller_optimum(iris):
    """L_p norms of a probability measure do not fall as p grows, so neither does the program's."""
    for ntk in (False, True):
        optima = [
            [row["objective"] for row in tune_between(iris, gates_of(iris), NTK, TOL, [(p, ntk)])]
            for p in (8 / 7, 4 / 3, 2.0, np.inf)
        ]
        assert np.all(np.diff(optima, axis=0) >= -1e-4)


def test_labels_of_the_other_sign_are_classified_as_well(iris):
    mirrored = splits.Split(iris.dataset, 0, iris.X, -iris.y, iris.train, iris.pairs)
    for row, other in zip(
        *(tune_between(s, gates_of(iris), NTK, TOL) for s in (iris, mirrored)), strict=True
    ):
        assert row["correct"] == other["correct"]


@pytest.fixture(scope="module")
def rows():
    """Rows of `by_exponent`, and the records that they are made from."""
    made = dict(ntk=[], mkl=[], between=[])
    for name, s in itertools.product(NAMES, (0, 1)):
        split = split_of(name, s)
        gates = gates_of(split)
        masks = MaskSet.from_gates(split.train_test()[0], gates)
        made["ntk"] += fit_ntk(split, masks, NTK, (), TOL)
        made["mkl"] += fit_mkl(split, masks, MKL, (), TOL)[0]
        made["between"] += fit_between(split, gates, NTK, TOL)
        made["between"] += fit_exponents(split, gates, NTK, TOL)
    frames = {key: pd.DataFrame(of_one) for key, of_one in made.items()}
    tuned = accuracies.tuned(pd.concat([frames["ntk"], frames["mkl"]]))
    return by_exponent(tuned, frames["mkl"], frames["between"]), frames, tuned


def test_every_program_is_there_once_a_split(rows):
    found, *_ = rows
    count = found.groupby(["dataset", "split"]).size()
    assert set(count) == {len(FURTHER) + 1 + 2 + 2}  # and the NTK, MKL, and the two choices
    assert not found.duplicated(["dataset", "split", "exponent", "with_ntk"]).any()
    assert found.gap.max() <= TOL


def test_p_is_chosen_by_most_rows_right_in_all_folds_and_ties_go_to_the_ntk(rows):
    found, frames, _ = rows
    mkl = frames["mkl"].assign(exponent=1.0, with_ntk=False)
    cv = pd.concat([mkl, frames["between"]]).query("stage == 'cv'")
    for (dataset, s, ntk), of_one in cv.groupby(["dataset", "split", "with_ntk"]):
        total = of_one.groupby(["exponent", "ratio"]).correct.sum()
        best = max(p for p, ratio in total.index[total == total.max()])
        here = found[(found.dataset == dataset) & (found.split == s) & (found.with_ntk == ntk)]
        chosen = here[here.exponent == CHOSEN].iloc[0]
        assert chosen.chosen == best
        assert chosen.accuracy == here.accuracy[here.exponent == f"{best:g}"].item()


def test_the_table_compares_every_program_with_the_ntk(rows, tmp_path):
    found, *_ = rows
    found.to_csv(tmp_path / "exponents.csv", index=False)
    raw, printed, notes, facts = table.exponents(pd.read_csv(tmp_path / "exponents.csv"))
    assert len(printed) == len(FURTHER) + 1 + 2 + 2
    mean = found[(found.exponent == "2") & found.with_ntk].groupby("dataset").accuracy.mean()
    ntk = found[found.exponent == "ntk"].groupby("dataset").accuracy.mean()
    row = raw[raw.method == "p = 2 with the NTK"].iloc[0]
    assert row.ntk_mean == pytest.approx(100 * (mean - ntk).mean())
    assert raw.holm[raw.method != "NTK"].tolist() == pytest.approx(
        statistics.holm(raw.ntk_wilcoxon[raw.method != "NTK"]), nan_ok=True
    )
    for words in ("masks", "with_ntk"):
        assert sum(facts["chosen"][words].values()) == 4  # splits
    assert facts["chosen"]["with_ntk"]["1"] == 0
    assert "nan" not in " ".join(notes[:2])


def test_the_figure_has_a_point_for_every_program(rows, tmp_path):
    raw = table.exponents(rows[0]).raw
    raw.to_csv(tmp_path / "exponents.csv", index=False)
    for frame in (raw, pd.read_csv(tmp_path / "exponents.csv")):
        above, _ = figure.draw(frame).axes
        values = [y for line in above.lines if line.get_marker() in "os" for y in line.get_ydata()]
        expected = raw.ntk_mean[raw.method != "NTK"]
        assert sorted(values) == pytest.approx(sorted(expected))
        assert [t.get_text() for t in above.get_xticklabels()][-1] == "chosen"
        assert len(above.get_xticks()) == len(EXPONENTS) + 1


def test_the_column_stands_beside_the_others_with_its_tests(rows):
    _, frames, _ = rows
    every = frames["between"]
    own = every[(every.exponent == P) & every.with_ntk]
    tuned = accuracies.tuned(pd.concat([frames["ntk"], frames["mkl"], own]))
    raw, _, notes, facts = between_accuracy(tuned, "full")
    assert list(facts["against"]) == ["ntk", "mkl"]
    expected = statistics.compare(raw.between, raw.mkl, raw.n)
    assert facts["against"]["mkl"]["mean"] == pytest.approx(expected["mean"])
    p = pd.DataFrame(facts["against"]).T[["wilcoxon", "holm"]].astype(float)
    assert p.holm.tolist() == pytest.approx(statistics.holm(p.wilcoxon), nan_ok=True)
    lead = facts["regret"]["ntk"]["mean"] - facts["regret"]["between"]["mean"]
    assert facts["against"]["ntk"]["mean"] == pytest.approx(lead)
    assert len(notes) == 6
