"""Table `baselines`: NTK and MKL beside classifiers that a user would pick instead."""

import pandas as pd

from fixing_ntk.comparison import statistics
from fixing_ntk.comparison.accuracies import TUNED
from fixing_ntk.comparison.methods import BASELINES, NAMES, methods
from fixing_ntk.comparison.statistics import LARGE
from fixing_ntk.drawing.cells import MEANS, larger, number, numbers, tally
from fixing_ntk.drawing.tables import Table, choice_of_penalty, failure_notes, folds_of


def baselines(tuned, rows, protocol, failed=None):
    """Make the `Table` of test accuracies: a row for each dataset, a column for each method.

    Accuracies are means over splits. A dataset that is missing from ``tuned`` or ``rows`` has no
    row.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`, with early stopping.
    rows : pandas.DataFrame
        From `comparison.baselines.fit_baselines`, of the same datasets and splits.
    protocol : str
        Protocol of the splits.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.
    """
    columns = [f"{name}_accuracy" for name in TUNED if f"{name}_accuracy" in tuned]
    ours = tuned.groupby("dataset", sort=False)[columns].mean()
    ours = ours.rename(columns=lambda column: column.removesuffix("_accuracy"))
    rows = rows.assign(accuracy=rows.correct / rows.total)
    theirs = rows.pivot_table(index="dataset", columns="method", values="accuracy")
    raw = ours.join(theirs, how="inner", validate="one_to_one")
    raw = raw[methods(raw)]
    best = raw.round(12).eq(raw.round(12).max(axis=1), axis=0)
    printed = pd.DataFrame(
        {"dataset": raw.index}
        | {f"{NAMES[m]} %": numbers(100 * raw[m], ".1f") for m in raw}
        | {"best": [", ".join(NAMES[m] for m in raw if row[m]) for _, row in best.iterrows()]}
    )
    n = tuned.groupby("dataset").n.max()[raw.index]
    found = facts(raw, n, tuned, rows, protocol, failed)
    return Table.noted(raw.reset_index(), printed, found, notes)


def facts(accuracies, n, tuned, rows, protocol, failed=None):
    """Return the numbers that the table's notes and the documentation state.

    ``accuracies`` is a frame, datasets by methods, and ``n`` has the training rows of the datasets.
    Other arguments are as for `baselines`. ``ranks`` has the average rank of each method,
    ``friedman`` the p-value of `statistics.friedman`, and ``critical_difference`` the Nemenyi
    test's. ``accuracy`` has by method its `statistics.means` in per cent. ``at_end`` has for each
    tuned baseline the number of splits, over all datasets, where a chosen parameter is an end of
    its grid; ``all_splits`` is the number of all. ``against`` has for MKL, and for the NTK, a dict
    by other method: wins, ties and losses against it, `statistics.means` of the difference in
    points, positive where the other is worse, and Wilcoxon's ``p``, adjusted by Holm's procedure
    over the other methods. Further keys are ``protocol``, the numbers of ``datasets`` and of
    ``splits`` of a dataset, ``folds`` (`folds_of`), and ``failed``.
    """
    splits = len(rows[["dataset", "split"]].drop_duplicates())
    tuned_rows = rows[rows.method.isin(BASELINES) & (rows.parameters.fillna("") != "")]
    pairs = {}
    for method in ("mkl", "ntk"):
        p = statistics.against(accuracies, method)
        pairs[method] = {
            other: dict(
                **statistics.wins_ties_losses(accuracies[method], accuracies[other]),
                **statistics.means(100 * (accuracies[method] - accuracies[other]), n),
                p=p[other],
            )
            for other in accuracies
            if other != method
        }
    return dict(
        protocol=protocol,
        datasets=len(accuracies),
        splits=rows.split.nunique(),
        folds=folds_of(tuned),
        ranks=statistics.average_ranks(accuracies).to_dict(),
        friedman=statistics.friedman(accuracies),
        critical_difference=statistics.critical_difference(accuracies.shape[1], len(accuracies)),
        accuracy={
            method: statistics.means(100 * accuracies[method], n)
            for method in accuracies.mean().sort_values(ascending=False).index
        },
        at_end=tuned_rows.groupby("method", sort=False).at_end.sum().to_dict(),
        all_splits=splits,
        against=pairs,
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""

    def listed(values):
        return ", ".join(f"{NAMES[m]} {value:.2f}" for m, value in values.items())

    first = next(iter(facts["accuracy"].values()))
    beside = [
        f"{NAMES[method]} wins/ties/losses, and difference in points of accuracy: mean, median, "
        f"mean over the datasets of {LARGE} training rows or more (Wilcoxon p, adjusted by Holm's "
        f"procedure over these {len(pairs)} comparisons), against "
        + "; ".join(
            f"{NAMES[other]} {tally(pair)}, {_three(pair, '+.2f')} (p = {number(pair['p'], '.2g')})"
            for other, pair in pairs.items()
        )
        + "."
        for method, pairs in facts["against"].items()
    ]
    return [
        f"Protocol {facts['protocol']}: test accuracy, mean of {facts['splits']} split(s), the "
        "same rows for every method. Penalties of NTK and MKL, and the parameters of "
        f"{', '.join(NAMES[m] for m in facts['at_end'])}, are "
        f"{choice_of_penalty(facts['protocol'], facts['folds'])}. Untuned methods have "
        "scikit-learn's defaults, but for the number of trees in the configuration.",
        f"Average ranks over {facts['datasets']} datasets, 1 the best: {listed(facts['ranks'])}. "
        f"Friedman test p = {number(facts['friedman'], '.2g')}; two ranks differ at 5 % from "
        f"{facts['critical_difference']:.2f} on (Nemenyi).",
        f"Accuracy in per cent, mean, median, and mean over {larger(first['large'])}: "
        + "; ".join(f"{NAMES[m]} {_three(row, '.2f')}" for m, row in facts["accuracy"].items())
        + ".",
        "A chosen parameter lies at an end of its grid in "
        + ", ".join(f"{count} ({NAMES[m]})" for m, count in facts["at_end"].items())
        + f" of {facts['all_splits']} splits.",
        *beside,
        *failure_notes(facts),
    ]


def _three(fact, form):
    """Write mean, median and mean over larger datasets in one string.

    ``fact`` is from `statistics.means`, and ``form`` is the format of each number.
    """
    return ", ".join(number(fact[name], form) for name in MEANS)
