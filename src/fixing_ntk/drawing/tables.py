"""Tables as CSV (all digits), Markdown, LaTeX and HTML (digits to read), with notes under them."""

from pathlib import Path

from fixing_ntk.drawing import html as pages


def write_table(stem, raw, printed, notes, latex_columns=None):
    """Write ``stem.csv``, ``stem.md``, ``stem.tex`` and ``stem.html``.

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
    stem.with_suffix(".html").write_text(pages.page(stem.name, pages.table(printed, notes)))


def choice_of_penalty(tuned, protocol):
    """On which rows penalties were chosen, from `accuracies.tuned` of a protocol."""
    if protocol == "folds":
        return (
            "chosen once for the four splits, by a fit to one half of conxuntos.dat that is scored "
            "on the other; the halves hold every row, so the choice has seen the labels of all "
            "test rows, as it has in published numbers on these files"
        )
    folds, most = tuned.groupby("dataset", sort=False).folds.min(), tuned.folds.max()
    fewer = ", ".join(f"{k} on {name}" for name, k in folds[folds < most].items())
    why = f"; {fewer}, as many as its smallest class has training rows" if fewer else ""
    return f"chosen by cross-validation inside the training rows, {most} folds{why}"


def failure_notes(failed):
    """A sentence for each dataset that failed, with the reason."""
    failed = failed or {}
    return [f"{name} failed and is left out: {why.rstrip('.')}." for name, why in failed.items()]


_LATEX = {c: rf"\{c}" for c in "%_&#${}"} | {"^": r"\^{}", "\\": r"\textbackslash{}"}
_LATEX |= {"|": r"\textbar{}", "<": r"\textless{}", ">": r"\textgreater{}", "~": r"\~{}"}
_LATEX |= {"λ": r"$\lambda$", "±": r"$\pm$", "²": r"$^2$", "η": r"$\eta$"}


def _latex(text):
    return text.translate(str.maketrans(_LATEX))
