"""Detect when a descent has come as far as its precision allows."""

import numpy as np

STANDSTILL = {np.float32: 1e-8, np.float64: 1e-12}  # relative decrease of f that is no progress
PATIENCE = 4  # such steps in a row, none with a gap a tenth smaller, before giving up


class StallMonitor:
    """Keep the point of least gap, and count steps in a row that lower neither ``value`` nor gap.

    The point is kept as ``best``, None at first, and its gap as ``best_gap``. Points are objects of
    any solver; `step` reads the attribute ``value`` of a point, the objective that steps lower.

    Parameters
    ----------
    dtype : type
        Precision of the steps, float32 or float64.
    """

    def __init__(self, dtype):
        self.standstill = STANDSTILL[dtype]
        self.best, self.best_gap, self.idle_steps = None, np.inf, 0

    @property
    def stalled(self):
        """Whether `PATIENCE` steps in a row made no progress."""
        return self.idle_steps >= PATIENCE

    def record(self, point, gap):
        """Keep the point if its gap is the least so far; if a tenth less, restart the count."""
        if gap < 0.9 * self.best_gap:
            self.reset()
        if self.best is None or gap < self.best_gap:
            self.best, self.best_gap = point, gap

    def step(self, before, after):
        """Count a step whose ``value`` f falls by no more than rounding; restart at any other."""
        falls = before.value - after.value > self.standstill * abs(before.value)
        self.idle_steps = 0 if falls else self.idle_steps + 1

    def reset(self):
        """Count from zero again, as after progress."""
        self.idle_steps = 0
