"""Table `prediction_error`: error and support of the group lasso by samples."""

import numpy as np
import pandas as pd

from fixing_ntk.results.paper.prediction_error.compute import precision
from fixing_ntk.drawing.cells import described, with_errors


def prediction_error(data):
    """Rows of every teacher and number of samples; returns as `drawing.tables` says.

    Parameters
    ----------
    data : mapping
        Of `experiments.prediction_error.prediction_error`.
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
    fits = "; ".join(
        f"s = {row.active}: {row.fitted:.3f} ± {row.fitted_se:.3f}, overlap {row.overlap:.2f}"
        for row in raw.drop_duplicates("active").itertuples()
    )
    notes = [
        f"Mean over {data['error'].shape[2]} teachers, ± one standard error. Recall: share "
        "of the teacher's masks that is active; precision: share of the active ones that is the "
        "teacher's.",
        "Exponent of n fitted to the larger n, which the group-lasso rate puts at -1, and overlap "
        f"of the other masks with the teacher's: {fits}. From an overlap of 1 on, no λ has the "
        "teacher's masks active alone, not even without noise (Bach, JMLR 9, 2008).",
        f"Largest relative duality gap behind this table: {raw.gap.max():.1e}.",
    ]
    return raw, printed, notes


def local_exponent(data, i, j):
    """Slope of the mean error on logarithmic axes since the last number of samples."""
    if j == 0:
        return np.nan
    error, n = data["error"][i].mean(axis=1), data["samples"]
    return np.log(error[j] / error[j - 1]) / np.log(n[j] / n[j - 1])
