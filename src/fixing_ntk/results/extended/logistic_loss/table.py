"""Table `logistic_loss`: NTK, MKL and MKL at p = 4/3 with each loss."""

import pandas as pd

from fixing_ntk.comparison.by_loss import LOGISTIC, METHODS, SQUARED
from fixing_ntk.comparison.methods import NAMES
from fixing_ntk.comparison.statistics import compare, holm, means
from fixing_ntk.drawing.cells import compared, mean_columns, number, numbers, pair_columns, tally
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note


def logistic_loss(rows, failed=None):
    """Return the `Table` of accuracy by loss, a row for each method and loss.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `comparison.by_loss.by_loss`.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason; the notes name them.
    """
    accuracy = rows.groupby(["dataset", "method", "loss"]).accuracy.mean().unstack([1, 2])
    n = rows.groupby("dataset").n.max()[accuracy.index]
    made = [(method, loss) for method in METHODS for loss in (SQUARED, LOGISTIC)]

    def pair(one, other):
        return compare(accuracy[one], accuracy[other], n)

    of_ntk = [pair((method, loss), ("ntk", loss)) for method, loss in made]
    of_squared = [pair((method, loss), (method, SQUARED)) for method, loss in made]
    over_sets = pd.DataFrame([means(100 * accuracy[one], n) for one in made])
    raw = rows.groupby(["method", "loss"]).agg(
        at_end=("at_end", "sum"), fits=("at_end", "size"), gap=("gap", "max")
    )
    raw = raw.loc[made].reset_index().join(over_sets)
    for prefix, pairs in (("ntk", of_ntk), ("squared", of_squared)):
        raw = raw.join(pd.DataFrame(pairs).add_prefix(f"{prefix}_"))
    printed = pd.DataFrame(
        {
            "method": [NAMES[name] for name in raw.method],
            "loss": raw.loss,
            **mean_columns("test %", over_sets, ".2f"),
            **{f"to the NTK, {key}": cells for key, cells in pair_columns(of_ntk).items()},
            "w/t/l, squared loss": [tally(pair) for pair in of_squared],
            "difference, squared loss": numbers(raw.squared_mean, "+.2f"),
            "at an end": [f"{a} of {b}" for a, b in zip(raw.at_end, raw.fits, strict=True)],
            "gap": numbers(raw.gap, ".0e"),
        }
    )
    return Table.noted(raw, printed, facts(raw, accuracy, pair, rows, failed), notes)


def facts(raw, accuracy, pair, rows, failed=None):
    """Return, as a dict, the numbers that notes and documentation state.

    ``losses`` has by method the `statistics.compare` of the logistic loss with the squared loss.
    ``against_ntk`` has by loss the `statistics.compare` of MKL, and of MKL at p = 4/3, with the
    NTK with the same loss. Each comparison has ``holm``, Wilcoxon's p adjusted for all comparisons
    of ``losses``, or for all of ``against_ntk``, which are of either loss. ``changed`` counts the
    datasets on which NTK or MKL is the more accurate with one loss, and the other of the two with
    the other loss.

    Parameters
    ----------
    raw : pandas.DataFrame
        Rows of the CSV file.
    accuracy : pandas.DataFrame
        Datasets by (method, loss).
    pair : function
        Returns the `statistics.compare` of two columns of ``accuracy``.
    rows, failed
        As for `logistic_loss`; ``failed`` is only passed on, as {} for None.
    """
    losses = {method: pair((method, LOGISTIC), (method, SQUARED)) for method in METHODS}
    against = {
        (loss, method): pair((method, loss), ("ntk", loss))
        for loss in (SQUARED, LOGISTIC)
        for method in METHODS
        if method != "ntk"
    }
    for pairs in (losses, against):
        adjusted = holm([one["wilcoxon"] for one in pairs.values()])
        for one, p in zip(pairs.values(), adjusted, strict=True):
            one["holm"] = p
    lead = {
        loss: (accuracy["mkl", loss] - accuracy["ntk", loss]).round(12)
        for loss in (SQUARED, LOGISTIC)
    }
    return dict(
        datasets=len(accuracy),
        splits=rows.split.nunique(),
        losses=losses,
        against_ntk={
            loss: {method: one for (of, method), one in against.items() if of == loss}
            for loss in (SQUARED, LOGISTIC)
        },
        changed=(lead[SQUARED] * lead[LOGISTIC] < 0).sum(),
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    return [
        f"Protocol full: {facts['splits']} split(s) of {facts['datasets']} datasets. Differences "
        "are in points of test accuracy, tests over datasets: to the NTK with the same loss, and "
        "to the same method with the squared loss.",
        *(
            f"{NAMES[method]}, logistic loss against squared loss: {compared(one)}; "
            f"Wilcoxon's p adjusted over {len(facts['losses'])} methods: "
            f"{number(one['holm'], '.2g')}."
            for method, one in facts["losses"].items()
        ),
        *(
            f"{NAMES[method]} against the NTK, {loss} loss: {compared(one)}; Wilcoxon's p "
            f"adjusted over four comparisons: {number(one['holm'], '.2g')}."
            for loss, of_loss in facts["against_ntk"].items()
            for method, one in of_loss.items()
        ),
        f"Another of the NTK and MKL is the more accurate with the other loss on "
        f"{facts['changed']} of {facts['datasets']} datasets.",
        gap_note(facts),
        *failure_notes(facts),
    ]
