"""Table `solvers`: the default solver beside others on the same problems."""

import pandas as pd

from fixing_ntk.drawing.tables import failure_notes


def solvers(rows, failed=None):
    """Rows of the solver comparison; returns as `drawing.tables` says."""
    run = rows.dropna(subset=["objective"])
    default = run[run.solver == "newton"].set_index(["dataset", "ratio"]).objective
    beside = [default.get(key) for key in zip(rows.dataset, rows.ratio, strict=True)]
    least = run.groupby(["dataset", "ratio"]).objective.transform("min")
    excess = (run.objective / least - 1.0).reindex(rows.index)

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
        "ratios. Above best: objective above the least of its problem, over it.",
        f"Conic solver on {len(conic)} of the problems; its objective is above the best by at most "
        f"{excess[conic].max():.1e}.",
        f"Largest relative duality gap behind this table: {run.gap.max():.1e}.",
    ]
    return rows, printed, notes + failure_notes(failed)
