"""Errors over the NTK's, which claims, table and figure share."""

import numpy as np


def ratios(data):
    """Geometric means over draws of errors over the NTK's.

    Returns
    -------
    dict of ndarray (t, u, s, e)
        ``masks`` and ``with_ntk``.
    """
    log_ntk = np.log(data["ntk"])[..., None, :]
    return {
        name: np.exp(np.mean(np.log(data[name]) - log_ntk, axis=-1))
        for name in ("masks", "with_ntk")
    }
