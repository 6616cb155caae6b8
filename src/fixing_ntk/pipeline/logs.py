"""Logs of jobs: why a job failed, or how much time and memory it took."""

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
    """Send this process's log messages, warnings and the reason of its end to a file.

    The first line says that the job began, since Snakemake leaves an empty log where a job never
    began. The last line says, after the traceback, why the job failed, or else how much time and
    memory it took. The time to start is the time before this call, for the interpreter and imports.
    Child processes are counted. Before the last line stand the sums of ``outputs``, files and
    folders, for `damaged`.
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
    """Replace `sys.exit`, whose message the hook for exceptions does not get."""
    if status not in (None, 0):
        _fail(" ".join(str(status).split()) if isinstance(status, str) else f"exit status {status}")
    raise SystemExit(status)


def _terminated(*_):
    _fail("stopped from outside, as a job that is cancelled or out of time")
    os._exit(128 + signal.SIGTERM)


def _fail(reason):
    """Write a reason as the last line of the log."""
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
    """Return the time and memory of the job that wrote a log, or None if it did not succeed.

    Returns
    -------
    tuple of float, or None
        CPU seconds, the part of them to start, and peak memory in MB.
    """
    *_, last = ["", *Path(path).read_text(encoding="utf-8", errors="replace").splitlines()]
    found = _TOOK.fullmatch(last)
    return tuple(map(float, found.groups())) if found else None


def damaged(folders):
    """Return the outputs that exist but have changed since their jobs wrote them.

    Parameters
    ----------
    folders : sequence of str or Path
        Folders of logs.

    Returns
    -------
    list of str
        Files and folders, as named in the logs. Where several logs name an output, it may have the
        sum of any of them, since a job may have got another log.
    """
    sums: dict[str, set[str]] = {}
    for path in (log for folder in folders for log in Path(folder).rglob("*.log")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for output, digest in _WROTE.findall(text):
            sums.setdefault(output, set()).add(digest)
    return sorted(
        path for path, known in sums.items() if os.path.exists(path) and sha256(path) not in known
    )
