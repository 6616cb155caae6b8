"""Make the tables of the benchmark, as `drawing.tables.Table`.

For each table NAME, ``NAME_facts`` returns its facts and ``NAME_notes`` writes its notes from them.
"""

from itertools import pairwise

import numpy as np
import pandas as pd

from fixing_ntk.benchmark import summary
from fixing_ntk.benchmark.scaling import DRAWS, MIN_POINTS, slopes, way
from fixing_ntk.drawing.tables import Table, gap_note

# The sides of `summary.sides` in words, of one solver and of several.
SIDES = {"package": ("package", "packages"), "method": ("method of ours", "methods of ours")}


def ratios(rows, ours):
    """Return the `Table` of our time against the best of each side of `summary.sides`.

    It has a row for each instance, penalty and gap, and then the median and least speedup over
    instances for each penalty and gap. A speedup is the time of the best solver of a side over
    ours. ``rows`` are those of `protocol.measure`, for all solvers of a panel, as a
    pandas.DataFrame. ``ours`` is the name of our solver.
    """
    key, sides = [*summary.CELL, "n", "d", "p", "ours", "passes"], summary.sides(rows, ours)
    raw = []
    for side, some in sides.items():
        cells = summary.ratios(some, ours)
        over = summary.speedups(cells)
        total = pd.concat(
            [
                over.assign(instance="median", speedup=over["median"]),
                over.assign(instance="least", speedup=over.least, passes=np.nan),
            ]
        ).sort_values(["ratio", "gap"], ascending=False, kind="stable")
        part = pd.concat([cells, total[["instance", "ratio", "gap", "speedup", "passes"]]])
        raw.append(
            part.set_index(key).rename(
                columns={"best": side, "seconds": f"{side}_seconds", "speedup": f"{side}_speedup"}
            )
        )
    raw = pd.concat(raw, axis=1).reset_index()
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
        }
    )
    for side in sides:
        printed[f"best other {SIDES[side][0]}"] = raw[side].fillna("").map(summary.plain_name)
        printed[f"{side}, s"] = _seconds(raw[f"{side}_seconds"])
        printed[f"{side} / ours"] = [
            "" if np.isnan(s) else f"{s:.3g}" for s in raw[f"{side}_speedup"]
        ]
    printed["ours / pass"] = ["" if np.isnan(s) else f"{s:.0f}" for s in raw.passes]
    return Table.noted(raw, printed, ratios_facts(rows, ours), ratios_notes)


def ratios_facts(rows, ours):
    """Return the speedups over instances, in ``cells`` by gap and then by ``lam / lambda_max``.

    ``rows`` and ``ours`` are as for `ratios`. A cell has ``passes``, the median of our time in
    certificate passes, and a dict for each side of `summary.sides`: ``median`` and ``least`` of the
    time of its best solver over ours, and ``missed``, the number of instances on which ours reached
    the gap and no solver of the side did, so that the ratio is infinite. The other facts are the
    names of ``ours`` and of the solvers of each side in ``sides``, the number of ``instances``, and
    the largest relative ``gap`` of the rows that reached their target gap.
    """
    sides = summary.sides(rows, ours)
    cells: dict = {}
    for side, some in sides.items():
        for row in summary.speedups(summary.ratios(some, ours)).itertuples():
            cell = cells.setdefault(row.gap, {}).setdefault(row.ratio, dict(passes=row.passes))
            cell[side] = dict(median=row.median, least=row.least, missed=row.missed)
    return dict(
        ours=ours,
        sides={side: [s for s in of.solver.unique() if s != ours] for side, of in sides.items()},
        instances=rows.instance.nunique(),
        cells=cells,
        gap=_largest(rows),
    )


def ratios_notes(facts):
    """Return the sentences under the table of `ratios`, a list of str.

    ``facts`` is the dict that `ratios_facts` returns.
    """
    others = " ".join(
        f"Other {SIDES[side][1]}: {', '.join(map(summary.plain_name, solvers))}."
        for side, solvers in facts["sides"].items()
    )
    missed = "; ".join(f"beside {side}s, {_missed(facts, side)}" for side in facts["sides"])
    return [
        f"Ours: {summary.plain_name(facts['ours'])}. {others} One function scores every point.",
        "Gap: (P - D) / P(0), P(0) the objective of zero weights. A pass: the scores of all masks "
        "at one dual point.",
        "inf: no other reached the gap; 0: only another did. Median and least over the instances. "
        f"An infinite ratio counts in a median as the largest: {missed}.",
        gap_note(facts),
    ]


