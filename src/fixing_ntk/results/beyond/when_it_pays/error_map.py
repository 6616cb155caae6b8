"""Map of the errors of NTK and MKL over teachers: its cells, their significance, and the line.

On the line both methods are equally good. Arrays of the map have the axes (teacher, noise,
dimension, samples, units, repeat), and NaN in cells that were not run.
"""

import numpy as np
import pandas as pd

from fixing_ntk.comparison.statistics import paired_tests

LEVEL = 0.05  # significance level of all cells of a map together


def is_significant(mkl, ntk, n_cells):
    """Return whether the sign of ``log(mkl / ntk)`` is significant, after Bonferroni.

    The test is Wilcoxon's signed-rank test over the repeats, at the level `LEVEL` for all cells.
    False if all pairs are equal.

    Parameters
    ----------
    mkl, ntk : ndarray (n_repeats,)
        Errors on the same draws.
    n_cells : int
        Cells of the whole map, run or not.
    """
    p = paired_tests(np.log(mkl), np.log(ntk))["wilcoxon"]
    return bool(p <= LEVEL / n_cells)


def cells(data):
    """Tabulate MKL's error against the NTK's on the map: one row for each cell that was run.

    Parameters
    ----------
    data : mapping
        From `when_it_pays.compute`.

    Returns
    -------
    pandas.DataFrame
        teacher, noise, d, n, units; ``ratio``, the geometric mean over repeats of MKL's error over
        the NTK's; ``stopped_ratio``, the same for MKL stopped early over the better of MKL and NTK,
        NaN where early stopping was not run; ``sure``, see `is_significant`; the largest ``gap``;
        means over repeats of every other outcome, by its name, and standard errors ``_se`` of the
        errors.
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
            sure=is_significant(mkl[at], ntk[at], n_cells),
        )
        for name in outcomes:
            values = data[name][at]
            row[name] = values.max() if name == "gap" else values.mean()
            if name.endswith("_error"):
                row[f"{name}_se"] = values.std(ddof=1) / np.sqrt(len(values))
        rows.append(row)
    return pd.DataFrame(rows)


def lines(table):
    """Interpolate the units at which MKL and NTK are equally good, on logarithmic axes.

    Parameters
    ----------
    table : pandas.DataFrame
        From `cells`.

    Returns
    -------
    pandas.DataFrame
        teacher, noise, d, n, ``units``, where MKL's error over the NTK's first rises above 1; 0
        where the NTK is better at the fewest units that were run, infinite where it is better at
        none.
    """
    keys = ["teacher", "noise", "d", "n"]
    return pd.DataFrame(
        [
            dict(zip(keys, key, strict=True), units=_crossing(group.sort_values("units")))
            for key, group in table.groupby(keys, sort=False)
        ]
    )


def nearest(table, n, d, active_share, effective_share):
    """Return the cell of a map that is most like a dataset.

    Only cells of the nearest d, and then of the nearest n, are compared. The nearest of these has
    the least distance in the two shares. All distances are on logarithmic axes.

    Parameters
    ----------
    table : pandas.DataFrame
        From `cells`.
    n, d : float
        Samples and features of the dataset.
    active_share, effective_share : float
        On the dataset, the share of MKL's masks that are active, and the effective dimension of the
        NTK over n.

    Returns
    -------
    pandas.Series
        The row of the cell.
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
    """Return the units at which MKL's error over the NTK's first rises above 1, see `lines`.

    ``group`` has cells that differ in their units alone, in increasing order.
    """
    x, y = np.log(group.units.to_numpy()), np.log(group.ratio.to_numpy())
    above = np.flatnonzero(y > 0)
    if not len(above):
        return np.inf
    i = above[0]
    if i == 0:
        return 0.0
    return float(np.exp(x[i] - y[i] * (x[i] - x[i - 1]) / (y[i] - y[i - 1])))
