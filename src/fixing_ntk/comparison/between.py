"""Programs between the NTK and optimal MKL on one split, each penalty by cross-validation."""

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

P = 4 / 3  # of the tables of all datasets, where the NTK is one of the kernels
OF_TABLES = [(P, True)]
# Programs for p > 1, each a p and whether the NTK is one of the kernels. `OF_TABLES` are fitted for
# all protocols.
PROGRAMS = [(p, ntk) for ntk in (False, True) for p in EXPONENTS if p > 1.0]
FURTHER = [program for program in PROGRAMS if program not in OF_TABLES]


def tune_between(split, gates, ratios, tol, programs=OF_TABLES):
    """Records of the fits that penalties are chosen by.

    Parameters
    ----------
    split : Split
    gates : ndarray (d, N)
        Every one is kept, also where masks repeat.
    ratios : sequence of float
        Grid of penalties over the largest eigenvalue of the kernel with the NTK's weights.
    tol : float
        Relative gap that every fit must certify.
    programs : list of (float, bool)
        Of each its p, above 1 (see `programs.lp_mkl`), and whether the NTK in closed form is one of
        the kernels. They share what they can.

    Returns
    -------
    list of dict
        See `records.COLUMNS`; ``fold`` counts the pairs of ``split``.
    """

    def fit(X, y, X_out, y_out, candidates):
        rows = Rows(split, gates, X, y, X_out, y_out)
        return [row for program in programs for row in rows.path(program, ratios, tol)]

    return tune(split, fit, [(program, ratio) for program in programs for ratio in ratios])


def fit_between(split, gates, ratios, tol, programs=OF_TABLES, tuning=None):
    """Records of every fit of one split.

    Parameters
    ----------
    split, gates, ratios, tol, programs
        As for `tune_between`.
    tuning : list of dict, optional
        What `tune_between` gave for rows and gates that several splits share.

    Returns
    -------
    list of dict
        See `records.COLUMNS`.
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
    return fit_between(split, gates, ratios, tol, FURTHER)


class Rows:
    """Rows to fit to and rows to score on, with what all programs on them share.

    ``**loss`` has ``loss`` and ``fit_intercept``, as for `solve_mkl`.
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
        """A record of each fit of a program over a grid."""
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
