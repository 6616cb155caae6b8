"""Table `own_data`: NTK against MKL on a user's own table."""

import pandas as pd

from fixing_ntk.evaluation.comparisons import paired_tests, wins_ties_losses


def own_data(rows, task):
    """Rows of the comparison on a user's own table; returns as `fixing_ntk.report.tables` says."""
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
    wide = rows.pivot(index="split", columns="method", values="score")
    count, tests = wins_ties_losses(wide.MKL, wide.NTK), paired_tests(wide.MKL, wide.NTK)
    first = rows.iloc[0]
    notes = [
        f"{len(wide)} splits of {first.n} training rows and {first.d} features after "
        "preprocessing; each penalty by cross-validation inside the training rows, same folds.",
        f"MKL wins/ties/losses {count['wins']}/{count['ties']}/{count['losses']}, mean difference "
        f"{unit * (wide.MKL - wide.NTK).mean():+.2g}; Wilcoxon signed-rank p = "
        f"{tests['wilcoxon']:.2g} over splits that share rows: read it as a hint.",
        "λ of the NTK in units of the kernel's largest eigenvalue, of MKL in units of λ_max.",
        f"Largest relative duality gap behind this table: {rows.gap.max():.1e}.",
    ]
    return rows, printed, notes
