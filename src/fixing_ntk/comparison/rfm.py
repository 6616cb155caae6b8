"""Recursive feature machine on one split: the other way to learn a kernel, by its metric.

A recursive feature machine (Radhakrishnan, Beaglehole, Pandit and Belkin, Science 383, 2024) fits a
kernel machine, takes the average outer product of its gradients as the metric of the kernel, and
begins again. Kernel, bandwidth, ridge and the number of these updates are chosen here; the machine
itself is `recursive.after_updates`, which this module does not import, since its packages live in
an environment of their own.
"""

import logging

import numpy as np

from fixing_ntk.seeds import stream

log = logging.getLogger(__name__)

# The package's defaults, tried first, so that they win ties.
DEFAULTS = dict(norm=2, exponent=1.0, bandwidth=10.0, ridge=1e-3, diagonal=False)
METRICS = {False: "full", True: "diagonal"}


def draw_candidates(n, rng):
    """`DEFAULTS`, then draws from the search space of the package's authors.

    Theirs is that of their tuned classifiers: bandwidth, ridge and exponent at random, a diagonal
    metric or a full one. They draw the norm of the kernel between 1 and 2 too; here it is one of
    the ends, where a CPU takes distances some twenty times faster, and the exponent, which may not
    exceed the norm, ends at 1 for the norm 1.

    Parameters
    ----------
    n : int
        Candidates in all.
    rng : numpy.random.Generator

    Returns
    -------
    list of dict
        norm p, exponent q, bandwidth L of the kernel ``exp(-(|x - z|_p / L)^q)``, ridge, and
        whether the metric is diagonal.
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
    """Test accuracy of a recursive feature machine on one split.

    Candidate and number of updates are chosen together, on the rows that tune NTK and MKL, by the
    rows classified right; ties to the earlier candidate, then to fewer updates. The chosen machine
    is fitted anew to all training rows.

    Parameters
    ----------
    split : Split
    after_updates : callable
        As `recursive.after_updates`.
    candidates : int
        Drawn for each dataset and split.
    updates : int
        Most updates of the metric.
    seed : int

    Returns
    -------
    list of dict
        One row as `baselines.fit_baselines` returns them; ``at_end`` says whether the chosen
        number of updates is the most.
    """
    drawn = draw_candidates(candidates, stream(seed, split.dataset, split.index, "rfm"))
    right = np.zeros((candidates, updates + 1), dtype=int)
    for pair in split.tuning():
        X, y, X_out, y_out = _without_bias(*pair)
        for k, candidate in enumerate(drawn):
            right[k] += _right(after_updates(X, y, X_out, **candidate, updates=updates), y_out)
    k, chosen = divmod(int(right.argmax()), updates + 1)  # of equal ones the first
    X, y, X_test, y_test = _without_bias(*split.train_test())
    last = after_updates(X, y, X_test, **drawn[k], updates=chosen)[-1]
    words = dict(drawn[k], metric=METRICS[drawn[k]["diagonal"]], updates=chosen)
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


def _without_bias(X, y, X_out, y_out):
    """The same without the column of ones, which a kernel of distances does not see."""
    return X[:, :-1], y, X_out[:, :-1], y_out


def _right(values, y):
    """Rows on the right side of zero, zero counting as the class -1."""
    return np.sum(np.where(values > 0.0, 1.0, -1.0) == y, axis=-1)
