"""Score the probabilities of a classifier on test rows, and tabulate reliability curves."""

import numpy as np
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

BINS = 10  # number of bins of a reliability curve, all of equal width


def probability_scores(classes, P, y):
    """Score the probabilities of classes: log loss, Brier score and AUC.

    Parameters
    ----------
    classes : array (k,)
        Classes in the order of P's columns.
    P : ndarray (m, k)
    y : array (m,)
        Labels.

    Returns
    -------
    dict of str to float
        ``log_loss``, the mean of minus the logarithm of the label's probability. ``brier``, the
        mean over rows of the squared errors of the probabilities, summed over classes; with two
        classes, of the second class's alone. ``auc``, the area under the ROC curve; with more
        classes, the mean of each class against the rest; NaN if a class is no label in y.
    """
    labels = list(classes)
    of_auc = P[:, 1] if len(labels) == 2 else P
    return dict(
        log_loss=log_loss(y, P, labels=labels),
        brier=brier_score_loss(y, P, labels=labels, scale_by_half="auto"),
        auc=roc_auc_score(y, of_auc, multi_class="ovr", labels=labels),
    )


def reliability(classes, P, y):
    """Tabulate a reliability curve: how often a class is the label, by its predicted probability.

    With two classes the second class's probabilities are counted, with more those of every class.

    Parameters
    ----------
    classes, P, y
        As for `probability_scores`.

    Returns
    -------
    list of dict
        For each bin that is not empty, of `BINS` of equal width from 0 to 1: ``bin``, its number
        from 0; ``count``, the number of probabilities in the bin; ``predicted``, their sum;
        ``there``, for how many of them the class is the row's label.
    """
    counted = slice(1, None) if len(classes) == 2 else slice(None)
    given = P[:, counted].ravel()
    there = (np.asarray(y)[:, None] == np.asarray(classes)[counted]).ravel()
    at = np.minimum((BINS * given).astype(int), BINS - 1)
    return [
        dict(
            bin=int(b),
            count=int(np.sum(at == b)),
            predicted=float(np.sum(given[at == b])),
            there=int(np.sum(there[at == b])),
        )
        for b in np.unique(at)
    ]
