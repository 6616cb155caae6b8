"""Tables of any separator, mark, encoding and kind of file; malformed ones refused in one line."""

import random
import re
import zipfile
from functools import partial

import numpy as np
import openpyxl
import pandas as pd
import pytest

from fixing_ntk.data import memory, own

N = 60


def frame():
    """Numbers with fractions, whole numbers, words with an umlaut, and a target."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "größe": rng.normal(size=N).round(4) * 1000,
            "zahl": rng.integers(0, 9, N),
            "ort": rng.choice(["Köln", "Bonn, am Rhein", "Ulm; Donau"], N),
            "t": rng.choice(["ja", "nein"], N),
        }
    )


def values(path):
    """What a file's columns are taken for."""
    table = own.read_file(path)
    columns = own.describe(table, path).assign(used=True)
    return own.extract_features(table.frame, columns, path), table.read_as


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_text_is_read_however_it_is_written(tmp_path, separator, decimal, encoding):
    path, written = tmp_path / "d.csv", frame()
    written.to_csv(path, sep=separator, decimal=decimal, encoding=encoding, index=False)
    read, how = values(path)
    pd.testing.assert_frame_equal(read, written, check_dtype=False)
    names = {",": "comma-separated", ";": "semicolon-separated", "\t": "tab-", "|": "bar-"}
    assert how.startswith(names[separator])
    assert ("decimal comma" if decimal == "," else "decimal point") in how
    assert {"latin-1": "Windows-1252", "utf-16": "UTF-16"}.get(encoding, "UTF-8") in how


@pytest.mark.parametrize(
    ("cells", "separator", "value"),
    [
        ("1.234,50", ";", 1234.5),
        ("1,234.50", ";", 1234.5),
        ('"1,234.50"', ",", 1234.5),
        ("1.234.567", ";", 1234567),
        ("0,123", ";", 0.123),
        ("1,234", ";", 1.234),
        ("1 ", ";", 1),
    ],
)
def test_marks_of_thousands_and_decimals_are_told_apart(tmp_path, cells, separator, value):
    path = tmp_path / "d.csv"
    rows = (separator.join([cells, "xy"[i % 2], f"{i}"]) for i in range(9))
    path.write_text("\n".join([separator.join("abt"), *rows]))
    assert values(path)[0].a[0] == value


def test_the_first_sheet_of_a_workbook_is_read_and_named(tmp_path):
    written = frame()
    with pd.ExcelWriter(tmp_path / "d.xlsx") as book:
        written.to_excel(book, sheet_name="Messung", index=False)
        written.head(3).to_excel(book, sheet_name="Rest", index=False)
    read, how = values(tmp_path / "d.xlsx")
    pd.testing.assert_frame_equal(read, written, check_dtype=False)
    assert how == "Excel sheet 'Messung', the first of 2"


def test_parquet_keeps_what_columns_are(tmp_path):
    written = frame().assign(wann=pd.date_range("2024-01-01", periods=N))
    written.to_parquet(tmp_path / "d.parquet")
    pd.testing.assert_frame_equal(own.read_file(tmp_path / "d.parquet").frame, written)


GOOD = "a,b,t\n" + "".join(f"{1.5 * i},{'uvw'[i % 3]},{'ny'[i % 2]}\n" for i in range(40))


def with_line(text):
    """The table with another line 22."""
    lines = GOOD.splitlines()
    return "\n".join([*lines[:21], text, *lines[22:]]) + "\n"


