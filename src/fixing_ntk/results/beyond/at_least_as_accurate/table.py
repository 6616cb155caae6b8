"""Table `at_least_as_accurate`: on how many datasets MKL is at least as accurate as the NTK."""

import pandas as pd

from fixing_ntk.comparison import win_counts
from fixing_ntk.drawing.cells import number
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note
from fixing_ntk.seeds import stream

AGAINST = {"ntk": "closed form", "ntk_sampled": "sampled gates"}


def at_least_as_accurate(tuned, draws, seed, failed=None):
    """Make the `Table` of the number of datasets on which MKL is at least as accurate as the NTK.

    The number varies from split to split. A row describes its distribution under one reading of
    `win_counts.readings`: a choice of the penalties, and a form of the NTK.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`.
    draws : pandas.DataFrame
        Fits on many random splits at every penalty, as for `win_counts.readings`, with the ``gap``
        of each.
    seed : int
        Seed of the run, for the bootstrap over splits.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.
    """
    raw = win_counts.distributions(tuned, draws, stream(seed, "at_least_as_accurate"))
    raw["gap"] = max(tuned.gap.max(), draws.gap.max())
    enough = raw.enough[0]

    def counted(name, scale=1, digits=1):
        return [
            f"{scale * value:.{digits}f} ± {scale * error:.{digits}f}"
            for value, error in zip(raw[name], raw[f"{name}_se"], strict=True)
        ]

    printed = pd.DataFrame(
        {
            "λ": raw.reading,
            "λ/λ_max": ["" if pd.isna(r) else f"{r:g}" for r in raw.ratio],
            "NTK": raw.against.map(AGAINST),
            "splits": raw.splits,
            "datasets, mean": counted("mean"),
            "5 %": counted("low"),
            "95 %": counted("high"),
            "tied among them": counted("ties"),
            f"% of splits with {enough} or more": counted("share", 100),
            "at most, %": [f"{100 * most:.0f}" for most in raw.share_most],
            "predicted, %": [number(p, ".2g") for p in 100 * raw.predicted],
            "probability, %": counted("probability", 100, 2),
        }
    )
    return Table.noted(raw, printed, facts(raw, failed), notes)


def best_common(raw):
    """Return the row of ``raw`` at the common penalty where MKL wins or ties on most datasets.

    The number of datasets is a mean over splits. MKL is compared with the NTK of the sampled gates.
    ``raw`` has the rows of `win_counts.distributions`.
    """
    same = raw[(raw.reading == win_counts.SAME) & (raw.against == "ntk_sampled")]
    return same.loc[same["mean"].idxmax()]


def facts(raw, failed=None):
    """Return the numbers that the table's notes and the documentation state.

    ``raw`` has the rows of `win_counts.distributions` and their ``gap``. The count is the number of
    datasets on which MKL is at least as accurate as the NTK, on one split. It has three readings:
    ``tuned`` has penalties by cross-validation, ``same`` the best common penalty with its
    ``ratio``, ``bound`` each method's best penalty on the test rows. Each reading has its number of
    ``splits``, the ``mean`` of the count over them, its quantiles ``low`` (5 %) and ``high`` (95
    %), and the mean number of ``ties``. ``enough`` is the paper's count, in proportion to the
    datasets; ``paper`` has the count itself, and of how many. For a count of at least ``enough``, a
    reading has the ``share`` of splits, ``share_most`` (the upper end of the share's interval), the
    ``predicted`` probability for one more split, and the ``probability`` under independent datasets
    with its error ``probability_se``. Further keys are the number of ``datasets``, the largest
    ``gap``, and ``failed``.
    """
    columns = ["splits", "mean", "low", "high", "ties", "share", "share_most", "predicted"]
    columns += ["probability", "probability_se"]
    best = best_common(raw)
    return dict(
        datasets=raw.datasets[0],
        enough=raw.enough[0],
        paper=win_counts.PAPER,
        tuned=raw[raw.reading == win_counts.TUNED].iloc[0][columns].to_dict(),
        same=best[["ratio", *columns]].to_dict(),
        bound=raw[raw.reading == win_counts.BEST].iloc[0][columns].to_dict(),
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    same, paper = facts["same"], " of ".join(map(str, facts["paper"]))
    return [
        f"Number of {facts['datasets']} datasets on which the test accuracy of MKL is that of the "
        f"NTK or above it, one random split of each: {facts['bound']['splits']} times, of which "
        f"the first {facts['tuned']['splits']} are protocol full and cross-validated. ± is one "
        f"standard error over splits; the paper counts {paper}.",
        f"{win_counts.TUNED}: each method's penalty, as in uci_accuracy_full. {win_counts.SAME}: "
        "one penalty for both, the NTK of closed form or of the sampled gates (IRLS iteration 0). "
        f"The best for MKL, named after seeing these splits, is {same['ratio']:g} λ_max: "
        f"{same['mean']:.1f} datasets. {win_counts.BEST}: each method's best of its grid on the "
        "rows that score it, which no user has: an optimistic bound for either.",
        f"Splits with {facts['enough']} or more: their share; the upper end of its exact 95 % "
        "interval; the probability of such a count on one more split, predicted from the counts "
        "alone (Student's t); and the same from the model that each dataset has its own share of "
        "splits and the datasets are independent, as their splits are (Poisson binomial). The "
        "model takes the shares as known, so with few splits it is too sure.",
        gap_note(facts),
        *failure_notes(facts),
    ]
