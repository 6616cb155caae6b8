"""Reading: the right numbers, and errors that say where to mend."""

import os
import subprocess
import sys

import numpy as np
import pytest

from fixing_ntk.data import bundled, catalog, download, groups, readers

ROWS = [["1", "0.5", "-1e-3", "0"], ["2", "1", "2", "1"], ["3", "-0.25", "7", "0"]]


def table(rows, header=("", "f1", "f2", "clase"), sep="\t", end="\n"):
    return "".join(sep.join(row) + end for row in [header, *rows]).encode()


@pytest.fixture
def toy(tmp_path):
    """Return a writer of a toy set: index text and files by name, as bytes."""

    def write(index=b"n_clases= 2\nfich1= toy_R.dat\n", **files):
        if index is not None:
            (tmp_path / "toy.txt").write_bytes(index)
        for stem, content in (files or {"toy_R": table(ROWS)}).items():
            (tmp_path / f"{stem}.dat").write_bytes(content)
        return tmp_path

    return write


def failure(folder, *needles, **kwargs):
    with pytest.raises(readers.DataError) as caught:
        readers.read_uci(folder, "toy", **kwargs)
    for needle in needles:
        assert needle in str(caught.value)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_values_and_labels(toy, end, mark):
    index = f"n_clases= 2{end}fich1= toy_R.dat{end}".encode()
    data = readers.read_uci(toy(index, toy_R=mark + table(ROWS, end=end)), "toy")
    assert data.name == "toy"
    np.testing.assert_array_equal(data.X, [[0.5, -1e-3], [1, 2], [-0.25, 7]])
    np.testing.assert_array_equal(data.y, [-1, 1, -1])
    assert data.X.dtype == data.y.dtype == np.float64
    assert data.X.flags.c_contiguous


def test_last_line_may_end_without_newline_or_with_several(toy):
    for content in (table(ROWS)[:-1], table(ROWS) + b"\n\n"):
        assert len(readers.read_uci(toy(toy_R=content), "toy").y) == 3


def test_pooling_takes_the_files_in_their_order(toy):
    folder = toy(
        b"fich1= b_R.dat\nfich2= a_R.dat\n", b_R=table(ROWS), a_R=table([["1", "8", "9", "1"]])
    )
    first, both = (readers.read_uci(folder, "toy", pool=pool) for pool in (False, True))
    assert first.X.shape == (3, 2)
    np.testing.assert_array_equal(both.X, [*first.X, [8, 9]])
    np.testing.assert_array_equal(both.y, [*first.y, 1])


def test_pooled_files_must_have_the_same_columns(toy):
    narrow = table([["1", "8", "1"]], header=("", "f1", "clase"))
    folder = toy(b"fich1= a.dat\nfich2= b.dat\n", a=table(ROWS), b=narrow)
    failure(folder, "b.dat", "1 features", "a.dat has 2", pool=True)
    assert len(readers.read_uci(folder, "toy").y) == 3


@pytest.mark.parametrize(
    ("row", "needles"),
    [
        (["2", "1", "1"], ["3 columns", "the header has 4"]),
        (["2", "1", "2", "3", "1"], ["5 columns", "the header has 4"]),
        ([""], ["1 columns", "is the separator a tab?"]),
        (["2,1,2,1"], ["1 columns", "is the separator a tab?"]),
        (["2", "1", "?", "1"], ["column 3 (f2)", "'?' is not a number"]),
        (["2", "", "2", "1"], ["column 2 (f1)", "'' is not a number", "missing values"]),
        (["2", "1,5", "2", "1"], ["column 2 (f1)", "'1,5'", "decimal comma as a point"]),
        (["2", "1_000", "2", "1"], ["column 2 (f1)", "'1_000' is not a number"]),
        (["2", "1", "٣", "1"], ["column 3 (f2)", "'٣' is not a number"]),
        (["2", "1", "1e200", "1"], ["column 3 (f2)", "'1e200'", "another unit"]),
        (["2", "1", "1e999", "1"], ["column 3 (f2)", "not finite"]),
        (["", "f1", "f2", "clase"], ["the header once more", "remove this line"]),
        (["2", "nan", "2", "1"], ["column 2 (f1)", "not finite"]),
        (["2", "1", "-inf", "1"], ["column 3 (f2)", "not finite"]),
        (["2", "1", "2", "2"], ["column 4 (clase)", "exactly two classes"]),
        (["2", "1", "2", "yes"], ["column 4 (clase)", "not a number"]),
        (["2", "1", "2", ""], ["column 4 (clase)", "not a number"]),
    ],
)
def test_bad_row(toy, row, needles):
    for position in (1, 3):  # in the middle, and last
        rows = [*ROWS[:position], row, *ROWS[position:]]
        if row == [""] and position == 3:
            continue  # a last blank line is no row
        failure(toy(toy_R=table(rows)), "toy_R.dat", f"line {position + 2}", *needles)


