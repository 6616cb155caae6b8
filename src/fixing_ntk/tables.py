"""Tables as CSV (all digits), Markdown and LaTeX (digits to read), with notes under them."""

from pathlib import Path

import pandas as pd

from fixing_ntk.claims import PANELS
from fixing_ntk.evaluation import paired_tests, wins_by_lambda, wins_ties_losses


def write_table(stem, raw, printed, notes, latex_columns=None):
    """Write ``stem.csv``, ``stem.md`` and ``stem.tex``.

    Parameters
    ----------
    stem : str or Path
    raw : pandas.DataFrame
        Unrounded, for the CSV file.
    printed : pandas.DataFrame
        Text or rounded values under readable headings.
    notes : list of str
        Sentences that stand under the table, among them the largest gap behind it.
    latex_columns : str, optional
        LaTeX's format of the columns; by default the first to the left, the others to the right.
    """
    stem = Path(stem)
    raw.to_csv(stem.with_suffix(".csv"), index=False, lineterminator="\n")
    below = "\n".join(f"- {note}" for note in notes)
    cells = printed.map(lambda cell: str(cell).replace("|", r"\|"))
    markdown = cells.to_markdown(index=False, disable_numparse=True)
    stem.with_suffix(".md").write_text(f"{markdown}\n\n{below}\n")
    escaped = printed.map(lambda cell: _latex(str(cell))).rename(columns=_latex)
    latex = escaped.style.hide(axis="index").to_latex(
        hrules=True, column_format=latex_columns or "l" + "r" * (printed.shape[1] - 1)
    )
    footnotes = "".join(f"\\par{{\\footnotesize {_latex(note)}}}\n" for note in notes)
    stem.with_suffix(".tex").write_text(latex + footnotes)


def uci_accuracy(tuned, same, protocol, reference, failed=None):
    """Rows of the accuracy table and its summary.

    Parameters
    ----------
    tuned, same : pandas.DataFrame
        From `evaluation.tuned` and `evaluation.same_lambda`.
    protocol : str
    reference : float
        The ``lam / lambda_max`` whose accuracies are shown beside the tuned ones.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason: rows without numbers, at the end.

    Returns
    -------
    raw, printed : pandas.DataFrame
    notes : list of str
    """
    by_set = tuned.groupby("dataset", sort=False)
    raw = by_set.agg(
        n=("n", "max"),
        d=("d", "max"),
        p=("p", "max"),
        ntk=("ntk_accuracy", "mean"),
        ntk_std=("ntk_accuracy", "std"),
        mkl=("mkl_accuracy", "mean"),
        mkl_std=("mkl_accuracy", "std"),
        ntk_ratio=("ntk_ratio", "median"),
        mkl_ratio=("mkl_ratio", "median"),
        splits=("split", "count"),
        gap=("gap", "max"),
    )
    at = same[same.ratio == reference].groupby("dataset")
    raw["ntk_same"], raw["mkl_same"] = at.ntk_sampled.mean(), at.mkl.mean()
    raw["gap"] = raw.gap.combine(same.groupby("dataset").gap.max(), max)
    raw = raw.reset_index()

    def percent(mean, std):
        spread = "" if pd.isna(std) else f" ± {100 * std:.1f}"
        return f"{100 * mean:.1f}{spread}"

    better = raw.mkl - raw.ntk
    printed = pd.DataFrame(
        {
            "dataset": raw.dataset,
            "n": raw.n,
            "d": raw.d,
            "p": raw.p,
            "NTK %": [percent(*row) for row in zip(raw.ntk, raw.ntk_std, strict=True)],
            "MKL %": [percent(*row) for row in zip(raw.mkl, raw.mkl_std, strict=True)],
            "better": ["MKL" if b > 1e-12 else "NTK" if b < -1e-12 else "tie" for b in better],
            "λ NTK": [f"{r:.2g}" for r in raw.ntk_ratio],
            "λ MKL": [f"{r:.2g}" for r in raw.mkl_ratio],
            f"NTK at {reference:g}": [f"{100 * a:.1f}" for a in raw.ntk_same],
            f"MKL at {reference:g}": [f"{100 * a:.1f}" for a in raw.mkl_same],
            "gap": [f"{g:.0e}" for g in raw.gap],
        }
    )
    notes = accuracy_notes(raw, tuned, same, protocol) + failure_notes(failed)
    if failed:
        rows = pd.DataFrame({"dataset": failed.keys(), "failed": failed.values()})
        raw = pd.concat([raw.astype({"n": object, "d": object, "p": object}), rows])
        rows = pd.DataFrame({"dataset": failed.keys(), "NTK %": "failed", "MKL %": "failed"})
        printed = pd.concat([printed.astype(object), rows]).fillna("")
    return raw, printed, notes


