"""Fit MKL with early stopping on one split.

IRLS starts from the NTK's kernel weights and stops after some reweightings. Cross-validation
chooses the number of reweightings together with the penalty.
"""

import logging
import math

from fixing_ntk.comparison.tuning import is_end, record, require_scale, tune
from fixing_ntk.estimators.cross_validation import choose
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, UnpackedDesign
from fixing_ntk.solvers.early_stopping import early_stops

log = logging.getLogger(__name__)


def tune_early_stopping(split, gates, ratios, reweightings, tol):
    """Return the records of the cross-validation over penalties and numbers of reweightings.

    Parameters
    ----------
    split : Split
    gates : ndarray (d, N)
        Gates, from which the rows of each fit get their masks.
    ratios : sequence of float
        Grid of penalties, in units of `lambda_max` of the rows of each fit.
    reweightings : sequence of int
        Numbers of reweightings of IRLS to choose from; 0 is the NTK of the drawn gates.
    tol : float
        Relative gap that the ridge regression at each stop must certify.

    Returns
    -------
    list of dict
        See `records.COLUMNS`; ``fold`` is the number of a pair of ``split.pairs``.
    """

    def fit(X, y, X_out, y_out, ratios):
        masks = MaskSet.from_gates(X, gates)
        pair = X, y, X_out, y_out
        return _fit(split, *pair, masks, ratios, reweightings, tol, refined=False)

    return tune(split, fit, ratios)


def fit_early_stopping(split, masks, mkl, ratios, reweightings, tol, tuning=None):
    """Tune MKL with early stopping on one split, and return the records of its fits.

    Candidates are the stopped fits and, at each penalty of MKL's own grid, MKL's optimum.

    Parameters
    ----------
    split : Split
    masks : MaskSet
        Masks of the training rows, as `Split.train_test` prepares them.
    mkl : list of dict
        Records of `fit_mkl` on the split.
    ratios, reweightings, tol
        As for `tune_early_stopping`.
    tuning : list of dict, optional
        Records of `tune_early_stopping`, for splits that share one cross-validation. By default it
        is run with the gates of ``masks``.

    Returns
    -------
    list of dict
        See `records.COLUMNS`. The last record, of stage ``tuned``, is the refit to all training
        rows. If cross-validation prefers MKL's optimum to every stopped fit, the last record is
        MKL's tuned record, as method ``stopped`` and without ``reweightings``. Its ``at_end`` is
        then of MKL's grid. Records of stopped fits have no ``objective``.
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
    """Return a record of the candidate that classifies most held-out rows of all folds correctly.

    The rows of all folds are counted together. The record is the candidate's of the first fold. A
    candidate is a penalty with a number of reweightings. Ties go to the larger penalty, then to
    fewer reweightings. MKL's optimum loses a tie with a stopped fit at the same penalty.

    Parameters
    ----------
    rows : list of dict
        Records of stage ``cv``, of stopped fits and of MKL, with the same candidates in each fold;
        a record of MKL's optimum has no ``reweightings``.
    """

    def order(row):
        count = row.get("reweightings")
        return row["fold"], -row["ratio"], math.inf if count is None else count

    rows = sorted(rows, key=order)
    return rows[choose(rows, "correct")]


def _fit(split, X, y, X_out, y_out, masks, ratios, reweightings, tol, refined=True):
    """Return a record of each stopped fit, by ratio to `lambda_max`, then by reweightings.

    Fits are to X (n, d) and y (n,), with the `MaskSet` ``masks`` of X, and are scored on X_out and
    y_out. ``split`` only fills the records' columns dataset, split and d. ``refined`` is as for
    `early_stops`, other arguments as for `tune_early_stopping`.
    """
    design = MaskedDesign(X, masks)
    lam_max = float(design.scores(y).max())
    require_scale(split, lam_max)
    # Every stopped fit uses all masks, so the held-out rows' masks are made once.
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