@pytest.mark.parametrize(
    ("content", "needles"),
    [
        (b"", ["empty"]),
        (b"\n\n", ["empty"]),
        (table([]), ["no rows"]),
        (table(ROWS, sep=","), ["line 1", "wrong separator", "tabs"]),
        (table(ROWS, sep=" "), ["line 1", "wrong separator", "tabs"]),
        (table(ROWS, header=("", "f1", "f2", "f3")), ["line 1", "column 4", "'clase'"]),
        (table(ROWS, header=("1", "f1", "f2", "clase")), ["line 1", "column 1", "empty field"]),
        (table(ROWS[:1]), ["clase is 0 in every row", "exactly two classes"]),
        (table(ROWS[1:2]), ["clase is 1 in every row", "exactly two classes"]),
        (b"\x1f\x8b\x08\x00\xff\xfe", ["line 1", "wrong separator"]),
    ],
)
def test_bad_file(toy, content, needles):
    failure(toy(toy_R=content), "toy_R.dat", *needles)


def test_a_million_rows_are_refused_with_the_memory_they_would_take(toy):
    content = table(ROWS[:1]) + b"1\t0\t0\t0\n" * (10**6 - 1)
    failure(toy(toy_R=content), "toy_R.dat has 1,000,000 rows", "8,000.0 GB", "at most 20,000")


def test_rows_may_repeat_and_contradict_each_other(toy):
    data = readers.read_uci(toy(toy_R=table([*ROWS, *ROWS, ["7", "0.5", "-1e-3", "1"]])), "toy")
    assert len(data.y) == 7
    assert np.array_equal(data.X[0], data.X[-1])
    assert data.y[0] != data.y[-1]


def test_missing_pieces(toy, tmp_path):
    failure(tmp_path, "toy.txt is missing", "download")
    failure(toy(b"n_clases= 2\n"), "toy.txt", "fich1=")
    failure(toy(b"fich2= toy_R.dat\n"), "toy.txt", "fich1=")
    failure(toy(b"fich1= other_R.dat\n"), "other_R.dat is missing", "download")
    failure(toy(b"fich1= ../toy_R.dat\n"), "toy.txt", "plain file name")


def description(text, tmp_path):
    (tmp_path / "toy.txt").write_text(text)
    return readers.read_description(tmp_path, "toy")


RULE = "n_entradas= 3\nn_clases= {}\nn_arquivos= 1\nfich1= toy_R.dat\nn_patrons1= {}\n"


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        (RULE.format(2, 10), True),
        (RULE.format(2, 1000), True),
        (RULE.format(2, 1001), False),
        (RULE.format(3, 10), False),
        (RULE.format(2, 10) + "fich2= toy_test_R.dat\nn_patrons2= 5\n", False),
    ],
)
def test_the_rule_counts_classes_rows_and_files(tmp_path, text, taken):
    assert groups.in_paper(description(text, tmp_path)) is taken


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (RULE.format("two", 10), "n_clases"),
        (RULE.format(2, -10), "n_patrons1"),
        ("n_clases= 2\nfich1= toy_R.dat\n", "n_patrons1"),
        ("n_clases= 2\nn_patrons1= 10\n", "fich1"),
    ],
)
def test_a_description_that_lacks_what_the_rule_needs_is_named(tmp_path, text, key):
    with pytest.raises(readers.DataError, match=rf"toy\.txt: no line `{key}= "):
        groups.in_paper(description(text, tmp_path))


@pytest.mark.skipif(not os.environ.get("MIRROR"), reason="needs the MIRROR environment variable")
def test_the_rule_takes_exactly_the_33_sets_of_the_paper(tmp_path):
    for name in groups.UCI:
        download.fetch(name, tmp_path / name, mirror=os.environ["MIRROR"], progress=False)
    taken = [
        name
        for name in groups.UCI
        if groups.in_paper(readers.read_description(tmp_path / name, name))
    ]
    assert tuple(taken) == groups.PAPER
    assert len(set(groups.PAPER) & set(groups.SCNN)) == 25


