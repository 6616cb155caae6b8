"""Which classes a method takes for which, and how much of the rarest it finds."""

import pandas as pd

RARE = 0.5  # of an even share: a rarest class below it is worth a sentence


def counts(confusion, method):
    """Test rows of all splits by their label and by what a method predicts.

    Parameters
    ----------
    confusion : pandas.DataFrame
        Of `own_table.compare`, all splits.
    method : str

    Returns
    -------
    pandas.DataFrame (k, k)
        Rows are labels, columns predictions, the commonest label first.
    """
    rows = confusion[confusion.method == method]
    table = rows.pivot_table(
        index="label", columns="predicted", values="count", aggfunc="sum", fill_value=0
    )
    order = table.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return table.reindex(index=order, columns=order, fill_value=0)


def rarest(table):
    """The rarest label of `counts`: its name, its share of the rows, and the share of it found."""
    of_label = table.sum(axis=1)
    name = of_label.index[-1]
    return dict(
        label=name,
        share=of_label[name] / of_label.sum(),
        found=table.loc[name, name] / of_label[name],
        even=1 / len(table),
    )


def rare_sentence(fact, method):
    """What share of the rarest class a method finds; nothing where it is not rare."""
    if fact["share"] >= RARE * fact["even"]:
        return ""
    return (
        f"Of the rarest class, {fact['label']!r} ({100 * fact['share']:.1f} % of the test rows), "
        f"{method} finds {100 * fact['found']:.0f} %."
    )


def read(paths):
    """Counts of all splits, labels as text."""
    text = {"label": str, "predicted": str}
    return pd.concat([pd.read_csv(path, dtype=text) for path in paths], ignore_index=True)
