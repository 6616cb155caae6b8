"""Fit the programs between the NTK and optimal MKL on a split; cross-validation picks penalties."""

import logging
from functools import cached_property

from fixing_ntk.comparison.tuning import best_ratio, is_end, record, tune
from fixing_ntk.kernels import ntk as closed_form
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import Problem, UnpackedDesign
from fixing_ntk.programs.lp_mkl import EXPONENTS
from fixing_ntk.solvers.lp_mkl import mkl_paths
from fixing_ntk.solvers.lp_newton import prior_scale

log = logging.getLogger(__name__)

P = 4 / 3  # the exponent p in the tables of all datasets, where the NTK is one of the kernels
OF_TABLES = [(P, True)]
# Programs for p > 1, as pairs of p and whether the NTK is one of the kernels. `OF_TABLES` are
# fitted for all protocols; `FURTHER` are the others.
PROGRAMS = [(p, ntk) for ntk in (False, True) for p in EXPONENTS if p > 1.0]
FURTHER = [program for program in PROGRAMS if program not in OF_TABLES]


def tune_between(split, gates, ratios, tol, programs=OF_TABLES):
    """Return the records of the cross-validation that chooses a penalty for each program.

    The programs are MKL with p above 1, between the NTK and optimal MKL.

    Parameters
    ----------
    split : Split
    gates : ndarray (d, N)
        Gates that share a mask are all kept. Gates whose mask is zero are dropped.
    ratios : sequence of float
        Grid of penalties, in units of the largest eigenvalue of ``K(ntk_weights)`` on the rows of
        each fit.
    tol : float
        Relative gap that every fit must certify.
    programs : list of (float, bool)
        For each program its p, above 1 (see `programs.lp_mkl`), and whether the NTK in closed form
        is one of the kernels. Programs on the same rows share their masks and kernels.

    Returns
    -------
    list of dict
        See `records.COLUMNS`; ``fold`` is the number of a pair of ``split.pairs``.
    """

    def fit(X, y, X_out, y_out, candidates):
        rows = Rows(split, gates, X, y, X_out, y_out)
        return [row for program in programs for row in rows.path(program, ratios, tol)]

    return tune(split, fit, [(program, ratio) for program in programs for ratio in ratios])


def fit_between(split, gates, ratios, tol, programs=OF_TABLES, tuning=None):
    """Return the records of every fit of one split: cross-validation, and the tuned refits.

    Parameters
    ----------
    split, gates, ratios, tol, programs
        As for `tune_between`.
    tuning : list of dict, optional
        Records of `tune_between`, for splits that share one cross-validation. By default it is run
        on this split.

    Returns
    -------
    list of dict
        See `records.COLUMNS`. Records of stage ``cv`` come first, then the refit of each program to
        all training rows, of stage ``tuned``.
    """
    if tuning is None:
        tuning = tune_between(split, gates, ratios, tol, programs)
    rows, refits = [dict(row, split=split.index) for row in tuning], []
    prepared = Rows(split, gates, *split.train_test())
    for program in programs:
        best = best_ratio([row for row in rows if (row["exponent"], row["with_ntk"]) == program])
        log.info("%s split %d, p=%.3g: ratio %g", split.dataset, split.index, program[0], best)
        (tuned,) = prepared.path(program, [best], tol)
        refits.append(dict(tuned, stage="tuned", at_end=is_end(best, ratios)))
    return [*rows, *refits]


def fit_exponents(split, gates, ratios, tol):
    """Return the records of `fit_between` for the programs that it does not fit by default.

    These, `FURTHER`, are all p of `EXPONENTS` above 1, without and with the NTK as a kernel, except
    p = 4/3 with the NTK.

    Parameters
    ----------
    split, gates, ratios, tol
        As for `fit_between`.

    Returns
    -------
    list of dict
        See `records.COLUMNS`.
    """
    return fit_between(split, gates, ratios, tol, FURTHER)


class Rows:
    """Rows to fit to and rows to score on, with the masks and kernels that all programs share.

    X (n, d) and y (n,) are fitted to, X_out (m, d) and y_out (m,) scored on. ``split`` only
    fills the records' columns dataset, split and d. Each of the ``gates`` (d, N) has a mask of its
    own, unless it is zero at all rows of X. ``**loss`` has ``loss`` and
    ``fit_intercept``, as for `solve_mkl`.
    """

    def __init__(self, split, gates, X, y, X_out, y_out, **loss):
        self.split, self.X, self.y, self.X_out, self.y_out = split, X, y, X_out, y_out
        self.problem = Problem.of(X, y, MaskSet.from_gates(X, gates, merged=False), **loss)
        self.scale = prior_scale(self.problem.design)
        self.outside = UnpackedDesign.from_gates(X_out, self.problem.design.masks.gates)

    @cached_property
    def H_out(self):
        return closed_form(self.X_out, self.X)

    def path(self, program, ratios, tol):
        """Fit a program (p, whether the NTK is a kernel) at each ratio; return a record of each.

        Ratios are in units of the largest eigenvalue of ``K(ntk_weights)``. Column ``lam`` of a
        record has the penalty mu. A fit whose gap exceeds ``tol`` raises `UncertifiedFit`.
        """
        (p, ntk), split, y = program, self.split, self.y
        mus = [[ratio * self.scale for ratio in ratios]]
        (path,) = mkl_paths(self.problem, mus, p, ntk, tol)
        rows = []
        for ratio, solution in zip(ratios, path, strict=True):
            fitted = solution.fitted + solution.intercept
            output = self.outside.forward(solution.weights) + solution.intercept
            if ntk:
                output += self.H_out @ solution.ntk_coefficients
            rows.append(
                record(
                    *(split, y, self.y_out, fitted, output),
                    *(solution.mu, solution.gap, tol),
                    method="between",
                    exponent=p,
                    with_ntk=ntk,
                    ratio=ratio,
                    p=self.problem.design.p,
                    objective=solution.objective,
                    n_iter=solution.n_iter,
                    solver="newton",
                )
            )
        return rows
