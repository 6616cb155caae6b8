"""Reading: the right numbers, and errors that name the file and the remedy."""

import os
import subprocess
import sys

import numpy as np
import pytest

from fixing_ntk.data import bundled, catalog, download, readers
from fixing_ntk.data import paper_datasets as groups

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


def refused(folder, *needles, **kwargs):
    with pytest.raises(readers.DataError) as caught:
        readers.read_uci(folder, "toy", **kwargs)
    for needle in (*needles, f"remove the folder {folder} and run again"):
        assert needle in str(caught.value)


@pytest.mark.parametrize(("end", "mark"), [("\n", b""), ("\r\n", b"\xef\xbb\xbf"), ("\r", b"")])
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


@pytest.mark.parametrize(
    "content",
    [
        b"",
        table([]),
        table(ROWS, sep=","),
        table(ROWS, header=("", "f1", "f2", "f3")),
        table(ROWS, header=("1", "f1", "f2", "clase")),
        table([*ROWS, ["2", "1", "1"]]),
        table([row[:-1] for row in ROWS]),
        table([*ROWS, ["2", "1", "?", "1"]]),
        table([*ROWS, ["2", "nan", "2", "1"]]),
    ],
)
def test_a_file_of_another_format_is_named(toy, content):
    folder = toy(toy_R=content)
    refused(folder, f"{folder}/toy_R.dat: there must be a header")


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (ROWS[:1], "0"),
        ([["1", "1", "2", "3"], *ROWS[1:2]], "1 or 3"),
        ([*ROWS, ["4", "1", "2", "2"]], "0 or 1 or 2"),
    ],
)
def test_other_than_two_classes_are_refused(toy, rows, found):
    folder = toy(toy_R=table(rows))
    refused(folder, f"{folder}/toy_R.dat: column clase is {found} in every row")


def test_rows_may_repeat_and_contradict_each_other(toy):
    data = readers.read_uci(toy(toy_R=table([*ROWS, *ROWS, ["7", "0.5", "-1e-3", "1"]])), "toy")
    assert len(data.y) == 7
    assert np.array_equal(data.X[0], data.X[-1])
    assert data.y[0] != data.y[-1]


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (None, "toy.txt is missing"),
        (b"n_clases= 2\n", "toy.txt: no line `fich1= FILE`"),
        (b"fich1= other_R.dat\n", "other_R.dat is missing"),
    ],
)
def test_a_missing_file_is_named(toy, index, message):
    refused(toy(index), message)


RULE = {"n_clases": "2", "fich1": "toy_R.dat", "n_patrons1": "1000"}


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ({}, True),
        ({"n_patrons1": "1001"}, False),
        ({"n_clases": "3"}, False),
        ({"fich2": "toy_test_R.dat"}, False),
    ],
)
def test_the_rule_counts_classes_rows_and_files(change, taken):
    assert groups.in_paper(RULE | change) is taken


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


def test_bundled():
    shapes = {
        "sklearn-breast-cancer": (569, 30, 357),
        "sklearn-wine": (178, 13, 71),
        "sklearn-iris": (100, 4, 50),
        "sklearn-digits": (357, 64, 183),
    }
    assert tuple(shapes) == bundled.NAMES
    for name, (n, d, positives) in shapes.items():
        data = catalog.load(name)
        assert data.name == name
        assert (*data.X.shape, (data.y == 1).sum()) == (n, d, positives)
        assert data.y.shape == (n,)
        assert set(data.y) == {-1.0, 1.0}
        assert catalog.sizes()[name][:3] == (n, n, d)
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
def test_every_real_set(tmp_path):
    for name in groups.UCI:
        folder = tmp_path / name
        download.fetch(name, folder, mirror=os.environ["MIRROR"], progress=False)
        first, pooled = (catalog.load(name, folder, pool=pool) for pool in (False, True))
        assert set(first.y) == {-1.0, 1.0}, name
        assert catalog.sizes()[name][:3] == (len(first.y), len(pooled.y), first.X.shape[1])
        assert len(first.y) == int(readers.read_description(folder, name)["n_patrons1"]), name
        assert np.isfinite(pooled.X).all(), name
        np.testing.assert_array_equal(pooled.X[: len(first.y)], first.X)
        tests = list(folder.glob("*_test_R.dat"))
        assert (len(pooled.y) > len(first.y)) == bool(tests), name
        if name in groups.SCNN:
            assert len(pooled.y) < 3000, name
        if not tests:  # the authors standardised over all rows
            spread = pooled.X.std(axis=0, ddof=1)
            assert np.abs(pooled.X.mean(axis=0)).max() < 1e-3, name
            np.testing.assert_allclose(spread[spread > 0], 1, atol=1e-3, err_msg=name)
