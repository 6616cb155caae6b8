"""Table `accuracies_rfm`: the table `accuracies` with recursive feature machines."""

import pandas as pd

from fixing_ntk.results.paper.accuracies.table import accuracies, notes

__all__ = ["accuracies_rfm", "notes"]


def accuracies_rfm(tuned, rows, machines, failed=None):
    """Make the table for protocol full; arguments are as for `baselines_rfm`."""
    return accuracies(tuned, "full", failed, pd.concat([rows, machines], ignore_index=True))
