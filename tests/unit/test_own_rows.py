"""Rows and labels of a user's own table: which stand together, which count, what foretells them."""

import numpy as np
import pandas as pd
import pytest
from project import own_settings

from fixing_ntk.comparison import confusion
from fixing_ntk.comparison.methods import GUESS
from fixing_ntk.comparison.own_splits import split_rows
from fixing_ntk.comparison.own_table import compare
from fixing_ntk.comparison.verdict import sentence, verdict
from fixing_ntk.data import own
from fixing_ntk.results.own.confusion.table import confusion as confusion_table
from fixing_ntk.results.own.own_data.table import own_data
from fixing_ntk.results.own.probabilities.table import probabilities as probabilities_table

SETTINGS = own_settings(n_gates=30)
SPLITS = 5


def read(tmp_path, frame, **options):
    frame.to_csv(tmp_path / "d.csv", index=False)
    return own.read(tmp_path / "d.csv", "y", **options)


def noise(n=200, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"a": rng.standard_normal(n), "b": rng.standard_normal(n)})


def all_splits(data, n_splits=SPLITS, tuning_rows=10_000):
    return [split_rows(data, s, n_splits, 0.25, 3, tuning_rows, seed=0) for s in range(n_splits)]


def compared(data):
    parts = [compare(data, s, SPLITS, 0.25, 3, SETTINGS, seed=0) for s in range(SPLITS)]
    rows, _, counts = (pd.DataFrame([one for part in parts for one in part[k]]) for k in range(3))
    return rows, counts


def test_nothing_is_taken_where_nothing_beats_a_guess(tmp_path):
    frame = noise().assign(y=np.where(np.arange(200) % 9 == 0, "yes", "no"))
    rows, counts = compared(read(tmp_path, frame))
    found = verdict(rows)
    said = sentence(found, "classification", SPLITS)
    assert found.recommended is None
    assert said.startswith("No method is surely better than to guess the largest class, with a ")
    assert "Take" not in said
    assert found.guess == GUESS["classification"]
    fact = confusion.rarest(confusion.counts(counts, found.guess))
    assert (fact["label"], fact["found"]) == ("yes", 0)
    assert "Of the rarest class, 'yes' (1" in confusion.rare_sentence(fact, "it")
    made = confusion_table(rows, counts)
    assert made.printed["test rows"].sum() == SPLITS * rows.n_test[0]
    assert made.raw.set_index("class").to_numpy().sum() == SPLITS * rows.n_test[0]
    best = rows[rows.method == found.best]
    assert made.facts["balanced"] == pytest.approx(100 * best.balanced.mean())


