"""Job logs: why a job failed, or what it took."""

import atexit
import logging
import re
import sys
import time
from pathlib import Path

from fixing_ntk.pipeline.memory import peak_mb

BEGAN, FAILED = "began", "failed: "
TOOK = "took %.2f CPU seconds, %.2f of them to start, and %.0f MB at the peak"
_TOOK = re.compile(re.sub(r"%\.\df", r"([\\d.]+)", TOOK))


def log_to(path):
    """Send log messages and warnings of this process to a file, and to it what ends the process.

    The first line says that it began: Snakemake leaves an empty log where a job never did. The last
    line says why it failed, after the traceback, or what it took: to start is what went
    before this call, the interpreter and imports.
    """
    started = time.process_time()
    logging.basicConfig(filename=path, filemode="w", level=logging.INFO, format="%(message)s")
    logging.captureWarnings(True)
    logging.getLogger(__name__).info(BEGAN)
    sys.excepthook = _log_failure
    atexit.register(_log_needs, started)


def _log_needs(started):
    logging.getLogger(__name__).info(TOOK, time.process_time(), started, peak_mb())


def _log_failure(kind, error, traceback):
    atexit.unregister(_log_needs)
    reason = " ".join(str(error).split()) or kind.__name__
    log = logging.getLogger(__name__)
    log.error("", exc_info=(kind, error, traceback))
    log.error("%s%s", FAILED, reason)


def failure(path):
    """Why the job that wrote a log failed, in one line."""
    lines = Path(path).read_text(errors="replace").splitlines() if Path(path).is_file() else []
    if lines and lines[-1].startswith(FAILED):
        return lines[-1].removeprefix(FAILED)
    return f"stopped without a message, as a job that is killed or out of memory; its log is {path}"


def failed_since(path, start):
    """Whether the job of a log began after ``start``, seconds since 1970, and did not end well."""
    log = Path(path)
    state = log.stat() if log.is_file() else None
    return bool(state and state.st_size and state.st_mtime >= start and needs(log) is None)


def needs(path):
    """CPU seconds, those to start, and MB at the peak, of the job that wrote a log; else None."""
    *_, last = ["", *Path(path).read_text(errors="replace").splitlines()]
    found = _TOOK.fullmatch(last)
    return tuple(map(float, found.groups())) if found else None
