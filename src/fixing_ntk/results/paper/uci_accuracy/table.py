"""Table `uci_accuracy`: NTK against MKL on every dataset."""

import pandas as pd

from fixing_ntk.comparison.accuracies import wins_by_lambda
from fixing_ntk.comparison.statistics import (
    compare,
    means,
    paired_tests,
    regret,
    wins_ties_losses,
)
from fixing_ntk.drawing.cells import averages, compared, number, numbers, percents, tally
from fixing_ntk.drawing.tables import (
    Table,
    choice_of_penalty,
    failure_notes,
    folds_of,
    gap_note,
)

OVERLAP = ", those of conxuntos_kfold.dat, whose test rows overlap"


def uci_accuracy(tuned, same, protocol, reference, failed=None):
    """Return the `Table` of NTK against MKL, a row for each dataset.

    Accuracies are means over splits, and chosen penalties are medians. The gap is the largest of
    the dataset's fits.

    Parameters
    ----------
    tuned, same : pandas.DataFrame
        From `comparison.accuracies.tuned` and `comparison.accuracies.same_lambda`.
    protocol : str
        Name of the protocol of the splits, for the notes.
    reference : float
        A common ``lam / lambda_max``, whose accuracies are shown beside the tuned ones.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason; they become rows without numbers, at the end.

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
        chosen=("chosen_accuracy", "mean"),
        chosen_std=("chosen_accuracy", "std"),
        chosen_is_mkl=("chosen_is_mkl", "mean"),
        ntk_train=("ntk_train", "mean"),
        mkl_train=("mkl_train", "mean"),
        chosen_train=("chosen_train", "mean"),
        ntk_ratio=("ntk_ratio", "median"),
        mkl_ratio=("mkl_ratio", "median"),
        splits=("split", "count"),
        gap=("gap", "max"),
    )
    at = same[same.ratio == reference].groupby("dataset")
    raw["ntk_same"], raw["mkl_same"] = at.ntk_sampled.mean(), at.mkl.mean()
    raw["gap"] = raw.gap.combine(same.groupby("dataset").gap.max(), max)
    raw = raw.reset_index()

    better = raw.mkl - raw.ntk
    printed = pd.DataFrame(
        {
            "dataset": raw.dataset,
            "n": raw.n,
            "d": raw.d,
            "p": raw.p,
            "NTK %": percents(raw.ntk, raw.ntk_std),
            "MKL %": percents(raw.mkl, raw.mkl_std),
            "better": ["MKL" if b > 1e-12 else "NTK" if b < -1e-12 else "tie" for b in better],
            "chosen by cross-validation %": percents(raw.chosen, raw.chosen_std),
            "NTK, training %": numbers(100 * raw.ntk_train, ".1f"),
            "MKL, training %": numbers(100 * raw.mkl_train, ".1f"),
            "λ NTK": numbers(raw.ntk_ratio, ".2g"),
            "λ MKL": numbers(raw.mkl_ratio, ".2g"),
            f"NTK at {reference:g}": numbers(100 * raw.ntk_same, ".1f"),
            f"MKL at {reference:g}": numbers(100 * raw.mkl_same, ".1f"),
            "gap": numbers(raw.gap, ".0e"),
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
    """Return, as a dict, the numbers on MKL against the NTK that notes and documentation state.

    `uci_accuracy` calls it with ``raw``, the rows of its CSV file without failed datasets, and with
    its own arguments ``tuned``, ``same``, ``protocol`` and ``failed``; the last two are only passed
    on. ``splits`` is the largest number of splits of a dataset. Keys of `statistics.compare` are
    for MKL with the NTK. Differences are in points of accuracy, MKL's less the NTK's; ``best`` and
    ``worst`` are the three datasets of the largest and of the smallest. ``at_least`` counts the
    datasets on which MKL is at least as accurate; ``each_split`` has the mean of this count over
    splits, and of the ``ties`` in it. ``chosen`` compares the method that cross-validation chooses
    with the NTK and with MKL; ``mkl_splits`` in it counts the splits where MKL is chosen.
    ``regret`` has by method the points below the better of NTK and MKL, ``train`` the accuracy on
    training rows in per cent. ``varies`` counts the datasets on which MKL's accuracy varies more
    (wins), as much (ties) or less (losses) over splits than the NTK's. ``at_same_lambda`` has, as
    ``best`` and ``worst``, the common penalties at which MKL's wins less its losses are most and
    fewest; there the NTK is the one of the sampled gates. ``at_end`` counts by method the splits,
    out of ``all_splits``, whose chosen penalty is an end of its grid.
    """
    mkl = compare(raw.mkl, raw.ntk, raw.n)
    each = tuned.mkl_accuracy - tuned.ntk_accuracy
    sampled = wins_by_lambda(same).query("against == 'ntk_sampled'")
    ahead = sampled.wins - sampled.losses
    at_same_lambda = {"best": sampled.loc[ahead.idxmax()], "worst": sampled.loc[ahead.idxmin()]}
    differences = raw[["dataset", "n"]].assign(points=100 * (raw.mkl - raw.ntk))
    return dict(
        protocol=protocol,
        datasets=len(raw),
        splits=tuned.groupby("dataset").split.count().max(),
        folds=folds_of(tuned),
        **mkl,
        at_least=mkl["wins"] + mkl["ties"],
        each_split=dict(
            at_least=(each >= -1e-12).groupby(tuned.split).sum().mean(),
            ties=(each.abs() <= 1e-12).groupby(tuned.split).sum().mean(),
        ),
        chosen=dict(
            mkl_splits=tuned.chosen_is_mkl.sum(),
            ntk=compare(raw.chosen, raw.ntk, raw.n),
            mkl=compare(raw.chosen, raw.mkl, raw.n),
        ),
        regret={
            name: means(100 * regret(raw[name], raw.ntk, raw.mkl), raw.n)
            for name in ("ntk", "mkl", "chosen")
        },
        train={name: means(100 * raw[f"{name}_train"], raw.n) for name in ("ntk", "mkl")},
        best=differences.nlargest(3, "points").to_dict("records"),
        worst=differences.nsmallest(3, "points").to_dict("records"),
        varies=wins_ties_losses(raw.mkl_std, raw.ntk_std)
        | dict(sign=paired_tests(raw.mkl_std, raw.ntk_std)["sign"]),
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
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    best, worst = (facts["at_same_lambda"][which] for which in ("best", "worst"))
    return [
        f"Protocol {facts['protocol']}: {facts['splits']} split(s) of {facts['datasets']} "
        f"datasets{OVERLAP if facts['protocol'] == 'folds' else ''}. Accuracy on test rows; n "
        "counts training rows, p distinct masks.",
        "Each tuned, penalties from a grid each, "
        f"{choice_of_penalty(facts['protocol'], facts['folds'])}: "
        f"MKL is at least as accurate on {facts['at_least']} of {facts['datasets']} by the means "
        f"over splits, and on {facts['each_split']['at_least']:.1f} on one split, "
        f"{facts['each_split']['ties']:.1f} of them tied, on average over splits.",
        f"MKL against the NTK: {compared(facts)}.",
        "Chosen by cross-validation: NTK or MKL, whichever classifies more rows right in the "
        "cross-validation of its penalty, ties to the NTK; MKL in "
        f"{facts['chosen']['mkl_splits']} of {facts['all_splits']} splits. Against the NTK: "
        f"{compared(facts['chosen']['ntk'])}. Against MKL: {compared(facts['chosen']['mkl'])}.",
        "Below the better of NTK and MKL on each dataset: "
        + "; ".join(
            f"{name} {averages(facts['regret'][key], '')}"
            for key, name in (("ntk", "NTK"), ("mkl", "MKL"), ("chosen", "the chosen"))
        )
        + ".",
        "Accuracy on training rows, in per cent: "
        + "; ".join(
            f"{name} {number(row['mean'], '.1f')} on average, {number(row['median'], '.1f')} at "
            f"the median, {number(row['mean_large'], '.1f')} over the larger datasets"
            for name, row in (("NTK", facts["train"]["ntk"]), ("MKL", facts["train"]["mkl"]))
        )
        + ".",
        f"The standard deviation over splits is larger for MKL/equal/larger for the NTK on "
        f"{tally(facts['varies'])} datasets (sign test p = "
        f"{number(facts['varies']['sign'], '.2g')}).",
        "Each p-value is of one comparison, not adjusted for the others.",
        "Same λ (NTK as IRLS iteration 0 on the sampled gates, MKL as its limit): wins/ties/losses "
        f"from {tally(worst)} at λ/λ_max = {worst['ratio']:g} to {tally(best)} at "
        f"{best['ratio']:g}.",
        "λ NTK in units of the kernel's largest eigenvalue, λ MKL of λ_max (medians over splits); "
        f"the chosen value lies at an end of its grid in {facts['at_end']['ntk']} (NTK) and "
        f"{facts['at_end']['mkl']} (MKL) of {facts['all_splits']} splits.",
        gap_note(facts),
        *failure_notes(facts),
    ]
