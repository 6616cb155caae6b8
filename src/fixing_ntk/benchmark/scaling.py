"""Measure time and memory of the default solver against samples, features and masks."""

from functools import partial
from statistics import median

import numpy as np

from fixing_ntk.benchmark.protocol import runs_in_all, timed
from fixing_ntk.benchmark.watch import watched
from fixing_ntk.masks import MaskSet, RegeneratedMasks
from fixing_ntk.programs import lambda_max
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve

TEACHER, NOISE = 5, 0.5  # gates of the teacher network; noise over the signal, standard deviations
DRAWS = 3  # problems of each size, of which the median counts
MIN_POINTS = 3  # minimum of points for an exponent, since a line fits any two points


def measure(axis, values, base, ratios, gap, regenerate_above, repeats, seed):
    """Measure time and memory of the default solver as n, d or p grows, the other sizes fixed.

    `DRAWS` problems of each size are solved.

    Parameters
    ----------
    axis : {"n", "d", "p"}
        The size that grows: samples, features with the bias, or drawn gates. The gates may have
        fewer distinct masks than p.
    values : sequence of int
        Values of this size.
    base : dict
        Sizes n, d and p, of which the two other than ``axis`` are used.
    ratios : sequence of float
        ``lam / lambda_max``.
    gap : float
        Relative gap that every fit must certify.
    regenerate_above : int
        Number of gates above which masks are regenerated at each use instead of stored.
    repeats : list
        As in `protocol.Settings`.
    seed : int

    Yields
    ------
    dict
        A row for each value and ratio: axis, value, n, d, p, regenerated (whether masks were),
        ratio, method (the solver's name), seconds (CPU time) and n_active (masks), both medians
        over the draws, and gap_reached and peak_mb (of the whole process of the fits, with data and
        interpreter), both the largest.

    Raises
    ------
    RuntimeError
        If the process of a fit did not finish.
    """
    for value in values:
        sizes = base | {axis: value}
        regenerated = sizes["p"] > regenerate_above
        common = dict(axis=axis, value=value, regenerated=regenerated, **sizes)
        for ratio in ratios:
            fits, peaks = [], []
            for draw in range(DRAWS):
                task = partial(_solve, sizes, regenerated, ratio, gap, repeats, seed, draw)
                messages, end, peak = watched(task, np.inf, np.inf)
                if end != "finished":
                    raise RuntimeError(f"{axis} = {value}, ratio {ratio}: {end}")
                fits += messages
                peaks.append(peak)
            yield common | dict(
                ratio=ratio,
                method=fits[0]["method"],
                seconds=median(fit["seconds"] for fit in fits),
                gap_reached=max(fit["gap_reached"] for fit in fits),
                n_active=median(fit["n_active"] for fit in fits),
                peak_mb=max(peaks),
            )


def teacher_problem(n, d, seed, *draw):
    """Draw X (n, d) and noisy targets y (n,) of a gated network with `TEACHER` gates.

    The last column of X is ones, the others are from N(0, 1). The network's outputs have unit
    standard deviation, the noise has `NOISE`. Another ``draw``, a number, is another problem.
    """
    rng = stream(seed, "scaling", n, d, *draw)
    X = np.column_stack([rng.standard_normal((n, d - 1)), np.ones(n)])
    gates, weights = rng.standard_normal((2, d, TEACHER))
    signal = np.sum((X @ gates >= 0) * (X @ weights), axis=1)
    return X, signal / signal.std() + NOISE * rng.standard_normal(n)


def slopes(rows):
    """Fit exponents of time and memory as powers of the size, for each way of solving.

    ``rows`` are those of `measure`, as a pandas.DataFrame. A way of solving is a method, with masks
    stored or not. Ways differ in their constants, so a line through points of two ways would
    measure the step between them. A way with fewer than `MIN_POINTS` points along an axis, at a
    ratio, has no fit and no key. Where seconds or memory fall along the axis, they are no power of
    the size and have no exponent.

    Returns
    -------
    dict of (str, float, str) to (float or None, float or None)
        By axis, ratio and `way`: the exponents of ``seconds`` and of ``peak_mb``.
    """
    out = {}
    for key, group in rows.groupby(["axis", "ratio", way(rows)], sort=False):
        if len(group) >= MIN_POINTS:
            along = group.sort_values("value")
            out[key] = tuple(_exponent(along.value, y) for y in (along.seconds, along.peak_mb))
    return out


def _exponent(x, y):
    """Return the fitted exponent of y as a power of x, both increasing; None if y falls."""
    rises = y.is_monotonic_increasing
    return float(np.polyfit(np.log(x), np.log(y), 1)[0]) if rises else None


def way(rows):
    """Return in words how each row was solved: the method, and whether its masks were stored.

    ``rows`` are those of `measure`, as a pandas.DataFrame. The result is a Series of text. It is
    the method alone where masks were stored, say "irls", else "irls, masks not stored".
    """
    return rows.method + np.where(rows.regenerated, ", masks not stored", "")


def _solve(sizes, regenerated, ratio, gap, repeats, seed, draw, send):
    """Draw a problem, time the default solver on it, and send the results as one dict.

    ``sizes`` has n, d and p, ``regenerated`` says whether masks are regenerated instead of stored,
    and ``ratio`` is one of the ratios of `measure`. ``send`` is the function that `watched` passes,
    and the other arguments are as for `measure`.
    """
    X, y = teacher_problem(sizes["n"], sizes["d"], seed, draw)
    sample = RegeneratedMasks.sample if regenerated else MaskSet.sample
    masks = sample(X, sizes["p"], seed)
    lam = ratio * lambda_max(X, y, masks)
    run = partial(solve, X, y, masks)
    times: list[float] = []
    while not times or len(times) < runs_in_all(times[0], repeats):
        seconds, solution = timed(run, lam, gap)
        times.append(seconds)
    send(
        dict(
            method=solution.method,
            seconds=median(times),
            gap_reached=solution.gap,
            n_active=solution.n_active,
        )
    )
