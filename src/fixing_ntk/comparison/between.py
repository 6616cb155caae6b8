"""Programs between the NTK and optimal MKL on one split, each penalty by cross-validation."""

import logging

from fixing_ntk.comparison.records import require_certified
from fixing_ntk.comparison.tuning import best_ratio, count_correct, is_end, tune
from fixing_ntk.kernels import ntk as closed_form
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import Problem, UnpackedDesign
from fixing_ntk.programs.lp_mkl import EXPONENTS
from fixing_ntk.solvers.lp_mkl import mkl_paths
from fixing_ntk.solvers.lp_newton import prior_scale

log = logging.getLogger(__name__)

P = 4 / 3  # of the tables of all datasets, where the NTK is one of the kernels
# Programs for p > 1. The one at `P` with the NTK is what `fit_between` fits for all protocols.
PROGRAMS = [(p, ntk) for ntk in (False, True) for p in EXPONENTS if p > 1.0]
FURTHER = [program for program in PROGRAMS if program != (P, True)]


def tune_between(split, gates, ratios, tol, p=P, ntk=True):
    """Records of the fits that a penalty is chosen by.

    Parameters
    ----------
    split : Split
    gates : ndarray (d, N)
        Every one is kept, also where masks repeat.
    ratios : sequence of float
        Grid of penalties over the largest eigenvalue of the kernel with the NTK's weights.
    tol : float
        Relative gap that every fit must certify.
    p : float
        Above 1; see `programs.lp_mkl`.
    ntk : bool
        Whether the NTK in closed form is one of the kernels.

    Returns
    -------
    list of dict
        See `records.COLUMNS`; ``fold`` counts the pairs of ``split``.
    """

    def fit(X, y, X_out, y_out, ratios):
        return _path(split, X, y, X_out, y_out, gates, ratios, tol, p, ntk)

    return tune(split, fit, ratios)


def fit_between(split, gates, ratios, tol, p=P, ntk=True, tuning=None):
    """Records of every fit of one split.

    Parameters
    ----------
    split, gates, ratios, tol, p, ntk
        As for `tune_between`.
    tuning : list of dict, optional
        What `tune_between` gave for rows and gates that several splits share.

    Returns
    -------
    list of dict
        See `records.COLUMNS`.
    """
    if tuning is None:
        tuning = tune_between(split, gates, ratios, tol, p, ntk)
    rows = [dict(row, split=split.index) for row in tuning]
    best = best_ratio(rows)
    log.info("%s split %d, p=%.3g: ratio %g", split.dataset, split.index, p, best)
    X, y, X_test, y_test = split.train_test()
    (tuned,) = _path(split, X, y, X_test, y_test, gates, [best], tol, p, ntk)
    return [*rows, dict(tuned, stage="tuned", at_end=is_end(best, ratios))]


def fit_exponents(split, gates, ratios, tol):
    """Records of every fit of one split by the programs of `FURTHER`.

    Parameters
    ----------
    split, gates, ratios, tol
        As for `fit_between`.

    Returns
    -------
    list of dict
        See `records.COLUMNS`.
    """
    return [
        row for p, ntk in FURTHER for row in fit_between(split, gates, ratios, tol, p=p, ntk=ntk)
    ]


def _path(split, X, y, X_out, y_out, gates, ratios, tol, p, ntk):
    problem = Problem.of(X, y, MaskSet.from_gates(X, gates, merged=False))
    design, masks = problem.design, problem.design.masks
    scale = prior_scale(design)
    (path,) = mkl_paths(problem, [[ratio * scale for ratio in ratios]], p, ntk, tol)
    inside, outside = (_predictor(Z, X, masks.gates, ntk) for Z in (X, X_out))
    rows = []
    for ratio, solution in zip(ratios, path, strict=True):
        require_certified(split, solution.mu, solution.gap, tol)
        rows.append(
            dict(
                dataset=split.dataset,
                split=split.index,
                method="between",
                exponent=p,
                with_ntk=ntk,
                ratio=ratio,
                lam=solution.mu,
                n=len(y),
                d=X.shape[1],
                p=len(masks),
                correct=int(count_correct(outside(solution), y_out)),
                total=len(y_out),
                train_correct=int(count_correct(inside(solution), y)),
                objective=solution.objective,
                gap=solution.gap,
                n_iter=solution.n_iter,
                solver="newton",
            )
        )
    return rows


def _predictor(Z, X, gates, ntk):
    """Output at rows Z of solutions on rows X; what all of them share is made once."""
    masked, H = UnpackedDesign.from_gates(Z, gates), closed_form(Z, X) if ntk else None

    def predict(solution):
        output = masked.forward(solution.weights)
        return output + H @ solution.ntk_coefficients if ntk else output

    return predict
