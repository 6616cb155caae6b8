"""Random streams with a name for each purpose, so that a new stream changes no other one."""

import hashlib

import numpy as np


def stream(seed, *names):
    """Return the generator for ``names`` (say dataset, split, purpose) and the configured seed.

    Parameters
    ----------
    seed : int
    *names : str or int

    Returns
    -------
    numpy.random.Generator
    """
    return np.random.default_rng(integer(seed, *names))


def integer(seed, *names):
    """Return the seed for ``names`` as an integer below 2**32, for libraries that need one."""
    digest = hashlib.sha256("\0".join(map(str, (seed, *names))).encode()).digest()
    return int.from_bytes(digest[:4], "little")
