"""Table `columns`: what each column of a user's own table is, and what became of it."""

from fixing_ntk.drawing.tables import Table

LATEX_COLUMNS = "llrrl"


def columns(rows):
    """Make the table.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `data.own.describe`, with ``read_as``, how the file was read, in every row.
    """
    printed = rows[["column", "kind", "missing", "distinct", "becomes"]]
    return Table.noted(rows, printed, facts(rows), notes)


def facts(rows):
    """Return how the file was read, and how many columns are left out."""
    return dict(read_as=rows.read_as.iloc[0], columns=len(rows), left_out=(~rows.used).sum())


def notes(facts):
    """Write the sentences under the table."""
    return [
        f"Read as {facts['read_as']}.",
        f"{facts['left_out']} of {facts['columns']} columns are left out; `use: [column]` in "
        "the configuration keeps one all the same, `drop: [column]` leaves one out.",
        "Missing numbers become the mean, missing categories the commonest; a category that is "
        "rare, or new, counts as one of the joined rare ones.",
    ]
