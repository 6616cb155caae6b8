"""Choose among candidates, say penalties, by scores on held-out rows; all methods use this module.

Candidates are listed by preference, the largest penalty first, and ties go to the earlier one.
"""

import itertools
import warnings
from typing import NamedTuple

import numpy as np


class Candidate(NamedTuple):
    """A penalty and the p of MKL, which are chosen together; other models leave p at 1.

    The penalty is a multiple of the model's unit, see ``lam`` of the estimators.
    """

    lam_ratio: float
    p: float = 1.0


def each(function, arguments, n_jobs=None):
    """Return a list of ``function(*one)`` for each tuple ``one`` of arguments, in order.

    ``n_jobs`` is the number of processes, as in joblib, so -1 means one for each core. None
    computes in this process. Warnings of other processes are issued again in this one.
    """
    if n_jobs is None:
        return [function(*one) for one in arguments]
    from sklearn.utils.parallel import Parallel, delayed  # most jobs do without scikit-learn

    # Arrays are copied: those that processes share are read-only.
    pool = Parallel(min(n_jobs, len(arguments)), max_nbytes=None)
    done = pool(delayed(_with_warnings)(function, *one) for one in arguments)
    for warning in itertools.chain(*(issued for _, issued in done)):
        warnings.warn(warning, stacklevel=2)
    return [result for result, _ in done]


def _with_warnings(function, *arguments):
    """Return the result of a function, and a list of the warnings that it issued, not shown."""
    with warnings.catch_warnings(record=True) as issued:
        result = function(*arguments)
    return result, [one.message for one in issued]


def cross_validate(pairs, fit, candidates, n_jobs=None):
    """Fit every candidate in each fold, and record its score on the held-out rows.

    Parameters
    ----------
    pairs : iterable of tuple
        One for each fold, arguments of ``fit``: say ``(X, y, X_out, y_out)``.
    fit : callable
        ``fit(*pair, candidates)`` returns a list of dict, one or more for each candidate, in the
        same order in every fold. It takes all candidates at once, so that fits can share a factor,
        or start from one another.
    candidates : sequence
    n_jobs : int, optional
        Number of processes, as in `each`.

    Returns
    -------
    list of dict
        The dicts of ``fit``, fold by fold, each with the number of its ``fold``.
    """
    folds = each(fit, [(*pair, candidates) for pair in pairs], n_jobs)
    return [dict(row, fold=k) for k, rows in enumerate(folds) for row in rows]


def choose(records, score="score"):
    """Return the index, in a fold's records, of the candidate with the best mean score over folds.

    Every fold has the same weight in the mean. Ties go to the first.

    Parameters
    ----------
    records : list of dict
        From `cross_validate`: the same candidates in every fold, in the same order.
    score : str
        Key of the score; larger is better.
    """
    return int(np.argmax(by_fold(records, score).mean(axis=0)))


def by_fold(records, key):
    """Return the values of a key in the records of `cross_validate`, (folds, records of a fold).

    ``records`` are fold by fold, with the same number in each.
    """
    return np.reshape([row[key] for row in records], (records[-1]["fold"] + 1, -1))
