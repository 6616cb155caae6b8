"""Job logs, and why a job failed."""

import atexit
import logging
import sys
import time
from pathlib import Path

from fixing_ntk.pipeline.memory import peak_mb

FAILED = "failed: "


def log_to(path):
    """Send log messages and warnings of this process to a file, and to it what ends the process.

    The last line says why it failed, or what it took. Errors still reach the terminal.
    """
    logging.basicConfig(filename=path, filemode="w", level=logging.INFO, format="%(message)s")
    logging.captureWarnings(True)
    sys.excepthook = _log_failure
    atexit.register(_log_needs)


def _log_needs():
    seconds, peak = time.process_time(), peak_mb()
    logging.getLogger(__name__).info("took %.1f CPU seconds and %.0f MB at the peak", seconds, peak)


def _log_failure(kind, error, traceback):
    atexit.unregister(_log_needs)
    reason = " ".join(str(error).split()) or kind.__name__
    logging.getLogger(__name__).error("%s%s", FAILED, reason)
    sys.__excepthook__(kind, error, traceback)


def failure(path):
    """Why the job that wrote a log failed, in one line."""
    lines = Path(path).read_text(errors="replace").splitlines() if Path(path).exists() else []
    if lines and lines[-1].startswith(FAILED):
        return lines[-1].removeprefix(FAILED)
    return f"stopped without a message, as a job that is killed or out of memory; its log is {path}"
