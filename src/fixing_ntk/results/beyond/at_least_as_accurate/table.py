"""Table `at_least_as_accurate`: on how many datasets MKL is, from split to split."""

import pandas as pd

from fixing_ntk.drawing.tables import failure_notes
from fixing_ntk.comparison import win_counts
from fixing_ntk.seeds import stream

AGAINST = {"ntk": "closed form", "ntk_sampled": "sampled gates"}


def at_least_as_accurate(tuned, draws, seed, failed=None):
    """Rows of the table; returns as `drawing.tables` says.

    Parameters
    ----------
    tuned, draws : pandas.DataFrame
        As for `win_counts.readings`, with ``gap``.
    seed : int
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
            "probability, %": counted("probability", 100, 2),
        }
    )
    return raw, printed, _notes(raw) + failure_notes(failed)


def best_common(raw):
    """Row of the penalty at which MKL, against the NTK of its gates, wins most datasets."""
    same = raw[(raw.reading == win_counts.SAME) & (raw.against == "ntk_sampled")]
    return same.loc[same["mean"].idxmax()]


def _notes(raw):
    best, enough = best_common(raw), raw.enough[0]
    bound = raw[raw.reading == win_counts.BEST].iloc[0]
    chosen = raw[raw.reading == win_counts.TUNED].iloc[0]
    paper = " of ".join(map(str, win_counts.PAPER))
    return [
        f"Number of {bound.datasets} datasets on which the test accuracy of MKL is that of the NTK "
        f"or above it, one random split of each: {bound.splits} times, of which the first "
        f"{chosen.splits} are protocol full and cross-validated. ± is one standard error over "
        f"splits; the paper counts {paper}.",
        f"{win_counts.TUNED}: each method's penalty, as in uci_accuracy_full. {win_counts.SAME}: "
        "one penalty for both, the NTK of closed form or of the sampled gates (IRLS iteration 0). "
        f"The best for MKL, named after seeing these splits, is {best.ratio:g} λ_max: "
        f"{best['mean']:.1f} datasets. {win_counts.BEST}: each method's best of its grid on the "
        "rows that score it, which no user has: an optimistic bound for either.",
        f"Splits with {enough} or more: their share; the upper end of its exact 95 % interval; and "
        "the probability of such a count if each dataset has its own share of splits and the "
        "datasets are independent, as their splits are (Poisson binomial).",
        f"Largest relative duality gap behind this table: {raw.gap.max():.1e}.",
    ]