@pytest.mark.parametrize("kind", ["mean", "noise beside a group"])
def test_nor_for_a_real_target(tmp_path, kind):
    rng = np.random.default_rng(1)
    frame = noise(120).assign(y=rng.standard_normal(120))
    options = {}
    if kind != "mean":
        frame, options = frame.assign(who=np.arange(120) // 4), dict(group="who")
    rows, _ = compared(read(tmp_path, frame, **options))
    found = verdict(rows)
    assert found.recommended is None
    assert "guess the mean, with a test R² of" in sentence(found, "regression", SPLITS)


def test_what_beats_a_guess_is_taken(tmp_path):
    frame = noise()
    rows, _ = compared(read(tmp_path, frame.assign(y=np.where(frame.a > 0, "up", "down"))))
    found = verdict(rows)
    assert found.recommended == found.best != found.guess
    assert sentence(found, "classification", SPLITS).startswith(f"Take {found.best}: ")


@pytest.mark.parametrize("times", [2, 4])
def test_rows_that_repeat_stay_on_one_side_and_are_counted(tmp_path, times):
    frame = noise(80).assign(y=np.random.default_rng(2).choice(["u", "v"], 80))
    data = read(tmp_path, pd.concat([frame] * times, ignore_index=True))
    assert data.repeated == 80 * (times - 1)
    assert data.notes[0].startswith(f"{data.repeated} rows have the same features as another")
    for train, test, pairs in all_splits(data):
        assert not set(data.groups[train]) & set(data.groups[test])
        assert sorted([*train, *test]) == list(range(80 * times))
        for fit, held_out in pairs:
            inside, outside = train[fit], train[held_out]
            assert not set(data.groups[inside]) & set(data.groups[outside])
    if times == 4:  # coin flips: learned by heart before
        rows, _ = compared(data)
        assert rows.groupby("method").score.mean().max() < 0.65
        assert verdict(rows).recommended is None
        assert any("240 rows stand with others" in note for note in own_data(rows).notes)
        other = rows.assign(n=np.where(rows.split == 0, 200, 210), n_test=80)
        said = f"{SPLITS} splits of 200 to 210 training and 80 test rows, "
        assert any(note.startswith(said) for note in own_data(other).notes)


def test_so_few_different_rows_that_none_could_be_tested_are_split_like_others(tmp_path):
    data = read(tmp_path, pd.DataFrame({"a": [1.5, 2.5] * 40, "y": ["u", "v"] * 40}))
    assert data.repeated == 0
    assert data.notes == (
        "78 rows have the same features as another; so few differ that they are split like any "
        "others",
    )
    own.require_rows(data, "d.csv", 0.25, 30)


def test_rows_that_do_not_repeat_are_split_as_before(tmp_path):
    from fixing_ntk.data.splits import assign_folds

    data = read(tmp_path, noise().assign(y=np.resize(["u", "v", "v"], 200)))
    assert data.repeated == 0
    for s, (train, test, pairs) in enumerate(all_splits(data)):
        fold_of = assign_folds(data.y, 0.25, 3, 0, "full", "d", s)
        assert (fold_of[test] == -1).all()
        assert [set(fold_of[train[out]]) for _, out in pairs] == [{0}, {1}, {2}]


@pytest.mark.parametrize("how", ["classes", "numbers", "groups", "time"])
def test_parameters_are_chosen_on_some_of_the_training_rows(tmp_path, how):
    rng = np.random.default_rng(3)
    frame, options = noise(400), {}
    frame["y"] = rng.standard_normal(400) if how == "numbers" else rng.choice(["u", "v"], 400)
    if how == "classes":
        frame.loc[:29, "y"] = "rare"
    if how == "groups":
        frame["who"], options = np.arange(400) % 40, dict(group="who")
    if how == "time":
        frame["day"], options = rng.permutation(400), dict(time="day")
    data = read(tmp_path, frame, **options)
    few = all_splits(data, tuning_rows=90)
    for (train, test, _), (same_train, same_test, pairs) in zip(all_splits(data), few, strict=True):
        assert (list(train), list(test)) == (list(same_train), list(same_test))
        used = {int(k) for pair in pairs for part in pair for k in part}
        assert used <= set(range(len(train)))
        assert abs(len(used) - min(90, len(train))) <= 10
        for fit, held_out in pairs:
            assert not {*fit} & {*held_out}
            if how == "groups":
                assert not {*data.groups[train[fit]]} & {*data.groups[train[held_out]]}
            if how == "time":
                assert data.moment[train[fit]].max() < data.moment[train[held_out]].min()
            if how == "classes":
                assert {*data.y[train[fit]]} == {*data.y[train[held_out]]} == {"u", "v", "rare"}
    if how == "classes":  # of a rare class more than its share
        train, _, pairs = few[0]
        assert sum(np.sum(data.y[train[out]] == "rare") for _, out in pairs) == 10
    others = {tuple(all_splits(data, tuning_rows=90)[s][2][0][0]) for s in range(2)}
    assert len(others) == 2 or how == "time"


def test_the_page_says_on_how_many_rows_parameters_are_chosen(tmp_path):
    frame = noise().assign(y=lambda f: np.where(f.a + f.b**2 > 0.7, "u", "v"))
    data = read(tmp_path, frame)
    for most, said in ((10_000, False), (60, True)):
        settings = SETTINGS._replace(tuning_rows=most, methods=["logistic"])
        rows = pd.DataFrame(compare(data, 0, SPLITS, 0.25, 3, settings, seed=0)[0])
        assert set(rows.n_tuning) == {min(most, 150)}
        notes = " ".join(own_data(rows).notes)
        assert ("chosen on 60 of the training rows" in notes) == said


def test_a_group_stays_together_and_is_no_feature(tmp_path):
    frame = noise(120).assign(who=np.resize(np.arange(24), 120), y=np.resize(["u", "v"], 120))
    frame.loc[5, ["a", "b"]] = frame.loc[0, ["a", "b"]]  # so subjects 0 and 5 are together
    data = read(tmp_path, frame, group="who")
    assert list(data.X) == ["a", "b"]
    becomes = data.columns.set_index("column").becomes
    assert becomes["who"] == "left out: named in `group`"
    assert data.groups[0] == data.groups[5]
    assert len(np.unique(data.groups)) == 23
    for train, test, _ in all_splits(data):
        assert not set(frame.who[train]) & set(frame.who[test])
    alone = read(tmp_path, frame.assign(who=np.where(frame.who % 2, "s", None)), group="who")
    assert len(np.unique(alone.groups)) == 60, "a missing value is a group of its own"
    words = frame.assign(who=np.where(frame.who % 2, "s", "NA"))
    alone = read(tmp_path, words, group="who", missing=["NA"])
    assert len(np.unique(alone.groups)) == 60, "and so is a word for it"


def test_tests_by_time_are_of_what_comes_after(tmp_path):
    rng = np.random.default_rng(0)
    days = pd.date_range("2020-01-01", periods=200)
    order = rng.permutation(200)
    frame = noise().assign(day=days[order].astype(str), y=rng.choice(["u", "v"], 200))
    data = read(tmp_path, frame, time="day")
    tested = []
    for train, test, pairs in all_splits(data):
        assert data.moment[train].max() < data.moment[test].min()
        tested += list(test)
        for fit, held_out in pairs:
            assert data.moment[train[fit]].max() < data.moment[train[held_out]].min()
    assert len(tested) == len(set(tested)) > 150
    rows, _ = compared(data)
    assert set(rows.method[rows.score.notna()]) == set(rows.method)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(group="who"), "no column 'who'; group must be one of a, b, y"),
        (dict(time="when"), "no column 'when'; time must be one of a, b, y"),
        (dict(group="y"), "'y' is the target"),
        (dict(group="a", time="b"), "by group or by time, not by both"),
        (dict(time="c"), "time: column 'c' holds neither dates nor numbers, as 'p'"),
        (dict(time="e"), "time: row 3 below the header has no 'e'"),
    ],
)
def test_what_cannot_group_or_order_is_refused(tmp_path, options, message):
    frame = noise(30).assign(y=np.resize(["u", "v"], 30))
    if "c" in options.values():
        frame["c"] = np.resize(["p", "q"], 30)
    if "e" in options.values():
        frame["e"] = np.where(np.arange(30) == 2, np.nan, np.arange(30) / 7)
    with pytest.raises(own.TableError, match=message):
        read(tmp_path, frame, **options)


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize(("sizes", "most"), [([44, 45, 11], 3), ([10, 20, 30, 25, 40], 10)])
def test_splits_by_few_groups_are_different_ones(tmp_path, task, sizes, most):
    """Stratified parts of groups of unlike sizes are the same whatever the seed."""
    rng, n = np.random.default_rng(0), sum(sizes)
    frame = pd.DataFrame(
        {"a": rng.standard_normal(n), "who": np.repeat(np.arange(len(sizes)), sizes)}
    )
    frame["y"] = np.where(frame.a > 0, "u", "v") if task == "classification" else frame.a
    data = read(tmp_path, frame, group="who", task=task)

    def split(k, n_splits=10):
        return split_rows(data, k, n_splits, 0.25, 5, 1000, 0)[:2]

    drawn = [split(k) for k in range(most)]
    assert len({test.tobytes() for _, test in drawn}) == most
    for train, test in drawn:
        assert not {*data.groups[train]} & {*data.groups[test]}
        assert len(train) + len(test) == n
        if task == "classification":
            assert len(np.unique(data.y[train])) == len(np.unique(data.y[test])) == 2
    assert np.array_equal(split(1, 2)[1], drawn[1][1]), "whatever the number of splits"
    if most == 3:
        with pytest.raises(
            own.TableError, match=r"3 groups .* only 3 different splits: .*splits 3"
        ):
            split(3)