def _missed(facts, side):
    """Return in words on how many instances no solver of a side reached a gap, but ours did.

    ``facts`` is the dict that `ratios_facts` returns. The text lists every penalty and gap with
    such instances; it is "none" if there are none.
    """
    found = [
        f"{cell[side]['missed']} of {facts['instances']} instances at {ratio} λ_max to {gap}"
        for gap, row in facts["cells"].items()
        for ratio, cell in row.items()
        if cell[side]["missed"]
    ]
    return ", ".join(found) or "none"


def times(rows, time_limit):
    """Return the `Table` of the seconds of every solver, one column each.

    It has a row for each instance, penalty and gap. ``rows`` are those of `protocol.measure`, for
    all solvers of a panel, as a pandas.DataFrame. ``time_limit`` is the panel's limit in CPU
    seconds.
    """
    marks = rows.assign(mark=[summary.mark(row, time_limit) for row in rows.itertuples()])
    order = list(rows.solver.unique())
    wide = marks.pivot(index=summary.CELL, columns="solver", values="mark")[order]
    cells = rows[summary.CELL].drop_duplicates().apply(tuple, axis=1)
    wide = wide.reindex(pd.MultiIndex.from_tuples(cells, names=summary.CELL)).reset_index()
    printed = wide.assign(ratio=wide.ratio.map("{:g}".format), gap=wide.gap.map("{:.0e}".format))
    names = {"ratio": "λ/λ_max"} | {solver: summary.plain_name(solver) for solver in order}
    printed = printed.rename(columns=names).fillna("")
    return Table.noted(rows, printed, times_facts(rows, time_limit), times_notes)


def times_facts(rows, time_limit):
    """Return a dict of ``time_limit``, the solvers' ``versions``, and the largest ``gap`` reached.

    Arguments are as for `times`, and ``versions`` from `_versions`.
    """
    return dict(time_limit=time_limit, versions=_versions(rows), gap=_largest(rows))


def times_notes(facts):
    """Return the sentences under the table of `times`, a list of str.

    ``facts`` is the dict that `times_facts` returns.
    """
    return [
        f"CPU seconds, one thread. > {facts['time_limit']:g}: all runs of the solver at this λ "
        "together took that long before one reached the gap, here or at a larger λ. "
        "memory: stopped at the limit of memory, here or at a larger λ. "
        "- (gap): the best gap of its tolerances.",
        "Versions: " + ", ".join(facts["versions"]) + ".",
        gap_note(facts),
    ]


def path(rows):
    """Return the `Table` of times of a path with warm starts beside its last point alone.

    A path solves a grid of penalties, and its last point is the smallest penalty. ``rows`` are
    those of `benchmark.path.measure`, as a pandas.DataFrame.
    """
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
    return Table.noted(rows, printed, path_facts(rows), path_notes)


def path_facts(rows):
    """Return the ``medians`` of path over last point, and the largest ``gap`` reached.

    ``medians`` are by the last ``lam / lambda_max`` of a path: over instances, the median time of
    the path over the time of its last point alone. ``rows`` are as for `path`.
    """
    medians = rows.groupby("end", sort=False).multiple.median().to_dict()
    return dict(medians=medians, gap=rows.gap_reached.max())


def path_notes(facts):
    """Return the sentences under the table of `path`, a list of str.

    ``facts`` is the dict that `path_facts` returns.
    """
    return [
        "Each point certified to the same gap as the last alone. Medians over instances: "
        + "; ".join(f"{m:.1f} down to {end} λ_max" for end, m in facts["medians"].items())
        + ".",
        gap_note(facts),
    ]


def several(rows):
    """Return the `Table` of times of one call for several targets beside a call for each target.

    ``rows`` are those of `benchmark.several.measure`, as a pandas.DataFrame.
    """
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
    return Table.noted(rows, printed, several_facts(rows), several_notes)


def several_facts(rows):
    """Return the ``share`` of one call in the time of all calls, and the largest ``gap`` reached.

    ``share`` is by ``lam / lambda_max``: the time of one call for all targets over the total time
    of a call for each. ``rows`` are as for `several`.
    """
    return dict(share=rows.set_index("ratio").share.to_dict(), gap=rows.gap_reached.max())


def several_notes(facts):
    """Return the sentences under the table of `several`, a list of str.

    ``facts`` is the dict that `several_facts` returns.
    """
    return ["One class against the rest each, all certified to the same gap.", gap_note(facts)]


def scaling(rows):
    """Return the `Table` of time and memory against each size, with fitted exponents in its notes.

    ``rows`` are those of `benchmark.scaling.measure` along the three axes, as a pandas.DataFrame.
    """
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
    return Table.noted(rows, printed, scaling_facts(rows), scaling_notes)


