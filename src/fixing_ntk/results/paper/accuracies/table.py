"""Table `accuracies`: every method on every split, so that tests can be computed again."""

import pandas as pd

from fixing_ntk.comparison.accuracies import CHOSEN, TUNED
from fixing_ntk.comparison.methods import NAMES
from fixing_ntk.comparison.statistics import LARGE, means
from fixing_ntk.drawing.cells import mean_columns
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note

KEYS = ["dataset", "split", "n"]


def accuracies(tuned, protocol, failed=None, rows=None):
    """Return the `Table` of accuracies: every split in the CSV file, means over datasets printed.

    The CSV file has dataset, split, training rows n, method (a key of `NAMES`, or ``chosen``),
    accuracy on test rows, ``train_accuracy``, and ``gap``. Accuracies are shares. ``chosen`` is the
    NTK or MKL, as cross-validation decides. ``gap`` is the largest relative gap of the split's fits
    of the NTK and MKL, cross-validation included; baselines have none. The printed table has a row
    for each method.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `comparison.accuracies.tuned`.
    protocol : str
        Name of the protocol of the splits, for the notes.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason; the notes name them.
    rows : pandas.DataFrame, optional
        From `comparison.baselines.fit_baselines`, where the run has baselines. Splits that
        ``tuned`` lacks are dropped.
    """
    ours = [
        tuned[KEYS].assign(
            method=name,
            accuracy=tuned[f"{name}_accuracy"],
            train_accuracy=tuned[f"{name}_train"],
            gap=tuned.gap,
        )
        for name in (*TUNED, CHOSEN)
        if f"{name}_accuracy" in tuned
    ]
    raw = pd.concat(ours)
    if rows is not None:
        # Recursive feature machines record no training rows.
        shares = dict(
            accuracy=rows.correct / rows.total, train_accuracy=rows.train_correct / rows.n
        )
        theirs = rows.drop(columns="n").assign(**shares).merge(tuned[KEYS], on=["dataset", "split"])
        raw = pd.concat([raw, theirs[[*KEYS, "method", "accuracy", "train_accuracy"]]])
    return Table.noted(raw, _summary(raw), facts(raw, protocol, failed), notes)


def _summary(raw):
    """Return the printed table, a frame: by method, test and training accuracy over the datasets.

    ``raw`` has the rows of the CSV file. Accuracies are averaged over splits first. Columns have
    the mean, the median, and the mean over the datasets of at least `LARGE` training rows, in per
    cent.
    """
    by_set = raw.groupby(["method", "dataset"], sort=False)
    by_set = by_set.agg({"n": "max", "accuracy": "mean", "train_accuracy": "mean"})
    methods = dict([*by_set.groupby(level="method", sort=False)])
    columns = {"method": [NAMES.get(m, "chosen by cross-validation") for m in methods]}
    for column, words in (("accuracy", "test %"), ("train_accuracy", "training %")):
        found = [means(100 * of_sets[column], of_sets.n) for of_sets in methods.values()]
        columns |= mean_columns(words, found, ".1f")
    return pd.DataFrame(columns)


def facts(raw, protocol, failed=None):
    """Return, as a dict, the numbers that notes state: counts, the largest gap, and failures.

    ``datasets`` and ``splits`` count the different values in ``raw``, which has the rows of the CSV
    file. ``large`` counts the datasets of at least `LARGE` training rows. ``protocol`` and
    ``failed`` are only passed on, ``failed`` as {} for None.
    """
    return dict(
        protocol=protocol,
        datasets=raw.dataset.nunique(),
        splits=raw.split.nunique(),
        large=(raw.groupby("dataset").n.max() >= LARGE).sum(),
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    return [
        f"Protocol {facts['protocol']}: {facts['splits']} split(s) of {facts['datasets']} "
        f"datasets; {facts['large']} of them have {LARGE} training rows or more. Parameters are "
        "chosen as in the tables uci_accuracy and baselines.",
        "The CSV file has every split. Its column gap has the largest relative duality gap of all "
        "fits of the NTK and MKL behind the row, cross-validation included; scikit-learn's methods "
        "carry none.",
        gap_note(facts),
        *failure_notes(facts),
    ]
