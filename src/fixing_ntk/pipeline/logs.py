"""Logs of jobs: why a job failed, or how much time and memory it took."""

import atexit
import logging
import os
import re
import shutil
import signal
import sys
import time
from functools import partial
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
    """Write this process's log messages, its warnings and how it ends to the file ``path``.

    The first line says that the job began, since Snakemake leaves an empty log where a job never
    began. The last line of a failed job says why it failed, after the traceback. The last line of
    any other job says how much CPU time and memory it took, with child processes; the time to start
    is the time before this call, for the interpreter and imports. The memory is this process's peak
    plus the largest child's. The lines before give the sha256 of each of ``outputs``, files and
    folders, as it is when the job ends, for `damaged`.

    An old file is overwritten. To see every end of the process but a kill, the call replaces
    `sys.excepthook` and `sys.exit`, and handles SIGTERM.
    """
    started = time.process_time()
    logging.basicConfig(
        filename=path, filemode="w", encoding="utf-8", level=logging.INFO, format="%(message)s"
    )
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # on a full disk, every message would fail with a traceback
    _log.info(BEGAN)
    sys.excepthook = partial(_log_failure, outputs)
    sys.exit = _exit
    signal.signal(signal.SIGTERM, _terminated)
    atexit.register(_log_end, started, list(outputs))


def _log_end(started, outputs):
    """Write the sums of the outputs, then the time and memory; runs at the end of a success.

    ``started`` are the CPU seconds that the process had used when `log_to` was called. Outputs that
    do not exist are skipped. Ctrl-C no longer stops the job.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for output in outputs:
        if os.path.exists(output):
            _log.info(WROTE, output, sha256(output))
    own, others = os.times(), peak_mb_of_children()
    seconds = own.user + own.system + own.children_user + own.children_system
    _log.info(TOOK, seconds, started, peak_mb() + others)


def _log_failure(outputs, kind, error, traceback):
    """Write the traceback and the reason of an uncaught exception; a `sys.excepthook`.

    Ctrl-C gives the reason `INTERRUPTED`, and no traceback. An error of the system that names no
    file, as of a full disk, is followed by the first of the ``outputs`` that the job was to make.
    """
    if issubclass(kind, KeyboardInterrupt):
        reason = INTERRUPTED
    else:
        reason = " ".join(str(error).split()) or kind.__name__
        if issubclass(kind, MemoryError):
            reason = f"out of memory: {reason}"
        if isinstance(error, OSError) and error.filename is None and outputs:
            reason = f"{reason}, in making {outputs[0]}"
        _log.error("", exc_info=(kind, error, traceback))
    _fail(reason)


def _exit(status=None):
    """Write to the log why the process exits, and raise SystemExit; stands in for `sys.exit`.

    A status of None or 0 is a success, for which nothing is written here. Python does not pass
    SystemExit to `sys.excepthook`, so `_log_failure` would not see it.
    """
    if status not in (None, 0):
        _fail(" ".join(str(status).split()) if isinstance(status, str) else f"exit status {status}")
    raise SystemExit(status)


def _terminated(*_):
    """Write that SIGTERM stopped the job, and end the process at once."""
    _fail("stopped from outside, as a job that is cancelled or out of time")
    os._exit(128 + signal.SIGTERM)


def _fail(reason):
    """Write the reason of a failure as the last line of the log, in place of `_log_end`."""
    atexit.unregister(_log_end)
    _log.error("%s%s", FAILED, reason)


def failure(path):
    """Return in one line why a job failed, from its log, which may be missing or incomplete.

    It is the reason that the last line gives. Without one it is a guess: a full disk, a job that
    did not begin, outputs that are missing after a success, or a kill.
    """
    log = Path(path)
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    *_, last = ["", *text.splitlines()]
    if last.startswith(FAILED):
        return last.removeprefix(FAILED)
    if log.parent.is_dir() and shutil.disk_usage(log.parent).free < 2**20:
        return f"no space left on the disk of {path}"
    if not text:
        return f"did not begin, or was stopped before it could log; its log would be {path}"
    if _TOOK.fullmatch(last):
        what = "ended without an error, but its outputs are missing, say since the run was stopped"
        return f"{what}; its log is {path}"
    return f"stopped without a message, as a job that is killed or out of memory; its log is {path}"


def failed_since(path, start):
    """Say whether a log was last written after ``start`` and does not end in success.

    ``start`` is in seconds since 1970. A log that is missing or empty has not failed. A job that
    still runs cannot be told from one that failed, and gives True.
    """
    log = Path(path)
    state = log.stat() if log.is_file() else None
    return bool(state and state.st_size and state.st_mtime >= start and took(log) is None)


def took(path):
    """Return the time and memory of a job from its log, or None if the log ends in no success.

    A log that is missing raises FileNotFoundError.

    Returns
    -------
    tuple of float, or None
        CPU seconds, the part of them to start the interpreter and import, and peak memory in MB.
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
        Files and folders, sorted, as named in the logs. Where several logs name an output, any of
        their sums counts as unchanged, since the log of a job may have been renamed.
    """
    sums: dict[str, set[str]] = {}
    for path in (log for folder in folders for log in Path(folder).rglob("*.log")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for output, digest in _WROTE.findall(text):
            sums.setdefault(output, set()).add(digest)
    return sorted(
        path for path, known in sums.items() if os.path.exists(path) and sha256(path) not in known
    )
