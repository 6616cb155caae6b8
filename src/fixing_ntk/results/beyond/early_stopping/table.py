"""Table `early_stopping`: MKL stopped early, beside the NTK and MKL."""

import pandas as pd

from fixing_ntk.drawing.cells import tally
from fixing_ntk.drawing.tables import choice_of_penalty, failure_notes
from fixing_ntk.comparison.statistics import regret, wins_ties_losses


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
    raw, printed : pandas.DataFrame
    notes : list of str
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
    lost = 100 * regret(raw.stopped, raw.ntk, raw.mkl)
    against = {
        name: tally(wins_ties_losses(raw.stopped, raw[column]))
        for name, column in (("the NTK", "ntk"), ("MKL", "mkl"))
    }
    notes = [
        f"Protocol {protocol}: {by_set.split.count().max()} split(s) of {len(raw)} datasets. The "
        f"number of reweightings and λ are {choice_of_penalty(tuned, protocol)}.",
        "Wins/ties/losses of early stopping: "
        + ", ".join(f"{count} against {name}" for name, count in against.items())
        + ".",
        f"Early stopping is below the better of the NTK and MKL by {lost.mean():.2f} points on "
        f"average and by {lost.max():.2f} points at most.",
        f"Cross-validation does not stop early in {tuned.reweightings.isna().sum()} of "
        f"{len(tuned)} splits.",
        f"Largest relative duality gap behind this table: {raw.gap.max():.1e}.",
    ]
    return raw, printed, notes + failure_notes(failed)
