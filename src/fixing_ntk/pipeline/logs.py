"""Job logs: why a job failed, or what it took."""

import atexit
import logging
import os
import re
import sys
import time
from pathlib import Path

from fixing_ntk.pipeline.memory import peak_mb, peak_mb_of_children

BEGAN, FAILED, OUT_OF_MEMORY = "began", "failed: ", "out of memory: "
TOOK = "took %.2f CPU seconds, %.2f of them to start, and %.0f MB at the peak"
_TOOK = re.compile(re.sub(r"%\.\df", r"([\\d.]+)", TOOK))


def log_to(path):
    """Send log messages and warnings of this process to a file, and to it what ends the process.

    The first line says that it began: Snakemake leaves an empty log where a job never did. The last
    line says why it failed, after the traceback, or what it took: to start is what went
    before this call, the interpreter and imports. The processes it started are counted with it.
    """
    started = time.process_time()
    logging.basicConfig(filename=path, filemode="w", level=logging.INFO, format="%(message)s")
    logging.captureWarnings(True)
    logging.getLogger(__name__).info(BEGAN)
    sys.excepthook = _log_failure
    atexit.register(_log_needs, started)


def _log_needs(started):
    own, others = os.times(), peak_mb_of_children()
    seconds = own.user + own.system + own.children_user + own.children_system
    logging.getLogger(__name__).info(TOOK, seconds, started, peak_mb() + others)


def _log_failure(kind, error, traceback):
    atexit.unregister(_log_needs)
    said = " ".join(str(error).split()) or kind.__name__
    said = OUT_OF_MEMORY + said if issubclass(kind, MemoryError) else said
    log = logging.getLogger(__name__)
    log.error("", exc_info=(kind, error, traceback))
    log.error("%s%s", FAILED, said)


def reason(path):
    """Why the job that wrote a log failed, by its own account; None if it gave none."""
    lines = Path(path).read_text(errors="replace").splitlines() if Path(path).is_file() else []
    return lines[-1].removeprefix(FAILED) if lines and lines[-1].startswith(FAILED) else None


def failure(path):
    """Why the job that wrote a log failed, in one line."""
    killed = "stopped without a message, as a job that is killed or out of memory; its log is"
    return reason(path) or f"{killed} {path}"


def beyond_help(path):
    """Whether the job that wrote a log ended by an error that no more memory or time would mend."""
    why = reason(path)
    return why is not None and not why.startswith(OUT_OF_MEMORY)


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
