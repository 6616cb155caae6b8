"""Table `between`: error over the NTK's error for every p, teacher and number of samples."""

import numpy as np
import pandas as pd

from fixing_ntk.drawing.cells import numbers
from fixing_ntk.drawing.tables import Table, gap_note
from fixing_ntk.programs.lp_mkl import NAMES
from fixing_ntk.results.beyond.between.ratios import ratios

FORMS = {"masks": "", "with_ntk": " with the NTK"}


def between(data):
    """Make the `Table` of errors over the NTK's: a row for a teacher, its units, and a sample size.

    There is a column for every p, without and with the NTK among the kernels. At p = 1 only the
    column without the NTK exists.

    Parameters
    ----------
    data : mapping
        From `between.compute`.
    """
    found = ratios(data)
    columns = [
        (name, e, f"p = {NAMES[p]}{words}")
        for name, words in FORMS.items()
        for e, p in enumerate(data["exponents"])
        if np.isfinite(found[name][..., e]).all()
    ]
    places = [
        (t, u, k)
        for t in range(len(data["teachers"]))
        for k in range(len(data["samples"]))
        for u in range(len(data["units"]))
    ]
    raw = pd.DataFrame(
        [
            dict(
                teacher=str(data["teachers"][t]),
                n=int(data["samples"][k]),
                units=int(data["units"][u]),
            )
            | {heading: found[name][t, u, k, e] for name, e, heading in columns}
            for t, u, k in places
        ]
    )
    raw["gap"] = float(data["gap"])
    printed = raw[["teacher", "n", "units"]].assign(
        **{heading: numbers(raw[heading], ".2f") for *_, heading in columns}
    )
    return Table.noted(raw, printed, facts(raw, columns, data), notes)


def facts(raw, columns, data):
    """Return the numbers that the table's notes and the documentation state, errors over the NTK's.

    A form is a p, with or without the NTK among the kernels. ``columns`` has for each form a tuple
    of its key in `FORMS`, the position of p and the heading. ``forms`` has by heading the
    ``least``, the geometric ``mean`` and the largest (``most``) of all rows of ``raw``.
    ``teachers`` has by teacher the geometric mean of each form. ``cells`` is the number of rows,
    ``draws`` the number of draws behind each, and ``gap`` the largest.
    """
    return dict(
        cells=len(raw),
        draws=data["ntk"].shape[-1],
        forms={
            heading: dict(
                least=raw[heading].min(),
                mean=float(np.exp(np.log(raw[heading]).mean())),
                most=raw[heading].max(),
            )
            for *_, heading in columns
        },
        teachers={
            str(teacher): {
                heading: float(np.exp(np.log(rows[heading]).mean())) for *_, heading in columns
            }
            for teacher, rows in raw.groupby("teacher", sort=False)
        },
        gap=raw.gap.max(),
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    each = "; ".join(
        f"{heading}: {form['least']:.2f}, {form['mean']:.2f}, {form['most']:.2f}"
        for heading, form in facts["forms"].items()
    )
    return [
        f"Test error over the NTK's, geometric means over {facts['draws']} draws. p = 1 is optimal "
        "MKL, p = ∞ has the NTK's weights on the drawn masks. With the NTK: the closed form is one "
        "more kernel.",
        f"Least, mean and largest of {facts['cells']} cells: {each}.",
        gap_note(facts),
    ]
