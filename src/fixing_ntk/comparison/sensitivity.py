"""The comparison again with other numbers of gates, other draws of them, and a wider grid."""

import pandas as pd

KEYS = ["dataset", "split"]


def variants(tuned, draws, by_gates, ntk, n_gates):
    """Accuracy of each variant, one row a dataset, split and variant.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`: both methods as configured.
    draws : pandas.DataFrame
        Records of `averaging.fit_averaged`.
    by_gates : dict of int to pandas.DataFrame
        By number of gates the records of MKL.
    ntk : pandas.DataFrame
        Records of the NTK with the wider grid.
    n_gates : int
        Of MKL as configured.

    Returns
    -------
    pandas.DataFrame
        dataset, split, method (of `records.COLUMNS`), ``gates``, ``draw``, ``grid`` ("configured"
        or "wider"), accuracy, ``at_end``, ``gap``, the largest of all fits behind the row, and n
        training rows.
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
        parts.append(_chosen(rows).assign(**labels))
    average = _chosen(draws[draws.method == "averaged"])
    parts.append(average.assign(method="averaged", grid="configured", gates=n_gates))
    for count, rows in by_gates.items():
        labels = dict(method="mkl", grid="configured", gates=count, draw=0)
        parts.append(_chosen(rows).assign(**labels))
    parts.append(_chosen(ntk).assign(method="ntk", grid="wider"))
    table = pd.concat(parts, ignore_index=True)
    table["n"] = table.dataset.map(tuned.groupby("dataset").n.max())
    columns = ["method", "gates", "draw", "grid", "accuracy", "at_end", "gap", "n"]
    return table[[*KEYS, *columns]]


def _chosen(records):
    """Accuracy, ``at_end`` and largest gap of the tuned fit of each dataset and split."""
    fits = records[records.stage == "tuned"].set_index(KEYS)
    found = pd.DataFrame(
        dict(
            accuracy=fits.correct / fits.total,
            at_end=fits.at_end.astype(str).eq("True"),
            gap=records.groupby(KEYS).gap.max(),
        )
    )
    return found.reset_index()
