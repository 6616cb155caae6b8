"""Compare the paper's count of datasets on which MKL is at least as accurate with ours."""

from fixing_ntk.comparison.win_counts import PAPER, required
from fixing_ntk.results.claim_kinds import ACCURACY, REPORTED, claim_row

RECORDS = ["dataset", "split", "method", "stage", "correct", "total", "gap"]  # columns of records


def uci_accuracy(records):
    """Count the datasets on which MKL is at least as accurate as the NTK, beside the paper's count.

    Each method has its own tuned penalty.

    Parameters
    ----------
    records : pandas.DataFrame
        Records of every fit, with the columns `RECORDS` and ``protocol``.

    Returns
    -------
    data : dict of ndarray
        Empty: the table `uci_accuracy` shows these fits.
    rows : list of dict
        For each protocol a row, as `claim_kinds.claim_row` makes it. The value is the number of
        datasets on one split, as in the paper, or its mean over splits where the protocol has
        several.
    """
    return {}, [_row(protocol, fits) for protocol, fits in records.groupby("protocol", sort=False)]


def _row(protocol, fits):
    """Return the claim row of one protocol, from its records of every fit.

    The value is as for `uci_accuracy`, from the fits of stage ``tuned``; the gap is of all fits.
    ``protocol`` is only named.
    """
    tuned = fits[(fits.stage == "tuned") & fits.method.isin(["ntk", "mkl"])]
    accuracy = (tuned.correct / tuned.total).groupby([tuned.dataset, tuned.split, tuned.method])
    accuracy = accuracy.first().unstack("method")
    each = (accuracy.mkl - accuracy.ntk).unstack("split")
    counts = (each >= -1e-12).sum()
    datasets, splits = each.shape
    several = (
        f"mean of {splits} splits ({counts.min()} to {counts.max()}); by accuracies averaged over "
        f"the splits, {(each.mean(axis=1) >= -1e-12).sum()}"
    )
    return claim_row(
        f"MKL is at least as accurate as the NTK on {PAPER[0]} of {PAPER[1]} datasets",
        ACCURACY,
        f"protocol {protocol}: number of {datasets} datasets, "
        + ("on one split" if splits == 1 else several),
        counts.mean(),
        required(datasets),
        gap=fits.gap.max(),
        kind=REPORTED,
        reason="the paper's number, in proportion to the datasets",
    )
