"""Random streams with a name for each purpose, so that a new stream changes no other one."""

import hashlib

import numpy as np


def stream(seed, *names):
    """Return a random generator that depends on ``seed`` and ``names`` alone.

    Each use of random numbers has names of its own, so that a new use changes no other one.

    Parameters
    ----------
    seed : int
        The configured seed.
    *names : str or int
        What the numbers are for, such as the dataset, the split and ``"gates"``.

    Returns
    -------
    numpy.random.Generator
    """
    return np.random.default_rng(integer(seed, *names))


def integer(seed, *names):
    """Return a hash of ``seed`` and ``names``, an int in [0, 2**32), for code that takes a seed."""
    digest = hashlib.sha256("\0".join(map(str, (seed, *names))).encode()).digest()
    return int.from_bytes(digest[:4], "little")
