"""Accuracy of every program from the NTK to optimal MKL, and at the p that the folds choose."""

import pandas as pd

from fixing_ntk.comparison.accuracies import refits

KEYS = ["dataset", "split"]
OF_PROGRAM = ["exponent", "with_ntk"]
CHOSEN = "cv"  # in place of p where cross-validation chooses it


def by_exponent(tuned, mkl, between):
    """Return the test accuracy of the NTK, of MKL at every p, and at the p that the folds choose.

    The choice needs no further fit: every p is refitted at its own best penalty, and the chosen p
    is one of them. The choice is made twice, among the programs with the NTK as one of the kernels
    and among those without. Ties go to the larger p, which is nearer to the NTK, then to the larger
    penalty.

    Parameters
    ----------
    tuned : pandas.DataFrame
        From `accuracies.tuned`, for the NTK and the number of training rows.
    mkl : pandas.DataFrame
        Records of `mkl.fit_mkl`, the program at p = 1.
    between : pandas.DataFrame
        Records of all programs of `between.PROGRAMS`, p above 1.

    Returns
    -------
    pandas.DataFrame
        dataset, split, n (training rows), ``exponent`` (text: ``ntk``, `CHOSEN`, or p as ``%g``),
        ``with_ntk`` (whether the NTK is one of the kernels of MKL, False for ``ntk``), accuracy,
        ``chosen`` (the p of the row's fit as a number, in all rows but ``ntk``, where it is NaN),
        at_end (whether the penalty is an end of its grid), and ``gap``, which no fit behind the row
        exceeds, cross-validation included.
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
