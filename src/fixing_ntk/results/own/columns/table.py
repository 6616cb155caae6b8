"""Table `columns`: what each column of a user's own table is, and what became of it."""


def columns(rows):
    """Rows of the table; returns as `drawing.tables` says.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `data.own.describe`, with ``read_as``, how the file was read, in every row.
    """
    printed = rows[["column", "kind", "missing", "distinct", "becomes"]]
    left_out = int((~rows.used).sum())
    notes = [
        f"Read as {rows.read_as.iloc[0]}.",
        f"{left_out} of {len(rows)} columns are left out; `use: [column]` in the configuration "
        "keeps one all the same, `drop: [column]` leaves one out.",
        "Missing numbers become the mean, missing categories the commonest; a category that is "
        "rare, or new, counts as one of the joined rare ones.",
    ]
    return rows, printed, notes


LATEX_COLUMNS = "llrrl"
