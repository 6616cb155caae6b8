"""Table `own_data`: scores of all methods on a user's own table, and which method to take."""

import pandas as pd

from fixing_ntk.comparison.methods import BETWEEN, GUESS, MKL, NTK
from fixing_ntk.comparison.statistics import (
    average_ranks,
    corrected_t,
    held_out_ratio,
    wins_ties_losses,
)
from fixing_ntk.comparison.verdict import sentence, verdict
from fixing_ntk.comparison.winner_predictors import PREDICTORS, significant
from fixing_ntk.drawing.cells import number, numbers, tally
from fixing_ntk.drawing.tables import Table, gap_note
from fixing_ntk.results.beyond.when_it_pays import error_map


def own_data(rows, cells=None, predictors=None):
    """Return the `Table` of all methods on a user's own table, a row for each, the best first.

    The CSV file has the unchanged ``rows``, one for each method and split.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `comparison.own_table.compare`, of all splits.
    cells, predictors : pandas.DataFrame, optional
        Rows of the published tables `when_it_pays` and `who_wins`, where available.
    """
    best_first = verdict(rows)
    wide = rows.pivot(index="split", columns="method", values="score")
    percent = rows.task.iloc[0] == "classification"
    unit = 100.0 if percent else 1.0
    by, table = rows.groupby("method"), best_first.table
    ranks = average_ranks(wide)
    printed = pd.DataFrame(
        {
            "method": table.index,
            "test accuracy, %" if percent else "test R²": [
                f"{unit * m:.3g}" + ("" if pd.isna(s) else f" ± {unit * s:.2g}")
                for m, s in zip(table.score, table.spread, strict=True)
            ],
            "below the best": [
                ""
                if m == best_first.best
                else f"{unit * b:.2g}" + ("" if pd.isna(p) else f" (p = {p:.2g})")
                for m, b, p in zip(table.index, table.behind, table.p, strict=True)
            ],
            **(
                {"balanced, %": numbers(100 * by.balanced.mean()[table.index], ".3g")}
                if percent
                else {}
            ),
            "average rank": [f"{ranks[m]:.2f}" for m in table.index],
            "chosen": [_chosen(by.get_group(m)) for m in table.index],
            "active masks": numbers(by.active.median()[table.index], ".0f"),
            "gap": numbers(by.gap.max()[table.index], ".0e"),
        }
    )
    return Table.noted(rows, printed, facts(rows, cells, predictors), notes)


def facts(rows, cells=None, predictors=None):
    """Return, as a dict, the numbers that notes state; arguments as for `own_data`.

    ``verdict`` is the sentence that recommends a method, or says that none is recommended.
    ``against_ntk`` compares MKL, and MKL at p = 4/3, with the NTK over splits, where the NTK was
    run. By method it has ``wins`` over the NTK, ``ties`` and ``losses``; the ``mean`` of the
    method's score minus the NTK's, in points of accuracy or in R²; and the ``p`` of the corrected
    resampled t-test, not adjusted. Further keys are those of `diagnosis`, the name of the
    ``guess``, the largest ``gap``, the number of ``splits``, the most training rows ``n``, the
    ``sizes`` of training and test rows in words, and from the first of ``rows`` d, n_tuning and
    repeated.
    """
    first = rows.iloc[0]
    wide = rows.pivot(index="split", columns="method", values="score")
    unit = 100.0 if first.task == "classification" else 1.0
    return dict(
        verdict=sentence(verdict(rows), first.task, len(wide)),
        splits=len(wide),
        n=int(rows.n.max()),
        sizes=f"{_range(rows.n)} training and {_range(rows.n_test)} test rows",
        d=first.d,
        n_tuning=first.n_tuning,
        repeated=first.repeated,
        guess=GUESS[first.task],
        against_ntk={
            method: dict(
                **wins_ties_losses(wide[method], wide[NTK]),
                mean=unit * (wide[method] - wide[NTK]).mean(),
                p=corrected_t(wide[method] - wide[NTK], held_out_ratio(rows)),
            )
            for method in (MKL, BETWEEN)
            if {method, NTK} <= {*wide}
        },
        **diagnosis(rows, cells, predictors),
        gap=rows.gap.max(),
    )


