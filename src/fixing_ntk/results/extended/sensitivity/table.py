"""Table `sensitivity`: MKL against the NTK with other gates, draws, grids, and an intercept."""

import pandas as pd

from fixing_ntk.comparison.sensitivity import VARIANT
from fixing_ntk.comparison.statistics import LARGE, compare, means
from fixing_ntk.drawing.cells import compared, larger, mean_columns, numbers, pair_columns, tally
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note

METHODS = ["ntk", "mkl", "averaged"]


def sensitivity(rows, failed=None):
    """Return the `Table` of variants of the comparison, each against the NTK as configured.

    Variants are the NTK and MKL as configured, with other gates, draws or grids, averaged over
    draws, and with an intercept.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `comparison.sensitivity.variants`.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason; the notes name them.
    """
    order = rows.assign(of=rows.method.map(METHODS.index), late=rows.draw > 0)
    order = order.sort_values(["intercept", "of", "late", "gates", "draw", "grid"], kind="stable")
    by = order.groupby(VARIANT, dropna=False, sort=False)
    accuracies = [of_one.groupby("dataset").accuracy.mean() for _, of_one in by]
    n = rows.groupby("dataset").n.max()
    ntk, wider, *_ = accuracies
    beside = {
        "ntk": (ntk, n.index),
        "large_ntk": (ntk, n.index[n >= LARGE]),
        "wider": (wider, n.index),
    }
    pairs = {
        name: [compare(accuracy[of], other[of], n[of]) for accuracy in accuracies]
        for name, (other, of) in beside.items()
    }
    over_sets = pd.DataFrame([means(100 * accuracy, n) for accuracy in accuracies])
    raw = by.agg(at_end=("at_end", "sum"), fits=("at_end", "size"), gap=("gap", "max"))
    raw = raw.reset_index().join(over_sets)
    for name, of_name in pairs.items():
        raw = raw.join(pd.DataFrame(of_name).add_prefix(f"{name}_"))
    printed = pd.DataFrame(
        {
            "method": [named(row) for row in raw.itertuples()],
            **mean_columns("test %", over_sets, ".2f"),
            **pair_columns(pairs["ntk"]),
            f"w/t/l, n ≥ {LARGE}": [tally(pair) for pair in pairs["large_ntk"]],
            "w/t/l, wider grid": [tally(pair) for pair in pairs["wider"]],
            "at an end": [f"{a} of {b}" for a, b in zip(raw.at_end, raw.fits, strict=True)],
            "gap": numbers(raw.gap, ".0e"),
        }
    )
    return Table.noted(raw, printed, facts(raw, pairs, rows, failed), notes)


def named(row):
    """Return the name that readers see of a variant, such as "MKL, 250 gates".

    ``row`` has the attributes in `comparison.sensitivity.VARIANT`.
    """
    if row.intercept:
        return f"{row.method.upper()}, with an intercept"
    if row.method == "ntk":
        return "NTK" if row.grid == "configured" else "NTK, wider grid"
    if row.method == "averaged":
        return "MKL averaged"
    draw = f", draw {row.draw:.0f}" if row.draw else ""
    return f"MKL, {row.gates:,.0f} gates{draw}"


def facts(raw, pairs, rows, failed=None):
    """Return, as a dict, the numbers that notes and documentation state.

    ``base`` compares MKL as configured with the NTK as configured, ``base_large`` does so on the
    larger datasets alone, and ``base_wider`` compares MKL with the NTK on the wider grid. ``gates``
    has by number of gates the mean over datasets of MKL's accuracy less the NTK's, in points, for
    the first draw. ``configured`` is the configured number of gates. ``draws`` has the ``least``
    and ``most`` of this mean over draws of so many gates, and ``count``, the number of draws.
    ``wider`` compares the NTK on the wider grid with the NTK as configured. ``at_end`` in it counts
    the splits, out of ``fits``, whose penalty is an end of the wider grid, and
    ``at_end_configured`` does so for the configured grid. ``intercept`` compares ``ntk`` and
    ``mkl``, each with an intercept, with the NTK as configured.

    Parameters
    ----------
    raw : pandas.DataFrame
        Rows of the CSV file, one for each variant: the NTK first, then the NTK on the wider grid.
    pairs : dict of str to list of dict
        `statistics.compare` of every variant with the NTK (``ntk``), with the NTK on the larger
        datasets (``large_ntk``), and with the NTK on the wider grid (``wider``).
    rows, failed
        As for `sensitivity`; ``failed`` is only passed on, as {} for None.
    """
    mkl = raw[(raw.method == "mkl") & ~raw.intercept]
    configured = mkl.gates[mkl.draw > 0].iloc[0]  # the number of gates that has several draws
    draws = mkl[mkl.gates == configured]
    base = draws.index[draws.draw == 0][0]
    return dict(
        datasets=rows.dataset.nunique(),
        splits=rows.split.nunique(),
        configured=configured,
        base=pairs["ntk"][base],
        base_large=pairs["large_ntk"][base],
        base_wider=pairs["wider"][base],
        gates={f"{row.gates:.0f}": row.ntk_mean for row in mkl[mkl.draw == 0].itertuples()},
        draws=dict(least=draws.ntk_mean.min(), most=draws.ntk_mean.max(), count=len(draws)),
        wider=dict(
            at_end=raw.at_end[1],
            at_end_configured=raw.at_end[0],
            fits=raw.fits[1],
            **pairs["ntk"][1],
        ),
        intercept={row.method: pairs["ntk"][row.Index] for row in raw[raw.intercept].itertuples()},
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    base, large, wider, draws = (facts[name] for name in ("base", "base_large", "wider", "draws"))
    by_gates = ", ".join(
        f"{difference:+.2f} with {int(count):,}" for count, difference in facts["gates"].items()
    )
    return [
        f"Protocol full: {facts['splits']} split(s) of {facts['datasets']} datasets. Differences "
        "are in points of test accuracy to the NTK as configured, tests over datasets. The last "
        "count is against the NTK with the wider grid.",
        f"MKL with {facts['configured']:,.0f} gates against the NTK: {compared(base)}. On "
        f"{larger(large['large'])} alone: wins/ties/losses {tally(large)}.",
        f"Mean difference by number of gates: {by_gates}.",
        f"Over {draws['count']} draws of the gates the mean difference is between "
        f"{draws['least']:+.2f} and {draws['most']:+.2f} points.",
        f"The NTK's chosen penalty ends its grid in {wider['at_end_configured']} of "
        f"{wider['fits']} splits, and the wider grid in {wider['at_end']}. The wider grid against "
        f"the configured one: {tally(wider)}, mean difference {wider['mean']:+.2f} points.",
        *(
            f"{method.upper()} with an intercept that is not penalised, against the NTK as "
            f"configured: {compared(pair)}."
            for method, pair in facts["intercept"].items()
        ),
        gap_note(facts),
        *failure_notes(facts),
    ]
