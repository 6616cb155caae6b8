"""Table `uci_accuracy`: NTK against MKL on every dataset."""

import pandas as pd

from fixing_ntk.comparison.accuracies import wins_by_lambda
from fixing_ntk.comparison.statistics import paired_tests, wins_ties_losses
from fixing_ntk.drawing.cells import number, tally
from fixing_ntk.drawing.tables import (
    Table,
    choice_of_penalty,
    failure_notes,
    folds_of,
    gap_note,
)

OVERLAP = ", those of conxuntos_kfold.dat, whose test rows overlap"


def uci_accuracy(tuned, same, protocol, reference, failed=None):
    """Rows of the accuracy table and its summary.

    Parameters
    ----------
    tuned, same : pandas.DataFrame
        From `accuracies.tuned` and `accuracies.same_lambda`.
    protocol : str
    reference : float
        The ``lam / lambda_max`` whose accuracies are shown beside the tuned ones.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason: rows without numbers, at the end.

    Returns
    -------
    Table
    """
    by_set = tuned.groupby("dataset", sort=False)
    raw = by_set.agg(
        n=("n", "max"),
        d=("d", "max"),
        p=("p", "max"),
        ntk=("ntk_accuracy", "mean"),
        ntk_std=("ntk_accuracy", "std"),
        mkl=("mkl_accuracy", "mean"),
        mkl_std=("mkl_accuracy", "std"),
        ntk_ratio=("ntk_ratio", "median"),
        mkl_ratio=("mkl_ratio", "median"),
        splits=("split", "count"),
        gap=("gap", "max"),
    )
    at = same[same.ratio == reference].groupby("dataset")
    raw["ntk_same"], raw["mkl_same"] = at.ntk_sampled.mean(), at.mkl.mean()
    raw["gap"] = raw.gap.combine(same.groupby("dataset").gap.max(), max)
    raw = raw.reset_index()

    def percent(mean, std):
        spread = "" if pd.isna(std) else f" ± {100 * std:.1f}"
        return f"{100 * mean:.1f}{spread}"

    better = raw.mkl - raw.ntk
    printed = pd.DataFrame(
        {
            "dataset": raw.dataset,
            "n": raw.n,
            "d": raw.d,
            "p": raw.p,
            "NTK %": [percent(*row) for row in zip(raw.ntk, raw.ntk_std, strict=True)],
            "MKL %": [percent(*row) for row in zip(raw.mkl, raw.mkl_std, strict=True)],
            "better": ["MKL" if b > 1e-12 else "NTK" if b < -1e-12 else "tie" for b in better],
            "λ NTK": [f"{r:.2g}" for r in raw.ntk_ratio],
            "λ MKL": [f"{r:.2g}" for r in raw.mkl_ratio],
            f"NTK at {reference:g}": [f"{100 * a:.1f}" for a in raw.ntk_same],
            f"MKL at {reference:g}": [f"{100 * a:.1f}" for a in raw.mkl_same],
            "gap": [f"{g:.0e}" for g in raw.gap],
        }
    )
    found = facts(raw, tuned, same, protocol, failed)
    if failed:
        rows = pd.DataFrame({"dataset": failed.keys(), "failed": failed.values()})
        raw = pd.concat([raw.astype({"n": object, "d": object, "p": object}), rows])
        rows = pd.DataFrame(
            {"dataset": failed.keys()} | dict.fromkeys(["NTK %", "MKL %"], "failed")
        )
        printed = pd.concat([printed.astype(object), rows]).fillna("")
    return Table.noted(raw, printed, found, notes)


def facts(raw, tuned, same, protocol, failed=None):
    """Return what the notes and the pages state of MKL against the NTK.

    Differences are in points of accuracy, MKL's above the NTK's; ``at_same_lambda`` has the
    penalties at which MKL wins most and fewest datasets more than it loses.
    """
    count = wins_ties_losses(raw.mkl, raw.ntk)
    sampled = wins_by_lambda(same).query("against == 'ntk_sampled'")
    ahead = sampled.wins - sampled.losses
    at_same_lambda = {"best": sampled.loc[ahead.idxmax()], "worst": sampled.loc[ahead.idxmin()]}
    differences = raw[["dataset", "n"]].assign(points=100 * (raw.mkl - raw.ntk))
    return dict(
        protocol=protocol,
        datasets=len(raw),
        splits=tuned.groupby("dataset").split.count().max(),
        folds=folds_of(tuned),
        **count,
        at_least=count["wins"] + count["ties"],
        mean=differences.points.mean(),
        **paired_tests(raw.mkl, raw.ntk),
        best=differences.nlargest(3, "points").to_dict("records"),
        worst=differences.nsmallest(3, "points").to_dict("records"),
        ntk_varies_less=(raw.ntk_std < raw.mkl_std).sum(),
        at_same_lambda={
            which: row[["ratio", "wins", "ties", "losses"]].to_dict()
            for which, row in at_same_lambda.items()
        },
        at_end=dict(ntk=tuned.ntk_at_end.sum(), mkl=tuned.mkl_at_end.sum()),
        all_splits=len(tuned),
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Write the findings under the accuracy table, in sentences with their numbers."""
    best, worst = (facts["at_same_lambda"][which] for which in ("best", "worst"))
    return [
        f"Protocol {facts['protocol']}: {facts['splits']} split(s) of {facts['datasets']} "
        f"datasets{OVERLAP if facts['protocol'] == 'folds' else ''}. Accuracy on test rows; n "
        "counts training rows, p distinct masks.",
        "Each tuned, penalties from a grid each, "
        f"{choice_of_penalty(facts['protocol'], facts['folds'])}: "
        f"MKL wins/ties/losses {tally(facts)}, at least "
        f"as accurate on {facts['at_least']} of {facts['datasets']}; mean difference "
        f"{facts['mean']:+.2f} points; Wilcoxon signed-rank "
        f"p = {number(facts['wilcoxon'], '.2g')}, sign test p = {number(facts['sign'], '.2g')}.",
        "Same λ (NTK as IRLS iteration 0 on the sampled gates, MKL as its limit): wins/ties/losses "
        f"from {tally(worst)} at λ/λ_max = {worst['ratio']:g} to {tally(best)} at "
        f"{best['ratio']:g}.",
        "λ NTK in units of the kernel's largest eigenvalue, λ MKL of λ_max (medians over splits); "
        f"the chosen value lies at an end of its grid in {facts['at_end']['ntk']} (NTK) and "
        f"{facts['at_end']['mkl']} (MKL) of {facts['all_splits']} splits.",
        gap_note(facts),
        *failure_notes(facts),
    ]
