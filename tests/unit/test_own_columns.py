"""What becomes of the columns of a user's own table."""

import numpy as np
import pandas as pd
import pytest

from fixing_ntk.data import own

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


def kinds(table, **keys):
    return own.describe(table, "d.csv", **keys).set_index("column")


@pytest.mark.parametrize(
    ("values", "kind", "used", "becomes"),
    [
        (np.arange(N), "number", False, "as many values as rows"),
        (np.random.default_rng(0).permutation(N) + 5000, "number", False, "as many values as rows"),
        ([f"name {i}" for i in range(N)], "category", False, "as many values as rows"),
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
            own.describe(table, "d.csv", **{key: ["size"]})
    with pytest.raises(own.TableError, match="'age' is both in drop and in use"):
        own.describe(table, "d.csv", drop=["age"], use=["age"])


def test_days_are_days_and_months_come_first_only_where_days_say_so():
    day_first = own.taken(t := frame(x=["3.1.1970"] * 99 + ["4.1.1970"] * 101), kinds_of(t), "d")
    assert sorted(set(day_first.x)) == [2.0, 3.0]
    table = frame(x=["1/3/1970", "1/31/70"] * 100)
    month_first = own.taken(table, kinds_of(table), "d")
    assert sorted(set(month_first.x)) == [2.0, 30.0]
    ambiguous = own.taken(table.head(2).assign(x="2/1/1970"), kinds_of(table), "new rows")
    assert set(ambiguous.x) == {31.0}, "new rows are read as those that were learned from"
    with pytest.raises(own.TableError, match=r"'x' holds dates, but row 1 .* has '31/1/1970'"):
        own.taken(table.assign(x="31/1/1970"), kinds_of(table), "d")


def test_dates_with_years_first_and_times_are_those_of_pandas():
    written = ["2024/02/29", "1999-12-31 06:00", "2024-3-1T18:30:15.5Z", None] * 50
    table = frame(x=written)
    read = own.taken(table, kinds_of(table), "d").x
    stamps = ["2024-02-29", "1999-12-31 06:00", "2024-03-01 18:30:15.5"]
    expected = pd.to_datetime(stamps, format="ISO8601")
    assert list(read[:3]) == list((expected - pd.Timestamp(0)) / pd.Timedelta(days=1))
    assert np.isnan(read[3])


def kinds_of(table):
    return own.describe(table, "d.csv")


def test_rare_categories_share_a_column_and_new_ones_join_them():
    table = frame()
    columns = kinds_of(table)
    prepare = own.preprocessor(columns, N).fit(own.taken(table, columns, "d"))
    new = table.head(2).assign(city=["Paris", "Rome"])
    with pytest.warns(UserWarning, match="unknown categories"):
        new = prepare.transform(own.taken(new, columns, "d"))
    names = [name.rpartition("__")[2] for name in prepare.get_feature_names_out()]
    assert "city_infrequent_sklearn" in names
    assert len(names) <= 2 + 20
    assert new[0, names.index("city_infrequent_sklearn")] == 1.0
    assert new[1, names.index("city_Rome")] == 1.0


def test_missing_values_in_a_training_part_that_has_none_else_stay_finite():
    table = frame(x=[np.nan] * (N - 20) + list(np.linspace(0, 1.5, 20)))
    columns = kinds_of(table)
    rows = own.taken(table, columns, "d")
    prepare = own.preprocessor(columns, N).fit(rows.head(N - 20))
    assert np.isfinite(prepare.transform(rows)).all()


def test_new_rows_must_have_the_columns_and_their_kinds():
    table = frame()
    columns = kinds_of(table)
    with pytest.raises(own.TableError, match=r"new\.csv: no column 'income'"):
        own.taken(table.drop(columns="income"), columns, "new.csv")
    with pytest.raises(own.TableError, match=r"'income' holds numbers, but row 2 .* has 'much'"):
        own.taken(table.astype(object).assign(income=["1", "much"] * 100), columns, "new.csv")
    own.taken(table.assign(extra=1.0), columns, "new.csv")
