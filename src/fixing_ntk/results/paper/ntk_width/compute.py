"""Compare the empirical NTK of finite gated networks at initialisation with the closed form."""

import numpy as np

from fixing_ntk.kernels import empirical_ntk, monte_carlo_ntk, ntk
from fixing_ntk.results.bounds import several, whole_numbers
from fixing_ntk.results.claim_kinds import NTK, claim_row
from fixing_ntk.results.rates import slope
from fixing_ntk.seeds import stream

LAYERS = {"first layer trained": (False, 1.0), "both layers trained": (True, 2.0)}


def ntk_width(
    seed,
    *,
    n=60,
    d=5,
    widths=(10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000),
    n_seeds=20,
    monte_carlo_gates=1_000_000,
):
    """Measure the error of gated networks' empirical NTK at initialisation, by width and seed.

    The rate at which the error falls with the width is fitted, too.

    Parameters
    ----------
    seed : int
    n : int
        Samples.
    d : int
        Features, the bias included.
    widths : sequence of int
        Numbers of neurons.
    n_seeds : int
        Networks of each width.
    monte_carlo_gates : int
        Number of gates of the Monte Carlo average that the closed form is compared with.

    Returns
    -------
    data : dict of ndarray
        ``widths`` (w,); ``errors`` (2, w, n_seeds), ``||K - c H||_F / ||c H||_F`` of the empirical
        kernel K, with the first layer trained (c = 1) and with both layers trained (c = 2), where H
        is the closed form; ``slopes`` and ``slope_errors`` (2,), fitted exponents in the width and
        standard errors; ``d``.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.
    """
    whole_numbers(2, n=n, d=d, n_seeds=n_seeds)
    whole_numbers(10, widths=widths)
    several(widths=widths)
    whole_numbers(100, monte_carlo_gates=monte_carlo_gates)
    widths = sorted(widths)
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
            NTK,
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
            NTK,
            f"{name}: mean relative error at width {widths[-1]:,}, over sqrt(d / width)",
            e[-1].mean() / np.sqrt(d / widths[-1]),
            2.0,
        )
        for name, e in zip(LAYERS, errors, strict=True)
    ]
    rows += ntk_is_expectation(X, monte_carlo_gates, stream(seed, "ntk_width", "gates"))
    slopes, slope_errors = np.transpose(fits)
    data = dict(
        widths=np.array(widths), errors=errors, slopes=slopes, slope_errors=slope_errors, d=d
    )
    return data, rows


def ntk_is_expectation(X, n_gates, rng):
    """Return claim rows: the closed-form NTK against the average over random gates.

    Entries on and above the diagonal are compared in standard errors of the average, by root mean
    square in one row and by maximum in the other. Entries of standard error zero are left out.
    ``n_gates`` gates are drawn.
    """
    upper = np.triu_indices(len(X))
    mean, standard_error = monte_carlo_ntk(X, n_gates, rng)
    sampled = standard_error[upper] > 0
    z = np.abs(mean - ntk(X))[upper][sampled] / standard_error[upper][sampled]
    claim = "The closed-form NTK is the expectation of masking kernels over Gaussian gates"
    return [
        claim_row(
            claim,
            NTK,
            f"closed form against {n_gates:,} gates: root mean square deviation in standard errors",
            np.sqrt(np.mean(z**2)),
            1.5,
        ),
        claim_row(claim, NTK, f"largest of {len(z):,} deviations in standard errors", z.max(), 6.0),
    ]
