"""Turn records of single fits into accuracies, and count wins, ties and losses."""

import numpy as np
import pandas as pd

from fixing_ntk.comparison.methods import OURS
from fixing_ntk.comparison.statistics import wins_ties_losses

METHODS = ["ntk", "ntk_sampled", "mkl"]
TUNED = list(OURS)
CHOSEN = "chosen"  # the one of NTK and MKL that classifies more held-out rows correctly


def tuned(records):
    """Return the test accuracy of each method at its own tuned penalty, by dataset and split.

    Parameters
    ----------
    records : pandas.DataFrame
        Records of fits, see `records.COLUMNS`; those of ``ntk`` and ``mkl`` are required.

    Returns
    -------
    pandas.DataFrame
        One row for each dataset and split: dataset, split, and of MKL's fit the training rows n,
        features d, bias included, and masks p. For each method of `TUNED` that has records:
        ``METHOD_accuracy`` on the test rows, ``METHOD_train`` (accuracy on the training rows),
        ``METHOD_ratio`` (the chosen penalty, as in column ratio of the records) and
        ``METHOD_at_end`` (whether this is an end of its grid).

        ``chosen_accuracy`` and ``chosen_train`` are of the NTK or of MKL, whichever classifies more
        held-out rows correctly at its best penalty; ``chosen_is_mkl`` says whether it is MKL. Ties
        go to the NTK.
        ``gap`` is the largest relative gap of all records of the split. ``folds`` is the number of
        folds that chose the penalties.

        Three numbers may predict the difference of MKL and the NTK, each of the tuned fit:
        ``active_share``, the share of MKL's masks that are active; ``effective_share``, the NTK's
        effective dimension over n; ``alignment`` of the NTK with the training labels. With
        ``stopped`` among the records,
        ``reweightings`` is the number after which MKL stopped, NaN where it did not stop early.
    """
    keys = ["dataset", "split"]
    chosen = records[records.stage == "tuned"].assign(
        accuracy=lambda r: r.correct / r.total,
        train=lambda r: r.train_correct / r.n,
        at_end=lambda r: r.at_end.astype(str).eq("True"),
    )
    out = chosen[chosen.method == "mkl"].set_index(keys)[["n", "d", "p"]].astype(int)
    made = {"ntk", "mkl", *chosen.method}
    for method in [name for name in TUNED if name in made]:
        one = chosen[chosen.method == method].set_index(keys)
        out = out.join(one[["accuracy", "train", "ratio", "at_end"]].add_prefix(f"{method}_"))
    if "stopped" in made:
        out["reweightings"] = chosen[chosen.method == "stopped"].set_index(keys).reweightings
    held_out = records[records.stage == "cv"].groupby([*keys, "method", "ratio"]).correct.sum()
    best = held_out.groupby([*keys, "method"]).max().unstack().reindex(out.index)
    out["chosen_is_mkl"] = best.mkl > best.ntk  # ties go to the NTK, which learns no weights
    for what in ("accuracy", "train"):
        mine, other = out[f"mkl_{what}"], out[f"ntk_{what}"]
        out[f"{CHOSEN}_{what}"] = mine.where(out.chosen_is_mkl, other)
    folds = records.groupby(keys).fold.nunique().rename("folds")
    out = out.join(records.groupby(keys).gap.max()).join(folds)
    mkl, ntk = (chosen[chosen.method == method].set_index(keys) for method in ("mkl", "ntk"))
    out["active_share"] = mkl.n_active / mkl.p
    out["effective_share"] = ntk.effective_dimension / ntk.n
    out["alignment"] = ntk.alignment
    return out.reset_index()


def refits(records, *further):
    """Return the test accuracy of each tuned fit, by dataset, split and ``further`` columns.

    Parameters
    ----------
    records : pandas.DataFrame
        See `records.COLUMNS`; each dataset, split and value of ``further`` has one row of stage
        ``tuned``.
    *further : str
        Columns that distinguish the fits of a split.

    Returns
    -------
    pandas.DataFrame
        dataset, split, the columns ``further``, accuracy, ``at_end`` (whether the chosen penalty is
        an end of its grid), and ``gap``, the largest of all records with these keys,
        cross-validation included.
    """
    keys = ["dataset", "split", *further]
    fits = records[records.stage == "tuned"].set_index(keys)
    found = pd.DataFrame(
        dict(
            accuracy=fits.correct / fits.total,
            at_end=fits.at_end.astype(str).eq("True"),
            gap=records.groupby(keys).gap.max(),
        )
    )
    return found.reset_index()


def same_lambda(records):
    """Return test accuracies at penalties that all methods share, ``ratio = lam / lambda_max``.

    Parameters
    ----------
    records : pandas.DataFrame
        See `records.COLUMNS`; only rows of stage ``same`` are used.

    Returns
    -------
    pandas.DataFrame
        One row for each dataset, split and ratio: the accuracy of each method of `METHODS`, in a
        column of its name, and ``gap``, the largest relative gap of the three fits.
    """
    keys = ["dataset", "split", "ratio"]
    same = records[records.stage == "same"].assign(accuracy=lambda r: r.correct / r.total)
    wide = same.pivot_table(index=keys, columns="method", values="accuracy")[METHODS]
    return wide.join(same.groupby(keys).gap.max()).reset_index()


def wins_by_lambda(same):
    """Count the datasets on which MKL beats each form of the NTK, at every common penalty.

    Parameters
    ----------
    same : pandas.DataFrame
        From `same_lambda`; accuracies are averaged over splits first.

    Returns
    -------
    pandas.DataFrame
        One row for each ratio and form of the NTK: ratio; ``against``, the form, ``ntk_sampled``
        (of the drawn gates) or ``ntk`` (closed form); MKL's ``wins``, ``ties`` and ``losses`` over
        datasets; ``mean_difference`` of accuracy over datasets, MKL minus NTK, and its
        ``standard_error``, NaN for a single dataset; ``gap``, the largest of all fits at this
        ratio.
    """
    means = same.groupby(["ratio", "dataset"])[METHODS].mean()
    rows = []
    for ratio, group in means.groupby(level="ratio"):
        for against in ("ntk_sampled", "ntk"):
            difference = group.mkl - group[against]
            rows.append(
                dict(
                    ratio=ratio,
                    against=against,
                    **wins_ties_losses(group.mkl, group[against]),
                    mean_difference=difference.mean(),
                    standard_error=difference.sem() if len(group) > 1 else np.nan,
                    gap=same.gap[same.ratio == ratio].max(),
                )
            )
    return pd.DataFrame(rows)
