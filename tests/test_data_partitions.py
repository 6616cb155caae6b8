"""The collection's own partitions: rows as in the files, and errors that name file and line."""

import os

import numpy as np
import pytest

from fixing_ntk.data import catalog, download, groups, partitions
from fixing_ntk.data.readers import DataError

Y = np.array([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0])
HALVES = ["0 1 6 7 ", "5 4 3 2 "]
FOLDS = ["0 1 2 3 4 5 ", "6 7 ", "7 6 5 4 3 2 ", "0 1 "] * 2


@pytest.fixture
def write(tmp_path):
    def write(halves=HALVES, folds=FOLDS, end="\n"):
        for file, lines in ((partitions.HALVES, halves), (partitions.FOLDS, folds)):
            (tmp_path / file).write_bytes("".join(line + end for line in lines).encode())
        return tmp_path

    return write


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_are_those_of_the_lines(write, end):
    fit, train = partitions.read_partition(write(end=end), Y)
    assert list(np.flatnonzero(fit)) == [0, 1, 6, 7]
    assert [list(np.flatnonzero(~rows)) for rows in train] == [[6, 7], [0, 1]] * 2


def test_last_line_may_end_without_newline(write):
    folder = write(halves=["0 1 6 7", "5 4 3 2"])
    (folder / partitions.HALVES).write_text("0 1 6 7\n5 4 3 2")
    assert partitions.read_partition(folder, Y).fit.sum() == 4


@pytest.mark.parametrize(
    ("line", "place", "message"),
    [
        ("0 1 6 8", "line {0}", "there is no row 8; the 8 rows are 0 to 7"),
        ("0 1 6 999999999", "line {0}", "there is no row 999999999"),
        ("0 1 6 -1", "line {0}", "'-1' is not a row number; rows are counted from 0"),
        ("0 1 6 7.0", "line {0}", "'7.0' is not a row number"),
        ("0,1,6,7", "line {0}", "'0,1,6,7' is not a row number"),
        ("0 1 6 ٧", "line {0}", "'٧' is not a row number"),
        ("0 1 6 " + "7" * 5000, "line {0}", "is not a row number"),
        ("0 1 6 7 1", "line {0}", "row 1 occurs twice"),
        ("", "line {0}", "no row numbers"),
        ("   ", "line {0}", "no row numbers"),
        ("0 1", "lines {0} and {1}", "row 6 is in neither, and so are 1 more of the 8"),
        ("0 1 6 7 5", "lines {0} and {1}", "row 5 is in both"),
    ],
)
@pytest.mark.parametrize(
    ("file", "at"), [(partitions.HALVES, 0), (partitions.FOLDS, 0), (partitions.FOLDS, 6)]
)
def test_a_bad_line_is_named(write, file, at, line, place, message):
    lines = [*HALVES] if file == partitions.HALVES else HALVES * 4
    lines[at] = line
    folder = write(halves=lines) if file == partitions.HALVES else write(folds=lines)
    with pytest.raises(DataError) as caught:
        partitions.read_partition(folder, Y)
    assert f"{folder / file}, {place.format(at + 1, at + 2)}: " in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "file", "line", "message"),
    [
        (dict(halves=HALVES[:1]), partitions.HALVES, 2, "there must be 2 lines"),
        (dict(halves=[*HALVES, "1"]), partitions.HALVES, 3, "there must be 2 lines"),
        (dict(halves=[]), partitions.HALVES, 2, "there must be 2 lines"),
        (dict(folds=FOLDS[:7]), partitions.FOLDS, 8, "there must be 8 lines of row numbers, not 7"),
        (dict(folds=FOLDS * 2), partitions.FOLDS, 9, "there must be 8 lines"),
        (dict(halves=["0 2 4", "1 3 5 6 7"]), partitions.HALVES, 1, "clase is 0 in every one"),
        (dict(folds=[*FOLDS[:6], "1 3 5", "0 2 4 6 7"]), partitions.FOLDS, 7, "clase is 1 in ever"),
    ],
)
def test_missing_lines_and_a_missing_class_are_named(write, change, file, line, message):
    folder = write(**change)
    with pytest.raises(DataError) as caught:
        partitions.read_partition(folder, Y)
    assert f"{folder / file}, line {line}: " in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("file", [partitions.HALVES, partitions.FOLDS])
def test_a_missing_file_is_named_with_the_remedy(write, file):
    folder = write()
    (folder / file).unlink()
    with pytest.raises(DataError, match=rf"{file} is missing; remove the folder .* run again"):
        partitions.read_partition(folder, Y)


@pytest.mark.skipif(not os.environ.get("MIRROR"), reason="needs the MIRROR environment variable")
@pytest.mark.parametrize("name", groups.PAPER)
def test_real_partition(name, tmp_path):
    """Halves and quarters of every row, and both classes everywhere."""
    assert catalog.has_partition(name)
    download.fetch(name, tmp_path, mirror=os.environ["MIRROR"], progress=False)
    y = catalog.load(name, tmp_path).y
    fit, train = partitions.read_partition(tmp_path, y)
    assert train.shape == (4, len(y))
    assert abs(2 * fit.sum() - len(y)) <= 1
    assert np.abs(train.mean(axis=1) - 0.75).max() < 0.051  # 8 of 10 rows of trains
    for rows in (fit, ~fit, *train, *~train):
        assert set(y[rows]) == {-1.0, 1.0}
    first = [line.split() for line in (tmp_path / partitions.FOLDS).read_text().splitlines()]
    assert np.array_equal(np.sort(np.array(first[3], int)), np.flatnonzero(~train[1]))
