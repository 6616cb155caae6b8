"""Table `uci_accuracy`: NTK against MKL on every dataset."""

import pandas as pd

from fixing_ntk.drawing.cells import tally
from fixing_ntk.drawing.tables import choice_of_penalty, failure_notes
from fixing_ntk.comparison.accuracies import wins_by_lambda
from fixing_ntk.comparison.statistics import paired_tests, regret, wins_ties_losses

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
    raw, printed : pandas.DataFrame
    notes : list of str
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
    notes = accuracy_notes(raw, tuned, same, protocol) + failure_notes(failed)
    if failed:
        rows = pd.DataFrame({"dataset": failed.keys(), "failed": failed.values()})
        raw = pd.concat([raw.astype({"n": object, "d": object, "p": object}), rows])
        rows = pd.DataFrame(
            {"dataset": failed.keys()} | dict.fromkeys(["NTK %", "MKL %"], "failed")
        )
        printed = pd.concat([printed.astype(object), rows]).fillna("")
    return raw, printed, notes


def accuracy_notes(raw, tuned, same, protocol):
    """The findings under the accuracy table, in sentences with their numbers."""
    count, tests = wins_ties_losses(raw.mkl, raw.ntk), paired_tests(raw.mkl, raw.ntk)
    by_lambda = wins_by_lambda(same)
    sampled = by_lambda[by_lambda.against == "ntk_sampled"]
    best = sampled.loc[(sampled.wins - sampled.losses).idxmax()]
    worst = sampled.loc[(sampled.wins - sampled.losses).idxmin()]

    return [
        f"Protocol {protocol}: {tuned.groupby('dataset').split.count().max()} split(s) of "
        f"{len(raw)} datasets{OVERLAP if protocol == 'folds' else ''}. Accuracy on test rows; n "
        "counts training rows, p distinct masks.",
        f"Each tuned, penalties from a grid each, {choice_of_penalty(tuned, protocol)}: "
        f"MKL wins/ties/losses {tally(count)}, at least "
        f"as accurate on {count['wins'] + count['ties']} of {len(raw)}; mean difference "
        f"{100 * (raw.mkl - raw.ntk).mean():+.2f} points; Wilcoxon signed-rank "
        f"p = {tests['wilcoxon']:.2g}, sign test p = {tests['sign']:.2g}.",
        "Same λ (NTK as IRLS iteration 0 on the sampled gates, MKL as its limit): wins/ties/losses "
        f"from {tally(worst)} at λ/λ_max = {worst.ratio:g} to {tally(best)} at {best.ratio:g}.",
        "λ NTK in units of the kernel's largest eigenvalue, λ MKL of λ_max (medians over splits); "
        f"the chosen value lies at an end of its grid in {tuned.ntk_at_end.sum()} (NTK) and "
        f"{tuned.mkl_at_end.sum()} (MKL) of {len(tuned)} splits.",
        f"Largest relative duality gap behind this table: {raw.gap.max():.1e}.",
    ]
