"""Table `prediction_error`: error and support of the group lasso by number of samples."""

import numpy as np
import pandas as pd

from fixing_ntk.drawing.cells import described, with_errors
from fixing_ntk.drawing.tables import Table, gap_note
from fixing_ntk.results.paper.prediction_error.compute import precision


def prediction_error(data):
    """Return the `Table` of error and support, by number of active masks and number of samples.

    Parameters
    ----------
    data : mapping
        Arrays of `prediction_error.compute`.
    """
    right = precision(data["active"], data["found"], data["chosen"])
    raw = pd.DataFrame(
        [
            dict(
                active=s,
                samples=n,
                **described("error", data["error"][i, j]),
                recall=data["found"][i, j].mean(),
                precision=right[i, j].mean(),
                exponent=local_exponent(data, i, j),
                fitted=data["slopes"][i],
                fitted_se=data["slope_errors"][i],
                overlap=data["overlap"][i],
            )
            for i, s in enumerate(data["active"])
            for j, n in enumerate(data["samples"])
        ]
    )
    raw["gap"] = float(data["gap"])
    printed = pd.DataFrame(
        {
            "active masks s": raw.active,
            "samples n": [f"{n:,}" for n in raw.samples],
            "error": with_errors(raw, "error", 1, ".3g"),
            "exponent from the n before": ["" if np.isnan(e) else f"{e:.2f}" for e in raw.exponent],
            "recall": [f"{r:.2f}" for r in raw.recall],
            "precision": [f"{p:.2f}" for p in raw.precision],
        }
    )
    return Table.noted(raw, printed, facts(raw, data["error"].shape[2]), notes)


def facts(raw, teachers):
    """Return, as a dict, the numbers that notes and documentation state.

    ``raw`` has the rows of the CSV file. ``by_active`` lists for each number of ``active`` masks
    the ``fitted`` exponent, its standard error ``fitted_se``, the ``overlap``, and the
    ``precision`` at ``most_samples``, the largest n. ``teachers``, the number of teachers that each
    mean is over, is only passed on.
    """
    last = raw[raw.samples == raw.samples.max()]
    columns = ["active", "fitted", "fitted_se", "overlap", "precision"]
    return dict(
        teachers=teachers,
        most_samples=raw.samples.max(),
        by_active=last[columns].to_dict("records"),
        gap=raw.gap.max(),
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    fits = "; ".join(
        "s = {active}: {fitted:.3f} ± {fitted_se:.3f}, overlap {overlap:.2f}".format(**row)
        for row in facts["by_active"]
    )
    return [
        f"Mean over {facts['teachers']} teachers, ± one standard error. Recall: share "
        "of the teacher's masks that is active; precision: share of the active ones that is the "
        "teacher's.",
        "Exponent of n fitted to the larger n, which the group-lasso rate puts at -1, and overlap "
        f"of the other masks with the teacher's: {fits}. From an overlap of 1 on, no λ has the "
        "teacher's masks active alone, not even without noise (Bach, JMLR 9, 2008). Below 1 the "
        "overlap does not explain a precision below 1: λ is the level of the noise, which suits "
        "prediction, and a larger λ has the teacher's masks alone, at a larger error.",
        gap_note(facts),
    ]


def local_exponent(data, i, j):
    """Return the slope of the mean error on logarithmic axes, between samples j - 1 and j.

    ``i`` is the index of the number of active masks, and ``data`` as for `prediction_error`. NaN
    for j = 0.
    """
    if j == 0:
        return np.nan
    error, n = data["error"][i].mean(axis=1), data["samples"]
    return np.log(error[j] / error[j - 1]) / np.log(n[j] / n[j - 1])
