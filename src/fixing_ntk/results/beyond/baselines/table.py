"""Table `baselines`: NTK and MKL beside classifiers that a user would pick instead."""

import pandas as pd

from fixing_ntk.drawing.cells import tally
from fixing_ntk.drawing.tables import choice_of_penalty, failure_notes
from fixing_ntk.comparison import statistics
from fixing_ntk.comparison.accuracies import TUNED
from fixing_ntk.comparison.methods import BASELINES, NAMES, OPTIONAL, methods
from fixing_ntk.comparison.statistics import wins_ties_losses


def baselines(tuned, rows, protocol, failed=None):
    """Rows of the table; returns as `drawing.tables` says.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`, with early stopping.
    rows : pandas.DataFrame
        From `comparison.baselines.fit_baselines`, of the same datasets and splits; where
        recursive feature machines were run, from `comparison.rfm.fit_rfm` too.
    protocol : str
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.
    """
    ours = tuned.groupby("dataset", sort=False)[[f"{name}_accuracy" for name in TUNED]].mean()
    ours = ours.rename(columns=lambda column: column.removesuffix("_accuracy"))
    rows = rows.assign(accuracy=rows.correct / rows.total)
    theirs = rows.pivot_table(index="dataset", columns="method", values="accuracy")
    raw = ours.join(theirs, how="inner", validate="one_to_one")
    raw = raw[methods(raw)]
    best = raw.round(12).eq(raw.round(12).max(axis=1), axis=0)
    printed = pd.DataFrame(
        {"dataset": raw.index}
        | {f"{NAMES[m]} %": [f"{100 * a:.1f}" for a in raw[m]] for m in raw}
        | {"best": [", ".join(NAMES[m] for m in raw if row[m]) for _, row in best.iterrows()]}
    )
    return raw.reset_index(), printed, _notes(raw, tuned, rows, protocol) + failure_notes(failed)


def _notes(accuracies, tuned, rows, protocol):
    mean_ranks = statistics.average_ranks(accuracies)
    others = [m for m in accuracies if m in BASELINES or m in OPTIONAL]
    difference = statistics.critical_difference(accuracies.shape[1], len(accuracies))

    def listed(values, form):
        return ", ".join(f"{NAMES[m]} {format(v, form)}" for m, v in values.items())

    def beside(method):
        p = statistics.against(accuracies, method)
        parts = []
        for other in others:
            count = wins_ties_losses(accuracies[method], accuracies[other])
            mean = 100 * (accuracies[method] - accuracies[other]).mean()
            parts.append(f"{NAMES[other]} {tally(count)}, {mean:+.2f} points (p = {p[other]:.2g})")
        return (
            f"{NAMES[method]} wins/ties/losses, mean difference (Wilcoxon p, Holm-adjusted) "
            f"against {'; '.join(parts)}."
        )

    notes = [
        f"Protocol {protocol}: test accuracy, mean of {rows.split.nunique()} split(s), the same "
        "rows for every method. Penalties of NTK and MKL, C of logistic regression, C and γ of the "
        f"SVM are {choice_of_penalty(tuned, protocol)}. Forest and boosting are not tuned: "
        "scikit-learn's defaults, but for the number of trees in the configuration.",
        f"Average ranks over {len(accuracies)} datasets, 1 the best: {listed(mean_ranks, '.2f')}. "
        f"Friedman test p = {statistics.friedman(accuracies):.2g}; two ranks differ at 5 % from "
        f"{difference:.2f} on (Nemenyi).",
        f"Mean accuracy: {listed((100 * accuracies.mean()).sort_values(ascending=False), '.2f')}.",
        "A chosen C or γ lies at an end of its grid in "
        + " and ".join(
            f"{rows.at_end[rows.method == m].sum()} ({NAMES[m]})" for m in ("logistic", "svm")
        )
        + f" of {(rows.method == 'svm').sum()} splits.",
        beside("mkl"),
        beside("ntk"),
    ]
    return notes + _notes_of_rfm(rows[rows.method == "rfm"])


def _notes_of_rfm(rows):
    """How recursive feature machines were tuned, and whether they learn; nothing without rows."""
    if rows.empty:
        return []
    updates = rows.parameters.str.rpartition("updates=")[2].astype(int)
    return [
        "RFM: recursive feature machine of the package xRFM, which learns the metric of a kernel. "
        "Kernel, bandwidth, ridge, full or diagonal metric, and the number of its updates are "
        "chosen on the same rows, among the package's defaults and as many random draws from its "
        "authors' search space as the configuration says; of the norms in it, 1 and 2 alone. Of "
        f"{len(rows)} splits the metric stays the identity in {(updates == 0).sum()}, and the "
        f"number of updates is the most that was tried in {rows.at_end.sum()}."
    ]
