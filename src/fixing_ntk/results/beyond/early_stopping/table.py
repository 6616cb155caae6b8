"""Table `early_stopping`: MKL stopped early, beside the NTK and MKL."""

import pandas as pd

from fixing_ntk.comparison.statistics import compare, regrets
from fixing_ntk.drawing.cells import averages, compared, numbers, percent_lists, percents
from fixing_ntk.drawing.tables import (
    Table,
    choice_of_penalty,
    failure_notes,
    folds_of,
    gap_note,
)


def early_stopping(tuned, protocol, failed=None):
    """Make the `Table` of accuracies of the NTK, MKL and MKL stopped early: a row for each dataset.

    Accuracies are means over splits.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`, with early stopping.
    protocol : str
        Protocol of the splits.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.

    Returns
    -------
    Table
    """
    by_set = tuned.groupby("dataset", sort=False)
    raw = by_set.agg(
        n=("n", "max"),
        ntk=("ntk_accuracy", "mean"),
        mkl=("mkl_accuracy", "mean"),
        stopped=("stopped_accuracy", "mean"),
        stopped_std=("stopped_accuracy", "std"),
        chosen=("chosen_accuracy", "mean"),
        ntk_train=("ntk_train", "mean"),
        mkl_train=("mkl_train", "mean"),
        stopped_train=("stopped_train", "mean"),
        stopped_ratio=("stopped_ratio", "median"),
        not_stopped=("reweightings", lambda count: count.isna().mean()),
        splits=("split", "count"),
        gap=("gap", "max"),
    ).reset_index()
    printed = pd.DataFrame(
        {
            "dataset": raw.dataset,
            "n": raw.n,
            "NTK %": numbers(100 * raw.ntk, ".1f"),
            "MKL %": numbers(100 * raw.mkl, ".1f"),
            "stopped early %": percents(raw.stopped, raw.stopped_std),
            "chosen by cross-validation %": numbers(100 * raw.chosen, ".1f"),
            "training %: NTK, MKL, stopped early": percent_lists(
                raw[["ntk_train", "mkl_train", "stopped_train"]]
            ),
            "λ": numbers(raw.stopped_ratio, ".2g"),
            "not stopped, % of splits": numbers(100 * raw.not_stopped, ".0f"),
            "gap": numbers(raw.gap, ".0e"),
        }
    )
    return Table.noted(raw, printed, facts(raw, tuned, protocol, failed), notes)


def facts(raw, tuned, protocol, failed=None):
    """Return the numbers that the table's notes and the documentation state of early stopping.

    ``raw`` has the rows of the table, and other arguments are as for `early_stopping`. ``ntk``,
    ``mkl`` and ``chosen`` are the `statistics.compare` of early stopping with the NTK, with MKL,
    and with NTK or MKL as cross-validation chooses. ``regret`` has by method the points of accuracy
    below the better of the NTK and MKL: `statistics.means` over datasets, the maximum ``most``, and
    ``worst``, the dataset of the maximum. ``not_stopped`` is the number of splits of all datasets,
    of ``all_splits``, where cross-validation does not stop early. Further keys are ``protocol``,
    the numbers of ``datasets`` and of ``splits`` of a dataset, ``folds`` (`folds_of`), the largest
    ``gap``, and ``failed``.
    """
    return dict(
        protocol=protocol,
        datasets=len(raw),
        splits=raw.splits.max(),
        folds=folds_of(tuned),
        **{other: compare(raw.stopped, raw[other], raw.n) for other in ("ntk", "mkl", "chosen")},
        regret={
            name: regrets(raw.set_index("dataset"), name, ("ntk", "mkl"), raw.n)
            for name in ("stopped", "ntk", "mkl", "chosen")
        },
        not_stopped=tuned.reweightings.isna().sum(),
        all_splits=len(tuned),
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    return [
        f"Protocol {facts['protocol']}: {facts['splits']} split(s) of {facts['datasets']} "
        "datasets. The number of reweightings and λ are "
        f"{choice_of_penalty(facts['protocol'], facts['folds'])}.",
        f"Early stopping against the NTK: {compared(facts['ntk'])}.",
        f"Against MKL: {compared(facts['mkl'])}.",
        "Against the one of NTK and MKL that cross-validation chooses: "
        f"{compared(facts['chosen'])}.",
        "Each p-value is of one comparison, not adjusted for the others.",
        "Below the better of NTK and MKL on each dataset: "
        + "; ".join(
            f"{words} {averages(row, '')}, {row['most']:.2f} at most (on {row['worst']})"
            for words, row in zip(
                ("early stopping", "the NTK", "MKL", "the chosen"),
                facts["regret"].values(),
                strict=True,
            )
        )
        + ".",
        f"Cross-validation does not stop early in {facts['not_stopped']} of {facts['all_splits']} "
        "splits.",
        gap_note(facts),
        *failure_notes(facts),
    ]
