"""Table `all_masks`: the optimum as more masks are sampled, each dataset at two penalties."""

import pandas as pd

from fixing_ntk.drawing.cells import number, numbers
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note


def all_masks(rows, failed=None):
    """Return the `Table` of optima by number of gates, a row for each dataset and penalty.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `all_masks.compute`, of all datasets.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason; the notes name them.
    """
    keys = ["dataset", "penalty"]
    sampled, every = rows[rows.gates.notna()], rows[rows.gates.isna()].set_index(keys)
    sampled = sampled.astype({"gates": int})
    counts = sorted(sampled.gates.unique())
    by = sampled.set_index([*keys, "gates"])
    raw = sampled[sampled.gates == counts[0]][[*keys, "lam", "n", "d"]].set_index(keys)
    for count in counts:
        at = by.xs(count, level="gates")
        raw[f"objective_{count}"], raw[f"masks_{count}"] = at.objective, at.masks
    raw["all_masks"], raw["lower_bound"] = every.masks, every.dual_objective
    raw["drop"] = 1 - raw[f"objective_{counts[-1]}"] / raw[f"objective_{counts[0]}"]
    raw["gap"] = rows.groupby(keys).gap.max()
    raw = raw.reset_index()
    printed = pd.DataFrame(
        {"dataset": raw.dataset, "λ": raw.penalty, "n": raw.n, "d": raw.d}
        | {f"{count:,} gates": numbers(raw[f"objective_{count}"], ".4f") for count in counts}
        | {
            "drop, %": numbers(100 * raw["drop"], ".2g"),
            "lower bound": numbers(raw.lower_bound, ".4f"),
            "gap": numbers(raw.gap, ".0e"),
        }
    )
    return Table.noted(raw, printed, facts(raw, counts, failed), notes)


def facts(raw, counts, failed=None):
    """Return, as a dict, the numbers that notes and documentation state.

    ``raw`` has the rows of the CSV file, and ``counts`` the numbers of gates, increasing, of which
    ``fewest`` and ``most`` are the ends. ``drop`` has by penalty how far the objective with the
    most gates is below the objective with the fewest, in per cent: the ``median`` over datasets;
    the largest drop, under the key ``most``, and its dataset, under the key ``at``; and
    ``above_one``, the number of datasets that drop by more than one per cent. ``listed`` is a list
    with a dict for each dataset and penalty with a lower bound: the number of all ``masks``, and
    how far the objectives with the fewest and with the most gates are above this bound, in per
    cent, ``above_fewest`` and ``above_most``. ``failed`` is only passed on, as {} for None.
    """
    fewest, most = counts[0], counts[-1]
    drops = {}
    for penalty, rows in raw.groupby("penalty", sort=False):
        worst = rows.loc[rows["drop"].idxmax()]
        drops[penalty] = dict(
            median=100 * rows["drop"].median(),
            most=100 * worst["drop"],
            at=worst.dataset,
            above_one=(rows["drop"] > 0.01).sum(),
        )
    with_bound = raw[raw.lower_bound.notna()]
    return dict(
        datasets=raw.dataset.nunique(),
        fewest=fewest,
        most=most,
        drop=drops,
        listed=[
            dict(
                dataset=row.dataset,
                penalty=row.penalty,
                masks=row.all_masks,
                above_fewest=100 * (row[f"objective_{fewest}"] / row.lower_bound - 1),
                above_most=100 * (row[f"objective_{most}"] / row.lower_bound - 1),
            )
            for _, row in with_bound.iterrows()
        ],
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    drops = [
        f"At the {penalty} penalty the objective of {facts['most']:,} gates is below the "
        f"objective of {facts['fewest']:,} gates by {drop['median']:.2g} % in the median over "
        f"{facts['datasets']} datasets. The largest drop is {drop['most']:.2g} % ({drop['at']}), "
        f"and {drop['above_one']} datasets drop by more than 1 %."
        for penalty, drop in facts["drop"].items()
    ]
    bounds = [
        f"{row['dataset']}, {row['penalty']} penalty: all {row['masks']:,.0f} masks are listed. "
        f"The objective of {facts['fewest']:,} gates is above the lower bound by "
        f"{number(row['above_fewest'], '.2g')} %, the objective of {facts['most']:,} gates by "
        f"{number(row['above_most'], '.2g')} %."
        for row in facts["listed"]
    ]
    return [
        "Training objective at the optimum over half the squared norm of the labels, protocol "
        "paper. Gates are nested and λ is the same for every number of gates. Each value is an "
        "upper bound on the optimum over all masks.",
        "λ tuned: chosen by cross-validation for the configured number of gates. λ reference: the "
        "common penalty of the accuracy table.",
        *drops,
        *bounds,
        f"No {'other ' if bounds else ''}dataset has a lower bound: its masks are too many to "
        "list, or its rows are nearly degenerate.",
        gap_note(facts),
        *failure_notes(facts),
    ]
