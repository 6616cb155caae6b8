"""Table `accuracies_rfm`: that of `accuracies`, with recursive feature machines."""

import pandas as pd

from fixing_ntk.results.paper.accuracies.table import accuracies, notes

__all__ = ["accuracies_rfm", "notes"]


def accuracies_rfm(tuned, rows, machines, failed=None):
    """Make the table, of protocol full; its arguments are those of `baselines_rfm`."""
    return accuracies(tuned, "full", failed, pd.concat([rows, machines], ignore_index=True))
