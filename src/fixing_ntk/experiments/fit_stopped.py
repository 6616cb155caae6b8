"""MKL stopped on its way from the NTK, on one split: how far to go is chosen with the penalty."""

import logging

from fixing_ntk.evaluation.records import require_certified
from fixing_ntk.experiments.tuning import count_correct, is_end, require_scale
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, UnpackedDesign
from fixing_ntk.solvers.early_stopping import early_stops

log = logging.getLogger(__name__)


def tune_stopped(split, gates, ratios, reweightings, tol):
    """Records of the fits that a penalty and a number of reweightings are chosen by.

    Parameters
    ----------
    split : Split
    gates : ndarray (d, N)
        The rows to fit on draw their masks from these.
    ratios : sequence of float
        Grid of penalties in units of the `lambda_max` of the rows at hand.
    reweightings : sequence of int
        Numbers of reweightings.
    tol : float
        Relative gap that every ridge regression must certify.

    Returns
    -------
    list of dict
        See `records.COLUMNS`; ``fold`` counts the pairs of ``split``.
    """
    rows = []
    for k, (X, y, X_out, y_out) in enumerate(split.tuning()):
        masks = MaskSet.from_gates(X, gates)
        fold = _fit(split, X, y, X_out, y_out, masks, ratios, reweightings, tol, refined=False)
        rows += [dict(row, stage="cv", fold=k) for row in fold]
    return rows


def fit_stopped(split, masks, mkl, ratios, reweightings, tol, tuning=None):
    """Records of every stopped fit of one split; the optimum is among what is chosen.

    Parameters
    ----------
    split : Split
    masks : MaskSet
        Masks of the prepared training rows.
    mkl : list of dict
        What `fit_mkl` gave for the split.
    ratios, reweightings, tol
        As for `tune_stopped`.
    tuning : list of dict, optional
        What `tune_stopped` gave for rows and gates that several splits share; by default it is run
        with the gates of ``masks``.

    Returns
    -------
    list of dict
        See `records.COLUMNS`. The one that is ``tuned`` is MKL's own where no stop is better.
    """
    if tuning is None:
        tuning = tune_stopped(split, masks.gates, ratios, reweightings, tol)
    rows = [dict(row, split=split.index) for row in tuning]
    correct: dict = {}
    for row in rows + [row for row in mkl if row["stage"] == "cv"]:
        candidate = row["ratio"], row.get("reweightings")
        correct[candidate] = correct.get(candidate, 0) + row["correct"]
    best = min(correct, key=lambda candidate: (-correct[candidate], *_order(*candidate)))
    log.info("%s split %d: ratio %g, %s reweightings", split.dataset, split.index, *best)
    if best[1] is None:
        tuned = next(row for row in mkl if row["stage"] == "tuned")
        kept = {key: value for key, value in tuned.items() if "objective" not in key}
        return [*rows, dict(kept, method="stopped", objective=tuned["objective"])]
    X, y, X_test, y_test = split.train_test()
    fit = _fit(split, X, y, X_test, y_test, masks, best[:1], best[1:], tol)
    return [*rows, dict(fit[0], stage="tuned", at_end=is_end(ratios, ratios.index(best[0])))]


def _order(ratio, reweightings):
    """Ties are broken toward the larger penalty, then toward the NTK."""
    return -ratio, float("inf") if reweightings is None else reweightings


def _fit(split, X, y, X_out, y_out, masks, ratios, reweightings, tol, refined=True):
    design = MaskedDesign(X, masks)
    lam_max = float(design.scores(y).max())
    require_scale(split, lam_max)
    # Every stop uses all masks: those of the rows held out are made once.
    held_out = UnpackedDesign.from_gates(X_out, masks.gates)
    rows = []
    for ratio in ratios:
        lam = ratio * lam_max
        for count, stop in early_stops(design, y, lam, reweightings, refined).items():
            require_certified(split, lam, stop.gap, tol)
            rows.append(
                dict(
                    dataset=split.dataset,
                    split=split.index,
                    method="stopped",
                    ratio=ratio,
                    reweightings=count,
                    lam=lam,
                    n=len(y),
                    d=X.shape[1],
                    p=len(masks),
                    correct=int(count_correct(held_out.forward(stop.weights), y_out)),
                    total=len(y_out),
                    gap=stop.gap,
                    solver="irls",
                )
            )
    return rows
