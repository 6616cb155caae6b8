"""Table `who_wins`: what foretells whether MKL or the NTK is more accurate on a dataset."""

import pandas as pd

from fixing_ntk.drawing.tables import failure_notes
from fixing_ntk.comparison.predictors import (
    MIN_DATASETS,
    PREDICTORS,
    by_dataset,
    correlations,
    significant,
)
from fixing_ntk.seeds import stream


def who_wins(tuned, seed, failed=None):
    """Rows of the table; returns as `drawing.tables` says.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`.
    seed : int
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.
    """
    rows = by_dataset(tuned)
    raw = correlations(rows, stream(seed, "who_wins"))
    raw["gap"] = tuned.gap.max()
    printed = pd.DataFrame(
        {
            "known before the test rows": raw.predictor.map(PREDICTORS),
            "rank correlation with MKL − NTK": [f"{r:+.2f}" for r in raw.correlation],
            "95 % interval": [
                f"{low:+.2f} to {high:+.2f}" for low, high in zip(raw.low, raw.high, strict=True)
            ],
            "p": [f"{p:.2g}" for p in raw.p],
            "signs told, %": [f"{100 * share:.0f}" for share in raw.right],
            "by the commoner sign, %": [f"{100 * share:.0f}" for share in raw.base],
        }
    ).replace({"nan": "", "+nan": "", "+nan to +nan": ""})  # of too few datasets
    notes = [
        f"{len(rows)} datasets, each the mean of {tuned.split.nunique()} splits; both methods "
        "tuned. Spearman's correlation, its interval by the bootstrap over datasets. Signs told: "
        "of the dataset left out, by a line through the ranks of the others, where not tied.",
        f"The interval excludes zero for {significant(raw) or 'none of them'}"
        + (f"; below {MIN_DATASETS} datasets there is none." if len(rows) < MIN_DATASETS else "."),
        f"Largest relative duality gap behind this table: {raw.gap.max():.1e}.",
    ]
    return raw, printed, notes + failure_notes(failed)
