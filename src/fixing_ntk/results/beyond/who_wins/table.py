"""Table `who_wins`: predictors of whether MKL or the NTK is more accurate on a dataset."""

import pandas as pd

from fixing_ntk.comparison.winner_predictors import (
    MIN_DATASETS,
    PREDICTORS,
    by_dataset,
    correlations,
    excludes_zero,
)
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note
from fixing_ntk.seeds import stream


def who_wins(tuned, seed, failed=None):
    """Make the `Table` of the predictors' rank correlations with MKL's accuracy less the NTK's.

    A row is a predictor: a number that is known before the test rows (`winner_predictors`).

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`.
    seed : int
        Seed of the run, for the bootstrap over datasets.
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
            "signs predicted, %": [f"{100 * share:.0f}" for share in raw.right],
            "by the commoner sign, %": [f"{100 * share:.0f}" for share in raw.base],
        }
    ).replace({"nan": "", "+nan": "", "+nan to +nan": ""})  # of too few datasets
    return Table.noted(raw, printed, facts(raw, len(rows), tuned.split.nunique(), failed), notes)


def facts(raw, datasets, splits, failed=None):
    """Return the numbers that the table's notes and the documentation state.

    ``raw`` has the rows of `winner_predictors.correlations` and their ``gap``; ``datasets`` and
    ``splits`` are the numbers of datasets and splits. ``significant`` lists the predictors whose
    interval excludes zero, each a dict with the ``predictor`` in words, its ``correlation`` and the
    interval from ``low`` to ``high``. The dict has also ``right``, the share of winners that this
    predictor predicts correctly, each from all other datasets. ``base`` in it is the share that is
    correct if always the commoner winner of the other datasets is predicted. Further keys of the
    result: ``predictors``, the number of all predictors, the largest ``gap``, and ``datasets``,
    ``splits`` and ``failed``, which are only passed on, ``failed`` as {} for None.
    """
    significant = raw[excludes_zero(raw)]
    significant = significant.assign(predictor=significant.predictor.map(PREDICTORS))
    return dict(
        datasets=datasets,
        splits=splits,
        predictors=len(raw),
        significant=significant[
            ["predictor", "correlation", "low", "high", "right", "base"]
        ].to_dict("records"),
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    names = ", ".join(
        f"{row['predictor']} (which predicts {100 * row['right']:.0f} % of the signs; the commoner "
        f"sign alone, {100 * row['base']:.0f} %)"
        for row in facts["significant"]
    )
    few = facts["datasets"] < MIN_DATASETS
    return [
        f"{facts['datasets']} datasets, each the mean of {facts['splits']} splits; both methods "
        "tuned. Spearman's correlation, its interval by the bootstrap over datasets. Signs "
        "predicted: of the dataset left out, by a line through the ranks of the others, where not "
        "tied.",
        f"The interval excludes zero for {names or 'none of them'}"
        + (f"; below {MIN_DATASETS} datasets there is none." if few else "."),
        gap_note(facts),
        *failure_notes(facts),
    ]
