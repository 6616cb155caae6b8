"""Errors over the NTK's error, for the claims, the table and the figure."""

import numpy as np


def ratios(data):
    """Return each program's test error over the NTK's, as geometric means over draws.

    ``data`` is from `between.compute`.

    Returns
    -------
    dict of ndarray (t, u, s, e)
        ``masks`` and ``with_ntk``, without and with the NTK among the kernels, by teacher t, units
        u, samples s and exponent e. ``with_ntk`` is NaN at p = 1.
    """
    log_ntk = np.log(data["ntk"])[..., None, :]
    return {
        name: np.exp(np.mean(np.log(data[name]) - log_ntk, axis=-1))
        for name in ("masks", "with_ntk")
    }
