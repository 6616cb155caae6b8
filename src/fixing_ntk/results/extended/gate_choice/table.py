"""Table `gate_choice`: what redrawing the active gates within their cones changes, by dataset."""

import numpy as np
import pandas as pd
import scipy

from fixing_ntk.comparison.statistics import paired_tests, wins_ties_losses
from fixing_ntk.drawing.cells import number, tally
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note
from fixing_ntk.results.extended.gate_choice.compute import spread_over_error

MANY_ROWS = 50  # of a dataset: below, a mean over datasets turns on a few test rows


def gate_choice(data, failed=None):
    """Make the table: a row for every dataset.

    Parameters
    ----------
    data : mapping
        Of `gate_choice.compute`.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.
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

    def percent(name, form=".1f"):
        return [format(100 * value, form) for value in raw[name]]

    three = zip(*(percent(f"redrawn{part}") for part in ("", "_std")), strict=True)
    ends = zip(*(percent(f"redrawn{part}") for part in ("_min", "_max")), strict=True)
    printed = pd.DataFrame(
        {
            "dataset": raw.dataset,
            "n / d": [f"{ratio:.3g}" for ratio in raw.n_over_d],
            "test rows": raw.test_rows,
            "active gates": raw.active,
            "changed by a redraw, %": percent("changed", ".2f"),
            "between redraws, %": percent("between", ".2f"),
            "in some redraw, %": percent("ever"),
            "chosen gates %": percent("chosen"),
            "redraws %": [" ± ".join(pair) for pair in three],
            "range": [" to ".join(pair) for pair in ends],
            "average %": percent("average"),
            "gap": [f"{g:.0e}" for g in raw.gap],
        }
    )
    return Table.noted(raw, printed, facts(raw, redrawn.shape[1], failed), notes)


def facts(raw, draws, failed=None):
    """Return what the notes and the pages state.

    Shares are in percent of the test rows, spreads and differences in points of accuracy.
    ``average`` compares the average over the cones with the chosen gates: ``mean``, ``median`` and
    ``many_rows``, the mean over the datasets of `MANY_ROWS` rows or more.
    """
    rows = raw.assign(
        changed=100 * raw.changed,
        between=100 * raw.between,
        ever=100 * raw.ever,
        std=100 * raw.redrawn_std,
        range=100 * (raw.redrawn_max - raw.redrawn_min),
        gain=100 * (raw.average - raw.chosen),
    )
    many = rows[rows.n + rows.test_rows >= MANY_ROWS]
    described = {
        name: dict(
            median=rows[name].median(),
            mean=rows[name].mean(),
            many_rows=many[name].mean(),
            most=rows[name].max(),
            of=rows.dataset[rows[name].argmax()],
        )
        for name in ("changed", "between", "ever", "std", "range")
    }
    return dict(
        datasets=len(rows),
        many_rows=len(many),
        draws=draws,
        **described,
        unchanged=(rows.ever == 0).sum(),
        spread_over_error=dict(
            median=rows.spread_over_error.median(), most=rows.spread_over_error.max()
        ),
        with_n_over_d={name: correlation(rows.n_over_d, rows[name]) for name in ("changed", "std")},
        average=dict(
            **wins_ties_losses(rows.average, rows.chosen),
            mean=rows.gain.mean(),
            median=rows.gain.median(),
            many_rows=many.gain.mean(),
            **paired_tests(rows.average, rows.chosen),
            over_redraws=100 * (rows.average - rows.redrawn).mean(),
        ),
        accuracy={name: 100 * rows[name].mean() for name in ("chosen", "redrawn", "average")},
        training=rows.training.max(),
        gap=rows.gap.max(),
        failed=failed or {},
    )


def correlation(x, y):
    """Spearman's rank correlation and its p-value, NaN where one of the two does not vary."""
    if min(len(np.unique(x)), len(np.unique(y))) < 2:
        return dict(rank=np.nan, p=np.nan)
    found = scipy.stats.spearmanr(x, y)
    return dict(rank=found.statistic, p=found.pvalue)


def notes(facts):
    """Write the sentences under the table."""
    average, changed, std = facts["average"], facts["changed"], facts["std"]
    ranks, many = facts["with_n_over_d"], changed["many_rows"]
    return [
        f"The first split of {facts['datasets']} datasets. MKL is tuned by cross-validation. All "
        f"active gates are redrawn {facts['draws']} times within their cones. n counts training "
        "rows.",
        f"A redraw changes {changed['median']:.2f} % of the test predictions (median over "
        f"datasets). The mean is {changed['mean']:.2f} %, and {number(many, '.2f')} % over the "
        f"{facts['many_rows']} datasets with {MANY_ROWS} rows or more. The maximum is "
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
        "Average: the mean prediction over the redraws. Wins/ties/losses against the chosen gates "
        f"{tally(average)}. Mean difference {average['mean']:+.2f} points, median "
        f"{average['median']:+.2f}, mean of the larger datasets "
        f"{number(average['many_rows'], '+.2f')}. Wilcoxon signed-rank "
        f"p = {number(average['wilcoxon'], '.2g')}, sign test p = "
        f"{number(average['sign'], '.2g')}. Mean difference from a single redraw "
        f"{average['over_redraws']:+.2f} points.",
        f"Training predictions change by at most {facts['training']:.1g} of the largest one.",
        gap_note(facts),
        *failure_notes(facts),
    ]
