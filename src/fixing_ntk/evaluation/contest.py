"""Errors of NTK and MKL over a grid of teachers: where the sign is certain, and where the line is.

Arrays of a contest have axes (teacher, noise, dimension, samples, units, repeat); NaN stands in
cells that were not run.
"""

import numpy as np
import pandas as pd

from fixing_ntk.comparison.statistics import paired_tests

LEVEL = 0.05  # of all cells of a map together


def is_sure(mkl, ntk, n_cells):
    """Whether the sign of ``log(mkl / ntk)`` is certain over repeats, after Bonferroni.

    Parameters
    ----------
    mkl, ntk : ndarray (n_repeats,)
        Errors on the same draws.
    n_cells : int
        Of the whole map, whether run or not.
    """
    p = paired_tests(np.log(mkl), np.log(ntk))["wilcoxon"]
    return bool(p <= LEVEL / n_cells)


def verdicts(mkl, ntk, n_cells):
    """-1 where MKL is certainly better, +1 where the NTK is, else 0, for errors (units, repeats).

    A cell that was not run is 0 unless one that was speaks for it: more units favour the NTK.
    """
    found = np.zeros(len(mkl), int)
    for i in np.flatnonzero(np.isfinite(mkl).all(axis=1)):
        if is_sure(mkl[i], ntk[i], n_cells):
            found[i] = np.sign(np.log(mkl[i] / ntk[i]).mean())
    run = np.isfinite(mkl).all(axis=1)
    for i in np.flatnonzero(~run):
        found[i] = 1 * bool((found[:i][run[:i]] > 0).any()) - bool((found[i:][run[i:]] < 0).any())
    return found


def window(found):
    """Units between those that are certainly MKL's and those that are certainly the NTK's.

    Parameters
    ----------
    found : ndarray (units,)
        `verdicts` at fewer samples.

    Returns
    -------
    range
        From the last that is MKL's to the first that is the NTK's, both included.
    """
    mine, theirs = np.flatnonzero(found < 0), np.flatnonzero(found > 0)
    ends = sorted((mine.max(initial=0), theirs.min(initial=len(found) - 1)))
    return range(ends[0], ends[1] + 1)


def unbracketed(mkl, ntk):
    """Units to run next, so that the line lies between cells that were run, for (units, repeats).

    Returns
    -------
    list of int
        The neighbour below the first that was run, where the NTK is better there, and above the
        last, where MKL is.
    """
    run = np.flatnonzero(np.isfinite(mkl).all(axis=1))
    ratio = np.log(mkl[run[[0, -1]]] / ntk[run[[0, -1]]]).mean(axis=1)
    below = [run[0] - 1] if ratio[0] > 0 and run[0] > 0 else []
    return below + ([run[-1] + 1] if ratio[1] <= 0 and run[-1] + 1 < len(mkl) else [])


def cells(data):
    """One row for each cell that was run.

    Parameters
    ----------
    data : mapping
        Of `experiments.when_it_pays.when_it_pays`.

    Returns
    -------
    pandas.DataFrame
        teacher, noise, d, n, units; ``ratio`` of MKL's error to the NTK's, and
        ``stopped_ratio``, of the stopped fit's to the better of both, geometric means, NaN where it
        was not run; ``sure``; the largest ``gap``; means over repeats of every other outcome, by
        its name, and standard errors ``_se`` of the errors.
    """
    axes = ("teachers", "noise", "dimensions", "samples", "units")
    outcomes = list(data["outcomes"])
    ntk, mkl, stopped = (data[f"{name}_error"] for name in ("ntk", "mkl", "stopped"))
    n_cells = ntk[..., 0].size
    rows = []
    for at in zip(*np.nonzero(np.isfinite(ntk).all(axis=-1)), strict=True):
        place = {axis: data[axis][i] for axis, i in zip(axes, at, strict=True)}
        row = dict(
            teacher=str(place["teachers"]),
            noise=float(place["noise"]),
            d=int(place["dimensions"]),
            n=int(place["samples"]),
            units=int(place["units"]),
            ratio=np.exp(np.log(mkl[at] / ntk[at]).mean()),
            stopped_ratio=np.exp(np.log(stopped[at] / np.minimum(mkl[at], ntk[at])).mean()),
            sure=is_sure(mkl[at], ntk[at], n_cells),
        )
        for name in outcomes:
            values = data[name][at]
            row[name] = values.max() if name == "gap" else values.mean()
            if name.endswith("_error"):
                row[f"{name}_se"] = values.std(ddof=1) / np.sqrt(len(values))
        rows.append(row)
    return pd.DataFrame(rows)


def lines(table):
    """Units at which MKL and NTK are equally good, interpolated on logarithmic axes.

    Parameters
    ----------
    table : pandas.DataFrame
        From `cells`.

    Returns
    -------
    pandas.DataFrame
        teacher, noise, d, n, ``units``; 0 where the NTK is better at the fewest units that were
        run, infinite where MKL is better at the most.
    """
    keys = ["teacher", "noise", "d", "n"]
    return pd.DataFrame(
        [
            dict(zip(keys, key, strict=True), units=_crossing(group.sort_values("units")))
            for key, group in table.groupby(keys, sort=False)
        ]
    )


def nearest(table, n, d, active_share, effective_share):
    """The cell of a map that is most like a dataset.

    Parameters
    ----------
    table : pandas.DataFrame
        From `cells`.
    n, d : float
        Samples and features; the nearest of the map, d first, are taken on logarithmic axes.
    active_share, effective_share : float
        Of MKL's masks that are active, and effective dimension of the NTK over n.

    Returns
    -------
    pandas.Series
    """

    def near(values, value):
        distance = np.abs(np.log(values / value))
        return distance == distance.min()

    table = table[near(table.d, d)]
    table = table[near(table.n, n)]
    away = [
        np.log(table[name] / share)
        for name, share in (("active_share", active_share), ("effective_share", effective_share))
    ]
    return table.loc[np.hypot(*away).idxmin()]


def _crossing(group):
    x, y = np.log(group.units.to_numpy()), np.log(group.ratio.to_numpy())
    above = np.flatnonzero(y > 0)
    if not len(above):
        return np.inf
    i = above[0]
    if i == 0:
        return 0.0
    return float(np.exp(x[i] - y[i] * (x[i] - x[i - 1]) / (y[i] - y[i - 1])))