MALFORMED = {
    "empty": ("", "is empty"),
    "blank": ("\n \n", "is empty"),
    "lone mark": (b"\xef\xbb\xbf", "is empty"),
    "header only": ("a,b,t\n", "has a header but no rows"),
    "two columns of one name": (
        GOOD.replace("a,b", "a,a", 1),
        "columns 1 and 2 are both named 'a'",
    ),
    "too large": (with_line("1e308,u,n"), r"column 'a' has 1e\+308 in row 21"),
    "NUL": (with_line("3\0,u,n"), "line 22 has a NUL byte"),
    "long row": (with_line("3,4,u,n"), "line 22: 4 cells, the header has 3"),
    "short row": (with_line("3,u"), "line 22: 2 cells, the header has 3"),
    "open quote": (with_line('"3,u,n'), "line 22: .* a quote that opens there is not closed"),
    "wrong quote": (with_line('"3"0,u,n'), "line 22: .* something follows one that is"),
    "only missing": (
        "a,b,t\n" + "".join(f",,{'ny'[i % 2]}\n" for i in range(40)),
        "no column is left to learn from: a: left out: only missing values",
    ),
    "one class": (GOOD.replace("y\n", "n\n"), "every row has 't' = 'n'"),
    "one row of a class": (with_line("3,u,maybe"), r"1 of 3 classes .* \('maybe' has 1\)"),
    "no text": (with_line("3,u,n").encode() + b"\x81\x8d,u,n\n", "line 42 is neither UTF-8 nor"),
    "a million columns": (",".join(map(str, range(10**6))) + "\n", "has 1,000,000 columns"),
    "a page": (
        "<html><body>not found</body></html>\n" * 9,
        "no column 't'; .* must be one of",
    ),
    "few rows": ("\n".join(GOOD.splitlines()[:7]), "6 rows are too few to split"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_table_is_refused_in_one_line(tmp_path, case):
    content, message = MALFORMED[case]
    path = tmp_path / "d.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(own.TableError, match=rf"^{path}: .*{message}") as refused:
        own.require_rows(own.read(path, "t"), path, 0.25, 100)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("folder.csv", None, "is a directory"),
        ("none.csv", "", "no such file"),
        ("d.ods", "x", "the name must end in .csv, .tsv"),
        ("d.xlsx", "x", "is no Excel file"),
        ("d.parquet", "x", "is no Parquet file"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, name, content, message):
    if content is None:
        (tmp_path / name).mkdir()
    elif content:
        (tmp_path / name).write_text(content)
    with pytest.raises(own.TableError, match=message):
        own.read(tmp_path / name, "t")


def far_cells(path, value, rewrite=lambda text: text):
    """Write a workbook whose last cell has a value; its sheet's XML is rewritten."""
    book = openpyxl.Workbook()
    for row in [["a", "t"], *([1.5 * i, "xy"[i % 2]] for i in range(N))]:
        book.active.append(row)
    book.active["XFD1048576"].value = value
    book.active["XFD1048576"].number_format = "0.0"  # a cell that has a format is written
    book.save(path)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            sheet = name.endswith("sheet1.xml")
            new.writestr(name, rewrite(content.decode()) if sheet else content)


def test_a_cell_far_outside_the_table_is_refused_before_it_takes_memory(tmp_path):
    path = tmp_path / "d.xlsx"
    message = "reaches to row 1,048,576 and column 16,384, more than .* delete what stands outside"
    without_size = partial(re.sub, "<dimension [^>]*>", "")
    for rewrite in (str, without_size):
        far_cells(path, 1.0, rewrite)
        with pytest.raises(own.TableError, match=f"{path}: .*{message}"):
            own.read_file(path)
    far_cells(path, None)  # a format alone is no cell of the table
    assert own.read_file(path).frame.shape == (N, 2)


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_a_damaged_file_is_refused_in_one_line(tmp_path, ending):
    """Whatever error its reader has for it."""
    path, rng = tmp_path / f"d.{ending}", random.Random(0)
    getattr(frame(), {"xlsx": "to_excel", "parquet": "to_parquet"}[ending])(path, index=False)
    whole, refused = path.read_bytes(), []
    for _ in range(60):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        try:
            own.read_file(path)
        except own.TableError as error:
            refused.append(str(error))
    assert len(refused) > 10
    for message in refused:
        assert re.fullmatch(rf"{path}: is no .*; save it as .*", message)


def test_a_column_of_lists_is_refused(tmp_path):
    pd.DataFrame({"a": [[1, 2]] * N, "t": [0, 1] * (N // 2)}).to_parquet(tmp_path / "d.parquet")
    with pytest.raises(own.TableError, match=r"column 'a' holds lists, the first in row 1"):
        own.read(tmp_path / "d.parquet", "t")


def test_more_than_memory_is_refused_before_it_is_taken(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(GOOD)
    data, sizes = own.read(path, "t"), (0.25, 100)
    needed = [memory.bytes_needed(40, 4, 100, matrices) for matrices in (0, memory.MATRICES)]
    own.require_rows(data, path, *sizes, memory=needed[1])
    with pytest.raises(own.TableError, match=r"40 rows and 4 features need .* \(`--methods"):
        own.require_rows(data, path, *sizes, memory=needed[1] - 1)
    own.require_rows(data, path, *sizes, matrices=0, memory=needed[0])
    with pytest.raises(own.TableError, match=r"leave out columns .* fewer rows$"):
        own.require_rows(data, path, *sizes, matrices=0, memory=needed[0] - 1)


AROUND = {
    "sep": ("sep=;\n" + GOOD.replace(",", ";"), "line 1 names the separator"),
    "comments": ("# one\n# two\n" + GOOD, "2 comment line(s) are left out"),
    "commented names": ("#" + GOOD, None),
    "comments and commented names": ("# by me\n#" + GOOD, "1 comment line(s) are left out"),
    "title": ("Report of 2020\n\n" + GOOD, "1 line(s) above the table are left out, as 'Report"),
    "title over cells": ("Report of 2020,,\nby me,,\n" + GOOD, "2 line(s) above the table"),
    "footer": (GOOD + "Source: us\n", "1 line(s) below the table are left out, as 'Source: us'"),
    "units below names": (
        "a,c,b,t\nkg,m,,\n" + "".join(f"{1.5 * i},{i},u,n\n" for i in range(40)),
        "line 2, a second header, is left out: kg, m, , ",
    ),
    "names of rows": (
        "a,b,t\n" + "".join(f"r{i},{1.5 * i},u,n\n" for i in range(40)),
        None,
    ),
}


@pytest.mark.parametrize("case", AROUND)
def test_lines_around_a_table_are_left_out_and_said(tmp_path, case):
    content, said = AROUND[case]
    (tmp_path / "d.csv").write_text(content)
    table = own.read_file(tmp_path / "d.csv")
    assert list(table.frame)[-3:][0] in ("a", "c")
    assert len(table.frame) == 40
    first = table.frame.a[0]
    assert float(first) == 0.0
    assert [said in line for line in table.notes] == ([True] if said else [])


@pytest.mark.parametrize("ending", [".data", ".dat", ".txt"])
def test_columns_between_blanks_are_read(tmp_path, ending):
    path = tmp_path / f"d{ending}"
    path.write_text("a   bb  t\n" + "".join(f"{1.5 * i:6} {i:4}  n\n" for i in range(9)))
    table = own.read_file(path)
    assert table.read_as.startswith("blank-separated")
    assert table.frame.a.astype(float).tolist() == [1.5 * i for i in range(9)]
    (tmp_path / "new.txt").write_text("t a  bb\nn 1.5  2\n")
    new = own.read_file(tmp_path / "new.txt", table.separator, table.decimal)
    assert new.frame.a.tolist() == ["1.5"]


def test_a_file_without_names_is_refused(tmp_path):
    (tmp_path / "d.data").write_text("1,2.5,3\n" * 9)
    with pytest.raises(own.TableError, match="the first line holds numbers and no names of colu"):
        own.read_file(tmp_path / "d.data")


def test_all_rows_of_another_length_are_named_at_once(tmp_path):
    lines = GOOD.splitlines()
    for k in (3, 9, 20, 25, 30, 33, 37):
        lines[k] += ",more"
    (tmp_path / "d.csv").write_text("\n".join(lines))
    with pytest.raises(own.TableError, match=r"lines 4, 10, 21, 26, 31 and 2 more: 4 cells, the"):
        own.read_file(tmp_path / "d.csv")


def test_new_rows_are_read_as_the_first_were(tmp_path):
    (tmp_path / "d.csv").write_text("price;rate\n" + "1,882;8,34\n2,5;1\n" * 9)
    first = own.read_file(tmp_path / "d.csv")
    (tmp_path / "new.csv").write_text("price;rate\n8,765;7\n")
    new = own.read_file(tmp_path / "new.csv", first.separator, first.decimal)
    columns = own.describe(first, "d", use=["price"]).assign(used=True)
    assert own.extract_features(new.frame, columns, "new").price[0] == pytest.approx(8.765)
    columns.decimal = "."
    assert own.extract_features(new.frame, columns, "new").price[0] == 8765


def test_a_word_that_may_be_a_code_is_named(tmp_path):
    rows = "".join(f"{i}.5,{['NA', 'DE', 'FR'][i % 3]},{'ny'[i % 2]}\n" for i in range(60))
    (tmp_path / "d.csv").write_text("a,land,t\n" + rows)
    data = own.read(tmp_path / "d.csv", "t")
    assert data.notes == ("land: 20 cells 'NA' count as missing; `--missing` says what does",)
    assert own.read(tmp_path / "d.csv", "t", missing=["?"]).notes == ()


PAGES = {
    "cp1251": "имя,город,t\nИван,Москва,да\nПётр,Тула,нет\nОльга,Казань,да\n",
    "cp1253": "όνομα,πόλη,t\nΓιώργος,Αθήνα,1\nΜαρία,Πάτρα,2\nΕλένη,Βόλος,1\n",
    "shift_jis": "名前,都市,t\n太郎,東京,はい\n花子,大阪,いいえ\n次郎,京都,はい\n",
    "cp850": "name,stadt,t\nMüller,Köln,ja\nGröße,Düsseldorf,nein\nÜber,Ärger,ja\n",
}


@pytest.mark.parametrize("page", PAGES)
def test_another_code_page_is_refused_with_the_option_that_reads_it(tmp_path, page):
    path, text = tmp_path / "d.csv", PAGES[page]
    path.write_bytes(text.encode(page))
    with pytest.raises(own.TableError, match=r"is neither UTF-8 nor Windows-1252") as refused:
        own.read_file(path)
    assert "`--encoding" in str(refused.value)
    if page != "cp850":
        assert f"most likely `--encoding {page}`" in str(refused.value)
    table = own.read_file(path, encoding=page)
    assert [",".join(row) for row in table.frame.to_numpy()] == text.splitlines()[1:]
    assert page in table.read_as
    for content in (text.encode(page), b"a,t\n1,2\n"):  # of UTF-8 too, where it is not needed
        path.write_bytes(content)
        with pytest.raises(own.TableError, match="no code page is called 'no-such-page'"):
            own.read_file(path, encoding="no-such-page")


@pytest.mark.parametrize("cell", ["5 €", "21 °C", "Müller", "São Paulo", "Hélène"])
def test_the_code_page_of_western_europe_needs_no_option(tmp_path, cell):
    path = tmp_path / "d.csv"
    path.write_bytes(("a,t\n" + "x,1\n" * 300 + f"{cell},2\n").encode("cp1252"))
    assert own.read_file(path).frame.iloc[-1, 0] == cell


def test_new_rows_are_of_the_code_page_of_the_table_or_of_utf_8(tmp_path):
    rows = "".join(f"{'ЖЯ'[i % 2]},{i % 7 / 3},{['да', 'нет'][i % 2]}\n" for i in range(60))
    (tmp_path / "d.csv").write_bytes(f"а,b,t\n{rows}".encode("cp1251"))
    reading = own.read(tmp_path / "d.csv", "t", encoding="cp1251").reading
    for encoding in ("cp1251", "utf-8"):
        (tmp_path / "new.csv").write_bytes(f"а,b\n{'Ж,1.5'}\n".encode(encoding))
        new = own.read_file(tmp_path / "new.csv", encoding=reading.encoding)
        assert reading.transform(new.frame).iloc[0, 0] == "Ж"


def test_an_index_of_a_parquet_file_is_a_column(tmp_path):
    path = tmp_path / "t.parquet"
    rows = frame()
    rows.set_index(rows.columns[0]).to_parquet(path)
    assert list(own.read_file(path).frame.columns) == list(rows.columns)
