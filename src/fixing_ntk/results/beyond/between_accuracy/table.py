"""Table `between_accuracy`: MKL at ``p = 4/3`` beside the NTK, MKL, stopped and averaged MKL."""

import pandas as pd

from fixing_ntk.comparison.accuracies import TUNED
from fixing_ntk.comparison.methods import NAMES
from fixing_ntk.comparison.statistics import compare, holm, regrets
from fixing_ntk.drawing.cells import compared, number, numbers, percent_lists, percents
from fixing_ntk.drawing.tables import (
    Table,
    choice_of_penalty,
    failure_notes,
    folds_of,
    gap_note,
)


def between_accuracy(tuned, protocol, failed=None):
    """Make the `Table` of accuracies of MKL at p = 4/3 and other methods: a row for each dataset.

    Accuracies are means over splits. The other methods are those of `accuracies.TUNED` that
    ``tuned`` has.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`, with ``between`` among the methods: MKL at p = 4/3, where the NTK
        in closed form is one of the kernels.
    protocol : str
        Protocol of the splits.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.
    """
    made = [name for name in TUNED if f"{name}_accuracy" in tuned]
    others = [name for name in made if name != "between"]
    trained = ["ntk_train", "mkl_train", "between_train"]
    raw = (
        tuned.groupby("dataset", sort=False)
        .agg(
            n=("n", "max"),
            **{name: (f"{name}_accuracy", "mean") for name in made},
            between_std=("between_accuracy", "std"),
            **{name: (name, "mean") for name in trained},
            between_ratio=("between_ratio", "median"),
            splits=("split", "count"),
            gap=("gap", "max"),
        )
        .reset_index()
    )
    printed = pd.DataFrame(
        {
            "dataset": raw.dataset,
            "n": raw.n,
            f"{NAMES['between']} %": percents(raw.between, raw.between_std),
            **{f"{NAMES[name]} %": numbers(100 * raw[name], ".1f") for name in others},
            "training %: NTK, MKL, p = 4/3": percent_lists(raw[trained]),
            "λ": numbers(raw.between_ratio, ".2g"),
            "gap": numbers(raw.gap, ".0e"),
        }
    )
    return Table.noted(raw, printed, facts(raw, tuned, others, protocol, failed), notes)


def facts(raw, tuned, others, protocol, failed=None):
    """Return the numbers that the table's notes and the documentation state of MKL at p = 4/3.

    ``raw`` has the rows of the table, and ``others`` are the keys of the other methods. Further
    arguments are as for `between_accuracy`. ``against`` has for each other method the
    `statistics.compare` of MKL at p = 4/3 with it, and ``holm``, Wilcoxon's p adjusted for the
    number of methods. ``regret`` has for every method its `statistics.regrets`, relative to the
    better of the NTK and MKL. ``at_end`` counts the splits of all datasets, of ``all_splits``,
    where the penalty of MKL at p = 4/3 is an end of its grid. Further keys are ``protocol``, the
    numbers of ``datasets`` and of ``splits`` of a dataset, ``folds`` (`folds_of`), the largest
    ``gap``, and ``failed``.
    """
    pairs = {other: compare(raw.between, raw[other], raw.n) for other in others}
    adjusted = holm([pair["wilcoxon"] for pair in pairs.values()])
    by_set = raw.set_index("dataset")
    return dict(
        protocol=protocol,
        datasets=len(raw),
        splits=raw.splits.max(),
        folds=folds_of(tuned),
        against={
            other: dict(pair, holm=p)
            for (other, pair), p in zip(pairs.items(), adjusted, strict=True)
        },
        regret={
            name: regrets(by_set, name, ("ntk", "mkl"), raw.n) for name in ("between", *others)
        },
        at_end=tuned.between_at_end.sum(),
        all_splits=len(tuned),
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    means, worst = (
        ", ".join(
            f"{NAMES[name]} {row[what]:.2f}" + (f" ({row['worst']})" if what == "most" else "")
            for name, row in facts["regret"].items()
        )
        for what in ("mean", "most")
    )
    return [
        f"Protocol {facts['protocol']}: {facts['splits']} split(s) of {facts['datasets']} "
        "datasets. λ is over the largest eigenvalue of the kernel with the NTK's weights. It is "
        f"{choice_of_penalty(facts['protocol'], facts['folds'])}.",
        *(
            f"{NAMES['between']} against {NAMES[other]}: {compared(pair)}. Holm's procedure over "
            f"these {len(facts['against'])} comparisons adjusts Wilcoxon's p to "
            f"{number(pair['holm'], '.2g')}."
            for other, pair in facts["against"].items()
        ),
        f"Points below the better of NTK and MKL on each dataset, on average: {means}. At "
        f"most, with the dataset: {worst}.",
        f"The chosen λ of {NAMES['between']} ends its grid in {facts['at_end']} of "
        f"{facts['all_splits']} splits.",
        gap_note(facts),
        *failure_notes(facts),
    ]
