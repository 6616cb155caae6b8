"""How good the probabilities of a classifier are, on rows held out."""

import numpy as np
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

BINS = 10  # of a reliability curve, of equal width


def probability_scores(classes, P, y):
    """Scores of probabilities.

    Parameters
    ----------
    classes : array (k,)
        In the order of P's columns.
    P : ndarray (m, k)
    y : array (m,)
        Labels; each class is among them.

    Returns
    -------
    dict of str to float
        ``log_loss``, the mean of minus the logarithm of the label's probability; ``brier``, the
        mean squared error of the probabilities (of two classes that of the second); ``auc``, the
        area under the ROC curve, of several classes the mean of each against the rest.
    """
    labels = list(classes)
    of_auc = P[:, 1] if len(labels) == 2 else P
    return dict(
        log_loss=log_loss(y, P, labels=labels),
        brier=brier_score_loss(y, P, labels=labels, scale_by_half="auto"),
        auc=roc_auc_score(y, of_auc, multi_class="ovr", labels=labels),
    )


def reliability(classes, P, y):
    """A reliability curve: how often a class is there at each probability that it was given.

    Of two classes the second is counted, of several each against the rest.

    Parameters
    ----------
    classes, P, y
        As for `probability_scores`.

    Returns
    -------
    list of dict
        For each of `BINS` that is not empty ``bin``, ``count``, ``predicted``, the sum of its
        probabilities, and ``there``, how many of its classes are the label.
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
