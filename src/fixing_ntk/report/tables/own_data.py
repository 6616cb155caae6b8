"""Table `own_data`: NTK, MKL and MKL stopped early on a user's own table, and what foretells it."""

import pandas as pd

from fixing_ntk.evaluation import contest
from fixing_ntk.evaluation.comparisons import paired_tests, wins_ties_losses
from fixing_ntk.evaluation.foretelling import PREDICTORS, telling


def own_data(rows, task, cells=None, foretold=None):
    """Rows of the comparison on a user's own table; returns as `fixing_ntk.report.tables` says.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `experiments.own_data.compare`, all splits.
    task : {"classification", "regression"}
    cells, foretold : pandas.DataFrame, optional
        Rows of the tables `when_it_pays` and `who_wins`, where there are any.
    """
    by = rows.groupby("method", sort=False)
    score = "accuracy, %" if task == "classification" else "R²"
    unit = 100.0 if task == "classification" else 1.0
    mean, spread = unit * by.score.mean(), unit * by.score.std()
    ratio = by.lam_ratio.agg(["min", "median", "max"])
    active = by.active.median()
    printed = pd.DataFrame(
        {
            "method": mean.index,
            score: [
                f"{m:.3g}" + ("" if pd.isna(s) else f" ± {s:.2g}")
                for m, s in zip(mean, spread, strict=True)
            ],
            "λ, median (range)": [
                f"{r['median']:.2g} ({r['min']:.2g} to {r['max']:.2g})" for _, r in ratio.iterrows()
            ],
            "active masks": ["" if pd.isna(a) else f"{a:.0f}" for a in active],
            "gap": [f"{g:.0e}" for g in by.gap.max()],
        }
    )
    to_the_end = rows[rows.method == "stopped MKL"].n_reweightings.isna()
    wide = rows.pivot(index="split", columns="method", values="score")
    count, tests = wins_ties_losses(wide.MKL, wide.NTK), paired_tests(wide.MKL, wide.NTK)
    first = rows.iloc[0]
    notes = [
        f"{len(wide)} splits of {first.n} training rows and {first.d} features after "
        "preprocessing; each penalty by cross-validation inside the training rows, same folds.",
        f"MKL wins/ties/losses {count['wins']}/{count['ties']}/{count['losses']}, mean difference "
        f"{unit * (wide.MKL - wide.NTK).mean():+.2g}; Wilcoxon signed-rank p = "
        f"{tests['wilcoxon']:.2g} over splits that share rows: read it as a hint.",
        f"MKL stopped early: how far to go from the NTK is chosen with λ; to the end in "
        f"{to_the_end.sum()} of {len(to_the_end)} splits.",
        *diagnosis(rows, cells, foretold),
        "λ of the NTK in units of the kernel's largest eigenvalue, of MKL in units of λ_max.",
        f"Largest relative duality gap behind this table: {rows.gap.max():.1e}.",
    ]
    return rows, printed, notes


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
            f" On the published sets the winner is foretold by {telling(foretold) or 'none'}."
        )
    if cells is not None and mkl.active_share > 0:
        at = contest.nearest(cells, n, d, mkl.active_share, ntk.effective_share)
        notes.append(
            f"On the map `when_it_pays` the cell most like it is a {at.teacher} network of "
            f"{at.units} unit(s), n = {at.n:,}, d = {at.d}: there the error of MKL is "
            f"{at.ratio:.2g} times that of the NTK{'' if at.sure else ', which is not certain'}. "
            "Real data are neither network: read it as a hint."
        )
    return notes
