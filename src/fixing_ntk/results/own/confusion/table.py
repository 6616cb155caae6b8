"""Table `confusion`: predictions of the best method for each class of a user's own table."""

import pandas as pd

from fixing_ntk.comparison.confusion import counts, rare_sentence, rarest
from fixing_ntk.comparison.verdict import verdict
from fixing_ntk.drawing.tables import Table

SHOWN = 12  # maximum number of classes that have a column


def confusion(rows, confusion):
    """Return the `Table` of the best method's predictions, a row for each class.

    The best method is `Verdict.best`. The CSV file has counts of test rows over all splits, labels
    by predictions. The printed table has for each class the shares of its test rows that were
    predicted correctly (found) and as each class, in per cent. Only the `SHOWN` most frequent
    classes have a column.

    Parameters
    ----------
    rows, confusion : pandas.DataFrame
        Of all splits, the lists of these names that `comparison.own_table.compare` returns.
    """
    best = verdict(rows).best
    confusion = confusion.astype({"label": str, "predicted": str})
    table = counts(confusion, best)
    total = table.sum(axis=1)
    shares = table.div(total, axis=0)
    printed = pd.DataFrame(
        {
            "class": table.index,
            "test rows": total.to_numpy(),
            "share, %": [f"{100 * share:.1f}" for share in total / total.sum()],
            "found, %": [f"{100 * shares.loc[name, name]:.1f}" for name in table.index],
            **{
                f"as {name}, %": [f"{100 * share:.1f}" for share in shares[name]]
                for name in table.columns[:SHOWN]
            },
        }
    )
    balanced = rows[rows.method == best].balanced.mean()
    facts = dict(
        method=best,
        splits=rows.split.nunique(),
        classes=len(table),
        shown=min(len(table), SHOWN),
        balanced=100 * balanced,
        rarest=rarest(table),
    )
    return Table.noted(table.rename_axis("class").reset_index(), printed, facts, notes)


def notes(facts):
    """Return the sentences under the table, a list of str.

    ``facts`` are the numbers that they state, a dict made by `confusion`.
    """
    hidden = facts["classes"] - facts["shown"]
    return [
        f"Predictions of {facts['method']}, over the test rows of {facts['splits']} split(s). Its "
        f"balanced accuracy, the mean of what is found over classes, is {facts['balanced']:.1f} %.",
        *filter(None, [rare_sentence(facts["rarest"], facts["method"])]),
        *([f"The {hidden} rarest classes have no column."] if hidden else []),
    ]
