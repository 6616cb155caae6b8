"""Peak memory of this process, and of those it started."""

import re
import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_mb():
    """Largest resident memory so far, in MB, interpreter included.

    From Linux's own count where there is one: that of `getrusage` starts at what the process that
    forked this one had taken.
    """
    status = STATUS.read_text(encoding="utf-8") if STATUS.exists() else ""
    if found := re.search(r"VmHWM:\s+(\d+) kB", status):
        return int(found[1]) / 2**10
    return _peak_mb(resource.RUSAGE_SELF)


def peak_mb_of_children():
    """The same of the largest process that this one started and saw the end of; zero of none."""
    return _peak_mb(resource.RUSAGE_CHILDREN)


def _peak_mb(who):
    return resource.getrusage(who).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
