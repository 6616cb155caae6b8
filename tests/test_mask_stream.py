"""What is particular to masks that are made anew: blocks of gates, each from its own draw."""

import numpy as np
import pytest
from conftest import random_problem

from fixing_ntk import MaskSet
from fixing_ntk.masks.stream import GATES_PER_BLOCK


@pytest.fixture
def stream():
    X, *_ = random_problem(25, 4, 1, seed=0)
    return MaskSet.stream(X, GATES_PER_BLOCK + 300, seed=5)


def test_blocks_rows_and_gates_tell_of_the_same_masks(stream):
    every = np.concatenate([stream.rows(part) for part in stream.slices(float, len(stream))])
    assert every.shape == (len(stream), 25)
    index = np.array([GATES_PER_BLOCK + 7, 3, 0, GATES_PER_BLOCK + 299, 3])
    assert np.array_equal(stream.rows(index), every[index])
    assert np.array_equal(stream.X @ stream.gates_at(index) >= 0, every[index].T)
    assert stream.rows(index, np.float32).dtype == np.float32


def test_first_gates_do_not_depend_on_how_many_follow(stream):
    more = MaskSet.stream(stream.X, 5 * GATES_PER_BLOCK, seed=5)
    index = np.arange(0, GATES_PER_BLOCK, 100)
    assert np.array_equal(stream.gates_at(index), more.gates_at(index))
    other = MaskSet.stream(stream.X, len(stream), seed=6)
    assert not np.array_equal(stream.gates_at(index), other.gates_at(index))
