"""Table `exponents`: accuracy at every p, without and with the NTK among the kernels."""

import pandas as pd

from fixing_ntk.comparison.exponents import CHOSEN
from fixing_ntk.comparison.statistics import compare, holm, means, regrets
from fixing_ntk.drawing.cells import compared, mean_columns, numbers, pair_columns, tally
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note
from fixing_ntk.programs.lp_mkl import NAMES

NTK, MKL = "NTK", "MKL"
TEXT = {f"{p:g}": f"p = {name}" for p, name in NAMES.items()} | {CHOSEN: "p chosen", "ntk": NTK}
ORDER = ["ntk", *(f"{p:g}" for p in NAMES), CHOSEN]


def exponents(rows, failed=None):
    """Return the `Table` of accuracy at every p, a row for each program.

    A program has a p, or the p that cross-validation chooses, without or with the NTK among the
    kernels. A further row is the NTK.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `comparison.exponents.by_exponent`.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason; the notes name them.
    """
    rows = rows.assign(
        exponent=rows.exponent.astype(str), at=rows.exponent.astype(str).map(ORDER.index)
    )
    by = rows.sort_values(["with_ntk", "at"], kind="stable")
    by = by.groupby(["exponent", "with_ntk"], sort=False)
    accuracy = pd.DataFrame(
        {_named(*key): of_one.groupby("dataset").accuracy.mean() for key, of_one in by}
    )
    accuracy = accuracy.rename(columns={TEXT["1"]: MKL})
    n = rows.groupby("dataset").n.max()[accuracy.index]
    pairs = {name: compare(accuracy[name], accuracy[NTK], n) for name in accuracy}
    against_mkl = {name: compare(accuracy[name], accuracy[MKL], n) for name in accuracy}
    lost = {name: regrets(accuracy, name, (NTK, MKL), n) for name in accuracy}
    raw = by.agg(at_end=("at_end", "sum"), fits=("at_end", "size"), gap=("gap", "max"))
    raw = raw.reset_index().assign(
        method=accuracy.columns,
        holm=holm([pair["wilcoxon"] for pair in pairs.values()]),
        ntk_error=[100 * (accuracy[name] - accuracy[NTK]).sem() for name in accuracy],
    )
    raw = raw.join(pd.DataFrame([means(100 * accuracy[name], n) for name in accuracy]))
    for prefix, of_each in (("ntk", pairs), ("mkl", against_mkl), ("regret", lost)):
        raw = raw.join(pd.DataFrame(list(of_each.values())).add_prefix(f"{prefix}_"))
    printed = pd.DataFrame(
        {
            "method": raw.method,
            **mean_columns("test %", raw, ".2f"),
            **pair_columns(list(pairs.values())),
            "Wilcoxon p, Holm": numbers(raw.holm, ".2g"),
            "w/t/l, MKL": [tally(pair) for pair in against_mkl.values()],
            "below the better, mean": numbers(raw.regret_mean, ".2f"),
            "below the better, most": numbers(raw.regret_most, ".2f"),
            "at an end": [f"{a} of {b}" for a, b in zip(raw.at_end, raw.fits, strict=True)],
            "gap": numbers(raw.gap, ".0e"),
        }
    )
    return Table.noted(raw, printed, facts(raw, pairs, against_mkl, lost, rows, failed), notes)


def _named(exponent, with_ntk):
    return TEXT[exponent] + (" with the NTK" if with_ntk else "")


def facts(raw, pairs, against_mkl, lost, rows, failed=None):
    """Return, as a dict, the numbers that notes and documentation state.

    ``methods`` has, for each method but the NTK, its `statistics.compare` with the NTK; under
    ``mkl`` its `statistics.compare` with MKL; under ``regret`` its `statistics.regrets`; and under
    ``holm`` Wilcoxon's p against the NTK, adjusted for the number of these methods. ``best`` and
    ``worst`` are the methods with the largest and the least mean accuracy, the NTK among them.
    ``chosen`` counts the splits of all datasets by the p that cross-validation chooses, under
    ``masks`` without and under ``with_ntk`` with the NTK among the kernels.

    Parameters
    ----------
    raw : pandas.DataFrame
        Rows of the CSV file.
    pairs, against_mkl, lost : dict of str to dict
        By method, `statistics.compare` with the NTK and with MKL, and `statistics.regrets`.
    rows, failed
        As for `exponents`; ``failed`` is only passed on, as {} for None.
    """
    choices = rows[rows.exponent == CHOSEN]
    order = raw.set_index("method")["mean"]
    return dict(
        datasets=rows.dataset.nunique(),
        splits=rows.split.nunique(),
        methods={
            name: dict(pairs[name], holm=p, mkl=against_mkl[name], regret=lost[name])
            for name, p in zip(raw.method, raw.holm, strict=True)
            if name != NTK
        },
        best=order.idxmax(),
        worst=order.idxmin(),
        chosen={
            words: {
                name: (of_one.chosen.map("{:g}".format) == f"{p:g}").sum()
                for p, name in NAMES.items()
            }
            for words, of_one in (
                ("masks", choices[~choices.with_ntk]),
                ("with_ntk", choices[choices.with_ntk]),
            )
        },
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    methods = facts["methods"]
    best, worst = (
        f"{name} ({methods[name]['mean']:+.2f} points to the NTK)" if name in methods else name
        for name in (facts["best"], facts["worst"])
    )
    counts = {
        words: ", ".join(f"{count} of p = {name}" for name, count in found.items() if count)
        for words, found in facts["chosen"].items()
    }
    return [
        f"Protocol full: {facts['splits']} split(s) of {facts['datasets']} datasets. Differences "
        "are in points of test accuracy to the NTK, tests over datasets. Holm's procedure adjusts "
        f"Wilcoxon's p over these {len(methods)} comparisons. Below the better: points below "
        "the better of the NTK and MKL on each dataset, on average and at most.",
        f"Of all rows {best} has the best mean accuracy, and {worst} the worst.",
        *(
            f"{name} against MKL: {compared(methods[name]['mkl'])}."
            for name in methods
            if name.startswith(TEXT[CHOSEN])
        ),
        "Splits by the p that cross-validation chooses, without the NTK among the kernels: "
        f"{counts['masks']}. With it: {counts['with_ntk']}. Ties go to the larger p.",
        gap_note(facts),
        *failure_notes(facts),
    ]
