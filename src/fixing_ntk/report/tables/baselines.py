"""Table `baselines`: NTK and MKL beside classifiers that a user would pick instead."""

import pandas as pd

from fixing_ntk.evaluation import ranks
from fixing_ntk.evaluation.comparisons import TUNED, wins_ties_losses
from fixing_ntk.experiments.baselines import BASELINES
from fixing_ntk.report.tables.write import choice_of_penalty, failure_notes

NAMES = {"ntk": "NTK", "mkl": "MKL", "stopped": "stopped MKL", **BASELINES}


def baselines(tuned, rows, protocol, failed=None):
    """Rows of the table; returns as `fixing_ntk.report.tables` says.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `evaluation.tuned`.
    rows : pandas.DataFrame
        From `experiments.baselines.fit_baselines`, of the same datasets and splits.
    protocol : str
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.
    """
    ours = tuned.groupby("dataset", sort=False)[[f"{name}_accuracy" for name in TUNED]].mean()
    ours = ours.rename(columns=lambda column: column.removesuffix("_accuracy"))
    rows = rows.assign(accuracy=rows.correct / rows.total)
    theirs = rows.pivot_table(index="dataset", columns="method", values="accuracy")
    raw = ours.join(theirs[list(BASELINES)], how="inner", validate="one_to_one")
    best = raw.round(12).eq(raw.round(12).max(axis=1), axis=0)
    printed = pd.DataFrame(
        {"dataset": raw.index}
        | {f"{NAMES[m]} %": [f"{100 * a:.1f}" for a in raw[m]] for m in raw}
        | {"best": [", ".join(NAMES[m] for m in raw if row[m]) for _, row in best.iterrows()]}
    )
    return raw.reset_index(), printed, _notes(raw, tuned, rows, protocol) + failure_notes(failed)


def _notes(accuracies, tuned, rows, protocol):
    mean_ranks = ranks.average_ranks(accuracies)
    difference = ranks.critical_difference(accuracies.shape[1], len(accuracies))

    def listed(values, form):
        return ", ".join(f"{NAMES[m]} {format(v, form)}" for m, v in values.items())

    def beside(method):
        p = ranks.against(accuracies, method)
        parts = []
        for other in BASELINES:
            count = wins_ties_losses(accuracies[method], accuracies[other])
            mean = 100 * (accuracies[method] - accuracies[other]).mean()
            tally = "/".join(map(str, count.values()))
            parts.append(f"{NAMES[other]} {tally}, {mean:+.2f} points (p = {p[other]:.2g})")
        return (
            f"{NAMES[method]} wins/ties/losses, mean difference (Wilcoxon p, Holm-adjusted) "
            f"against {'; '.join(parts)}."
        )

    return [
        f"Protocol {protocol}: test accuracy, mean of {rows.split.nunique()} split(s), the same "
        "rows for every method. Penalties of NTK and MKL, C of logistic regression, C and γ of the "
        f"SVM are {choice_of_penalty(tuned, protocol)}. Forest and boosting are not tuned: "
        "scikit-learn's defaults, but for the number of trees in the configuration.",
        f"Average ranks over {len(accuracies)} datasets, 1 the best: {listed(mean_ranks, '.2f')}. "
        f"Friedman test p = {ranks.friedman(accuracies):.2g}; two ranks differ at 5 % from "
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
