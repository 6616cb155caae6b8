"""Table `columns`: kind of each column of a user's own table, and the features that it becomes."""

from fixing_ntk.drawing.tables import Table

LATEX_COLUMNS = "llrrl"


def columns(rows):
    """Return the `Table` of the columns of a user's own table, a row for each but the target.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `data.own.describe`, with three more columns: ``suspect``, whether the column predicts
        the target by itself; ``read_as``, how the file was read; ``notes``, lines on the file's
        rows as one text. The last two are the same in every row.
    """
    printed = rows[["column", "kind", "missing", "distinct", "becomes"]]
    return Table.noted(rows, printed, facts(rows), notes)


def facts(rows):
    """Return, as a dict, the numbers and names that the sentences under the table state.

    ``read_as`` says how the file was read, and ``notes`` are lines on its rows. ``columns`` is the
    number of columns without the target, and ``left_out`` the number of those that are not used.
    ``suspects`` names the columns that predict the target by themselves; they may be used.
    """
    lines = rows.notes.fillna("").iloc[0]
    return dict(
        read_as=rows.read_as.iloc[0],
        notes=lines.split("\n") if lines else [],
        columns=len(rows),
        left_out=(~rows.used).sum(),
        suspects=list(rows.column[rows.suspect]),
    )


def notes(facts):
    """Return the sentences under the table, a list of str, from the dict that `facts` returns."""
    return [
        f"Read as {facts['read_as']}.",
        *(f"{line[0].upper()}{line[1:]}." for line in facts["notes"]),
        *(
            f"{name} foretells the target by itself: it may be the target in other words."
            for name in facts["suspects"]
        ),
        f"{facts['left_out']} of {facts['columns']} columns are left out; `--use` keeps one all "
        "the same, `--drop` leaves one out.",
        "A missing number becomes the mean, and one more column says where; a missing category is "
        "one of its own. A category that is rare, or new, counts as one of the joined rare ones.",
    ]
