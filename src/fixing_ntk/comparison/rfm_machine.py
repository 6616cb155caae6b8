"""Fit recursive feature machines by xRFM, the authors' package, in an environment that has it.

xRFM grows a tree whose leaves are recursive feature machines (Beaglehole, Holzmüller, Radhakrishnan
and Belkin, 2025). Up to 60,000 rows the tree is one leaf, so a leaf's machine is called directly.
"""

import numpy as np
import torch
from xrfm import RFM

KERNELS = {1: "lpq", 2: "l2"}


class _Observed(RFM):
    """RFM that appends to ``seen`` its outputs at the scored rows after 0, 1, ... updates.

    xRFM calls ``score`` with these rows after each update. The call is used to read the outputs,
    an array (m,) each time. It returns a dict with 0 for every metric, which nothing uses.
    """

    def score(self, samples, targets, metrics):
        self.seen.append(self.predict(samples)[:, 0].numpy())
        return dict.fromkeys(metrics, 0.0)  # the score is not used to choose anything


def after_updates(X, y, X_out, *, norm, exponent, bandwidth, ridge, diagonal, updates):
    """Fit a recursive feature machine; return its outputs at X_out after 0, 1, ... updates.

    The sign of an output is the class.

    Labels are centred by their mean over the rows to fit, as in the authors' tuned classifiers. So
    at a point far from all of these rows the output is the mean label.

    Parameters
    ----------
    X, y : ndarray (n, d), (n,)
        Rows to fit, standardised, and their labels -1 and 1.
    X_out : ndarray (m, d)
    norm, exponent, bandwidth, ridge, diagonal
        As `rfm.draw_candidates` describes them.
    updates : int
        Number of updates of the metric.

    Returns
    -------
    ndarray (updates + 1, m)
        Row k has the outputs after k updates, the mean label added.
    """
    machine = _Observed(
        kernel=KERNELS[norm],
        norm_p=float(norm),
        exponent=exponent,
        bandwidth=bandwidth,
        diag=diagonal,
        iters=updates,
        device="cpu",
        verbose=False,
    )
    machine.seen = []
    mean = y.mean()
    X, X_out = torch.as_tensor(X), torch.as_tensor(X_out)
    machine.fit(
        (X, torch.as_tensor(y - mean)[:, None]),
        (X_out, X_out[:, :1]),  # in place of targets, which `_Observed.score` ignores
        iters=updates,
        reg=ridge,
        early_stop_rfm=False,
        return_best_params=False,
        verbose=False,
    )
    return mean + np.array(machine.seen)
