"""What becomes of the columns of a user's own table."""

import re

import numpy as np
import pandas as pd
import pytest

from fixing_ntk.data import own
from fixing_ntk.data.own import cells

N = 200


def frame(**more):
    rng = np.random.default_rng(0)
    columns = {
        "age": rng.integers(18, 90, N),
        "income": rng.normal(size=N),
        "city": rng.choice(["Rome", "Oslo", *(f"village {i}" for i in range(30))], N, p=P),
    }
    return pd.DataFrame(columns | more)


P = np.array([0.35, 0.35] + [0.01] * 30)


def describe(table, **keys):
    return own.describe(own.Table(table, ""), "d.csv", **keys)


def kinds(table, **keys):
    return describe(table, **keys).set_index("column")


@pytest.mark.parametrize(
    ("values", "kind", "used", "becomes"),
    [
        (np.arange(N), "number", False, "each in one row, as a name"),
        (
            np.random.default_rng(0).permutation(N) + 5000,
            "number",
            False,
            "each in one row, as a name",
        ),
        ([f"name {i}" for i in range(N)], "category", False, "each in one row, as a name"),
        (500 + 3 * np.arange(N)[::-1] // 2, "number", False, "each in one row, as a name"),
        (842_301 + 7 * np.arange(N), "number", False, "each in one row, as a name"),
        (3_675 + 37 * np.arange(N), "number", True, "one number"),
        (9_000 + 13_337 * np.arange(N), "number", True, "one number"),
        (np.linspace(0, 1.5, N), "number", True, "one number"),
        ([np.nan] * N, "number", False, "only missing"),
        ([7] * N, "number", False, "one value"),
        ([True, False] * (N // 2), "category", True, "0 or 1"),
        ([f"{i % 28 + 1}.{i % 12 + 1}.2024" for i in range(N)], "date", True, "days since 1970"),
        ([f"2024-{i % 12 + 1:02d}-03 10:30" for i in range(N)], "date", True, "days since 1970"),
        ([f"ticket {i // 2}" for i in range(N)], "category", False, "no value is in 3 rows"),
        (list("abcd") * (N // 4), "category", True, "4 columns"),
        ([f"A{i % 50}" for i in range(N)], "category", True, "20 columns, 31 rare"),
    ],
)
def test_kind_and_use_follow_the_values(values, kind, used, becomes):
    row = kinds(frame(x=values)).loc["x"]
    assert (row.kind, row.used) == (kind, used)
    assert becomes in row.becomes


def test_the_configuration_overrules():
    table = frame(number=np.arange(N))
    assert kinds(table).used.to_dict() == dict(age=True, income=True, city=True, number=False)
    said = kinds(table, use=["number"], drop=["age"])
    assert said.used.to_dict() == dict(age=False, income=True, city=True, number=True)
    assert said.becomes["age"] == "left out: named in `drop`"
    for key in ("use", "drop"):
        with pytest.raises(own.TableError, match=f"{key}: no column 'size' among the features"):
            describe(table, **{key: ["size"]})
    with pytest.raises(own.TableError, match="'age' is both in drop and in use"):
        describe(table, drop=["age"], use=["age"])


def test_days_are_days_and_months_come_first_only_where_days_say_so():
    day_first = own.extract_features(
        t := frame(x=["3.1.1970"] * 99 + ["4.1.1970"] * 101), kinds_of(t), "d"
    )
    assert sorted(set(day_first.x)) == [2.0, 3.0]
    table = frame(x=["1/3/1970", "1/31/70"] * 100)
    month_first = own.extract_features(table, kinds_of(table), "d")
    assert sorted(set(month_first.x)) == [2.0, 30.0]
    ambiguous = own.extract_features(
        table.head(2).assign(x="2/1/1970"), kinds_of(table), "new rows"
    )
    assert set(ambiguous.x) == {31.0}, "new rows are read as those that were learned from"
    wrong = own.extract_features(table.assign(x="31/1/1970"), kinds_of(table), "d")
    assert wrong.x.isna().all(), "no other order for some rows"


def test_dates_with_years_first_and_times_are_those_of_pandas():
    written = ["2024/02/29", "1999-12-31 06:00", "2024-3-1T18:30:15.5Z", None] * 50
    table = frame(x=written)
    read = own.extract_features(table, kinds_of(table), "d").x
    stamps = ["2024-02-29", "1999-12-31 06:00", "2024-03-01 18:30:15.5"]
    expected = pd.to_datetime(stamps, format="ISO8601")
    assert list(read[:3]) == list((expected - pd.Timestamp(0)) / pd.Timedelta(days=1))
    assert np.isnan(read[3])


def kinds_of(table):
    return describe(table)


def test_rare_categories_share_a_column_and_new_ones_join_them():
    table = frame()
    columns = kinds_of(table)
    prepare = own.preprocessor(columns, N).fit(own.extract_features(table, columns, "d"))
    new = table.head(2).assign(city=["Paris", "Rome"])
    with pytest.warns(UserWarning, match="unknown categories"):
        new = prepare.transform(own.extract_features(new, columns, "d"))
    names = [name.rpartition("__")[2] for name in prepare.get_feature_names_out()]
    assert "city_infrequent_sklearn" in names
    assert len(names) <= 2 + 20
    assert new[0, names.index("city_infrequent_sklearn")] == 1.0
    assert new[1, names.index("city_Rome")] == 1.0


def test_missing_values_in_a_training_part_that_has_none_else_stay_finite():
    table = frame(x=[np.nan] * (N - 20) + list(np.linspace(0, 1.5, 20)))
    columns = kinds_of(table)
    rows = own.extract_features(table, columns, "d")
    prepare = own.preprocessor(columns, N).fit(rows.head(N - 20))
    assert np.isfinite(prepare.transform(rows)).all()


def test_new_rows_must_have_the_columns_and_their_kinds():
    table = frame()
    columns = kinds_of(table)
    with pytest.raises(own.TableError, match=r"new\.csv: no column 'income'"):
        own.extract_features(table.drop(columns="income"), columns, "new.csv")
    mixed = table.astype(object).assign(income=["1", "much"] * 100)
    assert own.extract_features(mixed, columns, "new.csv").income.isna().sum() == 100
    said = list(own.unexpected(mixed, columns))
    assert "column 'income': 100 row(s) hold much, no number: they count as missing" in said
    own.extract_features(table.assign(extra=1.0), columns, "new.csv")


MADE = {
    # Numbers in disguise: the unit, and the values of the first two cells.
    "per cent": (["45%", "3 %"], "number", "%", [45, 3]),
    "accounts": (["(1,234)", "($2.50)"], "number", "$", [-1234, -2.5]),
    "currency": (["$13,495", "$1.50"], "number", "$", [13495, 1.5]),
    "unit": (["12 kg", "1,300 kg"], "number", "kg", [12, 1300]),
    "blank thousands": (["1 234.5", "12.5"], "number", "", [1234.5, 12.5]),
    "hard blanks": (["1\u00a0234", "12"], "number", "", [1234, 12]),
    "a minus of print": (["−3.5", "2"], "number", "", [-3.5, 2]),
    "code with zeros": (["02134", "10021"], "category", "", ["02134", "10021"]),
    "three parts": (["122-91-1162", "7732-18-5"], "category", "", ["122-91-1162", "7732-18-5"]),
    "versions": (["1.2.3", "1.10.0"], "category", "", ["1.2.3", "1.10.0"]),
    "scores": (["6-4-3", "6-2-1"], "category", "", ["6-4-3", "6-2-1"]),
    "open class": (["1", "3+"], "category", "", ["1", "3+"]),
    "a spreadsheet's 2": ([2.0, "3+"], "category", "", ["2", "3+"]),
    "two measures": (["12 kg", "500 g"], "category", "", ["12 kg", "500 g"]),
    "clock": (["13:08", "06:30"], "clock time", "", [13 + 8 / 60, 6.5]),
    "clock, AM and PM": (["1:08 PM", "12:30 am"], "clock time", "", [13 + 8 / 60, 0.5]),
}


@pytest.mark.parametrize("case", MADE)
def test_cells_are_what_a_reader_takes_them_for(case):
    cells, kind, unit, values = MADE[case]
    table = frame(x=np.resize(np.array(cells, dtype=object), N))
    columns = kinds_of(table)
    row = columns.set_index("column").loc["x"]
    assert (row.kind, row.unit) == (kind, unit)
    found = own.extract_features(table, columns, "d").x.iloc[:2].tolist()
    assert found == (pytest.approx(values) if kind != "category" else values)
    assert kind == "category" or unit in row.becomes


@pytest.mark.parametrize("mark", ["-", "Unknown", "n.v."])
@pytest.mark.parametrize("every", [40, 7, 3])
def test_words_among_numbers_are_missing_and_said(mark, every):
    rng = np.random.default_rng(0)
    x = rng.normal(size=N).round(3).astype(str).astype(object)
    x[::every] = mark
    row = kinds(frame(x=x)).loc["x"]
    assert (row.kind, row.unparsed) == ("number", len(x[::every]))
    assert f"{row.unparsed} cells are no number and count as missing ('{mark}')" in row.becomes
    assert row.missing == row.unparsed


WRITTEN = {
    "05 Mar 2020": 18326,
    "March 5, 2020": 18326,
    "5-Mar-20": 18326,
    "Thu, 05 Mar 2020": 18326,
    "03/05/2020 01:10 PM": 18326 + 13 / 24 + 10 / 1440,
    "2020-03-05T10:00:00+02:00": 18326 + 8 / 24,
    "2020-03-05 10:00Z": 18326 + 10 / 24,
    "20200305": None,  # a number
}


@pytest.mark.parametrize("written", WRITTEN)
def test_dates_are_read_as_they_are_usually_written(written):
    other = written.replace("05", "25").replace("5,", "25,").replace("5-", "25-", 1)
    table = frame(x=np.resize([written, other], N))
    columns = kinds_of(table)
    kind, days = columns.set_index("column").kind["x"], WRITTEN[written]
    assert kind.startswith("date") == (days is not None)
    if days is not None:
        assert own.extract_features(table, columns, "d").x[0] == pytest.approx(days)


def test_days_that_no_month_has_are_no_dates():
    rng = np.random.default_rng(0)
    assert kinds(frame(x=rng.choice(["31.2.2020", "30.2.2020"], N))).kind["x"] == "category"


@pytest.mark.parametrize("of", ["number", "category", "tick"])
def test_where_a_cell_is_missing_can_be_learned(of):
    """A column that is filled if and only if the target is yes foretells it."""
    rng = np.random.default_rng(0)
    yes = rng.random(N) < 0.5
    filled = dict(number=rng.normal(size=N), category=rng.choice(["a", "b"], N), tick=["x"] * N)[of]
    table = frame(x=np.where(yes, np.array(filled, dtype=object), None))
    columns = kinds_of(table)
    assert columns.set_index("column").used["x"]
    rows = own.extract_features(table, columns, "d")
    Z = own.preprocessor(columns, N).fit_transform(rows)
    correlation = [abs(np.corrcoef(z, yes)[0, 1]) for z in Z.T if z.std() > 0]
    assert max(correlation) == pytest.approx(1.0)


def test_free_text_is_encoded():
    rng = np.random.default_rng(0)
    about = rng.random(N) < 0.5
    noise = rng.choice(["on monday", "as before", "in the town hall", "after noon"], N)
    text = [
        f"number {i} tells of {'ships' if a else 'gardens'} {w}"
        for i, (a, w) in enumerate(zip(about, noise, strict=True))
    ]
    table = frame(x=text)
    columns = kinds_of(table)
    row = columns.set_index("column").loc["x"]
    assert (row.kind, row.used, row.becomes) == (
        "text",
        True,
        "10 columns of its words, standardised",
    )
    prepare = own.preprocessor(columns, N)
    Z = prepare.fit_transform(own.extract_features(table, columns, "d"))
    assert Z.shape[1] <= own.n_features(columns)
    names = [k for k, name in enumerate(prepare.get_feature_names_out()) if "text x" in name]
    assert max(abs(np.corrcoef(Z[:, k], about)[0, 1]) for k in names) > 0.8
    new = table.head(2).assign(x=[None, "quite other words"])
    assert np.isfinite(prepare.transform(own.extract_features(new, columns, "d"))).all()


@pytest.mark.parametrize(
    ("cells", "kind", "value"),
    [
        (["1", "2", "3"], "category", "1"),
        ([1, 2, 3], "category", "1"),
        (["3+", "1", "2"], "number", np.nan),
        (["3.1.1970", "4.1.1970"], "date, month first", 59.0),
        (["3.1.1970", "4.1.1970"], "category", "3.1.1970"),
        (["a", "b"], "text", "a"),
    ],
)
def test_what_a_column_is_can_be_overruled(cells, kind, value):
    table = frame(x=np.resize(np.array(cells, dtype=object), N))
    columns = describe(table, kinds={"x": kind})
    assert columns.set_index("column").kind["x"] == kind
    found = own.extract_features(table, columns.assign(used=True), "d").x[0]
    assert found == value or (np.isnan(value) and np.isnan(found))
    with pytest.raises(own.TableError, match="kinds: no column 'z' among the features"):
        describe(table, kinds={"z": kind})


def test_what_counts_as_missing_can_be_set():
    table = frame(x=np.resize(["NA", "DE", "FR"], N))
    assert describe(table, missing=["NA"]).set_index("column").missing["x"] == len(range(0, N, 3))
    assert describe(table).set_index("column").missing["x"] == 0


def test_columns_at_fault_are_all_named_at_once():
    with pytest.raises(
        own.TableError, match=r"'x' has 1e\+200 in row 2 .*; column 'z' has inf in row"
    ):
        describe(frame(x=["1", "1e200"] * (N // 2), z=[np.inf, 1.5] * (N // 2)))


@pytest.mark.parametrize("marks", [",.", ".,"])
def test_a_column_with_the_other_decimal_mark_is_one_of_numbers(tmp_path, marks):
    values = np.round(np.random.default_rng(0).standard_normal((60, 2)), 4)
    lines = [
        ";".join(f"{v:.4f}".replace(".", mark) for v, mark in zip(row, marks, strict=True))
        for row in values
    ]
    (tmp_path / "d.csv").write_text(
        "\n".join(["a;b;t", *(f"{line};{k % 2}" for k, line in enumerate(lines))])
    )
    data = own.read(tmp_path / "d.csv", "t")
    np.testing.assert_array_equal(data.X.to_numpy(float), values)
    said = [text for text in data.columns.becomes if "unlike that of the file" in text]
    assert len(said) == 1
    new = own.read_file(tmp_path / "d.csv", data.reading.separator, data.reading.decimal)
    pd.testing.assert_frame_equal(data.reading.transform(new.frame), data.X)


def test_a_header_that_is_almost_that_of_the_table_is_told_how_to_be_it(tmp_path):
    (tmp_path / "d.csv").write_text("a,b,t\n" + "1.5,2.5,x\n2.5,1.5,y\n3.5,0.5,x\n" * 5)
    data = own.read(tmp_path / "d.csv", "t")
    (tmp_path / "new.csv").write_text("A,b\n" + "1,2\n" * 3)
    new = own.read_file(tmp_path / "new.csv", data.reading.separator, data.reading.decimal)
    with pytest.raises(own.TableError, match=r"no column .a.*rename .A."):
        own.extract_features(new.frame, data.columns, "new.csv")


@pytest.mark.parametrize("decimal", [".", ","])
def test_plain_numbers_are_read_as_any_others(decimal, monkeypatch):
    rng = np.random.default_rng(0)
    made = ("".join(rng.choice(list("0123456789.,e+-"), rng.integers(1, 7))) for _ in range(20_000))
    plain = pd.Series([text for text in made if cells.PLAIN[decimal].fullmatch(text)])
    assert len(plain) > 1000
    fast, unit = cells.numbers(plain, decimal)
    monkeypatch.setitem(cells.PLAIN, decimal, re.compile("never"))
    slow, _ = cells.numbers(plain, decimal)
    assert unit == ""
    np.testing.assert_array_equal(fast, slow)


def test_numbers_without_the_unit_of_the_others_are_said_before_a_run(tmp_path):
    """Is 0.45 among per cents 45 %, or less than one?"""
    share = [f"{k}%" for k in range(30)] + ["0.45"] * 10
    frame = pd.DataFrame({"a": np.arange(40) / 7, "share": share, "y": ["u", "v"] * 20})
    frame.to_csv(tmp_path / "d.csv", index=False)
    data = own.read(tmp_path / "d.csv", "y")
    (said,) = (line for line in own.accept(data, "d.csv", 0.25, 100)["lines"] if "unit" in line)
    assert said.endswith(
        "share: one number (%), standardised; 10 cells have no unit and are read as %"
    )


@pytest.mark.parametrize("task", ["auto", "regression"])
def test_dates_and_clock_times_are_no_target(tmp_path, task):
    when = pd.date_range("2024-01-01", periods=40).strftime("%d.%m.%Y")
    pd.DataFrame({"a": np.arange(40) / 7, "when": when}).to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(own.TableError, match=r"holds dates|dates are meant"):
        own.accept(own.read(tmp_path / "d.csv", "when", task=task), "d.csv", 0.25, 100)
    clock = [f"{k % 24:02}:{k:02}" for k in range(40)]
    pd.DataFrame({"a": np.arange(40) / 7, "when": clock}).to_csv(tmp_path / "d.csv", index=False)
    with pytest.raises(
        own.TableError, match=r"(holds clock|clock times are meant).*say (of )?hours"
    ):
        own.accept(own.read(tmp_path / "d.csv", "when", task=task), "d.csv", 0.25, 100)


def test_new_rows_keep_the_unit_that_was_learned(tmp_path):
    """Also where most of them have another."""
    text, index = pd.Series(["3 kg", "4 kg", "5 g", "7"]), [0, 1, 2, 3]
    assert cells.numbers(text, ".", "g")[0].tolist() == pytest.approx(
        [np.nan, np.nan, 5.0, 7.0], nan_ok=True
    )
    assert cells.numbers(text, ".")[1] == "kg"
    learned = pd.DataFrame({"w": [f"{k % 9} g" for k in range(40)], "y": ["u", "v"] * 20})
    learned.to_csv(tmp_path / "d.csv", index=False)
    data = own.read(tmp_path / "d.csv", "y")
    new = data.reading.transform(pd.DataFrame({"w": text}, index=index))
    assert new.iloc[:, 0].tolist() == pytest.approx([np.nan, np.nan, 5.0, 7.0], nan_ok=True)


@pytest.mark.parametrize(("kind", "expected"), [("category", "category"), ("date", "date")])
def test_the_kind_that_is_given_holds_for_dates_of_a_spreadsheet_too(tmp_path, kind, expected):
    days = pd.to_datetime(["2024-01-01", "2024-02-01"] * 20)
    pd.DataFrame({"d": days, "y": ["u", "u", "v", "v"] * 10}).to_excel(
        tmp_path / "d.xlsx", index=False
    )
    data = own.read(tmp_path / "d.xlsx", "y", kinds={"d": kind})
    assert data.columns.kind.tolist() == [expected]


def test_types_of_parquet_that_text_does_not_have(tmp_path):
    """Categories that no row has say nothing, and durations are seconds."""
    frame = pd.DataFrame(
        {
            "c": pd.Categorical(["u", "v"] * 20, categories=["u", "v", "NA", "None"]),
            "t": pd.to_timedelta(np.arange(40) % 7, unit="min"),
            "y": ["p", "p", "q", "q"] * 10,
        }
    )
    frame.to_parquet(tmp_path / "d.parquet")
    data = own.read(tmp_path / "d.parquet", "y", missing=["NA", "None"])
    assert not [note for note in data.notes if "count as missing" in note]
    assert data.columns.set_index("column").kind.to_dict() == {"c": "category", "t": "number"}
    assert data.X["t"].tolist() == pytest.approx((60.0 * (np.arange(40) % 7)).tolist())


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([f"{k % 12 + 1:02}/01/{2005 + k % 7}" for k in range(N)], True),
        ([f"01/01/{2005 + k % 7}" for k in range(N)], False),  # the same in both readings
        ([f"{k % 12 + 1:02}/{k % 28 + 1:02}/2005" for k in range(N)], False),
        ([f"2005-{k % 12 + 1:02}-01" for k in range(N)], False),
    ],
)
def test_dates_whose_day_may_be_the_month_say_so(cells, said):
    words = "the month may be first as well: then give the kind 'date, month first'"
    assert kinds(frame(x=cells)).becomes["x"].endswith(words) == said
    assert words not in kinds(frame(x=cells), kinds={"x": "date"}).becomes["x"]
