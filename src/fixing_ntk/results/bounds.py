"""Check bounds of a computation's arguments, numbers or lists; an error names the argument.

An empty list is refused. `declaration.limits` finds these calls in the source of a computation. So
a configuration with a value out of bounds is refused before any job starts.
"""

import numpy as np


def whole_numbers(least, **arguments):
    """Raise ValueError unless every argument, an int or a list of int, is at least ``least``.

    A float such as 10.0 is refused.
    """
    _require(arguments, "iu", lambda x: x >= least, f"whole, at least {least}")


def shares(**arguments):
    """Raise ValueError unless every argument, a float or a list, is strictly between 0 and 1."""
    _require(arguments, "f", lambda x: (x > 0) & (x < 1), "between 0 and 1, both excluded")


def positive(**arguments):
    """Raise ValueError unless every argument, a number or a list, is positive and finite."""
    _require(arguments, "iuf", lambda x: (x > 0) & np.isfinite(x), "positive and finite")


def not_negative(**arguments):
    """Raise ValueError unless every argument, a number or a list, is finite and at least 0."""
    _require(arguments, "iuf", lambda x: (x >= 0) & np.isfinite(x), "finite, at least 0")


def several(**arguments):
    """Raise ValueError unless every argument, a list, has at least two values, all different."""
    for name, values in arguments.items():
        if len(values) < 2 or len(set(values)) < len(values):
            raise ValueError(f"{name} must have two different values or more, got {values!r}")


def at_most(name, most, **arguments):
    """Raise ValueError unless every number of the other arguments is at most ``most``.

    ``name`` is another argument of the same computation, and ``most`` its value. The message states
    the names and values of both arguments.
    """
    for argument, value in arguments.items():
        if np.max(value) > most:
            raise ValueError(f"{argument} must be at most {name}, got {value!r} and {most!r}")


def _require(arguments, kinds, fits, words):
    """Raise ValueError for an argument that is empty, of a wrong type, or out of bounds.

    ``kinds`` are the allowed kinds of a NumPy type, such as "iu" for whole numbers. ``fits`` maps
    an array of values to truth values. ``words`` describe in the message what is required.
    """
    for name, value in arguments.items():
        given = np.atleast_1d(value)
        if not (given.size and given.dtype.kind in kinds and fits(given).all()):
            raise ValueError(f"{name} must be {words}, got {value!r}")
