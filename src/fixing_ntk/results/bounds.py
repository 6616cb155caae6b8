"""Check bounds of a computation's arguments, numbers or lists; an error names the argument."""

import numpy as np


def whole_numbers(least, **arguments):
    """Raise ValueError unless each argument is made of whole numbers of at least ``least``."""
    _require(arguments, "iu", lambda x: x >= least, f"whole, at least {least}")


def shares(**arguments):
    """Raise ValueError unless each argument is made of numbers between 0 and 1, both excluded."""
    _require(arguments, "f", lambda x: (x > 0) & (x < 1), "between 0 and 1, both excluded")


def positive(**arguments):
    """Raise ValueError unless each argument is made of positive, finite numbers."""
    _require(arguments, "iuf", lambda x: (x > 0) & np.isfinite(x), "positive and finite")


def not_negative(**arguments):
    """Raise ValueError unless each argument is made of finite numbers of at least 0."""
    _require(arguments, "iuf", lambda x: (x >= 0) & np.isfinite(x), "finite, at least 0")


def _require(arguments, kinds, fits, words):
    for name, value in arguments.items():
        given = np.atleast_1d(value)
        if not (given.size and given.dtype.kind in kinds and fits(given).all()):
            raise ValueError(f"{name} must be {words}, got {value!r}")
