"""What the parts of a result are handed: files as arrays, frames and problems."""

from pathlib import Path

import numpy as np


def read(files):
    """Arrays of an ``.npz`` file as a mapping; rows of CSV files, one below the other, as a frame.

    Parameters
    ----------
    files : str or sequence of str
        Files without rows are passed over.

    Returns
    -------
    dict of ndarray, or pandas.DataFrame
    """
    files = [files] if isinstance(files, str) else list(files)
    if files[0].endswith(".npz"):
        return dict(np.load(files[0], allow_pickle=False))
    import pandas as pd  # half a second that figures of arrays need not wait for

    frames = [pd.read_csv(path) for path in files]
    # Without rows a column has no type.
    return pd.concat([frame for frame in frames if len(frame)], ignore_index=True)


def problems(data, masks):
    """First split of each dataset, and its masks.

    Parameters
    ----------
    data, masks : sequence of str
        Files of `data.splits` and `masks.storage`.

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
    """Records of several protocols, with the column ``protocol``, that of a file's folder."""
    import pandas as pd

    from fixing_ntk.comparison import records

    by_protocol = {Path(path).parent.name: records.read([path], columns) for path in files}
    return pd.concat(by_protocol, names=["protocol"]).reset_index("protocol")
