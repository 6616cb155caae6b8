"""Table `averaging`: one draw of the gates, the average over draws, one program on all draws."""

import numpy as np
import pandas as pd

from fixing_ntk.comparison.statistics import compare, means
from fixing_ntk.drawing.cells import compared, mean_columns, number, numbers, tally
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note

# Methods of the table; `comparison.averaging` describes them.
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
AVERAGES = {"averaged": "mkl", "ntk_averaged": "ntk_sampled"}  # averages, and the method of a draw
BESIDE = {"ntk": "NTK", "mkl": "MKL"}  # methods that every method is compared with
MEANS = ["test_error", "training_error", "training_accuracy", "above"]


def averaging(points, failed=None):
    """Make the `Table` of accuracy, test and training error, and objective: a row for each method.

    A method with a fit for each draw of the gates is shown on the first draw.

    Parameters
    ----------
    points : pandas.DataFrame
        Rows of `comparison.averaging.Union.row`, of all datasets and splits.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason.
    """
    points = points.assign(
        accuracy=points.correct / points.total, training_accuracy=points.train_correct / points.n
    )
    # Of several draws the first, which is the MKL of the other tables.
    one = points[~(points.draw > 0)]
    accuracy = one.pivot_table(index="dataset", columns="method", values="accuracy")
    n = points.groupby("dataset").n.max()
    shown = [method for method in SHOWN if method in accuracy]
    rows = pd.DataFrame(
        [
            dict(method=method)
            | means(100 * accuracy[method], n)
            | _over_datasets(one[one.method == method][["dataset", *MEANS]])
            | over_draws(points, method)
            | dict(gap=points[points.method == method].gap.max())
            for method in shown
        ]
    )
    against = {
        method: {other: compare(accuracy[method], accuracy[other], n) for other in BESIDE}
        for method in shown
    }
    raw = rows.assign(ntk_error=[100 * (accuracy[m] - accuracy.ntk).sem() for m in shown])
    for other in BESIDE:
        pairs = pd.DataFrame([against[method][other] for method in shown])
        raw = raw.join(pairs.add_prefix(f"{other}_"))
    printed = pd.DataFrame(
        {
            "method": raw.method.map(SHOWN),
            **mean_columns("test %", rows, ".2f"),
            **_columns(against, "ntk"),
            **_columns(against, "mkl"),
            "test error": numbers(raw.test_error, ".4f"),
            "variance over draws": numbers(raw.variance, ".4f"),
            "training error": numbers(raw.training_error, ".4f"),
            "training accuracy, %": numbers(100 * raw.training_accuracy, ".2f"),
            "objective above the bound, % of ½‖y‖²": numbers(100 * raw.above, ".3g"),
            "gap": numbers(raw.gap, ".0e"),
        }
    )
    return Table.noted(raw, printed, facts(rows, against, points, failed), notes)


def over_draws(points, method):
    """Split the test error of a draw into the average's error and the variance over draws.

    The mean over draws of the squared error is the squared error of the mean output, plus the mean
    squared deviation of the draws from the mean output.

    Parameters
    ----------
    points : pandas.DataFrame
        As for `averaging`, with the ``accuracy`` on the test rows.
    method : str
        One of `SHOWN`.

    Returns
    -------
    dict
        For a method of `AVERAGES`, means over datasets: ``draws_mean``, the accuracy of a draw in
        per cent; ``draws_spread``, the standard deviation of accuracy over the draws of a split, in
        points; ``draws_error``, the mean squared test error of a draw; ``variance``, the part of
        this error that averaging removes. NaN for other methods.
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
    """Return by column the mean over datasets of each dataset's mean over splits, a dict.

    ``rows`` is a frame of numbers beside the column ``dataset``, with a row for each split.
    """
    return rows.groupby("dataset").mean().mean().to_dict()


def facts(rows, against, points, failed=None):
    """Return the numbers that the table's notes and the documentation state.

    ``rows`` is a frame with one row for each method, ``points`` the argument of `averaging`.
    ``methods`` has the numbers of each method's row, without gap and training scores. ``against``
    has by method, then by key of `BESIDE`, the `statistics.compare` of the method with the NTK or
    MKL. In ``beside_ntk``, ``draw`` is the mean test error of a draw of MKL less the NTK's. It is
    the sum of the ``variance`` over draws and of ``average``, the test error of the averaged output
    less the NTK's. ``masks`` is the median over splits of the number of masks of all draws
    together. ``union_gap`` is the largest gap of the program over these masks. Further keys are the
    numbers of ``datasets``, of ``splits`` of a dataset and of ``draws``, the largest ``gap`` of the
    methods, and ``failed``.
    """
    by_method = rows.set_index("method")
    one, average, ntk = points.set_index("method"), by_method.loc["averaged"], by_method.loc["ntk"]
    return dict(
        datasets=points.dataset.nunique(),
        splits=points.split.nunique(),
        draws=points[points.method == "mkl"].draw.nunique(),
        methods=by_method.drop(columns=["gap", "training_error", "training_accuracy"]).to_dict(
            "index"
        ),
        against=against,
        beside_ntk=dict(
            draw=average.draws_error - ntk.test_error,
            variance=average.variance,
            average=average.test_error - ntk.test_error,
        ),
        masks=one.loc[["averaged"]].p.median(),
        union_gap=points.union_gap.max(),
        gap=rows.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    rows, draws, beside = facts["methods"], facts["draws"], facts["beside_ntk"]
    mean, one, ntk = rows["averaged"], rows["mkl"], rows["ntk"]
    against = [
        f"MKL averaged over {draws} draws against {name}: "
        f"{compared(facts['against']['averaged'][other])}."
        for other, name in (("mkl", "MKL on one draw"), ("ntk", "the NTK"))
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
        "The test error of a draw of MKL differs from the error of the NTK by "
        f"{beside['draw']:+.4f}. Of this {beside['variance']:+.4f} is variance over draws, and "
        f"{beside['average']:+.4f} is the difference of the average from the NTK. Squared errors "
        "and accuracies need not put methods in the same order.",
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
    """Return the variance over draws as a share of the mean test error of a draw.

    It is 0 if this error is 0 or missing. ``row`` is an average's entry in ``methods`` of `facts`.
    """
    return row["variance"] / row["draws_error"] if row["draws_error"] else 0.0


def _columns(against, other):
    """Return the columns that compare every method with ``other``, a key of `BESIDE`, by heading.

    The columns are wins/ties/losses and p-values, as text, empty in the row of ``other`` itself.
    ``against`` is as in `facts`.
    """
    counts, p = [], []
    for method, pairs in against.items():
        pair = pairs[other]
        wilcoxon, sign = numbers([pair["wilcoxon"], pair["sign"]], ".2g")
        counts.append("" if method == other else tally(pair))
        p.append("" if method == other else f"{wilcoxon}; {sign}")
    return {f"w/t/l, {BESIDE[other]}": counts, f"p, {BESIDE[other]} (Wilcoxon; sign)": p}
