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
    pandas.DataFrame (k, k)
        Labels by predictions, the commonest label first.
    """
    rows = confusion[confusion.method == method]
    table = rows.pivot_table(
        index="label", columns="predicted", values="count", aggfunc="sum", fill_value=0
    )
    order = table.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return table.reindex(index=order, columns=order, fill_value=0)


def rarest(table):
    """Describe the rarest label of `counts`.

    Returns
    -------
    dict
        ``label``; ``share`` of the rows with this label; ``found``, the share of these rows that
        the method predicts correctly; ``even``, the share of a label if all were equally common.
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
    """State the share of the rarest class that a method finds; no text where it is not rare."""
    if fact["share"] >= RARE * fact["even"]:
        return ""
    return (
        f"Of the rarest class, {fact['label']!r} ({100 * fact['share']:.1f} % of the test rows), "
        f"{method} finds {100 * fact['found']:.0f} %."
    )


def read(paths):
    """Read the counts of all splits from CSV files, labels as text."""
    text = {"label": str, "predicted": str}
    return pd.concat([pd.read_csv(path, dtype=text) for path in paths], ignore_index=True)