def scaling_facts(rows):
    """Return ``fits``, with the exponents of `scaling.slopes`, and the largest ``gap`` reached.

    ``rows`` are as for the table `scaling`. A fit has its axis, ratio and way, and the exponents of
    ``time`` and ``memory``, None where these fall along the axis. ``fewest`` and ``most`` are the
    least and largest size along the axis that were solved in this way, and ``d``, ``p``,
    ``seconds`` and ``peak_mb`` are of the largest. ``active`` are the fewest and most active masks.
    ``last`` is the exponent of time between the last two sizes, None where ``time`` is. ``falls``
    is as from `_falls`.
    """
    by_way = rows.assign(way=way(rows)).sort_values("value").groupby(["axis", "ratio", "way"])
    fits = []
    for key, exponents in slopes(rows).items():
        group = by_way.get_group(key)
        last = _growth(*list(group.itertuples())[-2:]) if exponents[0] is not None else None
        fits.append(
            dict(zip(("axis", "ratio", "way"), key, strict=True))
            | dict(zip(("time", "memory"), exponents, strict=True))
            | dict(fewest=group.value.min(), most=group.value.max())
            | group[["d", "p", "seconds", "peak_mb"]].to_dict("records")[-1]
            | dict(active=[group.n_active.min(), group.n_active.max()])
            | dict(last=last, falls=_falls(group))
        )
    return dict(fits=fits, gap=rows.gap_reached.max())


def _growth(smaller, larger):
    """Return the exponent of time as a power of the size, from two rows.

    ``smaller`` and ``larger`` are rows of `benchmark.scaling.measure`, by their size.
    """
    return np.log(larger.seconds / smaller.seconds) / np.log(larger.value / smaller.value)


def _falls(group):
    """Return the steps along an axis that took less time at the larger size.

    ``group`` has the rows of one axis, penalty and way, by increasing size. A step has the
    ``smaller`` and the ``larger`` size, and ``seconds`` and number of ``active`` masks as pairs.
    """
    return [
        dict(
            smaller=before.value,
            larger=after.value,
            seconds=[before.seconds, after.seconds],
            active=[before.n_active, after.n_active],
        )
        for before, after in pairwise(group.itertuples())
        if after.seconds < before.seconds
    ]


def scaling_notes(facts):
    """Return the sentences under the table of `scaling`, a list of str.

    ``facts`` is the dict that `scaling_facts` returns.
    """
    fits = [
        "{times} and {memories} by {way} at {ratio:g} λ_max, {active[0]:,} to {active[1]:,} active "
        "masks".format(
            **fit,
            times=_power(fit["axis"], fit["time"]),
            memories=_power(fit["axis"], fit["memory"]),
        )
        for fit in facts["fits"]
    ]
    last = [
        "{axis}^{last:.2f} by {way} at {ratio:g} λ_max".format(**fit)
        for fit in facts["fits"]
        if fit["last"] is not None
    ]
    falls = [
        "from {axis} = {smaller:,} to {larger:,} by {way} at {ratio:g} λ_max, {times} s, with "
        "{active[0]:,} and {active[1]:,} active masks".format(
            **fit | fall, times=" to ".join(map(summary.short, fall["seconds"]))
        )
        for fit in facts["fits"]
        for fall in fit["falls"]
    ]
    return [
        "Growth of time and of memory along an axis, fitted to the rows of one method each: "
        + ("; ".join(fits) or "none")
        + f". No fit to fewer than {MIN_POINTS} rows, and none where time or memory falls along "
        f"the axis. Seconds and active masks are medians over {DRAWS} problems.",
        "Growth of time between the last two sizes of each fit: "
        + ("; ".join(last) or "none")
        + ".",
        "Time also depends on how many masks are active. It falls along an axis: "
        + ("; ".join(falls) or "nowhere")
        + ".",
        "Peak of a whole process, interpreter and data included.",
        gap_note(facts),
    ]


def _power(axis, exponent):
    return "no fit" if exponent is None else f"{axis}^{exponent:.2f}"


def _versions(rows):
    """Return for each solver its name and version as text, a list of str."""
    named = rows[["solver", "version"]].drop_duplicates().fillna("")
    return [f"{summary.plain_name(s)} {v}".strip() for s, v in named.itertuples(index=False)]


def _largest(rows):
    """Return the largest relative gap over the rows whose target gap was reached."""
    return rows[rows.seconds.notna()].gap_reached.max()


def _seconds(values):
    return ["" if np.isnan(v) else summary.short(v) for v in values]
