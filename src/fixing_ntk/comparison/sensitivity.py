"""Gather accuracies of NTK and MKL with other gates, other draws, a wider grid, an intercept."""

import pandas as pd

from fixing_ntk.comparison.accuracies import refits

KEYS = ["dataset", "split"]
VARIANT = ["method", "gates", "draw", "grid", "intercept"]  # columns that identify a variant


def variants(tuned, draws, by_gates, ntk, intercept, n_gates):
    """Return the test accuracy of each variant of NTK and MKL, for every dataset and split.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`: NTK and MKL as configured.
    draws : pandas.DataFrame
        Records of `averaging.fit_averaged`: MKL on further draws of the gates, and averaged.
    by_gates : dict of int to pandas.DataFrame
        Records of MKL with other numbers of gates, by this number.
    ntk : pandas.DataFrame
        Records of the NTK with the wider grid of penalties.
    intercept : pandas.DataFrame
        Records of `losses.fit_variant` with an intercept; those of NTK and MKL are used.
    n_gates : int
        Number of gates of MKL as configured.

    Returns
    -------
    pandas.DataFrame
        dataset, split, method (``ntk``, ``mkl`` or ``averaged``), number of ``gates``, number of
        the ``draw`` (0 is the configured one), ``grid`` ("configured" or "wider"), ``intercept``
        (whether there is one), accuracy, ``at_end`` (whether the penalty is an end of its grid),
        ``gap``, which no fit behind the row exceeds, and n, the training rows of the dataset's
        largest split. ``gates`` and ``draw`` are NaN where they do not apply.
    """
    parts = []
    for method in ("ntk", "mkl"):
        part = tuned[[*KEYS, f"{method}_accuracy", f"{method}_at_end", "gap"]].rename(
            columns={f"{method}_accuracy": "accuracy", f"{method}_at_end": "at_end"}
        )
        own = dict(gates=n_gates, draw=0) if method == "mkl" else {}
        parts.append(part.assign(method=method, grid="configured", **own))
    of_draws = draws[draws.method == "mkl_draw"]
    for draw, rows in of_draws.groupby("draw"):
        labels = dict(method="mkl", grid="configured", gates=n_gates, draw=draw)
        parts.append(refits(rows).assign(**labels))
    average = refits(draws[draws.method == "averaged"])
    parts.append(average.assign(method="averaged", grid="configured", gates=n_gates))
    for count, rows in by_gates.items():
        labels = dict(method="mkl", grid="configured", gates=count, draw=0)
        parts.append(refits(rows).assign(**labels))
    parts.append(refits(ntk).assign(method="ntk", grid="wider"))
    for method, own in (("ntk", {}), ("mkl", dict(gates=n_gates, draw=0))):
        part = refits(intercept[intercept.method == method])
        parts.append(part.assign(method=method, grid="configured", intercept=True, **own))
    table = pd.concat(parts, ignore_index=True)
    table["intercept"] = table.intercept.eq(True)
    table["n"] = table.dataset.map(tuned.groupby("dataset").n.max())
    return table[[*KEYS, *VARIANT, "accuracy", "at_end", "gap", "n"]]