def _range(counts):
    """Return the least and the largest of counts as text, one number if they are equal."""
    least, most = counts.min(), counts.max()
    return f"{least}" if least == most else f"{least} to {most}"


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    return [
        facts["verdict"],
        f"{facts['splits']} splits of {facts['sizes']}, {facts['d']} "
        "features after preprocessing, the same rows for every method; what is tuned is by "
        "cross-validation inside the training rows, same folds. p is of the corrected resampled "
        "t-test, since splits share rows, adjusted by Holm's procedure over all pairs of methods, "
        "since the scores themselves choose the best.",
        *(
            [
                f"What is tuned is chosen on {facts['n_tuning']:,} of the training rows, drawn at "
                "random; every fit takes all of them."
            ]
            if facts["n_tuning"] < facts["n"]
            else []
        ),
        f"{facts['guess'].capitalize()}: the same answer for every row, which every other method "
        "is to beat.",
        *(
            [
                f"{facts['repeated']:,} rows stand with others that have the same features or the "
                "same group, on one side of every split."
            ]
            if facts["repeated"]
            else []
        ),
        *(
            f"{method} against the NTK: wins/ties/losses {tally(row)}, mean difference "
            f"{row['mean']:+.2g} (p = {number(row['p'], '.2g')}, not adjusted)."
            for method, row in facts["against_ntk"].items()
        ),
        *_notes_of_diagnosis(facts),
        "Chosen: λ as median and range over the splits, other parameters on the first of them. "
        "λ of the NTK and of MKL at p = 4/3 in units of the largest eigenvalue of the kernel with "
        "the NTK's weights, of MKL in units of λ_max. "
        "Untuned methods have scikit-learn's defaults, but for the number of trees in the "
        "configuration.",
        gap_note(facts).rstrip(".") + "; scikit-learn's methods carry none.",
    ]


def _chosen(rows):
    """Return as text the parameters that one method chose; ``rows`` has its row for each split.

    They are the median and range of λ over splits, in the units of ``lam_ratio``. For a method
    without λ they are the parameters of the first split.
    """
    if rows.lam_ratio.isna().all():
        return "" if pd.isna(rows.parameters.iloc[0]) else rows.parameters.iloc[0]
    ratio = rows.lam_ratio
    return f"λ {ratio.median():.2g} ({ratio.min():.2g} to {ratio.max():.2g})"


def diagnosis(rows, cells, predictors):
    """Return numbers known before the test rows, and what published results say of such numbers.

    They may hint at which of MKL and the NTK is better on the table. No recommendation uses them.

    Parameters
    ----------
    rows, cells, predictors
        As for `own_data`.

    Returns
    -------
    dict
        ``known``, by the words of `PREDICTORS`, the means over splits of these predictors; those of
        the NTK are missing where the NTK was not run. ``predictors``, as one text the words of the
        predictors that are significant in the table `who_wins`, empty for none; missing where the
        argument is None. ``nearest``, the cell of the map `when_it_pays` that is most like the
        user's table, see `error_map.nearest`: its teacher, units, n, d, ratio and sure; missing
        where ``cells`` is None, the NTK was not run, or MKL has no active mask in any split.
    """
    mkl, ntk = (rows[rows.method == method] for method in (MKL, NTK))
    n, d = mkl.n.mean(), mkl.d.mean() + 1  # the bias is a feature of the masks
    known = dict(active_share=mkl.active_share.mean(), n_over_d=n / d)
    if len(ntk):
        known |= ntk[["effective_share", "alignment"]].mean()
    found = dict(known={PREDICTORS[name]: known[name] for name in PREDICTORS if name in known})
    if predictors is not None:
        found["predictors"] = significant(predictors)
    if cells is not None and len(ntk) and known["active_share"] > 0:
        at = error_map.nearest(cells, n, d, known["active_share"], known["effective_share"])
        found["nearest"] = at[["teacher", "units", "n", "d", "ratio", "sure"]].to_dict()
    return found


def _notes_of_diagnosis(facts):
    """Return the sentences on the results of `diagnosis`, a list of str.

    ``facts`` is the dict that the function `facts` of this module returns.
    """
    known = ", ".join(f"{name} {number(value, '.2g')}" for name, value in facts["known"].items())
    notes = [f"Known before the test rows: {known}."]
    if "predictors" in facts:
        which = facts["predictors"] or "none of them"
        notes[0] += f" On the published sets, MKL − NTK is correlated with {which}."
    if "nearest" in facts:
        at = facts["nearest"]
        certain = "" if at["sure"] else ", which is not significant"
        notes.append(
            f"On the map `when_it_pays` the cell most like it is a {at['teacher']} network of "
            f"{at['units']} unit(s), n = {at['n']:,}, d = {at['d']}: there the error of MKL is "
            f"{at['ratio']:.2g} times that of the NTK{certain}. "
            "Real data are neither network: read it as a hint."
        )
    return notes
