"""Check bounds of a computation's arguments, numbers or lists; an error names the argument.

`declaration.limits` reads these calls, so that a configuration is refused before any job.
"""

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


def several(**arguments):
    """Raise ValueError unless each argument, a list, has two values or more, all different."""
    for name, values in arguments.items():
        if len(values) < 2 or len(set(values)) < len(values):
            raise ValueError(f"{name} must have two different values or more, got {values!r}")


def at_most(name, most, **arguments):
    """Raise ValueError unless all numbers are at most ``most``, the value of argument ``name``."""
    for argument, value in arguments.items():
        if np.max(value) > most:
            raise ValueError(f"{argument} must be at most {name}, got {value!r} and {most!r}")


def _require(arguments, kinds, fits, words):
    for name, value in arguments.items():
        given = np.atleast_1d(value)
        if not (given.size and given.dtype.kind in kinds and fits(given).all()):
            raise ValueError(f"{name} must be {words}, got {value!r}")
