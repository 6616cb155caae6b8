"""Table `accuracies_rfm`: the table `accuracies` with recursive feature machines."""

import pandas as pd

from fixing_ntk.results.paper.accuracies.table import accuracies, notes

__all__ = ["accuracies_rfm", "notes"]


def accuracies_rfm(tuned, rows, machines, failed=None):
    """Return the `Table` of `accuracies` for protocol full, with recursive feature machines.

    ``machines`` is from `comparison.rfm.fit_rfm`, of the same datasets and splits. Other arguments
    are as for `accuracies`.
    """
    return accuracies(tuned, "full", failed, pd.concat([rows, machines], ignore_index=True))
