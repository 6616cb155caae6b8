"""Write tables as CSV with all digits, and as Markdown, LaTeX and HTML, rounded and with notes.

The numbers that notes and documentation state are written to a JSON file, as the table's facts.
"""

import json
import math
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fixing_ntk.drawing import html as pages
from fixing_ntk.drawing.cells import number, write_csv


class Table(NamedTuple):
    """A table of results, for `write_table`.

    ``raw`` holds unrounded values, for the CSV file. ``printed`` has text or rounded values under
    readable headings. ``facts`` are the numbers that the notes state, by name, as `plain` values.
    ``notes`` are the sentences under the table, made from ``facts`` alone.
    """

    raw: pd.DataFrame
    printed: pd.DataFrame
    notes: list[str]
    facts: dict[str, Any]

    @classmethod
    def noted(cls, raw, printed, facts, notes):
        """Return a table with `plain` facts, and the sentences that ``notes(facts)`` returns."""
        facts = plain(facts)
        return cls(raw, printed, notes(facts), facts)


def plain(value):
    """Return a value in types that JSON has, with None for numbers that are not finite.

    Parameters
    ----------
    value : dict, sequence, ndarray, number or str
        It may be nested. Keys of a dict become text; numbers among them are written with ``%g``.
    """
    if isinstance(value, dict):
        return {
            key if isinstance(key, str) else f"{key:g}": plain(each) for key, each in value.items()
        }
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_table(stem, table, latex_columns=None):
    """Write ``stem.csv``, ``.md``, ``.tex`` and ``.html``, and the facts as ``stem.json``.

    Parameters
    ----------
    stem : str or Path
        Path of the files without their endings; a dot in its name would count as an ending.
    table : Table
        ``raw`` goes to the CSV file, ``printed`` and ``notes`` to the other three.
    latex_columns : str, optional
        LaTeX's column format; by default the first column is flush left, the others flush right.
    """
    stem, (raw, printed, notes, facts) = Path(stem), table
    text = json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False)
    stem.with_suffix(".json").write_text(f"{text}\n", "utf-8")
    write_csv(raw, stem.with_suffix(".csv"))
    below = "\n".join(f"- {note}" for note in notes)
    cells = printed.map(_markdown).rename(columns=_markdown)
    markdown = cells.to_markdown(index=False, disable_numparse=True)
    stem.with_suffix(".md").write_text(f"{markdown}\n\n{below}\n", "utf-8")
    escaped = printed.map(_latex).rename(columns=_latex)
    latex = escaped.style.hide(axis="index").to_latex(
        hrules=True, column_format=latex_columns or "l" + "r" * (printed.shape[1] - 1)
    )
    footnotes = "".join(f"\\par{{\\footnotesize {_latex(note)}}}\n" for note in notes)
    stem.with_suffix(".tex").write_text(latex + footnotes, "utf-8")
    html = pages.page(stem.name, pages.table(printed, notes))
    stem.with_suffix(".html").write_text(html, "utf-8")


def folds_of(tuned):
    """Return the numbers of folds by which penalties were chosen, from a table `accuracies.tuned`.

    Returns
    -------
    dict
        ``most``, the largest number over all datasets and splits; ``fewer``, a dict of the datasets
        with a split of fewer folds, since a class has too few rows, and their least number.
    """
    folds, most = tuned.groupby("dataset", sort=False).folds.min(), tuned.folds.max()
    return dict(most=most, fewer=folds[folds < most].to_dict())


def choice_of_penalty(protocol, folds):
    """Return in words on which rows a protocol chose penalties, as a part of a sentence.

    ``protocol`` is its name, and ``folds`` is from `folds_of`. The protocol "folds" has one fixed
    pair of halves, and ignores ``folds``.
    """
    if protocol == "folds":
        return (
            "chosen once for the four splits, by a fit to one half of conxuntos.dat that is scored "
            "on the other; the halves hold every row, so the choice has seen the labels of all "
            "test rows, as it has in published numbers on these files"
        )
    fewer = ", ".join(f"{k} on {name}" for name, k in folds["fewer"].items())
    why = f"; {fewer}, as many as its smallest class has training rows" if fewer else ""
    return f"chosen by cross-validation inside the training rows, {folds['most']} folds{why}"


def gap_note(facts):
    """Return the sentence on ``gap`` of the facts, the largest relative duality gap of the fits.

    ``facts`` is the dict of a `Table`.
    """
    return f"Largest relative duality gap behind this table: {number(facts['gap'], '.1e')}."


def failure_notes(facts):
    """Return a sentence for each dataset in ``failed`` of the facts, with the reason.

    ``facts`` is the dict of a `Table`.
    """
    return [
        f"{name} failed and is left out: {why.rstrip('.')}."
        for name, why in facts["failed"].items()
    ]


_LATEX = {c: rf"\{c}" for c in "%_&#${}"} | {"^": r"\^{}", "\\": r"\textbackslash{}"}
_LATEX |= {"|": r"\textbar{}", "<": r"\textless{}", ">": r"\textgreater{}", "~": r"\~{}"}
_LATEX |= {"λ": r"$\lambda$", "±": r"$\pm$", "²": r"$^2$", "η": r"$\eta$", "≥": r"$\geq$"}


def _latex(cell):
    return _in_one_line(cell).translate(str.maketrans(_LATEX))


def _markdown(cell):
    return _in_one_line(cell).replace("|", r"\|")


def _in_one_line(cell):
    return re.sub(r"[\r\n]+", " ", str(cell))