def test_no_split_by_time_cuts_through_a_time(tmp_path):
    frame = noise(200).assign(
        day=np.repeat(np.arange(12), [30, 5, 20, 10, 15, 30, 5, 25, 20, 10, 10, 20])
    )
    data = read(tmp_path, frame.assign(y=frame.a), time="day")
    for k in range(2):
        train, test, pairs = split_rows(data, k, 2, 0.25, 3, 1000, 0)
        assert data.moment[train].max() < data.moment[test].min()
        assert len(pairs) == (2 if k == 0 else 3), "four times have no four parts of equal size"
        for fit, out in pairs:
            assert data.moment[train[fit]].max() < data.moment[train[out]].min()
    once = read(tmp_path, frame.assign(y=frame.a, day=7), time="day")
    with pytest.raises(
        own.TableError, match="1 different times are too few for splits by time into 3"
    ):
        split_rows(once, 0, 2, 0.25, 3, 1000, 0)


def test_too_few_groups_are_refused_with_their_class(tmp_path):
    frame = noise(40).assign(who=np.arange(40) // 20, y=np.resize(["u", "v"], 40))
    data = read(tmp_path, frame, group="who")
    with pytest.raises(own.TableError, match=r"rows of class 'u' are of 2 group\(s\) that"):
        own.require_rows(data, "d.csv", 0.25, 30)


@pytest.mark.parametrize("kind", ["words", "codes", "numbers"])
def test_a_feature_that_is_the_target_in_other_words_is_suspect(tmp_path, kind):
    rng = np.random.default_rng(7)
    if kind == "numbers":
        frame = noise().assign(y=rng.standard_normal(200))
        frame["c"] = 3.0 * frame.y + 1.0
    else:
        frame = noise().assign(y=[f"class {k}" for k in rng.integers(0, 12, 200)])
        code = frame.y.str.removeprefix("class ").astype(int)
        frame["c"] = [f"it is {k}" for k in code] if kind == "words" else (7 * code) % 12
    data = read(tmp_path, frame)
    assert own.suspects(data) == ["c"]
    assert any(
        line.startswith("  c: foretells the target")
        for line in own.accept(data, "d", 0.25, 30)["lines"]
    )
    assert own.suspects(read(tmp_path, frame.drop(columns="c"))) == []


def test_rows_without_a_target_are_left_out_and_counted(tmp_path):
    frame = noise().assign(y=np.resize(["u", "v"], 200))
    frame.loc[[3, 7, 9], "y"] = None
    data = read(tmp_path, frame)
    assert len(data.y) == len(data.X) == 197
    assert data.notes == (
        "3 of 200 rows have no 'y' and are left out, the first is row 4 below the header",
    )
    np.testing.assert_allclose(data.X.a, frame.a.drop([3, 7, 9]))
    with pytest.raises(own.TableError, match="no row has 'y'"):
        read(tmp_path, frame.assign(y=None))
    # A class that is called as missing cells are: the refusal says so.
    words = frame.assign(y=np.resize(["None", "v"], 200))
    with pytest.raises(
        own.TableError, match=r"'v': nothing to predict \(100 of 200 .* `--missing`"
    ):
        read(tmp_path, words)


@pytest.mark.parametrize(
    ("spellings", "classes"),
    [
        (["yes", "yes", "Yes", "yes ", "no"], ["no", "yes"]),
        (["NEW  YORK", "New York", "New York", "Rome"], ["New York", "Rome"]),
        (["a", "b"], ["a", "b"]),
    ],
)
def test_labels_that_differ_in_capitals_or_blanks_are_one_class(tmp_path, spellings, classes):
    data = read(tmp_path, noise().assign(y=np.resize(spellings, 200)))
    assert sorted(set(data.y)) == classes
    assert len(data.notes) == (len(set(spellings)) > 2)
    if data.notes:
        assert "are one class, " in data.notes[0]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (np.arange(13), "regression"),  # counts
        (np.arange(200), "regression"),
        (np.arange(7), "classification"),
        ([0, 1], "classification"),
        (np.arange(9).repeat(1), "classification"),
        ([0.5, 1.0], "regression"),
    ],
)
def test_whole_numbers_are_classes_only_where_each_has_rows(tmp_path, values, task):
    assert read(tmp_path, noise().assign(y=np.resize(values, 200))).task == task


