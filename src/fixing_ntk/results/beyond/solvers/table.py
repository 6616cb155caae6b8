"""Table `solvers`: the default solver beside others on the same problems."""

import pandas as pd

from fixing_ntk.drawing.cells import number
from fixing_ntk.drawing.tables import Table, failure_notes, gap_note


def solvers(rows, failed=None):
    """Make the `Table` of the rows of `compute.solvers`: one for each dataset, penalty and solver.

    ``rows`` is a frame of the rows of all datasets. ``failed`` has the datasets that failed, each
    with the reason.
    """
    run = rows.dropna(subset=["objective"])
    default = run[run.solver == "newton"].set_index(["dataset", "ratio"]).objective
    beside = [default.get(key) for key in zip(rows.dataset, rows.ratio, strict=True)]
    excess = above_best(run).reindex(rows.index)

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
    return Table.noted(rows, printed, facts(rows, failed), notes)


def above_best(run):
    """Return by row the objective over the least at the same dataset and penalty, less one.

    ``run`` is a frame of the rows that have an objective.
    """
    least = run.groupby(["dataset", "ratio"]).objective.transform("min")
    return run.objective / least - 1.0


def facts(rows, failed=None):
    """Return the numbers that the table's notes and the documentation state.

    Arguments are as for `solvers`. ``conic`` has the number of ``problems`` (a dataset and a
    penalty) that the conic solver solved, and the largest `above_best` of its rows, NaN if there
    are none. ``gap`` is the largest of all solvers, and ``failed`` the argument, {} for None.
    """
    run = rows.dropna(subset=["objective"])
    conic = run.solver.str.startswith("conic")
    return dict(
        conic=dict(problems=conic.sum(), above_best=above_best(run)[conic].max()),
        gap=run.gap.max(),
        failed=failed or {},
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    conic = facts["conic"]
    return [
        "Each solver in a process of its own (interpreter's memory included), one run each: read "
        "ratios. Above best: objective above the least of its problem, over it.",
        f"Conic solver on {conic['problems']} of the problems; its objective is above the best by "
        f"at most {number(conic['above_best'], '.1e')}.",
        gap_note(facts),
        *failure_notes(facts),
    ]
