"""When a descent has come as far as its precision lets it."""

import numpy as np

STANDSTILL = {np.float32: 1e-8, np.float64: 1e-12}  # relative decrease of f that is no progress
PATIENCE = 4  # such steps, none of which made the gap a tenth smaller, before giving up


class Progress:
    """The best point so far, and for how many steps neither f nor the gap has fallen."""

    def __init__(self, standstill):
        self.standstill = standstill
        self.best, self.best_gap, self.idle = None, np.inf, 0

    def judge(self, point, gap):
        """Keep a point whose gap is the least; one a tenth smaller is progress."""
        if gap < 0.9 * self.best_gap:
            self.idle = 0
        if self.best is None or gap < self.best_gap:
            self.best, self.best_gap = point, gap

    def compare(self, point, moved):
        """Count a step that lowers f by no more than rounding."""
        falls = point.value - moved.value > self.standstill * abs(point.value)
        self.idle = 0 if falls else self.idle + 1
