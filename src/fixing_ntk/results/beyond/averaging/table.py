"""Table `averaging`: one draw of the gates, the average over draws, and one program on them all."""

import numpy as np
import pandas as pd

from fixing_ntk.comparison.summaries import LEAST_ROWS, summary
from fixing_ntk.drawing.cells import number, tally
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note

# Methods of the table; `comparison.averaging` says what each is.
SHOWN = {
    "ntk": "NTK",
    "mkl": "MKL, one draw",
    "averaged": "MKL averaged",
    "union": "one program, mean λ",
    "one_program": "one program, own λ",
    "stopped": "stopped MKL",
    "ntk_sampled": "NTK of the gates, one draw",
    "ntk_averaged": "NTK of the gates, averaged",
}
AVERAGES = {"averaged": "mkl", "ntk_averaged": "ntk_sampled"}  # each with its draws
MEANS = ["test_error", "training_error", "training_accuracy", "above"]


def averaging(points, failed=None):
    """Make the table: a row for each method.

    Parameters
    ----------
    points : pandas.DataFrame
        Of `comparison.averaging.Union.row`, all datasets and splits.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.
    """
    points = points.assign(
        accuracy=points.correct / points.total, training_accuracy=points.train_correct / points.n
    )
    # Of several draws the first one, which is MKL of the other tables.
    one = points[~(points.draw > 0)]
    accuracy = one.pivot_table(index="dataset", columns="method", values="accuracy")
    size = points.groupby("dataset")[["n", "total"]].first().sum(axis=1)
    shown = [method for method in SHOWN if method in accuracy]
    beside = dict(ntk=accuracy.ntk, mkl=accuracy.mkl)
    raw = pd.DataFrame(
        [
            dict(method=method)
            | summary(accuracy[method], size, **beside)
            | _over_datasets(one[one.method == method][["dataset", *MEANS]])
            | over_draws(points, method)
            | dict(gap=points[points.method == method].gap.max())
            for method in shown
        ]
    )
    printed = pd.DataFrame(
        {
            "method": raw.method.map(SHOWN),
            "mean, %": [f"{value:.2f}" for value in raw["mean"]],
            "median, %": [f"{value:.2f}" for value in raw["median"]],
            f"mean, {LEAST_ROWS} rows or more": [f"{value:.2f}" for value in raw.mean_large],
            **_pair_columns(raw, "ntk", "NTK"),
            **_pair_columns(raw, "mkl", "MKL"),
            "test error": [f"{value:.4f}" for value in raw.test_error],
            "variance over draws": [_known(value, ".4f") for value in raw.variance],
            "training error": [f"{value:.4f}" for value in raw.training_error],
            "training accuracy, %": [f"{100 * value:.2f}" for value in raw.training_accuracy],
            "objective above the optimum, %": [_known(100 * value, ".3g") for value in raw.above],
            "gap": [f"{gap:.0e}" for gap in raw.gap],
        }
    )
    return Table.noted(raw, printed, facts(raw, points, failed), notes)


def over_draws(points, method):
    """Split the error of an average's draws into its own and the variance over draws.

    The mean over draws of the squared error is the squared error of the mean output plus the mean
    squared deviation from it.

    Returns
    -------
    dict
        For an average, means over datasets: ``draws_mean``, accuracy of a draw in per cent;
        ``draws_spread``, standard deviation of accuracy over the draws of a split, in points;
        ``draws_error``, squared test error of a draw; ``variance``, its part that averaging
        removes. NaN for other methods.
    """
    names = ["draws_mean", "draws_spread", "draws_error", "variance"]
    if method not in AVERAGES:
        return dict.fromkeys(names, np.nan)
    keys = ["dataset", "split"]
    draws = points[points.method == AVERAGES[method]].groupby(keys)
    own = points[points.method == method].set_index(keys)
    found = pd.DataFrame(
        dict(
            draws_mean=100 * draws.accuracy.mean(),
            draws_spread=100 * draws.accuracy.std(),
            draws_error=draws.test_error.mean(),
        )
    )
    found["variance"] = found.draws_error - own.test_error
    return _over_datasets(found.reset_index().drop(columns="split"))


