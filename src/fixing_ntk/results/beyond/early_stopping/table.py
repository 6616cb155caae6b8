"""Table `early_stopping`: MKL stopped early, beside the NTK and MKL."""

import pandas as pd

from fixing_ntk.comparison.statistics import regret, wins_ties_losses
from fixing_ntk.drawing.cells import tally
from fixing_ntk.drawing.tables import (
    Table,
    choice_of_penalty,
    failure_notes,
    folds_of,
    gap_note,
)


def early_stopping(tuned, protocol, failed=None):
    """Rows of the table.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`, with early stopping.
    protocol : str
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.

    Returns
    -------
    Table
    """
    by_set = tuned.groupby("dataset", sort=False)
    raw = by_set.agg(
        ntk=("ntk_accuracy", "mean"),
        mkl=("mkl_accuracy", "mean"),
        stopped=("stopped_accuracy", "mean"),
        stopped_std=("stopped_accuracy", "std"),
        stopped_ratio=("stopped_ratio", "median"),
        not_stopped=("reweightings", lambda count: count.isna().mean()),
        splits=("split", "count"),
        gap=("gap", "max"),
    ).reset_index()
    printed = pd.DataFrame(
        {
            "dataset": raw.dataset,
            "NTK %": [f"{100 * a:.1f}" for a in raw.ntk],
            "MKL %": [f"{100 * a:.1f}" for a in raw.mkl],
            "stopped early %": [
                f"{100 * mean:.1f}" + ("" if pd.isna(std) else f" ± {100 * std:.1f}")
                for mean, std in zip(raw.stopped, raw.stopped_std, strict=True)
            ],
            "λ": [f"{r:.2g}" for r in raw.stopped_ratio],
            "not stopped, % of splits": [f"{100 * share:.0f}" for share in raw.not_stopped],
            "gap": [f"{g:.0e}" for g in raw.gap],
        }
    )
    return Table.noted(raw, printed, facts(raw, tuned, protocol, failed), notes)


def facts(raw, tuned, protocol, failed=None):
    """Return what the notes and the pages state of early stopping.

    ``mean`` and ``most`` are points of accuracy below the better of the NTK and MKL, over datasets;
    ``worst`` is the dataset of the most.
    """
    lost = 100 * regret(raw.stopped, raw.ntk, raw.mkl)
    return dict(
        protocol=protocol,
        datasets=len(raw),
        splits=raw.splits.max(),
        folds=folds_of(tuned),
        ntk=wins_ties_losses(raw.stopped, raw.ntk),
        mkl=wins_ties_losses(raw.stopped, raw.mkl),
        mean=lost.mean(),
        most=lost.max(),
        worst=raw.dataset[lost.argmax()],
        not_stopped=tuned.reweightings.isna().sum(),
        all_splits=len(tuned),
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Write the sentences under the table."""
    return [
        f"Protocol {facts['protocol']}: {facts['splits']} split(s) of {facts['datasets']} "
        "datasets. The number of reweightings and λ are "
        f"{choice_of_penalty(facts['protocol'], facts['folds'])}.",
        f"Wins/ties/losses of early stopping: {tally(facts['ntk'])} against the NTK, "
        f"{tally(facts['mkl'])} against MKL.",
        f"Early stopping is below the better of the NTK and MKL by {facts['mean']:.2f} points on "
        f"average and by {facts['most']:.2f} points at most.",
        f"Cross-validation does not stop early in {facts['not_stopped']} of {facts['all_splits']} "
        "splits.",
        gap_note(facts),
        *failure_notes(facts),
    ]