def failure_notes(failed):
    """A sentence for each dataset that failed, with the reason."""
    failed = failed or {}
    return [f"{name} failed and is left out: {why.rstrip('.')}." for name, why in failed.items()]


def accuracy_notes(raw, tuned, same, protocol):
    """The findings under the accuracy table, in sentences with their numbers."""
    count, tests = wins_ties_losses(raw.mkl, raw.ntk), paired_tests(raw.mkl, raw.ntk)
    by_lambda = wins_by_lambda(same)
    sampled = by_lambda[by_lambda.against == "ntk_sampled"]
    best = sampled.loc[(sampled.wins - sampled.losses).idxmax()]
    worst = sampled.loc[(sampled.wins - sampled.losses).idxmin()]

    def tally(row):
        return f"{row.wins}/{row.ties}/{row.losses}"

    return [
        f"Protocol {protocol}: {tuned.groupby('dataset').split.count().max()} split(s) of "
        f"{len(raw)} datasets. Accuracy on test rows; n counts training rows, p distinct masks.",
        "Each tuned (penalty by cross-validation inside the training rows, a grid each, the same "
        f"folds): MKL wins/ties/losses {count['wins']}/{count['ties']}/{count['losses']}, at least "
        f"as accurate on {count['wins'] + count['ties']} of {len(raw)}; mean difference "
        f"{100 * (raw.mkl - raw.ntk).mean():+.2f} points; Wilcoxon signed-rank "
        f"p = {tests['wilcoxon']:.2g}, sign test p = {tests['sign']:.2g}.",
        "Same λ (NTK as IRLS iteration 0 on the sampled gates, MKL as its limit): wins/ties/losses "
        f"from {tally(worst)} at λ/λ_max = {worst.ratio:g} to {tally(best)} at {best.ratio:g}.",
        "λ NTK in units of the kernel's largest eigenvalue, λ MKL of λ_max (medians over splits); "
        f"the chosen value lies at an end of its grid in {tuned.ntk_at_end.sum()} (NTK) and "
        f"{tuned.mkl_at_end.sum()} (MKL) of {len(tuned)} splits.",
        f"Largest relative duality gap behind this table: {raw.gap.max():.1e}.",
    ]


def same_lambda(by_lambda, failed=None):
    """Rows of the table behind the figure `wins_by_lambda`; same returns as `uci_accuracy`."""
    names = {"ntk_sampled": "NTK, sampled gates", "ntk": "NTK, closed form"}
    printed = pd.DataFrame(
        {
            "λ/λ_max": [f"{r:g}" for r in by_lambda.ratio],
            "MKL against": by_lambda.against.map(names),
            "wins": by_lambda.wins,
            "ties": by_lambda.ties,
            "losses": by_lambda.losses,
            "mean difference, points": [
                f"{100 * m:+.2f} ± {100 * s:.2f}"
                for m, s in zip(by_lambda.mean_difference, by_lambda.standard_error, strict=True)
            ],
            "gap": [f"{g:.0e}" for g in by_lambda.gap],
        }
    )
    notes = [
        "One λ for both: NTK is the first iteration of IRLS and MKL its limit. "
        "± is one standard error over datasets.",
        f"Largest relative duality gap behind this table: {by_lambda.gap.max():.1e}.",
    ]
    return by_lambda, printed, notes + failure_notes(failed)


