"""Repeat the comparison with other gates, other draws, a wider grid, and an intercept."""

import pandas as pd

from fixing_ntk.comparison.accuracies import refits

KEYS = ["dataset", "split"]
VARIANT = ["method", "gates", "draw", "grid", "intercept"]  # columns that identify a variant


def variants(tuned, draws, by_gates, ntk, intercept, n_gates):
    """Return the accuracy of each variant, for every dataset and split.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`: NTK and MKL as configured.
    draws : pandas.DataFrame
        Records of `averaging.fit_averaged`.
    by_gates : dict of int to pandas.DataFrame
        Records of MKL by the number of gates.
    ntk : pandas.DataFrame
        Records of the NTK with the wider grid.
    intercept : pandas.DataFrame
        Records of `losses.fit_variant` with an intercept.
    n_gates : int
        Number of gates of MKL as configured.

    Returns
    -------
    pandas.DataFrame
        dataset, split, method (see `records.COLUMNS`), number of ``gates``, ``draw``, ``grid``
        ("configured" or "wider"), ``intercept`` (whether there is one), accuracy, ``at_end``,
        ``gap``, the largest of all fits behind the row, and n training rows.
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
