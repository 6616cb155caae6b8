"""Table `one_program`: table `averaging` with one program tuned on the gates of all draws."""

import pandas as pd

from fixing_ntk.results.beyond.averaging.table import averaging, notes

__all__ = ["notes", "one_program"]


def one_program(points, program, failed=None):
    """Return the `Table` of `averaging`, with one program tuned on the gates of all draws.

    Parameters
    ----------
    points, program : pandas.DataFrame
        Rows of `comparison.averaging.Union.row`, from `comparison.averaging.fit_averaged` and from
        `comparison.averaging.fit_one_program`.
    failed : dict of str to str, optional
        Datasets that failed, each with the reason; the notes name them.
    """
    return averaging(pd.concat([points, program], ignore_index=True), failed)
