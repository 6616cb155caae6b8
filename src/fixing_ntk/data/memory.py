"""Memory that this machine has, and that a job on a table of the user's own needs."""

import os

MATRICES = 9  # n by n matrices that a fit of MKL at p = 4/3 holds at once
FACTORS_UP_TO, MATRICES_BEYOND = 2_000, 3  # of more rows it keeps no factors, and fewer matrices
LIBRARIES = 0.4e9  # bytes of the interpreter and what it imports


def bytes_needed(n, d, n_gates, matrices=MATRICES):
    """Estimate the memory of a job that fits the methods to a table of the user's own.

    Parameters
    ----------
    n, d, n_gates : int
        Rows, features and gates.
    matrices : int
        Number of n by n matrices of float64 that a fit holds at once. With more than
        `FACTORS_UP_TO` rows no more than `MATRICES_BEYOND` are counted.

    Returns
    -------
    float
        Bytes, with those of the interpreter and its libraries.
    """
    if n > FACTORS_UP_TO:
        matrices = min(matrices, MATRICES_BEYOND)
    return 8.0 * (matrices * n**2 + 4 * d * (n + n_gates) + 5 * n * n_gates) + LIBRARIES


def machine_memory():
    """Return the physical memory of this machine in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