def test_groups_stand_for_their_sets():
    assert catalog.expand(["paper"]) == list(groups.PAPER)
    assert set(catalog.expand(["paper", "scnn", "pima"])) == {*groups.PAPER, *groups.SCNN}
    assert catalog.expand(["bundled", "sklearn-iris"]) == list(bundled.NAMES)


@pytest.mark.parametrize(
    ("name", "shape", "positives"),
    [
        ("sklearn-breast-cancer", (569, 30), 357),
        ("sklearn-wine", (178, 13), 71),
        ("sklearn-iris", (100, 4), 50),
        ("sklearn-digits", (357, 64), 183),
    ],
)
def test_bundled(name, shape, positives):
    data = catalog.load(name)
    assert data.name == name
    assert data.X.shape == shape
    assert data.y.shape == shape[:1]
    assert set(data.y) == {-1.0, 1.0}
    assert (data.y == 1).sum() == positives
    assert catalog.sizes()[name][:3] == (shape[0], *shape)
    assert data.X.dtype == data.y.dtype == np.float64
    assert np.isfinite(data.X).all()


def test_the_size_of_every_named_set_is_known():
    assert set(catalog.sizes()) == {*groups.UCI, *bundled.NAMES}


def test_bundled_names_are_the_catalogue():
    assert all(catalog.is_bundled(name) for name in bundled.NAMES)
    assert not catalog.is_bundled("blood")
    with pytest.raises(ValueError, match="closest: sklearn-digits"):
        bundled.load("sklearn-digit")


def test_check_names_all_unknown_at_once():
    catalog.check([*groups.PAPER, *groups.SCNN, *groups.LARGER, *bundled.NAMES])
    with pytest.raises(ValueError, match="unknown data sets") as caught:
        catalog.check(["Blod", "pima", "sklearn-iriss", "zzz"])
    message = str(caught.value)
    assert "'Blod' (closest: blood" in message
    assert "'sklearn-iriss' (closest: sklearn-iris" in message
    assert "'zzz' (known: acute-inflammation, " in message
    assert "'pima'" not in message


def test_catalog_needs_a_known_name_and_a_folder(tmp_path):
    with pytest.raises(ValueError, match="give the folder"):
        catalog.load("blood")
    with pytest.raises(ValueError, match="closest: blood"):
        catalog.load("blod", tmp_path)
    with pytest.raises(readers.DataError, match=r"blood\.txt is missing"):
        catalog.load("blood", tmp_path)


def test_catalog_reads_a_uci_set(tmp_path):
    (tmp_path / "blood.txt").write_bytes(b"fich1= a.dat\nfich2= b.dat\n")
    for file in ("a.dat", "b.dat"):
        (tmp_path / file).write_bytes(table(ROWS))
    assert len(catalog.load("blood", tmp_path).y) == 3
    assert len(catalog.load("blood", tmp_path, pool=True).y) == 6


def test_importing_the_catalogue_is_cheap():
    code = (
        "import sys, fixing_ntk; before = set(sys.modules); import fixing_ntk.data.catalog; "
        "new = set(sys.modules) - before; "
        "assert not {'pooch', 'requests', 'tqdm', 'pandas', 'sklearn.datasets'} & new"
    )
    path = os.pathsep.join(filter(None, sys.path))
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": path})


@pytest.mark.skipif(not os.environ.get("MIRROR"), reason="needs the MIRROR environment variable")
@pytest.mark.parametrize("name", groups.UCI)
def test_real_set(name, tmp_path):
    download.fetch(name, tmp_path, mirror=os.environ["MIRROR"], progress=False)
    first, pooled = (catalog.load(name, tmp_path, pool=pool) for pool in (False, True))
    assert set(first.y) == {-1.0, 1.0}
    assert catalog.sizes()[name][:3] == (len(first.y), len(pooled.y), first.X.shape[1])
    assert len(first.y) == readers.read_description(tmp_path, name).count("n_patrons1")
    assert np.isfinite(pooled.X).all()
    np.testing.assert_array_equal(pooled.X[: len(first.y)], first.X)
    tests = list(tmp_path.glob("*_test_R.dat"))
    assert (len(pooled.y) > len(first.y)) == bool(tests)
    if name in groups.SCNN:
        assert len(pooled.y) < 3000
    if not tests:  # the authors standardised over all rows
        spread = pooled.X.std(axis=0, ddof=1)
        assert np.abs(pooled.X.mean(axis=0)).max() < 1e-3
        np.testing.assert_allclose(spread[spread > 0], 1, atol=1e-3)
