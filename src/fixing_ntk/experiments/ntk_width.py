"""Empirical NTK of finite gated networks at initialisation against the closed form."""

import numpy as np

from fixing_ntk.claims import claim_row
from fixing_ntk.kernels import empirical_ntk, ntk
from fixing_ntk.seeds import stream

LAYERS = {"first layer trained": (False, 1.0), "both layers trained": (True, 2.0)}
PANEL = "Neural Tangent Kernel"


def ntk_width(n, d, widths, n_seeds, seed):
    """Errors over widths and seeds, and the rate at which they fall.

    Parameters
    ----------
    n, d : int
        Gaussian inputs, one column of ones.
    widths : sequence of int
    n_seeds : int
        Networks of each width.
    seed : int

    Returns
    -------
    data : dict of ndarray
        ``widths`` (w,), ``errors`` (2, w, n_seeds): ``||K - c H||_F / ||c H||_F`` with the first
        layer trained (c = 1) and with both (c = 2); ``slopes`` and ``slope_errors`` (2,).
    rows : list of dict
    """
    rng = stream(seed, "ntk_width", "data")
    X = np.column_stack([rng.standard_normal((n, d - 1)), np.ones(n)])
    H = ntk(X)
    errors = np.empty((2, len(widths), n_seeds))
    for i, (name, (second_layer, factor)) in enumerate(LAYERS.items()):
        for j, width in enumerate(widths):
            for k in range(n_seeds):
                K = empirical_ntk(X, width, stream(seed, "ntk_width", name, width, k), second_layer)
                errors[i, j, k] = np.linalg.norm(K / factor - H) / np.linalg.norm(H)
    fits = [slope(np.log(widths), np.log(e)) for e in errors]
    rows = [
        claim_row(
            "Finite gated networks have the closed-form NTK in the limit of infinite width",
            PANEL,
            f"{name}: fitted exponent {value:.3f} of the error in the width, distance to -1/2 in "
            "standard errors",
            abs(value + 0.5) / error,
            4.0,
        )
        for name, (value, error) in zip(LAYERS, fits, strict=True)
    ]
    rows += [
        claim_row(
            "Finite gated networks have the closed-form NTK in the limit of infinite width",
            PANEL,
            f"{name}: mean relative error at width {widths[-1]:,}, over sqrt(d / width)",
            e[-1].mean() / np.sqrt(d / widths[-1]),
            2.0,
        )
        for name, e in zip(LAYERS, errors, strict=True)
    ]
    slopes, slope_errors = np.transpose(fits)
    data = dict(
        widths=np.array(widths), errors=errors, slopes=slopes, slope_errors=slope_errors, d=d
    )
    return data, rows


def slope(x, y):
    """Least-squares slope of y (w, s), s repeats at each x (w,), and its standard error."""
    x = np.repeat(x - np.mean(x), y.shape[1])
    y = y.ravel() - y.mean()
    value = x @ y / (x @ x)
    residual = y - value * x
    return float(value), float(np.sqrt(residual @ residual / (len(x) - 2) / (x @ x)))
