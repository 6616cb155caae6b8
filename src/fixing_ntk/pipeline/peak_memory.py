"""Measure the peak memory of this process, and of its child processes."""

import re
import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_mb():
    """Return the largest resident memory of this process so far, in MB, interpreter included.

    On Linux it is read from /proc, since the count of `getrusage` starts at the memory of the
    process that forked this one.
    """
    status = STATUS.read_text(encoding="utf-8") if STATUS.exists() else ""
    if found := re.search(r"VmHWM:\s+(\d+) kB", status):
        return int(found[1]) / 2**10
    return _peak_mb(resource.RUSAGE_SELF)


def peak_mb_of_children():
    """Return the peak memory of the largest child process that has ended, in MB; zero for none."""
    return _peak_mb(resource.RUSAGE_CHILDREN)


def _peak_mb(who):
    return resource.getrusage(who).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
