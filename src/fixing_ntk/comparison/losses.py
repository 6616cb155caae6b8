"""Fit the NTK, MKL and MKL at p = 4/3 with another loss, or with an intercept, on one split.

Rows, gates, folds, grids and the choice of the penalty are the same as for the squared loss without
an intercept.
"""

from functools import partial

import numpy as np

from fixing_ntk.comparison import between, mkl
from fixing_ntk.comparison.tuning import record, tune_and_refit
from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import Problem, Squared, weighted
from fixing_ntk.solvers.kernel_newton import kernel_newton

# For each variant the loss and the intercept, as arguments of `solve`.
VARIANTS = {
    "logistic": dict(loss="logistic", fit_intercept=False),
    "intercept": dict(loss="squared", fit_intercept=True),
}


def fit_variant(split, gates, ratios, ntk_ratios, tol, variant):
    """Tune the NTK, MKL and MKL at p = 4/3 on one split with another loss or an intercept.

    Parameters
    ----------
    split : Split
    gates : ndarray (d, N)
        Gates of MKL and of MKL at p = 4/3, from which the rows of each fit get their masks.
    ratios, ntk_ratios : sequence of float
        Grids of penalties, decreasing: ``ratios`` of MKL, in units of `lambda_max` of the loss;
        ``ntk_ratios`` of the NTK, in units of the largest eigenvalue of its kernel, and of MKL at
        p = 4/3, in units of the largest eigenvalue of ``K(ntk_weights)``.
    tol : float
        Relative gap that every fit must certify.
    variant : {"logistic", "intercept"}
        The logistic loss without an intercept, or the squared loss with one.

    Returns
    -------
    list of dict
        See `records.COLUMNS`: for each method the fits in the folds, of stage ``cv``, then the
        refit to all training rows, of stage ``tuned``.
    """
    fits = {_ntk: ntk_ratios, _mkl: ratios, _between: ntk_ratios}
    return [
        row
        for fit, grid in fits.items()
        for row in tune_and_refit(split, partial(fit, split, gates, tol, VARIANTS[variant]), grid)
    ]


def _ntk(split, gates, tol, variant, X, y, X_out, y_out, ratios):
    """Return a list with the record of the closed-form NTK's fit at each ratio.

    Fits are to X (n, d) and y (n,), and are scored on X_out and y_out. ``split`` only fills the
    records' columns dataset, split and d, and ``gates`` are not used. ``variant`` is a dict of
    ``loss`` and ``fit_intercept``, a value of `VARIANTS`. Ratios are in units of the kernel's
    largest eigenvalue.
    """
    H, H_out = ntk(X), ntk(X_out, X)
    (loss,), column = weighted(targets=y[None], weight=np.ones(len(y)), **variant)
    rows = []
    for ratio, lam, c, b, objective, gap in _kernel_path(H, y, loss, column, variant, ratios, tol):
        rows.append(
            record(
                *(split, y, y_out, H @ c + b, H_out @ c + b, lam, gap, tol),
                method="ntk",
                ratio=ratio,
                objective=objective,
                solver="eigh" if loss.name == Squared.name else "newton",
            )
        )
    return rows


def _kernel_path(H, y, loss, column, variant, ratios, tol):
    """Yield ratio, penalty, coefficients, intercept, objective and gap of each fit of a kernel.

    Fits of the kernel H (n, n) minimise the ``loss`` of the targets y (n,) plus ``lam/2 c^T H c``
    over coefficients c (n,) and the intercept, which is 0 without ``fit_intercept``. ``variant`` is
    as for `_ntk`. ``column`` (n,) is the intercept's column, of ones. A penalty lam is a ratio
    times the largest eigenvalue of H. The caller checks the gaps: ``tol`` only stops the logistic
    loss.
    """
    ridge = KernelRidge(H, y)
    lams = [ratio * ridge.scale for ratio in ratios]
    intercept = variant["fit_intercept"]
    if loss.name == Squared.name:  # the closed form is precise at any penalty
        fits = ridge.with_target(y, column if intercept else None).fit(lams)
        for ratio, lam, (c, b, gap) in zip(ratios, lams, fits, strict=True):
            Hc = H @ c
            yield ratio, lam, c, b, float(loss.value(Hc) + 0.5 * lam * c @ Hc), gap
        return
    for ratio, lam, (c, certificate, _) in zip(
        ratios, lams, kernel_newton(loss, H, lams, tol), strict=True
    ):
        b = loss.intercept(H @ c) if intercept else 0.0
        yield ratio, lam, c, b, certificate.objective, certificate.gap


def _mkl(split, gates, tol, variant, X, y, X_out, y_out, ratios):
    problem = Problem.of(X, y, MaskSet.from_gates(X, gates), **variant)
    return mkl.path(split, problem, X_out, y_out, ratios, tol, {})[0]


def _between(split, gates, tol, variant, X, y, X_out, y_out, ratios):
    rows = between.Rows(split, gates, X, y, X_out, y_out, **variant)
    return rows.path((between.P, True), ratios, tol)
