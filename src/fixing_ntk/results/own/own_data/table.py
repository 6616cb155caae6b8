"""Table `own_data`: every method on a user's own table, which to take, and what foretells it."""

import pandas as pd

from fixing_ntk.results.beyond.when_it_pays import error_map
from fixing_ntk.comparison.predictors import PREDICTORS, significant
from fixing_ntk.comparison.statistics import average_ranks, corrected_t, wins_ties_losses
from fixing_ntk.comparison.verdict import sentence, verdict
from fixing_ntk.results.beyond.when_it_pays import error_map as contest


def own_data(rows, cells=None, foretold=None):
    """Rows of the comparison on a user's own table; returns as `drawing.tables` says.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `comparison.own_table.compare`, all splits.
    cells, foretold : pandas.DataFrame, optional
        Rows of the tables `when_it_pays` and `who_wins`, where there are any.
    """
    first, found = rows.iloc[0], verdict(rows)
    wide = rows.pivot(index="split", columns="method", values="score")
    percent = first.task == "classification"
    unit = 100.0 if percent else 1.0
    by, table = rows.groupby("method"), found.table
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
                if m == found.best
                else f"{unit * b:.2g}" + ("" if pd.isna(p) else f" (p = {p:.2g})")
                for m, b, p in zip(table.index, table.behind, table.p, strict=True)
            ],
            "average rank": [f"{ranks[m]:.2f}" for m in table.index],
            "chosen": [_chosen(by.get_group(m)) for m in table.index],
            "active masks": [_text(by.active.median()[m], ".0f") for m in table.index],
            "gap": [_text(by.gap.max()[m], ".0e") for m in table.index],
        }
    )
    to_the_end = rows[rows.method == "stopped MKL"].n_reweightings.isna()
    count = wins_ties_losses(wide.MKL, wide.NTK)
    p = corrected_t(wide.MKL - wide.NTK, first.n, first.n_test)
    notes = [
        sentence(found, first.task, len(wide)),
        f"{len(wide)} splits of {first.n} training and {first.n_test} test rows, {first.d} "
        "features after preprocessing, the same rows for every method; what is tuned is by "
        "cross-validation inside the training rows, same folds. p is of the corrected resampled "
        "t-test, since splits share rows, adjusted by Holm's procedure.",
        f"MKL against the NTK: wins/ties/losses {count['wins']}/{count['ties']}/{count['losses']}, "
        f"mean difference {unit * (wide.MKL - wide.NTK).mean():+.2g} (p = {p:.2g}).",
        f"MKL stopped early: how far to go from the NTK is chosen with λ; to the end in "
        f"{to_the_end.sum()} of {len(to_the_end)} splits.",
        *diagnosis(rows, cells, foretold),
        "Chosen: λ as median and range over the splits, other parameters on the first of them. "
        "λ of the NTK in units of the kernel's largest eigenvalue, of MKL in units of λ_max. "
        "Forest and boosting are not tuned.",
        f"Largest relative duality gap behind this table: {rows.gap.max():.1e}; scikit-learn's "
        "methods carry none.",
    ]
    return rows, printed, notes


def _chosen(rows):
    if rows.lam_ratio.isna().all():
        return "" if pd.isna(rows.parameters.iloc[0]) else rows.parameters.iloc[0]
    ratio = rows.lam_ratio
    return f"λ {ratio.median():.2g} ({ratio.min():.2g} to {ratio.max():.2g})"


def _text(value, form):
    return "" if pd.isna(value) else format(value, form)


def diagnosis(rows, cells, foretold):
    """What is known before the test rows, and what the map and the 33 sets say of it."""
    mkl, ntk = (rows[rows.method == method].mean(numeric_only=True) for method in ("MKL", "NTK"))
    n, d = mkl.n, mkl.d + 1  # the bias is a feature of the masks
    known = dict(
        active_share=mkl.active_share,
        effective_share=ntk.effective_share,
        alignment=ntk.alignment,
        n_over_d=n / d,
    )
    notes = [
        "Known before the test rows: "
        + ", ".join(f"{PREDICTORS[name]} {value:.2g}" for name, value in known.items())
        + "."
    ]
    if foretold is not None:
        notes[0] += (
            f" On the published sets the winner is foretold by {significant(foretold) or 'none'}."
        )
    if cells is not None and mkl.active_share > 0:
        at = error_map.nearest(cells, n, d, mkl.active_share, ntk.effective_share)
        notes.append(
            f"On the map `when_it_pays` the cell most like it is a {at.teacher} network of "
            f"{at.units} unit(s), n = {at.n:,}, d = {at.d}: there the error of MKL is "
            f"{at.ratio:.2g} times that of the NTK{'' if at.sure else ', which is not certain'}. "
            "Real data are neither network: read it as a hint."
        )
    return notes
