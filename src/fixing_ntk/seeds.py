"""Random streams named by what they are for, so that adding one changes no other."""

import hashlib

import numpy as np


def stream(seed, *names):
    """Generator for ``names`` (say dataset, split, purpose) under the configured seed.

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
    """The same as an integer below 2**32, for libraries that take one."""
    digest = hashlib.sha256("\0".join(map(str, (seed, *names))).encode()).digest()
    return int.from_bytes(digest[:4], "little")
