"""Read the inputs of a result's parts from files, as arrays, frames and problems."""

from pathlib import Path

import numpy as np


def read(files):
    """Read the arrays of an ``.npz`` file as a dict, or the rows of CSV files as one frame.

    Parameters
    ----------
    files : str or sequence of str
        Path of one file, or paths of CSV files with the same columns. CSV files without rows are
        ignored. Of several ``.npz`` files only the first is read.

    Returns
    -------
    dict of ndarray, or pandas.DataFrame

    Raises
    ------
    ValueError
        If no CSV file has rows.
    """
    files = [files] if isinstance(files, str) else list(files)
    if files[0].endswith(".npz"):
        return dict(np.load(files[0], allow_pickle=False))
    import pandas as pd  # imported here, since it takes half a second that arrays do not need

    frames = [pd.read_csv(path) for path in files]
    # Frames without rows are dropped, since their columns have no type.
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        raise ValueError(f"{files[0]}: no rows, nor in files beside it: every dataset failed")
    return pd.concat(frames, ignore_index=True)


def problems(data, masks):
    """Return the first split of each dataset, with the masks of its training rows.

    Parameters
    ----------
    data, masks : sequence of str
        Files that `data.splits` and `masks.storage` wrote, one of each for every dataset, in the
        same order.

    Returns
    -------
    list of (Split, MaskSet)
    """
    from fixing_ntk.data import splits
    from fixing_ntk.masks import load_masks

    return [
        (next(splits.load(of, [0])), load_masks(its)[0])
        for of, its in zip(data, masks, strict=True)
    ]


def records(files, columns):
    """Return the records of several protocols as one frame, with the protocol in a column.

    Parameters
    ----------
    files : sequence of str
        A CSV file of `comparison.records` for each protocol; its folder has the protocol's name.
    columns : sequence of str
        Columns to read, of `comparison.records.COLUMNS`.

    Returns
    -------
    pandas.DataFrame
        ``protocol``, then ``columns``.
    """
    import pandas as pd

    from fixing_ntk.comparison import records

    by_protocol = {Path(path).parent.name: records.read([path], columns) for path in files}
    return pd.concat(by_protocol, names=["protocol"]).reset_index("protocol")