def test_as_many_whole_numbers_as_rows_are_measured(tmp_path):
    few = noise(20).assign(y=np.resize(np.arange(9), 20))
    assert read(tmp_path, few).task == "regression"
    assert read(tmp_path, few, task="classification").task == "classification"


@pytest.mark.parametrize("slip", ["inf", "pending"])
def test_a_slip_in_a_real_target_is_named_with_its_row_in_the_file(tmp_path, slip):
    frame = noise(60).assign(y=lambda frame: (frame.a * frame.b).map("{:.4f}".format))
    frame.loc[3, "y"], frame.loc[30, "y"] = "", slip
    with pytest.raises(own.TableError, match=f"row 31 below the header has '{slip}'") as refused:
        read(tmp_path, frame)
    assert f"`--missing '{slip}'`" in str(refused.value)
    data = read(tmp_path, frame, missing=[slip])
    assert (data.task, len(data.y)) == ("regression", 58)
    assert "the first is row 4 below the header" in data.notes[-1]


def test_a_number_too_large_is_named_with_its_row_in_the_file(tmp_path):
    frame = noise(60).assign(y=lambda frame: frame.a * frame.b)
    frame.loc[3, "y"], frame.loc[30, "b"] = np.nan, 1e308
    with pytest.raises(own.TableError, match="column 'b' has 1e\\+308 in row 31 below the header"):
        read(tmp_path, frame)


