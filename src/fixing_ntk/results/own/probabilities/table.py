"""Table `probabilities`: log loss, Brier score and AUC of the methods with probabilities."""

import pandas as pd

from fixing_ntk.drawing.tables import Table

SCORES = {"log_loss": "log loss", "brier": "Brier score", "auc": "AUC"}


def probabilities(rows):
    """Return the `Table` of the methods that predict probabilities, the least log loss first.

    The CSV file has the means and standard deviations over splits of log loss, Brier score and AUC,
    see `comparison.probabilities.probability_scores`. Low is good but for AUC.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `comparison.own_table.compare`, of all splits.
    """
    with_them = rows[rows.log_loss.notna()]
    by = with_them.groupby("method")[list(SCORES)]
    mean, spread = by.mean().sort_values("log_loss", kind="stable"), by.std()
    printed = pd.DataFrame({"method": mean.index})
    for name, words in SCORES.items():
        printed[words] = [
            "–" if pd.isna(m) else f"{m:.3g}" + ("" if pd.isna(s) else f" ± {s:.1g}")
            for m, s in zip(mean[name], spread[name][mean.index], strict=True)
        ]
    raw = mean.reset_index().join(spread.add_suffix("_std"), on="method")
    without = [name for name in rows.method.unique() if name not in set(raw.method)]
    facts = dict(splits=rows.split.nunique(), n_test=rows.n_test.iloc[0], without=without)
    return Table.noted(raw, printed, facts, notes)


def notes(facts):
    """Return the sentences under the table, a list of str.

    ``facts`` are the numbers that they state, a dict made by `probabilities`.
    """
    without = ", ".join(facts["without"])
    return [
        f"Test rows of {facts['splits']} split(s), {facts['n_test']} each; mean ± standard "
        "deviation over splits, which share rows. Log loss: minus the logarithm of the label's "
        "probability. Brier score: squared error of the probabilities, of several classes their "
        "sum. AUC: area under the ROC curve, of several classes the mean of each against the "
        "rest. Low log loss and Brier score and high AUC are good.",
        *([f"Without probabilities: {without}."] if without else []),
        "The other methods choose their parameters by accuracy, MKL with the logistic loss by "
        "log loss.",
    ]