def solvers(rows, failed=None):
    """Rows of the solver comparison; same returns as `uci_accuracy`."""
    run = rows.dropna(subset=["objective"])
    default = run[run.solver == "newton"].set_index(["dataset", "ratio"]).objective
    beside = [default.get(key) for key in zip(rows.dataset, rows.ratio, strict=True)]
    least = run.groupby(["dataset", "ratio"]).objective.transform("min")
    scale = 0.5 * run.n  # 1/2 ||y||^2 for labels of +-1
    excess = ((run.objective - least) / scale).reindex(rows.index)

    def text(values, form):
        return ["" if pd.isna(v) else format(v, form) for v in values]

    printed = pd.DataFrame(
        {
            "dataset": rows.dataset,
            "n": rows.n,
            "d": rows.d,
            "p": rows.p,
            "λ/λ_max": [f"{r:g}" for r in rows.ratio],
            "solver": rows.solver,
            "objective": text(rows.objective, ".8g"),
            "default's objective": text(beside, ".8g"),
            "above best": text(excess, ".0e"),
            "gap": text(rows.gap, ".0e"),
            "iterations": text(rows.n_iter, ".0f"),
            "seconds": text(rows.seconds, ".3g"),
            "peak MB": text(rows.peak_mb, ".0f"),
            "status": rows.status,
        }
    )
    conic = run[run.solver.str.startswith("conic")].index
    notes = [
        "Each solver in a process of its own (interpreter's memory included), one run each: read "
        "ratios. Above best: objective above the least of its problem, over 1/2 ||y||².",
        f"Conic solver on {len(conic)} of the problems; its objective is above the best by at most "
        f"{excess[conic].max():.1e}.",
        f"Largest relative duality gap behind this table: {run.gap.max():.1e}.",
    ]
    return rows, printed, notes + failure_notes(failed)


def own_data(rows, task):
    """Rows of the comparison on a user's own table; same returns as `uci_accuracy`."""
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


CLAIM_COLUMNS = "".join(rf"p{{{share}\linewidth}}" for share in (0.2, 0.1, 0.3))
CLAIM_COLUMNS += r"rrrlp{0.2\linewidth}"


def equivalences(rows):
    """Rows of the table of claims, panel by panel; same returns as `uci_accuracy`."""
    rows = rows.sort_values("panel", key=lambda column: column.map(PANELS.index), kind="stable")
    printed = pd.DataFrame(
        {
            "claim": rows.claim,
            "poster panel": rows.panel,
            "quantity": rows.quantity,
            "value": [f"{v:.2e}" for v in rows.value],
            "tolerance": [f"{t:.3g}" for t in rows.tolerance],
            "gap": ["no fit" if pd.isna(g) else f"{g:.0e}" for g in rows.gap],
            "verdict": rows.verdict,
            "recomputed by": [f"`{command}`" for command in rows.command],
        }
    )
    notes = [
        f"{(rows.verdict == 'holds').sum()} of {len(rows)} rows hold. A row holds when its value "
        "is at most its tolerance; gap: of the fits behind it.",
        f"Largest relative duality gap behind this table: {rows.gap.max():.1e}.",
    ]
    return rows, printed, notes


_LATEX = {c: rf"\{c}" for c in "%_&#${}"} | {"^": r"\^{}", "\\": r"\textbackslash{}"}
_LATEX |= {"|": r"\textbar{}", "<": r"\textless{}", ">": r"\textgreater{}", "~": r"\~{}"}
_LATEX |= {"λ": r"$\lambda$", "±": r"$\pm$", "²": r"$^2$", "η": r"$\eta$"}


def _latex(text):
    return text.translate(str.maketrans(_LATEX))
