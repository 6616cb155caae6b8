"""MKL stopped on its way from the NTK, on one split: how far to go is chosen with the penalty."""

import logging
import math

from fixing_ntk.comparison.tuning import is_end, record, require_scale, tune
from fixing_ntk.estimators.cross_validation import choose
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, UnpackedDesign
from fixing_ntk.solvers.early_stopping import early_stops

log = logging.getLogger(__name__)


def tune_early_stopping(split, gates, ratios, reweightings, tol):
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

    def fit(X, y, X_out, y_out, ratios):
        masks = MaskSet.from_gates(X, gates)
        pair = X, y, X_out, y_out
        return _fit(split, *pair, masks, ratios, reweightings, tol, refined=False)

    return tune(split, fit, ratios)


def fit_early_stopping(split, masks, mkl, ratios, reweightings, tol, tuning=None):
    """Records of every stopped fit of one split; the optimum is among what is chosen.

    Parameters
    ----------
    split : Split
    masks : MaskSet
        Masks of the prepared training rows.
    mkl : list of dict
        What `fit_mkl` gave for the split.
    ratios, reweightings, tol
        As for `tune_early_stopping`.
    tuning : list of dict, optional
        What `tune_early_stopping` gave for rows and gates that several splits share; by default it
        is run with the gates of ``masks``.

    Returns
    -------
    list of dict
        See `records.COLUMNS`. The one that is ``tuned`` is MKL's own where no stop is better.
    """
    if tuning is None:
        tuning = tune_early_stopping(split, masks.gates, ratios, reweightings, tol)
    rows = [dict(row, split=split.index) for row in tuning]
    best = best_candidate(rows + [row for row in mkl if row["stage"] == "cv"])
    ratio, count = best["ratio"], best.get("reweightings")
    log.info("%s split %d: ratio %g, %s reweightings", split.dataset, split.index, ratio, count)
    if count is None:
        tuned = next(row for row in mkl if row["stage"] == "tuned")
        kept = {key: value for key, value in tuned.items() if "objective" not in key}
        return [*rows, dict(kept, method="stopped", objective=tuned["objective"])]
    X, y, X_test, y_test = split.train_test()
    (fit,) = _fit(split, X, y, X_test, y_test, masks, [ratio], [count], tol)
    return [*rows, dict(fit, stage="tuned", at_end=is_end(ratio, ratios))]


def best_candidate(rows):
    """A record of the chosen penalty and number of reweightings, none of MKL's optimum.

    Parameters
    ----------
    rows : list of dict
        Of stage ``cv``, stopped fits' and MKL's. Ties are broken toward the larger penalty, then
        toward the NTK.
    """

    def order(row):
        count = row.get("reweightings")
        return row["fold"], -row["ratio"], math.inf if count is None else count

    rows = sorted(rows, key=order)
    return rows[choose(rows, "correct")]


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
            rows.append(
                record(
                    *(split, y, y_out),
                    y - lam * stop.beta,
                    held_out.forward(stop.weights),
                    *(lam, stop.gap, tol),
                    method="stopped",
                    ratio=ratio,
                    reweightings=count,
                    p=len(masks),
                    solver="irls",
                )
            )
    return rows
