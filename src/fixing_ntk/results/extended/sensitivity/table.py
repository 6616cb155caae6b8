"""Table `sensitivity`: MKL against the NTK with other gates, other draws and a wider grid."""

import pandas as pd

from fixing_ntk.comparison.summaries import LEAST_ROWS, summary
from fixing_ntk.drawing.cells import tally
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note

VARIANT = ["method", "gates", "draw", "grid"]


def sensitivity(rows, failed=None):
    """Make the table: a row for each variant, beside the NTK as configured.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `comparison.sensitivity.variants`.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.
    """
    size = rows.groupby("dataset").rows.first()
    means = {
        key: of_one.groupby("dataset").accuracy.mean()
        for key, of_one in rows.groupby(VARIANT, dropna=False, sort=False)
    }
    ntk, wider = (
        next(means[key] for key in means if (key[0], key[-1]) == ("ntk", grid))
        for grid in ("configured", "wider")
    )
    large = size[size >= LEAST_ROWS].index
    raw = pd.DataFrame(
        [
            dict(zip(VARIANT, key, strict=True))
            | summary(accuracy, size, ntk=ntk, wider=wider)
            | {
                f"large_{name}": value
                for name, value in summary(
                    accuracy[accuracy.index.isin(large)], size, ntk=ntk
                ).items()
                if name.startswith("ntk_")
            }
            for key, accuracy in means.items()
        ]
    )
    by = rows.groupby(VARIANT, dropna=False, sort=False)
    raw["at_end"], raw["fits"] = by.at_end.sum().to_numpy(), by.size().to_numpy()
    raw["gap"] = by.gap.max().to_numpy()
    order = raw.assign(
        of=raw.method.map({"ntk": 0, "mkl": 1, "averaged": 2}), late=raw.draw.fillna(0) > 0
    )
    raw = raw.loc[order.sort_values(["of", "late", "gates", "draw", "grid"]).index]
    raw = raw.reset_index(drop=True)
    printed = pd.DataFrame(
        {
            "method": [named(row) for row in raw.itertuples()],
            "mean, %": [f"{value:.2f}" for value in raw["mean"]],
            "median, %": [f"{value:.2f}" for value in raw["median"]],
            f"mean, {LEAST_ROWS} rows or more": [f"{value:.2f}" for value in raw.mean_large],
            "wins/ties/losses": [_tally(row, "ntk") for _, row in raw.iterrows()],
            "difference, mean": [_points(value) for value in raw.ntk_mean],
            "median": [_points(value) for value in raw.ntk_median],
            "Wilcoxon p": [_known(p, ".2g") for p in raw.ntk_wilcoxon],
            "sign p": [_known(p, ".2g") for p in raw.ntk_sign],
            f"w/t/l, {LEAST_ROWS} rows or more": [
                _tally(row, "large_ntk") for _, row in raw.iterrows()
            ],
            "w/t/l, wider grid": [_tally(row, "wider") for _, row in raw.iterrows()],
            "at an end": [f"{a} of {b}" for a, b in zip(raw.at_end, raw.fits, strict=True)],
            "gap": [f"{gap:.0e}" for gap in raw.gap],
        }
    )
    return Table.noted(raw, printed, facts(raw, rows, size, failed), notes)


def named(row):
    """Name a variant as readers see it."""
    if row.method == "ntk":
        return "NTK" if row.grid == "configured" else "NTK, wider grid"
    if row.method == "averaged":
        return "MKL averaged"
    draw = f", draw {row.draw:.0f}" if row.draw else ""
    return f"MKL, {row.gates:,.0f} gates{draw}"


def facts(raw, rows, size, failed=None):
    """Return what the notes and the pages state.

    ``gates`` and ``draws`` have the ``least`` and ``most`` mean difference of MKL to the NTK, in
    points, over numbers of gates and over draws of the configured number; ``wider`` describes the
    NTK's wider grid.
    """
    mkl = raw[raw.method == "mkl"]
    base = mkl[(mkl.draw == 0) & (mkl.gates == _configured(mkl))].iloc[0]
    draws = mkl[mkl.gates == base.gates]
    ntk = raw[raw.method == "ntk"].set_index("grid")

    def spread(of):
        least, most = of.loc[of.ntk_mean.idxmin()], of.loc[of.ntk_mean.idxmax()]
        return dict(least=least.ntk_mean, most=most.ntk_mean, count=len(of))

    return dict(
        datasets=len(size),
        splits=rows.split.nunique(),
        large=(size >= LEAST_ROWS).sum(),
        configured=base.gates,
        base=_pair(base, "ntk"),
        base_large=_pair(base, "large_ntk"),
        base_wider=_pair(base, "wider"),
        gates={f"{row.gates:.0f}": row.ntk_mean for row in mkl[mkl.draw == 0].itertuples()},
        draws=spread(draws),
        wider=dict(
            at_end=ntk.at_end["wider"],
            at_end_configured=ntk.at_end["configured"],
            fits=ntk.fits["wider"],
            **_pair(ntk.loc["wider"], "ntk"),
        ),
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Write the sentences under the table."""
    base, large, wider, draws = (facts[name] for name in ("base", "base_large", "wider", "draws"))
    by_gates = ", ".join(
        f"{difference:+.2f} with {int(count):,}" for count, difference in facts["gates"].items()
    )
    return [
        f"Protocol full: {facts['splits']} split(s) of {facts['datasets']} datasets. Differences "
        "are in points of test accuracy to the NTK as configured, tests over datasets. The last "
        "count is against the NTK with the wider grid.",
        f"MKL with {facts['configured']:,.0f} gates against the NTK: wins/ties/losses "
        f"{tally(base)}, mean difference {base['mean']:+.2f} points. On the {facts['large']} "
        f"datasets of {LEAST_ROWS} rows or more: {tally(large)}, {large['mean']:+.2f} points.",
        f"Mean difference by number of gates: {by_gates}.",
        f"Over {draws['count']} draws of the gates the mean difference is between "
        f"{draws['least']:+.2f} and {draws['most']:+.2f} points.",
        f"The NTK's chosen penalty ends its grid in {wider['at_end_configured']} of "
        f"{wider['fits']} splits, and the wider grid in {wider['at_end']}. The wider grid against "
        f"the configured one: {tally(wider)}, mean difference {wider['mean']:+.2f} points.",
        gap_note(facts),
        *failure_notes(facts),
    ]


def _configured(mkl):
    """Return the number of gates that has several draws."""
    return mkl[mkl.draw > 0].gates.iloc[0]


def _pair(row, name):
    return {
        key: row[f"{name}_{key}"]
        for key in ("wins", "ties", "losses", "mean", "median", "wilcoxon", "sign")
    }


def _tally(row, name):
    return tally({key: row[f"{name}_{key}"] for key in ("wins", "ties", "losses")})


def _points(value):
    return f"{value:+.2f}"


def _known(value, form):
    return "" if pd.isna(value) else format(value, form)
