"""From records of single fits to comparisons: accuracies, wins, ties and losses."""

import numpy as np
import pandas as pd

from fixing_ntk.comparison.methods import OURS
from fixing_ntk.comparison.statistics import wins_ties_losses

METHODS = ["ntk", "ntk_sampled", "mkl"]
TUNED = list(OURS)
CHOSEN = "chosen"  # of NTK and MKL, what classifies more rows right in cross-validation


def tuned(records):
    """Accuracies of *each tuned*, one row a dataset and split.

    Parameters
    ----------
    records : pandas.DataFrame
        See `records.COLUMNS`.

    Returns
    -------
    pandas.DataFrame
        dataset, split, n, d, p, then accuracy, train (accuracy on the training rows), ratio and
        at_end of each of `TUNED`; accuracy and train of `CHOSEN`, and whether it ``chosen_is_mkl``;
        the largest ``gap`` of all fits behind the row, cross-validation included, the number of
        ``folds`` that chose the penalties, and what may predict the difference: ``active_share`` of
        MKL's masks, and of the NTK ``effective_share``, its effective dimension over n, and
        ``alignment`` with the labels. ``stopped``, ``averaged`` and ``between`` are among them
        where they are among the records, with ``stopped`` also ``reweightings``, their number at
        which it stopped, NaN where it did not.
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
    out["chosen_is_mkl"] = best.mkl > best.ntk  # the NTK learns nothing: it has the ties
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
    """Return accuracy, ``at_end`` and largest gap of tuned fits, by dataset and split.

    Parameters
    ----------
    records : pandas.DataFrame
        See `records.COLUMNS`; of stage ``tuned`` one a dataset and split.
    *further : str
        Columns that tell fits of one split apart.
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
    """Accuracies at common penalties, one row a dataset, split and ``ratio = lam / lambda_max``.

    Returns
    -------
    pandas.DataFrame
        dataset, split, ratio, accuracy of each of `METHODS`, largest ``gap`` of the three fits.
    """
    keys = ["dataset", "split", "ratio"]
    same = records[records.stage == "same"].assign(accuracy=lambda r: r.correct / r.total)
    wide = same.pivot_table(index=keys, columns="method", values="accuracy")[METHODS]
    return wide.join(same.groupby(keys).gap.max()).reset_index()


def wins_by_lambda(same):
    """MKL against both forms of the NTK at every common penalty, datasets as the cases.

    Parameters
    ----------
    same : pandas.DataFrame
        From `same_lambda`; accuracies are averaged over splits first.

    Returns
    -------
    pandas.DataFrame
        ratio, against, wins, ties, losses, mean_difference, standard_error, gap.
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