def _over_datasets(rows):
    """Means over datasets of means over splits."""
    return rows.groupby("dataset").mean().mean().to_dict()


def facts(raw, points, failed=None):
    """Return what the notes and the pages state; by method the numbers of its row."""
    by_method = raw.set_index("method")
    one = points.set_index("method")
    return dict(
        datasets=points.dataset.nunique(),
        splits=points.split.nunique(),
        draws=points[points.method == "mkl"].draw.nunique(),
        methods=by_method.drop(columns="gap").to_dict("index"),
        masks=one.loc["averaged"].p.median(),
        union_gap=points.union_gap.max(),
        gap=raw.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Write the sentences under the table."""
    rows, draws = facts["methods"], facts["draws"]
    mean, one, ntk = rows["averaged"], rows["mkl"], rows["ntk"]
    against = [
        f"MKL averaged over {draws} draws against {name}: wins/ties/losses {_tally(mean, key)}, "
        f"mean difference {mean[f'{key}_mean']:+.2f} points, median {mean[f'{key}_median']:+.2f}, "
        f"Wilcoxon p = {number(mean[f'{key}_wilcoxon'], '.2g')}, sign test "
        f"p = {number(mean[f'{key}_sign'], '.2g')}."
        for key, name in (("mkl", "MKL on one draw"), ("ntk", "the NTK"))
    ]
    parts = [
        f"{SHOWN[average]}: accuracy {rows[average]['mean']:.2f} %, against "
        f"{rows[average]['draws_mean']:.2f} % of its draws, which differ by "
        f"{rows[average]['draws_spread']:.2f} points on a split (standard deviation). Test error "
        f"{rows[average]['test_error']:.4f}, against {rows[average]['draws_error']:.4f} of its "
        f"draws: the variance over draws is {number(rows[average]['variance'], '.4f')}, or "
        f"{100 * _share(rows[average]):.1f} % of it. The error of the NTK in closed form is "
        f"{ntk['test_error']:.4f}."
        for average in AVERAGES
    ]
    return [
        f"Protocol full: {facts['splits']} split(s) of {facts['datasets']} datasets, means over "
        "datasets of means over splits. Every method has the same splits and folds. p-values are "
        "over datasets and not corrected for their number.",
        *against,
        *parts,
        "Test and training errors are mean squares of output less label. The objective is of the "
        f"group lasso over the masks of all draws ({facts['masks']:,.0f} in the median), at the "
        "mean of the penalties chosen for the draws, in per cent of half the squared norm of the "
        f"labels. One draw is {100 * one['above']:.3g} above the certified lower bound, the "
        f"average {100 * mean['above']:.3g}. The lower bound has a relative gap of at most "
        f"{number(facts['union_gap'], '.1e')}.",
        "The gap of an average is the largest of its draws. Its own distance from an optimum is "
        "the column before.",
        gap_note(facts),
        *failure_notes(facts),
    ]


def _share(row):
    return row["variance"] / row["draws_error"] if row["draws_error"] else 0.0


def _pair_columns(raw, name, label):
    """Printed columns of a method beside another one."""
    return {
        f"w/t/l, {label}": [
            "" if row.method == name else _tally(row._asdict(), name)
            for row in raw.itertuples(index=False)
        ],
        f"p, {label} (Wilcoxon; sign)": [
            "" if method == name else f"{_known(a, '.2g')}; {_known(b, '.2g')}"
            for method, a, b in zip(
                raw.method, raw[f"{name}_wilcoxon"], raw[f"{name}_sign"], strict=True
            )
        ],
    }


def _tally(row, name):
    return tally({key: row[f"{name}_{key}"] for key in ("wins", "ties", "losses")})


def _known(value, form):
    return "" if pd.isna(value) else format(value, form)
