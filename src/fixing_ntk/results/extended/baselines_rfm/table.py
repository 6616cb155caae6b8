"""Table `baselines_rfm`: the table `baselines` with recursive feature machines (RFM)."""

import pandas as pd

from fixing_ntk.drawing.tables import Table
from fixing_ntk.results.beyond.baselines.table import baselines
from fixing_ntk.results.beyond.baselines.table import notes as notes_of_baselines


def baselines_rfm(tuned, rows, machines, failed=None):
    """Return the `Table` of `baselines` for protocol full, with recursive feature machines.

    Parameters
    ----------
    tuned, rows : pandas.DataFrame
        As for `baselines`.
    machines : pandas.DataFrame
        From `comparison.rfm.fit_rfm`, of the same datasets and splits.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason; the notes name them.
    """
    rows = pd.concat([rows, machines], ignore_index=True)
    raw, printed, _, found = baselines(tuned, rows, "full", failed)
    return Table.noted(raw, printed, found | {"rfm": facts(machines)}, notes)


def facts(machines):
    """Return, as a dict, counts of recursive feature machines, one for each dataset and split.

    ``identity`` counts the machines whose metric was not updated, so that it stays the identity;
    ``at_end`` those with the maximum number of updates; ``splits`` all machines.
    """
    updates = machines.parameters.str.rpartition("updates=")[2].astype(int)
    return dict(identity=(updates == 0).sum(), at_end=machines.at_end.sum(), splits=len(machines))


def notes(facts):
    """Return the sentences under the table, a list of str.

    ``facts`` is the dict of the table `baselines`, with the dict that `facts` returns under the key
    ``rfm``.
    """
    rfm = facts["rfm"]
    return [
        *notes_of_baselines(facts),
        "RFM: recursive feature machine of the package xRFM, which learns the metric of a kernel. "
        "Kernel, bandwidth, ridge, full or diagonal metric, and the number of its updates are "
        "chosen on the same rows, among the package's defaults and as many random draws from its "
        "authors' search space as the configuration says; of the norms in it, 1 and 2 alone. Of "
        f"{rfm['splits']} splits the metric stays the identity in {rfm['identity']}, and the "
        f"number of updates is the most that was tried in {rfm['at_end']}.",
    ]
