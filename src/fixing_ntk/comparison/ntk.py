"""Fit ridge regression with the NTK on one split: cross-validated, and at common penalties."""

import logging

from fixing_ntk.comparison.tuning import best_ratio, is_end, record, require_scale, tune
from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign

log = logging.getLogger(__name__)


def fit_ntk(split, masks, ratios, same_ratios, tol):
    """Fit the NTK on one split: cross-validation, the tuned refit, and fits at common penalties.

    Parameters
    ----------
    split : Split
    masks : MaskSet
        Masks of the training rows, as `Split.train_test` prepares them, for the sampled NTK and
        `lambda_max`.
    ratios : sequence of float
        Penalties among which cross-validation chooses, in units of the largest eigenvalue of the
        kernel of each fit's rows.
    same_ratios : sequence of float
        Penalties that all methods share, in units of `lambda_max`; empty for no such fits.
    tol : float
        Relative gap that every fit must certify.

    Returns
    -------
    list of dict
        See `records.COLUMNS`. Fits of stages ``cv`` and ``tuned`` are of the NTK in closed form,
        ``ntk``; at ``same_ratios`` there are also fits of the sampled NTK, ``ntk_sampled``.
    """

    def fit(X, y, X_out, y_out, ratios):
        return _fit(split, ntk(X), ntk(X_out, X), y, y_out, ratios, tol)

    rows = tune(split, fit, ratios)
    best = best_ratio(rows)
    X, y, X_test, y_test = split.train_test()
    H, H_test = ntk(X), ntk(X_test, X)
    ridge = KernelRidge(H, y)
    tuned = _fit(split, H, H_test, y, y_test, [best], tol, ridge=ridge, stage="tuned")
    tuned[0] |= dict(
        at_end=is_end(best, ratios),
        effective_dimension=ridge.effective_dimension(tuned[0]["lam"]),
        alignment=ridge.alignment,
    )
    log.info("%s split %d: ratio %g", split.dataset, split.index, best)

    if not same_ratios:
        return [*rows, *tuned]
    return [*rows, *tuned, *_fit_same(split, masks, H, H_test, same_ratios, tol, ridge)]


def fit_ntk_grids(split, masks, ratios, same_ratios, tol):
    """Return the records of fits to the training rows at every penalty; no penalty is chosen.

    Parameters and returns are as for `fit_ntk`. Fits at ``ratios`` have the stage ``grid``, and are
    of the NTK in closed form alone. Fits at ``same_ratios`` have the stage ``same``.
    """
    X, y, X_test, y_test = split.train_test()
    H, H_test = ntk(X), ntk(X_test, X)
    ridge = KernelRidge(H, y)
    return [
        *_fit(split, H, H_test, y, y_test, ratios, tol, ridge=ridge, stage="grid"),
        *_fit_same(split, masks, H, H_test, same_ratios, tol, ridge),
    ]


def fit_ntk_sampled(split, gates, ratios, tol):
    """Tune ridge regression with the NTK of drawn gates on one split, and refit it.

    Parameters
    ----------
    split : Split
    gates : ndarray (d, N)
        Gates, from which the rows of each fit get their masks.
    ratios, tol
        As for `fit_ntk`; the kernel is the sampled NTK of each fit's rows.

    Returns
    -------
    rows : list of dict
        See `records.COLUMNS`; the last is the tuned refit.
    masks : MaskSet
        Masks of the training rows.
    weights : ndarray (d, p)
        Weights of the masks, with which a gated network predicts as the tuned fit does.
    """

    def fit(X, y, X_out, y_out, ratios):
        masks = MaskSet.from_gates(X, gates)
        K, K_out = sampled_ntk(MaskedDesign(X, masks), X_out)
        labels = dict(method="ntk_sampled", p=len(masks))
        return _fit(split, K, K_out, y, y_out, ratios, tol, **labels)

    rows = tune(split, fit, ratios)
    best = best_ratio(rows)
    X, y, X_test, y_test = split.train_test()
    masks = MaskSet.from_gates(X, gates)
    design = MaskedDesign(X, masks)
    K, K_test = sampled_ntk(design, X_test)
    ridge = KernelRidge(K, y)
    labels = dict(method="ntk_sampled", p=len(masks), stage="tuned", at_end=is_end(best, ratios))
    (tuned,) = _fit(split, K, K_test, y, y_test, [best], tol, ridge=ridge, **labels)
    beta = ridge.coefficients(tuned["lam"])[:, 0]
    return [*rows, tuned], masks, masks.ntk_weights * design.adjoint(beta)


def sampled_ntk(design, X_out):
    """Return the NTK of drawn gates on a design's rows (n, n), and from X_out to them (m, n).

    ``design`` is a `MaskedDesign`, and X_out (m, d) are other rows. The kernel is the sum of
    masking kernels, each weighted by the share of the drawn gates with its mask.
    """
    X, masks = design.X, design.masks
    M, M_out = masks.dense(), X_out @ masks.gates >= 0
    K_out = (X_out @ X.T) * ((M_out * masks.ntk_weights) @ M.T)
    return design.kernel(masks.ntk_weights), K_out


def _fit_same(split, masks, H, H_test, ratios, tol, ridge):
    """Return records, of stage ``same``, of the NTK and the sampled NTK at ratios to `lambda_max`.

    ``masks`` are of the training rows. H (n, n) is the NTK in closed form on these rows, H_test
    (m, n) from test rows to them, and ``ridge`` is the `KernelRidge` of H and the training labels.
    """
    X, y, X_test, y_test = split.train_test()
    design = MaskedDesign(X, masks)
    K, K_test = sampled_ntk(design, X_test)
    lam_max = float(design.scores(y).max())
    require_scale(split, lam_max)
    grid = dict(ratios=ratios, tol=tol, scale=lam_max, stage="same")
    return [
        *_fit(split, H, H_test, y, y_test, **grid, ridge=ridge),
        *_fit(split, K, K_test, y, y_test, **grid, method="ntk_sampled", p=len(masks)),
    ]


def _fit(
    split, K, K_out, y, y_out, ratios, tol, scale=None, method="ntk", p=None, ridge=None, **labels
):
    """Return a list with a record of kernel ridge regression at each penalty ``ratio * scale``.

    K is (n, n), and K_out (m, n) is from held-out rows to fitted rows. y (n,) and y_out (m,) are
    the labels. ``scale`` is by default the largest eigenvalue of K, and ``ridge`` is `KernelRidge`
    of K and y. ``split``, ``method``, ``p`` (number of masks) and ``**labels`` only fill
    columns of the records. A fit whose gap exceeds ``tol`` raises `UncertifiedFit`.
    """
    ridge = ridge or KernelRidge(K, y)
    lams = [ratio * (scale or ridge.scale) for ratio in ratios]
    coefficients = ridge.coefficients(lams)
    return [
        record(
            *(split, y, y_out),
            y - lam * beta,  # the residual of ridge regression is lam times its coefficients
            K_out @ beta,
            *(lam, ridge.gap(lam, beta), tol),
            method=method,
            ratio=ratio,
            p=p,
            objective=ridge.objective(lam, beta),
            solver="eigh",
            **labels,
        )
        for ratio, lam, beta in zip(ratios, lams, coefficients.T, strict=True)
    ]
