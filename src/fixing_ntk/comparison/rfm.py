"""Fit a recursive feature machine on one split: it learns a kernel through the kernel's metric.

A recursive feature machine (Radhakrishnan, Beaglehole, Pandit and Belkin, Science 383, 2024) fits a
kernel machine, takes the average outer product of its gradients as the metric of the kernel, and
begins again. This module chooses the kernel, bandwidth, ridge and number of updates. The machine
itself is `rfm_machine.after_updates`. It is not imported here, since its packages are installed in
an environment of their own.
"""

import logging

import numpy as np

from fixing_ntk.comparison.tuning import without_bias
from fixing_ntk.estimators.cross_validation import choose, cross_validate
from fixing_ntk.seeds import stream

log = logging.getLogger(__name__)

# The package's defaults, tried first, so that they win ties.
DEFAULTS = dict(norm=2, exponent=1.0, bandwidth=10.0, ridge=1e-3, diagonal=False)
METRICS = {False: "full", True: "diagonal"}


def draw_candidates(n, rng):
    """Return parameters of recursive feature machines to try: `DEFAULTS`, then random draws.

    The draws are from the search space of the authors' tuned classifiers: bandwidth, ridge and
    exponent at random, and a diagonal or a full metric. The authors draw the kernel's norm p
    between 1 and 2. Here p is 1 or 2, for which a CPU computes distances some twenty times faster.
    The exponent may not exceed p, so it is at most 1 for p = 1.

    Parameters
    ----------
    n : int
        Number of candidates, `DEFAULTS` included.
    rng : numpy.random.Generator

    Returns
    -------
    list of dict
        ``norm`` p, ``exponent`` q and ``bandwidth`` L of the kernel ``exp(-(|x - z|_p / L)^q)``,
        ``ridge`` (its penalty), and ``diagonal``, whether the metric is diagonal.
    """
    candidates = [DEFAULTS]
    while len(candidates) < n:
        norm = int(rng.integers(1, 3))
        candidates.append(
            dict(
                norm=norm,
                exponent=rng.uniform(0.7, 1.0 if norm == 1 else 1.4),
                bandwidth=np.exp(rng.uniform(np.log(0.5), np.log(200.0))),
                ridge=np.exp(rng.uniform(np.log(1e-6), np.log(10.0))),
                diagonal=bool(rng.integers(2)),
            )
        )
    return candidates


def fit_rfm(split, after_updates, candidates, updates, seed):
    """Tune a recursive feature machine on one split, and count the test rows it classifies rightly.

    Candidate and number of updates are chosen together, on the folds that tune NTK and MKL, by the
    number of held-out rows classified correctly. Ties go to the earlier candidate, then to fewer
    updates. The chosen machine is fitted again to all training rows.

    Parameters
    ----------
    split : Split
    after_updates : callable
        As `rfm_machine.after_updates`.
    candidates : int
        Number of candidates for each dataset and split, `DEFAULTS` included.
    updates : int
        Maximum number of updates of the metric.
    seed : int

    Returns
    -------
    list of dict
        One row with the columns of `baselines.fit_baselines`, without ``train_correct`` and ``n``.
        ``at_end`` says whether the chosen number of updates is the maximum.
    """
    drawn = draw_candidates(candidates, stream(seed, split.dataset, split.index, "rfm"))

    def score(X, y, X_out, y_out, drawn):
        """Return a dict for each candidate in ``drawn`` and number of updates from 0 on, in order.

        It has the ``candidate``, the ``updates`` and the ``score``, the number of held-out rows
        classified correctly. One fit of a candidate gives the scores of all numbers of updates.
        """
        return [
            dict(score=right, candidate=candidate, updates=k)
            for candidate in drawn
            for k, right in enumerate(
                _right(after_updates(X, y, X_out, **candidate, updates=updates), y_out)
            )
        ]

    pairs = (without_bias(*pair) for pair in split.tuning())
    records = cross_validate(pairs, score, drawn)
    best = records[choose(records)]
    candidate, chosen = best["candidate"], best["updates"]
    X, y, X_test, y_test = without_bias(*split.train_test())
    last = after_updates(X, y, X_test, **candidate, updates=chosen)[-1]
    words = dict(candidate, metric=METRICS[candidate["diagonal"]], updates=chosen)
    del words["diagonal"]
    parameters = " ".join(
        f"{key}={value if isinstance(value, str) else format(value, '.6g')}"
        for key, value in words.items()
    )
    log.info("%s split %d: rfm %s", split.dataset, split.index, parameters)
    return [
        dict(
            dataset=split.dataset,
            split=split.index,
            method="rfm",
            parameters=parameters,
            at_end=chosen == updates,
            correct=int(_right(last, y_test)),
            total=len(y_test),
        )
    ]


def _right(values, y):
    """Count the rows whose value, (..., m), has the sign of the label (m,); zero counts as -1.

    The counts are (...).
    """
    return np.sum(np.where(values > 0.0, 1.0, -1.0) == y, axis=-1)
