"""Table `luck`: spread over draws of the gates, objectives, and bounds over all masks."""

import numpy as np
import pandas as pd

from fixing_ntk.drawing.cells import number, numbers
from fixing_ntk.drawing.tables import Table, gap_note
from fixing_ntk.programs.lp_mkl import NAMES
from fixing_ntk.results.beyond.luck.compute import exponent


def luck(data):
    """Make the `Table` of spreads over draws, objectives and bounds: a row for every dataset and p.

    Parameters
    ----------
    data : mapping
        From `luck.compute`.
    """
    gates = [int(m) for m in data["gates"]]
    rows = []
    for k, name in enumerate(data["names"]):
        for e, p in enumerate(data["exponents"]):
            mean = data["objective"][k, e].mean(axis=-1)
            lower, lower_error, upper, upper_error = data["bounds"][k, e]
            rows.append(
                dict(dataset=str(name), p=NAMES[p])
                | {f"spread_{m}": data["spread"][k, e, j] for j, m in enumerate(gates)}
                | dict(exponent=exponent(gates, data["spread"][[k], e])[0])
                | {f"objective_{m}": mean[j] for j, m in enumerate(gates)}
                | dict(lower=lower, lower_error=lower_error, upper=upper, upper_error=upper_error)
            )
    raw = pd.DataFrame(rows)
    raw["gap"] = float(data["gap"])
    printed = pd.DataFrame(
        {"dataset": raw.dataset, "p": raw.p}
        | {f"spread, {m:,} gates": numbers(raw[f"spread_{m}"], ".3f") for m in gates}
        | {"exponent": numbers(raw.exponent, ".2f")}
        | {f"objective, {m:,} gates": numbers(raw[f"objective_{m}"], ".4f") for m in gates}
        | {
            "all masks, at least": _bounded(raw.lower, raw.lower_error),
            "at most": _bounded(raw.upper, raw.upper_error),
        }
    )
    return Table.noted(raw, printed, facts(raw, data), notes)


def _bounded(values, errors):
    """Write each bound with its standard error as a cell, empty where the bound is NaN."""
    return [
        "" if np.isnan(value) else f"{value:.4f} ± {error:.1g}"
        for value, error in zip(values, errors, strict=True)
    ]


def facts(raw, data):
    """Return the numbers that the table's notes and the documentation state.

    ``raw`` has the rows of the table, and ``data`` is from `luck.compute`. ``by_p`` has by the name
    of p the ``exponent`` of the spread in the number of gates, its standard ``error``, and the list
    ``spread``: for each number of gates the geometric mean over datasets. Further keys are the
    numbers of ``datasets`` and ``draws``, the list ``gates`` and the largest ``gap``.
    """
    spread = np.exp(np.log(data["spread"]).mean(axis=0))
    return dict(
        datasets=len(data["names"]),
        draws=data["objective"].shape[-1],
        gates=[int(m) for m in data["gates"]],
        by_p={
            NAMES[p]: dict(
                exponent=data["slopes"][e],
                error=data["slope_errors"][e],
                spread=list(spread[e]),
            )
            for e, p in enumerate(data["exponents"])
        },
        gap=raw.gap.max(),
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    few, many = facts["gates"][0], facts["gates"][-1]
    each = "; ".join(
        f"p = {p}: {row['spread'][0]:.3f} to {row['spread'][-1]:.3f}, exponent "
        f"{row['exponent']:.2f} ± {number(row['error'], '.2f')}"
        for p, row in facts["by_p"].items()
    )
    return [
        f"The first split of {facts['datasets']} datasets, {facts['draws']} independent draws of "
        "the gates, one penalty μ for all. Spread: standard deviation of test predictions over "
        "draws, over their root mean square. Objectives are over half the squared norm of the "
        "labels, means over draws.",
        f"Spread from {few:,} to {many:,} gates, geometric means over datasets: {each}.",
        "All masks: bounds on the optimum over all masks, from gates that no fit has seen, ± one "
        "standard error. At p = 1 no sample gives a lower bound.",
        gap_note(facts),
    ]
