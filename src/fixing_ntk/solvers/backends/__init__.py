"""Conic backends: each solves a `ConicProgram` by ``solve(program, tol, max_iter) -> Result``."""

import logging

BACKENDS = ("auto", "mosek", "clarabel")

_log = logging.getLogger(__name__)


def choose(name="auto"):
    """Return the backend module to run, and log which it is and why.

    Parameters
    ----------
    name : {"auto", "mosek", "clarabel"}
        "auto" is MOSEK where it is installed with a valid licence, else Clarabel.

    Raises
    ------
    RuntimeError
        If MOSEK is asked for by name and cannot run, or if Clarabel is chosen and not installed.
    ValueError
        For any other name.
    """
    if name not in BACKENDS:
        raise ValueError(f"unknown conic backend {name!r}: choose from {list(BACKENDS)}")
    from fixing_ntk.solvers.backends import clarabel, mosek

    if name == "clarabel":
        _check_clarabel("")
        _log.info("conic backend: clarabel (as asked)")
        return clarabel
    missing = mosek.licence()
    if missing is None:
        _log.info("conic backend: mosek (%s)", "as asked" if name == "mosek" else "licence found")
        return mosek
    if name == "mosek":
        raise RuntimeError(
            f"backend 'mosek' cannot run ({missing}). Install the mosek package (extra 'conic'), "
            "put the licence file at ~/mosek/mosek.lic or point the environment variable "
            "MOSEKLM_LICENSE_FILE at it; or use backend: clarabel, which needs no licence."
        )
    _check_clarabel(f" and {missing}")
    _log.info("conic backend: clarabel (%s)", missing)
    return clarabel


def _check_clarabel(also):
    """Raise RuntimeError unless the clarabel package is installed; ``also`` extends the message."""
    from importlib.util import find_spec

    if find_spec("clarabel") is None:
        raise RuntimeError(
            f"no conic backend: the clarabel package is not installed{also}. "
            "Install the extra 'conic' (pip install 'fixing_ntk[conic]')."
        )
