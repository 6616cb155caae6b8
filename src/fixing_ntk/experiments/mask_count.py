"""How many sampled masks suffice: objective and test error against all arrangements."""

import numpy as np

from fixing_ntk.evaluation.claims import GATED, claim_row
from fixing_ntk.experiments.student_teacher import train_and_test
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import lambda_max
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve

CLOSE = 0.01  # of 1/2 ||y||^2: how near the optimum over all arrangements counts as enough


def mask_count(samples, noise, ratio, gates, n_seeds, n_test, tol, seed):
    """Programs over the masks of the first gates of a draw, beside that over every mask.

    Parameters
    ----------
    samples : sequence of int
        Samples of the problems of rank 2, 3, ..., the bias included.
    noise : float
        Standard deviation on the student-teacher targets.
    ratio : float
        ``lam / lambda_max`` over all arrangements; the same lam for every number of masks.
    gates : sequence of int
        Numbers of gates, increasing.
    n_seeds : int
        Draws of gates; within one the masks of fewer gates are among those of more.
    n_test : int
        Noiseless test points.
    tol : float
        Relative gap of the fits.
    seed : int

    Returns
    -------
    data : dict of ndarray
        ``gates`` (m,), ``rank`` and ``arrangements`` (r,); (r, m, n_seeds): ``masks``, distinct
        ones, ``above``, objective above the reference over ``1/2 ||y||^2``, ``test``, mean squared
        test error over that of zero; ``reference`` (r,), test error of all masks; ``gap``.
    rows : list of dict
        As `claims.claim_row` makes them.
    """
    ranks = range(2, 2 + len(samples))
    masks, above, test = np.empty((3, len(samples), len(gates), n_seeds))
    arrangements, reference, lowest, gaps = [], [], [], []
    for i, (rank, n) in enumerate(zip(ranks, samples, strict=True)):
        rng = stream(seed, "mask_count", rank, "data")
        X, y, Z, z = train_and_test(n, n_test, rank, 3, noise, rng)
        every, half = MaskSet.enumerate(X), 0.5 * y @ y
        lam = ratio * lambda_max(X, y, every)
        best = solve(X, y, every, lam, tol)
        for k in range(n_seeds):
            drawn = stream(seed, "mask_count", rank, k).standard_normal((max(gates), rank)).T
            for j, count in enumerate(gates):
                some = MaskSet.from_gates(X, drawn[:, :count])
                solution = solve(X, y, some, lam, tol)
                masks[i, j, k] = len(some)
                above[i, j, k] = (solution.objective - best.objective) / half
                test[i, j, k] = relative_error(some, solution, Z, z)
                gaps.append(solution.gap)
        arrangements.append(len(every))
        reference.append(relative_error(every, best, Z, z))
        lowest.append((best.objective - best.dual_objective) / half)
        gaps.append(best.gap)
    data = dict(
        gates=np.array(gates),
        rank=np.array(ranks),
        arrangements=np.array(arrangements),
        masks=masks,
        above=above,
        test=test,
        reference=np.array(reference),
        gap=max(gaps),
    )
    return data, claims(data, lowest, tol)


def relative_error(masks, solution, Z, z):
    """Mean squared error at Z over that of the zero function."""
    return np.sum((masks.predict(solution.weights, Z) - z) ** 2) / np.sum(z**2)


def claims(data, lowest, tol):
    """Rows of each rank: bounded below, decreasing, and near the optimum in the end."""
    rows, gates = [], data["gates"]
    for rank, p, above, low in zip(
        data["rank"], data["arrangements"], data["above"], lowest, strict=True
    ):
        where = f"rank {rank}, {p:,} arrangements"
        enough = gates[above.mean(axis=1) <= CLOSE]
        rows += [
            claim_row(
                "Sampled masks relax towards all arrangements: no subset has a lower optimum",
                GATED,
                f"{where}: certified lower bound above the least of {above.size} optima, "
                "over 1/2 ||y||^2",
                -above.min() - low,
                0.0,
                gap=data["gap"],
            ),
            claim_row(
                "More masks never raise the optimum",
                GATED,
                f"{where}: largest rise from fewer gates to more, over 1/2 ||y||^2",
                np.diff(above, axis=0).max(),
                tol,
                gap=data["gap"],
            ),
            claim_row(
                "A few sampled masks stand for all arrangements",
                GATED,
                f"{where}: mean excess at {gates[-1]:,} gates, over 1/2 ||y||^2 (at most {CLOSE:g} "
                f"from {f'{enough[0]:,} gates' if len(enough) else 'more gates'} on)",
                above[-1].mean(),
                CLOSE,
                gap=data["gap"],
            ),
        ]
    return rows