@pytest.mark.parametrize("unit", [1e300, 1e-300])
def test_a_target_out_of_range_is_refused_before_any_job(tmp_path, unit):
    frame = noise(60).assign(y=lambda frame: unit * frame.a)
    with pytest.raises(own.TableError, match=r"'y' has numbers of .* give it in another unit"):
        read(tmp_path, frame)


def test_a_decimal_comma_before_three_digits_is_not_one_of_thousands(tmp_path):
    frame = noise(60).assign(y=lambda frame: frame.a.map("{:.3f}".format))
    frame.loc[7, "y"] = "0,891"
    with pytest.raises(own.TableError, match="row 8 below the header has '0,891'"):
        read(tmp_path, frame)
    frame.loc[7, "y"] = "1,891"  # as a number with thousands is written
    assert read(tmp_path, frame).y[7] == 1891


def test_a_class_that_is_predicted_but_never_there_counts_as_wrong():
    """In splits by time, say: its rows are among those of which the label was not found."""
    rows = [("a", "a", 6), ("a", "c", 2), ("b", "b", 1), ("b", "c", 3)]
    table = confusion.counts(
        pd.DataFrame([dict(method="m", label=x, predicted=y, count=k) for x, y, k in rows]), "m"
    )
    assert list(table.index) == ["a", "b"]
    assert list(table.columns) == ["a", "b", "c"]
    fact = confusion.rarest(table)
    assert (fact["label"], fact["share"], fact["found"]) == ("b", 4 / 12, 1 / 4)
    assert fact["even"] == 1 / 2


def test_a_score_that_a_split_does_not_have_is_a_dash():
    """The AUC of test rows with one class; and no word on methods without probabilities."""
    rows = pd.DataFrame(
        {"method": ["m", "m"], "split": [0, 1], "n_test": 5, "log_loss": [0.5, 0.7]}
        | {"brier": [0.2, 0.2], "auc": [np.nan, np.nan]}
    )
    table = probabilities_table(rows)
    assert list(table.printed["AUC"]) == ["–"]
    assert not any("Without" in note for note in table.notes)


def test_rows_that_repeat_are_split_by_time_like_any_others(tmp_path):
    frame = noise(40).assign(y=["u", "v"] * 20)
    frame.loc[20:, ["a", "b"]] = frame.loc[:19, ["a", "b"]].to_numpy()
    (note,) = (note for note in read(tmp_path, frame).notes if "same features" in note)
    assert note == "20 rows have the same features as another; they stay on its side of every split"
    data = read(tmp_path, frame.assign(t=range(40)), time="t", drop=["t"])
    (note,) = (note for note in data.notes if "same features" in note)
    assert note.endswith("splits by time may have them on both sides")
    assert data.repeated == 0
    train, test, _ = split_rows(data, 0, 3, 0.25, 3, 100, seed=0)
    assert max(train) < min(test)
