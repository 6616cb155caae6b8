"""Errors over the NTK's error, for the claims, the table and the figure."""

import numpy as np


def ratios(data):
    """Return the geometric means over draws of the errors over the NTK's error.

    Returns
    -------
    dict of ndarray (t, u, s, e)
        ``masks`` and ``with_ntk``, by teacher t, units u, samples s and exponent e.
    """
    log_ntk = np.log(data["ntk"])[..., None, :]
    return {
        name: np.exp(np.mean(np.log(data[name]) - log_ntk, axis=-1))
        for name in ("masks", "with_ntk")
    }
