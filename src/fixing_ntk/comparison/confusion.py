"""Count which classes a method confuses, and how much of the rarest class it finds."""

import pandas as pd

RARE = 0.5  # the rarest class gets a sentence if its share is below this fraction of 1 / classes


def counts(confusion, method):
    """Count the test rows of all splits by label and by a method's prediction.

    Parameters
    ----------
    confusion : pandas.DataFrame
        From `own_table.compare`, of all splits.
    method : str

    Returns
    -------
    pandas.DataFrame (k, k or more)
        Numbers of rows, with labels down and predictions across, each with the most frequent label
        first. The last columns are of classes that are predicted and are no label of a test row,
        say in splits by time. So k is the number of labels, and there may be more columns. A test
        row counts once for each split.
    """
    rows = confusion[confusion.method == method]
    table = rows.pivot_table(
        index="label", columns="predicted", values="count", aggfunc="sum", fill_value=0
    )
    order = table.sum(axis=1).sort_values(ascending=False, kind="stable").index
    columns = [*order, *table.columns.difference(order)]
    return table.reindex(index=order, columns=columns, fill_value=0)


def rarest(table):
    """Return how rare the rarest label is, and how often a method predicts it correctly.

    Parameters
    ----------
    table : pandas.DataFrame (k, k or more)
        From `counts`.

    Returns
    -------
    dict
        ``label``; ``share``, the share of rows with this label; ``found``, the share of these rows
        that the method predicts correctly; ``even = 1 / k``, the share of each label if all were
        equally frequent.
    """
    of_label = table.sum(axis=1)
    name = of_label.index[-1]
    return dict(
        label=name,
        share=of_label[name] / of_label.sum(),
        found=table.loc[name, name] / of_label[name],
        even=1 / len(table),
    )


def rare_sentence(fact, method):
    """Return a sentence on how much of the rarest class a method finds, empty if it is not rare.

    ``fact`` is from `rarest`, and ``method`` is the method's name, for the text. A class is rare if
    its share is below `RARE` times ``1 / k``, for k classes.
    """
    if fact["share"] >= RARE * fact["even"]:
        return ""
    return (
        f"Of the rarest class, {fact['label']!r} ({100 * fact['share']:.1f} % of the test rows), "
        f"{method} finds {100 * fact['found']:.0f} %."
    )


def read(paths):
    """Read CSV files of confusion rows of `own_table.compare` into one table; labels stay text."""
    text = {"label": str, "predicted": str}
    return pd.concat([pd.read_csv(path, dtype=text) for path in paths], ignore_index=True)
