"""Accuracy of the NTK, MKL and MKL at p = 4/3 with each loss."""

import pandas as pd

from fixing_ntk.comparison.accuracies import refits

KEYS = ["dataset", "split"]
METHODS = ["ntk", "mkl", "between"]  # of `methods.OURS`, those with every loss
SQUARED, LOGISTIC = "squared", "logistic"


def by_loss(tuned, between, logistic):
    """Return the test accuracy of each method with each loss, for every dataset and split.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`: the NTK and MKL with the squared loss.
    between : pandas.DataFrame
        Records of MKL at p = 4/3 with the squared loss.
    logistic : pandas.DataFrame
        Records of `losses.fit_variant` with the logistic loss.

    Returns
    -------
    pandas.DataFrame
        dataset, split, n (training rows), method (of `METHODS`), loss (``squared`` or
        ``logistic``), accuracy, at_end (whether the chosen penalty is an end of its grid), and
        ``gap``, which no fit behind the row exceeds, cross-validation included.
    """
    parts = [
        tuned[KEYS].assign(
            method=method,
            loss=SQUARED,
            accuracy=tuned[f"{method}_accuracy"],
            at_end=tuned[f"{method}_at_end"],
            gap=tuned.gap,
        )
        for method in METHODS[:2]
    ]
    parts.append(refits(between).assign(method=METHODS[2], loss=SQUARED))
    for method in METHODS:
        of_method = refits(logistic[logistic.method == method])
        parts.append(of_method.assign(method=method, loss=LOGISTIC))
    table = pd.concat(parts, ignore_index=True).merge(tuned[[*KEYS, "n"]], on=KEYS)
    return table[[*KEYS, "n", "method", "loss", "accuracy", "at_end", "gap"]]
