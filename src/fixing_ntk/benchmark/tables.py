"""Tables of the benchmark; each function returns what `tables.write.write_table` writes."""

import numpy as np
import pandas as pd

from fixing_ntk.benchmark import summary
from fixing_ntk.benchmark.scaling import FEWEST, slopes, way


def ratios(rows, ours):
    """Our time against the best peer's, cell by cell, and over instances.

    Returns
    -------
    raw, printed : pandas.DataFrame
        The cells first, then a median and a least one for each ratio and gap.
    notes : list of str
    """
    cells = summary.ratios(rows, ours)
    over = summary.speedups(cells)
    total = pd.concat(
        [
            over.assign(instance="median", speedup=over["median"]),
            over.assign(instance="least", speedup=over.least, passes=np.nan),
        ]
    ).sort_values(["ratio", "gap"], ascending=False, kind="stable")
    raw = pd.concat([cells, total[["instance", "ratio", "gap", "speedup", "passes"]]])
    printed = pd.DataFrame(
        {
            "instance": raw.instance,
            "n, d, p": [
                "" if np.isnan(n) else f"{n:.0f}, {d:.0f}, {p:.0f}"
                for n, d, p in zip(raw.n, raw.d, raw.p, strict=True)
            ],
            "λ/λ_max": [f"{r:g}" for r in raw.ratio],
            "gap": [f"{g:.0e}" for g in raw.gap],
            "ours, s": _seconds(raw.ours),
            "best peer": raw.best_peer.fillna(""),
            "its time, s": _seconds(raw.peer),
            "peer / ours": ["" if np.isnan(s) else f"{s:.3g}" for s in raw.speedup],
            "ours / pass": ["" if np.isnan(s) else f"{s:.0f}" for s in raw.passes],
        }
    )
    peers = ", ".join(s for s in rows.solver.unique() if s != ours)
    notes = [
        f"Ours: {ours}. Peers: {peers}. Every point, whoever made it, is scored by one function.",
        "Gap: (P - D) / (1/2 ||y||²). A pass: the scores of all masks at one dual point.",
        "inf: no peer reached the gap; 0: only a peer did. Median and least over the instances.",
        f"Largest relative duality gap behind this table: {_largest(rows):.1e}.",
    ]
    return raw, printed, notes


def times(rows, time_limit):
    """Seconds of every solver in every cell; same returns as `ratios`."""
    marks = rows.assign(mark=[summary.mark(row, time_limit) for row in rows.itertuples()])
    order = list(rows.solver.unique())
    wide = marks.pivot(index=summary.CELL, columns="solver", values="mark")[order]
    cells = rows[summary.CELL].drop_duplicates().apply(tuple, axis=1)
    wide = wide.reindex(pd.MultiIndex.from_tuples(cells, names=summary.CELL)).reset_index()
    printed = wide.assign(ratio=wide.ratio.map("{:g}".format), gap=wide.gap.map("{:.0e}".format))
    printed = printed.rename(columns={"ratio": "λ/λ_max"}).fillna("")
    notes = [
        f"Seconds, one thread. > {time_limit:g}: all runs of the solver at this λ together took "
        "that long before one reached the gap, here or at a larger λ. "
        "memory: stopped at the limit of memory, here or at a larger λ. "
        "- (gap): the best gap of its tolerances.",
        "Versions: " + ", ".join(_versions(rows)) + ".",
        f"Largest relative duality gap behind this table: {_largest(rows):.1e}.",
    ]
    return rows, printed, notes


def path(rows):
    """A warm-started path beside its last point alone; same returns as `ratios`."""
    printed = pd.DataFrame(
        {
            "instance": rows.instance,
            "n, d, p": [f"{r.n}, {r.d}, {r.p}" for r in rows.itertuples()],
            "last λ/λ_max": [f"{end:g}" for end in rows.end],
            "points": rows.points,
            "path, s": _seconds(rows.path),
            "last point alone, s": _seconds(rows["last"]),
            "path / last": [f"{m:.1f}" for m in rows.multiple],
        }
    )
    medians = rows.groupby("end", sort=False).multiple.median()
    notes = [
        "Each point certified to the same gap as the last alone. Medians over instances: "
        + "; ".join(f"{m:.1f} down to {end:g} λ_max" for end, m in medians.items())
        + ".",
        f"Largest relative duality gap behind this table: {rows.gap_reached.max():.1e}.",
    ]
    return rows, printed, notes


def several(rows):
    """Several targets in one call beside a call each; same returns as `ratios`."""
    printed = pd.DataFrame(
        {
            "instance": rows.instance,
            "n, d, p": [f"{r.n}, {r.d}, {r.p}" for r in rows.itertuples()],
            "targets": rows.targets,
            "λ/λ_max": [f"{r:g}" for r in rows.ratio],
            "a call each, s": _seconds(rows.each),
            "one call, s": _seconds(rows.together),
            "one / each": [f"{s:.2f}" for s in rows.share],
        }
    )
    notes = [
        "One class against the rest each, all certified to the same gap.",
        f"Largest relative duality gap behind this table: {rows.gap_reached.max():.1e}.",
    ]
    return rows, printed, notes


def scaling(rows):
    """Time and memory against each size, with fitted exponents; same returns as `ratios`."""
    printed = pd.DataFrame(
        {
            "axis": rows.axis,
            "n, d, p": [f"{r.n}, {r.d}, {r.p}" for r in rows.itertuples()],
            "λ/λ_max": [f"{r:g}" for r in rows.ratio],
            "method": way(rows),
            "active masks": rows.n_active,
            "seconds": _seconds(rows.seconds),
            "peak MB": rows.peak_mb.round(0).astype(int),
        }
    )
    fits = [
        f"{axis}^{time:.2f} and {axis}^{memory:.2f} by {how} at {ratio:g} λ_max"
        for (axis, ratio, how), (time, memory) in slopes(rows).items()
    ]
    notes = [
        "Growth of time and of memory along an axis, fitted to the rows of one method each: "
        + ("; ".join(fits) or "none")
        + f". No fit to fewer than {FEWEST} rows.",
        "Peak of a whole process, interpreter and data included.",
        f"Largest relative duality gap behind this table: {rows.gap_reached.max():.1e}.",
    ]
    return rows, printed, notes


def _versions(rows):
    named = rows[["solver", "version"]].drop_duplicates().fillna("")
    return [f"{s} {v}".strip() for s, v in named.itertuples(index=False)]


def _largest(rows):
    return rows[rows.seconds.notna()].gap_reached.max()


def _seconds(values):
    return ["" if np.isnan(v) else summary.short(v) for v in values]
