"""Choosing among candidates, say penalties, by scores on held-out rows: one way for every method.

Candidates are listed by preference, the largest penalty first: ties go to the earlier one.
"""

from typing import NamedTuple

import numpy as np


class Candidate(NamedTuple):
    """A penalty over its unit and, of MKL, its p."""

    lam_ratio: float
    p: float = 1.0


def cross_validate(pairs, fit, candidates):
    """Fit every candidate in each fold, and record how it does on the rows held out.

    Parameters
    ----------
    pairs : iterable of tuple
        One for each fold, as ``fit`` takes it: say ``(X, y, X_out, y_out)``.
    fit : callable
        ``fit(*pair, candidates)`` gives a dict for each candidate, in their order. It takes them
        all at once, so that fits can share a factor, or start from one another.
    candidates : sequence

    Returns
    -------
    list of dict
        What ``fit`` gave and ``fold``, fold by fold.
    """
    return [dict(row, fold=k) for k, pair in enumerate(pairs) for row in fit(*pair, candidates)]


def choose(records, score="score"):
    """Index of the candidate with the best mean score over folds; ties go to the first.

    Parameters
    ----------
    records : list of dict
        From `cross_validate`: the same candidates in every fold, in the same order.
    score : str
        Key of what is compared; larger is better.
    """
    return int(np.argmax(by_fold(records, score).mean(axis=0)))


def by_fold(records, key):
    """Values of a key of `cross_validate`'s records, (folds, candidates)."""
    return np.reshape([row[key] for row in records], (records[-1]["fold"] + 1, -1))
