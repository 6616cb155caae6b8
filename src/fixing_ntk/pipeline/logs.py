"""Job logs: why a job failed, or what it took."""

import atexit
import logging
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path

from fixing_ntk.pipeline.peak_memory import peak_mb, peak_mb_of_children
from fixing_ntk.pipeline.sums import sha256

BEGAN, FAILED = "began", "failed: "
INTERRUPTED = "interrupted"  # by Ctrl-C
TOOK = "took %.2f CPU seconds, %.2f of them to start, and %.0f MB at the peak"
_TOOK = re.compile(re.sub(r"%\.\df", r"([\\d.]+)", TOOK))
WROTE = "wrote %s, sha256 %s"
_WROTE = re.compile(r"^wrote (.+), sha256 ([0-9a-f]{64})$", re.MULTILINE)
_log = logging.getLogger(__name__)


def log_to(path, outputs=()):
    """Send log messages and warnings of this process to a file, and to it what ends the process.

    The first line says that it began: Snakemake leaves an empty log where a job never did. The last
    line says why it failed, after the traceback, or what it took: to start is what went
    before this call, the interpreter and imports. The processes it started are counted with it.
    Before that line stand the sums of ``outputs``, files and folders, for `damaged`.
    """
    started = time.process_time()
    logging.basicConfig(
        filename=path, filemode="w", encoding="utf-8", level=logging.INFO, format="%(message)s"
    )
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # on a full disk, every message would fail with a traceback
    _log.info(BEGAN)
    sys.excepthook = _log_failure
    sys.exit = _exit
    signal.signal(signal.SIGTERM, _terminated)
    atexit.register(_log_end, started, list(outputs))


def _log_end(started, outputs):
    for output in outputs:
        if os.path.exists(output):
            _log.info(WROTE, output, sha256(output))
    own, others = os.times(), peak_mb_of_children()
    seconds = own.user + own.system + own.children_user + own.children_system
    _log.info(TOOK, seconds, started, peak_mb() + others)


def _log_failure(kind, error, traceback):
    if issubclass(kind, KeyboardInterrupt):
        reason = INTERRUPTED
    else:
        reason = " ".join(str(error).split()) or kind.__name__
        if issubclass(kind, MemoryError):
            reason = f"out of memory: {reason}"
        _log.error("", exc_info=(kind, error, traceback))
    _fail(reason)


def _exit(status=None):
    """Stand in for `sys.exit`, whose message no hook of the interpreter sees."""
    if status not in (None, 0):
        _fail(" ".join(str(status).split()) if isinstance(status, str) else f"exit status {status}")
    raise SystemExit(status)


def _terminated(*_):
    _fail("stopped from outside, as a job that is cancelled or out of time")
    os._exit(128 + signal.SIGTERM)


def _fail(reason):
    """Make a reason the last line of the log."""
    atexit.unregister(_log_end)
    _log.error("%s%s", FAILED, reason)


def failure(path):
    """Return why the job that wrote a log failed, in one line."""
    log = Path(path)
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    *_, last = ["", *text.splitlines()]
    if last.startswith(FAILED):
        return last.removeprefix(FAILED)
    if log.parent.is_dir() and shutil.disk_usage(log.parent).free < 2**20:
        return f"no space left on the disk of {path}"
    if not text:
        return f"did not begin; its log would be {path}"
    if _TOOK.fullmatch(last):
        return f"ended without an error, but its outputs are missing; its log is {path}"
    return f"stopped without a message, as a job that is killed or out of memory; its log is {path}"


def failed_since(path, start):
    """Return whether the job of a log began after ``start``, seconds since 1970, and failed."""
    log = Path(path)
    state = log.stat() if log.is_file() else None
    return bool(state and state.st_size and state.st_mtime >= start and took(log) is None)


def took(path):
    """Return what the job that wrote a log took, or None if it did not end well.

    Returns
    -------
    tuple of float, or None
        CPU seconds, those of them to start, and MB at the peak.
    """
    *_, last = ["", *Path(path).read_text(encoding="utf-8", errors="replace").splitlines()]
    found = _TOOK.fullmatch(last)
    return tuple(map(float, found.groups())) if found else None


def damaged(folders):
    """Return outputs that are there, but not as the jobs left them that wrote them.

    Parameters
    ----------
    folders : sequence of str or Path
        Of logs.

    Returns
    -------
    list of str
        Files and folders, as the jobs named them. Where several logs name one, any of their sums
        will do: a job may have another log since.
    """
    sums: dict[str, set[str]] = {}
    for path in (log for folder in folders for log in Path(folder).rglob("*.log")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for output, digest in _WROTE.findall(text):
            sums.setdefault(output, set()).add(digest)
    return sorted(
        path for path, known in sums.items() if os.path.exists(path) and sha256(path) not in known
    )
