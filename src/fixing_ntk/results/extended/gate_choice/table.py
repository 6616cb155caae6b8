"""Table `gate_choice`: changes by redrawing the active gates within their cones, by dataset."""

import numpy as np
import pandas as pd
import scipy

from fixing_ntk.comparison.statistics import compare, means
from fixing_ntk.drawing.cells import compared, larger, number, numbers, percents
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note
from fixing_ntk.results.extended.gate_choice.compute import spread_over_error


def gate_choice(data, failed=None):
    """Return the `Table` of changes by redraws of the active gates, a row for every dataset.

    Parameters
    ----------
    data : mapping
        Arrays of `gate_choice.compute`.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason; the notes name them.
    """
    redrawn = data["redrawn"]
    shares = ["changed", "between", "ever", "cut"]
    raw = pd.DataFrame(
        {"dataset": data["names"], "n": data["n"], "d": data["d"], "test_rows": data["rows"]}
        | {"n_over_d": data["n"] / data["d"], "active": data["active"]}
        | {name: data[name] for name in shares}
        | {"chosen": data["chosen"], "redrawn": redrawn.mean(axis=1)}
        | {"redrawn_std": redrawn.std(axis=1, ddof=1)}
        | {"redrawn_min": redrawn.min(axis=1), "redrawn_max": redrawn.max(axis=1)}
        | {"spread_over_error": spread_over_error(data), "average": data["average"]}
        | {"training": data["training"], "gap": data["gap"]}
    )

    low, high = (numbers(100 * raw[f"redrawn_{end}"], ".1f") for end in ("min", "max"))
    printed = pd.DataFrame(
        {
            "dataset": raw.dataset,
            "n / d": numbers(raw.n_over_d, ".3g"),
            "test rows": raw.test_rows,
            "active gates": raw.active,
            "changed by a redraw, %": numbers(100 * raw.changed, ".2f"),
            "between redraws, %": numbers(100 * raw.between, ".2f"),
            "in some redraw, %": numbers(100 * raw.ever, ".1f"),
            "chosen gates %": numbers(100 * raw.chosen, ".1f"),
            "redraws %": percents(raw.redrawn, raw.redrawn_std),
            "range": [f"{a} to {b}" for a, b in zip(low, high, strict=True)],
            "average %": numbers(100 * raw.average, ".1f"),
            "gap": numbers(raw.gap, ".0e"),
        }
    )
    return Table.noted(raw, printed, facts(raw, redrawn.shape[1], failed), notes)


def facts(raw, draws, failed=None):
    """Return, as a dict, the numbers that notes and documentation state.

    ``raw`` has the rows of the CSV file. ``draws``, the number of redraws, and ``failed`` are only
    passed on. ``changed``, ``between`` and ``ever`` are shares in per cent of the test rows,
    ``std`` and ``range`` the spread of accuracy over redraws in points. Each has its
    `statistics.means` over datasets, the maximum ``most``, and ``of``, the dataset of the maximum.
    ``unchanged`` counts the datasets on which no redraw changes a test prediction.
    ``with_n_over_d`` has the `correlation` of ``changed`` and ``std`` with n / d. ``average``
    compares the accuracy of the average over the redraws with the chosen gates; ``over_redraws`` in
    it is its mean lead over a redraw, in points. ``accuracy`` has means over datasets in per cent.
    """
    rows = raw.assign(
        changed=100 * raw.changed,
        between=100 * raw.between,
        ever=100 * raw.ever,
        std=100 * raw.redrawn_std,
        range=100 * (raw.redrawn_max - raw.redrawn_min),
    )
    described = {
        name: dict(
            **means(rows[name], rows.n),
            most=rows[name].max(),
            of=rows.dataset[rows[name].argmax()],
        )
        for name in ("changed", "between", "ever", "std", "range")
    }
    return dict(
        datasets=len(rows),
        draws=draws,
        **described,
        unchanged=(rows.ever == 0).sum(),
        spread_over_error=dict(
            median=rows.spread_over_error.median(), most=rows.spread_over_error.max()
        ),
        with_n_over_d={name: correlation(rows.n_over_d, rows[name]) for name in ("changed", "std")},
        average=dict(
            **compare(rows.average, rows.chosen, rows.n),
            over_redraws=100 * (rows.average - rows.redrawn).mean(),
        ),
        accuracy={name: 100 * rows[name].mean() for name in ("chosen", "redrawn", "average")},
        training=rows.training.max(),
        gap=rows.gap.max(),
        failed=failed or {},
    )


def correlation(x, y):
    """Return Spearman's rank correlation of x and y as a dict: ``rank``, and the p-value ``p``.

    Both are NaN where x or y is constant.
    """
    if min(len(np.unique(x)), len(np.unique(y))) < 2:
        return dict(rank=np.nan, p=np.nan)
    found = scipy.stats.spearmanr(x, y)
    return dict(rank=found.statistic, p=found.pvalue)


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    average, changed, std = facts["average"], facts["changed"], facts["std"]
    ranks = facts["with_n_over_d"]
    return [
        f"The first split of {facts['datasets']} datasets. MKL is tuned by cross-validation. All "
        f"active gates are redrawn {facts['draws']} times within their cones. n counts training "
        "rows.",
        f"A redraw changes {changed['median']:.2f} % of the test predictions (median over "
        f"datasets). The mean is {changed['mean']:.2f} %, and "
        f"{number(changed['mean_large'], '.2f')} % over {larger(changed['large'])}. The maximum is "
        f"{changed['most']:.1f} %, on {changed['of']}. On {facts['unchanged']} datasets no redraw "
        "changes a test prediction.",
        f"Two redraws differ in {facts['between']['median']:.2f} % of the test predictions "
        f"(median), {facts['between']['mean']:.2f} % on average. The chosen gates are a draw like "
        "the others.",
        "Rank correlation with n / d: share changed "
        f"{number(ranks['changed']['rank'], '+.2f')} (p = {number(ranks['changed']['p'], '.2g')}), "
        f"standard deviation of the accuracy {number(ranks['std']['rank'], '+.2f')} "
        f"(p = {number(ranks['std']['p'], '.2g')}).",
        f"Standard deviation of the accuracy over redraws: {std['median']:.2f} points (median), "
        f"{std['most']:.1f} at most, on {std['of']}. Over the binomial standard error of the test "
        f"rows: {facts['spread_over_error']['median']:.2f} (median), "
        f"{facts['spread_over_error']['most']:.2f} at most.",
        "Average: the mean prediction over the redraws. Against the chosen gates: "
        f"{compared(average)}. Mean difference from a single redraw "
        f"{average['over_redraws']:+.2f} points.",
        f"Training predictions change by at most {facts['training']:.1g} of the largest one.",
        gap_note(facts),
        *failure_notes(facts),
    ]
