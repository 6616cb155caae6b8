"""Accuracy of every program from the NTK to optimal MKL, and at the p that the folds choose."""

import pandas as pd

from fixing_ntk.comparison.accuracies import refits

KEYS = ["dataset", "split"]
OF_PROGRAM = ["exponent", "with_ntk"]
CHOSEN = "cv"  # in place of p where cross-validation chooses it


def by_exponent(tuned, mkl, between):
    """Return the accuracy at every p, and at the p that cross-validation chooses.

    The choice needs no further fit: every p is refitted at its own best penalty, and the chosen p
    is one of them. Ties go to the larger p, which is nearer to the NTK.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`.
    mkl : pandas.DataFrame
        Records of MKL, which is p = 1.
    between : pandas.DataFrame
        Records of `between.PROGRAMS`.

    Returns
    -------
    pandas.DataFrame
        dataset, split, n, ``exponent`` (text: ``ntk``, `CHOSEN`, or p as ``%g``), ``with_ntk``
        (whether the NTK is one of the kernels), accuracy, ``chosen`` (p as a number), at_end, and
        ``gap``, the largest of all fits behind the row.
    """
    records = pd.concat([mkl.assign(exponent=1.0, with_ntk=False), between], ignore_index=True)
    records["with_ntk"] = records.with_ntk.astype(str).eq("True")
    keys = [*KEYS, *OF_PROGRAM]
    each = refits(records[records.stage.isin(["cv", "tuned"])], *OF_PROGRAM)
    held_out = records[records.stage == "cv"].groupby([*keys, "ratio"]).correct.sum().reset_index()
    held_out = held_out.sort_values(["exponent", "ratio"], ascending=False)
    best = held_out.loc[held_out.groupby([*KEYS, "with_ntk"]).correct.idxmax(), keys]
    choice = best.merge(each, on=keys)
    choice["gap"] = (
        each.groupby([*KEYS, "with_ntk"])
        .gap.max()[pd.MultiIndex.from_frame(choice[[*KEYS, "with_ntk"]])]
        .to_numpy()
    )
    ntk = tuned[KEYS].assign(accuracy=tuned.ntk_accuracy, at_end=tuned.ntk_at_end, gap=tuned.gap)
    parts = [
        ntk.assign(exponent="ntk", with_ntk=False),
        each.assign(exponent=each.exponent.map("{:g}".format), chosen=each.exponent),
        choice.assign(exponent=CHOSEN, chosen=choice.exponent),
    ]
    table = pd.concat(parts, ignore_index=True).merge(tuned[[*KEYS, "n"]], on=KEYS)
    return table[[*KEYS, "n", *OF_PROGRAM, "accuracy", "chosen", "at_end", "gap"]]
