"""Peak memory of this process."""

import resource
import sys


def peak_mb():
    """Largest resident memory so far, in MB, interpreter included."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
