"""Choose among candidates, say penalties, by scores on held-out rows; all methods use this module.

Candidates are listed by preference, the largest penalty first, and ties go to the earlier one.
"""

from typing import NamedTuple

import numpy as np


class Candidate(NamedTuple):
    """A penalty in the model's unit, and the p of MKL."""

    lam_ratio: float
    p: float = 1.0


def cross_validate(pairs, fit, candidates):
    """Fit every candidate in each fold, and record its score on the held-out rows.

    Parameters
    ----------
    pairs : iterable of tuple
        One for each fold, arguments of ``fit``: say ``(X, y, X_out, y_out)``.
    fit : callable
        ``fit(*pair, candidates)`` returns a dict for each candidate, in their order. It takes all
        candidates at once, so that fits can share a factor, or start from one another.
    candidates : sequence

    Returns
    -------
    list of dict
        The dicts of ``fit``, fold by fold, each with the number of its ``fold``.
    """
    return [dict(row, fold=k) for k, pair in enumerate(pairs) for row in fit(*pair, candidates)]


def choose(records, score="score"):
    """Return the index of the candidate with the best mean score over folds; ties go to the first.

    Parameters
    ----------
    records : list of dict
        From `cross_validate`: the same candidates in every fold, in the same order.
    score : str
        Key of the score; larger is better.
    """
    return int(np.argmax(by_fold(records, score).mean(axis=0)))


def by_fold(records, key):
    """Return the values of a key in the records of `cross_validate`, (folds, candidates)."""
    return np.reshape([row[key] for row in records], (records[-1]["fold"] + 1, -1))
