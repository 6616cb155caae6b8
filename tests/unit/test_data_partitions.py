"""The collection's own partitions: rows as in the files, and errors that name the file."""

import os

import numpy as np
import pytest

from fixing_ntk.data import catalog, download, partitions
from fixing_ntk.data import paper_datasets as groups
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


def test_rows_are_those_of_the_lines(write):
    for end in ("\n", "\r\n"):
        folder = write(end=end)
        last = folder / partitions.HALVES
        last.write_bytes(last.read_bytes().rstrip())  # the last line may have no end
        fit, train = partitions.read_partition(folder, Y)
        assert list(np.flatnonzero(fit)) == [0, 1, 6, 7]
        assert [list(np.flatnonzero(~rows)) for rows in train] == [[6, 7], [0, 1]] * 2


@pytest.mark.parametrize(
    ("file", "lines"),
    [
        (partitions.HALVES, ["0 1 6 8", "5 4 3 2"]),
        (partitions.HALVES, ["0 1 6 seven", "5 4 3 2"]),
        (partitions.HALVES, ["0 1 6 7 5", "5 4 3 2"]),
        (partitions.HALVES, ["0 1", "5 4 3 2"]),
        (partitions.HALVES, ["0 1 2 3 4 5 6 7", ""]),  # no rows to validate on
        (partitions.HALVES, ["0 2 4", "1 3 5 6 7"]),  # one class to fit on
        (partitions.FOLDS, FOLDS[:7]),
        (partitions.FOLDS, [*FOLDS[:6], "1 3 5", "0 2 4 6 7"]),
    ],
)
def test_a_file_that_is_no_partition_of_the_rows_is_named(write, file, lines):
    folder = write(**{"halves" if file == partitions.HALVES else "folds": lines})
    message = rf"{folder / file}: there must be .* lines .*remove the folder"
    with pytest.raises(DataError, match=message):
        partitions.read_partition(folder, Y)


def test_a_missing_file_is_named_with_the_remedy(write):
    folder = write()
    (folder / partitions.FOLDS).unlink()
    with pytest.raises(DataError, match=r"kfold.dat is missing; remove the folder .* run again"):
        partitions.read_partition(folder, Y)


@pytest.mark.skipif(not os.environ.get("MIRROR"), reason="needs the MIRROR environment variable")
def test_every_real_partition(tmp_path):
    """Halves and quarters of every row, and both classes everywhere."""
    for name in groups.PAPER:
        folder = tmp_path / name
        assert catalog.has_partition(name), name
        download.fetch(name, folder, mirror=os.environ["MIRROR"], progress=False)
        y = catalog.load(name, folder).y
        fit, train = partitions.read_partition(folder, y)
        assert train.shape == (4, len(y)), name
        assert abs(2 * fit.sum() - len(y)) <= 1, name
        assert np.abs(train.mean(axis=1) - 0.75).max() < 0.051, name  # 8 of 10 rows of trains
        for rows in (fit, ~fit, *train, *~train):
            assert set(y[rows]) == {-1.0, 1.0}, name
        lines = (folder / partitions.FOLDS).read_text(encoding="utf-8").splitlines()
        assert np.array_equal(np.sort(np.array(lines[3].split(), int)), np.flatnonzero(~train[1]))
