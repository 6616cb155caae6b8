"""Summarise rows of runs as speedups, times and performance profiles."""

import numpy as np
import pandas as pd

CELL = ["instance", "ratio", "gap"]
OWN = ["default", "fista", "irls", "conic", "relu_newton", "relu_conic", "logistic_newton"]
PROGRAMS = ("relu_", "logistic_")  # prefixes of solvers' names; the gated program has none


def gather(paths):
    """Read CSV files of rows into one pandas.DataFrame, in the order of the files."""
    return pd.concat(map(pd.read_csv, paths), ignore_index=True)


def ratios(rows, ours):
    """Return our time beside the fastest competitor's, for each instance, penalty and gap.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `protocol.measure`, for all solvers.
    ours : str
        A solver; all others are its competitors.

    Returns
    -------
    pandas.DataFrame
        Sorted by penalty, then gap, largest first: instance, n, d, p, ratio, gap, ours (seconds),
        best (name of the fastest competitor), seconds (its own), speedup (these over ours; infinite
        where only ours reached the gap, zero where only a competitor did, NaN where none did),
        passes (ours over the time of one certificate pass). The best is chosen for each row.
        Seconds are NaN, and the name too, where the gap was not reached.
    """
    mine = rows[rows.solver == ours].set_index(CELL)
    others = rows[(rows.solver != ours) & rows.seconds.notna()]
    best = others.loc[others.groupby(CELL).seconds.idxmin()].set_index(CELL)
    out = mine[["n", "d", "p"]].copy()
    out["ours"] = mine.seconds
    out["best"] = best.solver.reindex(out.index)
    out["seconds"] = best.seconds.reindex(out.index)
    out["speedup"] = out.seconds.fillna(np.inf) / out.ours
    out.loc[out.ours.isna() & out.seconds.notna(), "speedup"] = 0.0
    out["passes"] = mine.seconds / mine.pass_seconds
    return out.reset_index().sort_values(
        ["ratio", "gap"], ascending=False, kind="stable", ignore_index=True
    )


def speedups(table):
    """Summarise the frame that `ratios` returns over instances, in a row for each ratio and gap.

    The columns are ratio, gap, instances (their number), ``median`` and ``least`` of the speedups,
    ``passes`` (their median) and ``missed``, the number of instances on which ours reached the gap
    and no competitor did. Speedups there are infinite, and count as the largest in the median.
    Instances on which no solver reached the gap count in ``instances`` alone.
    """
    by = table.assign(missed=np.isinf(table.speedup)).groupby(["ratio", "gap"], sort=False)
    return by.agg(
        instances=("instance", "count"),
        median=("speedup", "median"),
        least=("speedup", "min"),
        passes=("passes", "median"),
        missed=("missed", "sum"),
    ).reset_index()


def plain_name(solver):
    """Return the name of a solver without the prefix of its program, such as ``relu_``."""
    for program in PROGRAMS:
        solver = solver.removeprefix(program)
    return solver


def sides(rows, ours):
    """Return the rows of our solver and its competitors, by their side.

    The sides are "package", the solvers of other packages, and "method", this package's other
    solvers. A side without a solver is left out. This package's solvers are those of `OWN`,
    so the ADMM counts as another package, although it is written for the benchmark. ``rows`` are
    those of `protocol.measure`, as a pandas.DataFrame, and ``ours`` is the name of our solver.
    """
    mine, own = rows.solver == ours, rows.solver.isin(OWN)
    both = {"package": rows[mine | ~own], "method": rows[mine | own]}
    return {side: some for side, some in both.items() if some.solver.nunique() > 1}


def profile(rows, gap):
    """Compute Dolan and Moré's performance profile at one gap, over instances and penalties.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `protocol.measure`, for all solvers.
    gap : float

    Returns
    -------
    dict of str to (ndarray, ndarray)
        For each solver, in order of first appearance: the ratios of its times to the best time,
        increasing, and the share of all pairs of instance and penalty solved within each ratio.
        Pairs on which it did not reach the gap have no ratio.
    """
    at = rows[rows.gap == gap]
    times = at.pivot_table(
        index=["instance", "ratio"], columns="solver", values="seconds", dropna=False
    )
    relative = times.div(times.min(axis=1), axis=0)
    curves = {}
    for solver in rows.solver.unique():
        reached = np.sort(relative[solver].dropna())
        curves[solver] = reached, np.arange(1, len(reached) + 1) / len(times)
    return curves


def short(seconds):
    """Write seconds with three significant digits, from 100 on as a whole number."""
    return f"{seconds:.0f}" if seconds >= 100 else f"{seconds:#.3g}".rstrip(".")


def mark(row, time_limit):
    """Write a cell of the table of times: seconds, or why the gap was not reached.

    ``row`` is a row of `protocol.measure`, and ``time_limit`` the panel's limit in CPU seconds. The
    reason is ``> SECONDS`` at the time limit, ``memory`` at the memory limit, else ``- (GAP)`` with
    the best gap of the solver, or ``- (error)`` where no run has a gap.
    """
    if pd.notna(row.seconds):
        return short(row.seconds)
    if row.status == "time limit" or row.status.startswith("not tried: time"):
        return f"> {time_limit:g}"
    if "out of memory" in row.status:
        return "memory"
    return f"- ({row.gap_reached:.0e})" if pd.notna(row.gap_reached) else "- (error)"
