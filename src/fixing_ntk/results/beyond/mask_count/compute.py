"""Objective and test error by the number of sampled gates, beside the masks of all arrangements."""

import numpy as np

from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import lambda_max
from fixing_ntk.results.bounds import not_negative, several, shares, whole_numbers
from fixing_ntk.results.claim_kinds import FINDING, GATED, claim_row
from fixing_ntk.results.student_teacher import train_and_test
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve, solve_path

CLOSE = 0.01  # excess over the optimum over all arrangements, relative, that counts as close


def mask_count(
    tol,
    seed,
    *,
    samples=(60, 40),
    noise=0.1,
    ratio=0.02,
    ratios=(0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005),
    gates=(2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000),
    n_seeds=20,
    n_test=1000,
):
    """Solve the group lasso over the masks of sampled gates, and over all masks, on random data.

    Parameters
    ----------
    tol : float
        Relative gap of the fits. A fit that misses it does not raise: ``gap`` states what was
        reached.
    seed : int
    samples : sequence of int
        Numbers of samples of the problems of rank 2, 3, ..., where the rank counts the bias.
    noise : float
        Standard deviation of the noise on the targets of a small ReLU network.
    ratio : float
        ``lam / lambda_max``, with `lambda_max` over all arrangements; every number of gates has the
        same lam.
    ratios : sequence of float
        ``lam / lambda_max`` of the penalties from which each fit's own is chosen.
    gates : sequence of int
        Numbers of gates.
    n_seeds : int
        Draws of gates; within a draw the masks of fewer gates are among those of more gates.
    n_test : int
        Noiseless test points; half of them choose penalties, the others score.

    Returns
    -------
    data : dict of ndarray
        ``gates`` (m,), increasing; ``rank`` and number of ``arrangements`` (r,). Each (r, m,
        n_seeds): ``masks``, the number of distinct masks; ``above``, the excess of the objective
        over the optimum over all masks, relative to this optimum; ``test`` and ``tuned``, the mean
        squared error on the half of the test points that scores, over the zero function's, at the
        same lam and at the one of ``ratios`` that is best on the other half. ``reference`` and
        ``reference_tuned`` (r,), ``test`` and ``tuned`` with all masks; ``optimum`` (r,), the
        objective with all masks over ``1/2 ||y||^2``; ``gap``, the largest of all fits.
    rows : list of dict
        Rows of claims, as `claim_kinds.claim_row` makes them.
    """
    whole_numbers(3, samples=samples)
    whole_numbers(2, gates=gates, n_test=n_test)
    whole_numbers(1, n_seeds=n_seeds)
    several(gates=gates)
    not_negative(noise=noise)
    shares(ratio=ratio, ratios=ratios)
    ratios, gates = sorted(ratios, reverse=True), sorted(gates)
    ranks = range(2, 2 + len(samples))
    masks, above, test, tuned = np.empty((4, len(samples), len(gates), n_seeds))
    arrangements, reference, optima, lowest, gaps = [], [], [], [], []
    for i, (rank, n) in enumerate(zip(ranks, samples, strict=True)):
        rng = stream(seed, "mask_count", rank, "data")
        X, y, Z, z = train_and_test(n, n_test, rank, 3, noise, rng)
        every = MaskSet.enumerate(X)
        lam_max = lambda_max(X, y, every)
        lam, problem = ratio * lam_max, (X, y, Z, z, lam_max * np.array(ratios), tol)
        best = solve(X, y, every, lam, tol)
        for k in range(n_seeds):
            drawn = stream(seed, "mask_count", rank, k).standard_normal((max(gates), rank)).T
            for j, count in enumerate(gates):
                some = MaskSet.from_gates(X, drawn[:, :count])
                solution = solve(X, y, some, lam, tol)
                masks[i, j, k] = len(some)
                above[i, j, k] = (solution.objective - best.objective) / best.objective
                test[i, j, k] = relative_error(some, solution, *scoring(Z, z))
                tuned[i, j, k], gap = tuned_error(some, *problem)
                gaps += [solution.gap, gap]
        arrangements.append(len(every))
        error, gap = tuned_error(every, *problem)
        reference.append((relative_error(every, best, *scoring(Z, z)), error))
        optima.append(best.objective / (0.5 * y @ y))
        lowest.append((best.objective - best.dual_objective) / best.objective)
        gaps += [best.gap, gap]
    data = dict(
        gates=np.array(gates),
        rank=np.array(ranks),
        arrangements=np.array(arrangements),
        masks=masks,
        above=above,
        test=test,
        tuned=tuned,
        reference=np.array(reference)[:, 0],
        reference_tuned=np.array(reference)[:, 1],
        optimum=np.array(optima),
        gap=max(gaps),
    )
    return data, claims(data, lowest, tol)


def scoring(Z, z):
    """Return the test points that score a fit, and their targets: the second, fourth and so on.

    The remaining points choose penalties. Z (m, d) and z (m,) are all test points and targets.
    """
    return Z[1::2], z[1::2]


def tuned_error(masks, X, y, Z, z, lams, tol):
    """Return the test error at the penalty that is best on half of the test points, and a gap.

    The group lasso over ``masks`` is fitted to X, y at each of the penalties ``lams``. The error is
    the `relative_error` on the `scoring` points. The remaining ones of the test points Z, z choose
    the penalty. The gap is the largest of these fits.
    """
    path = solve_path(X, y, masks, lams, tol)
    best = min(path, key=lambda solution: relative_error(masks, solution, Z[::2], z[::2]))
    error = relative_error(masks, best, *scoring(Z, z))
    return error, max(solution.gap for solution in path)


def relative_error(masks, solution, Z, z):
    """Return a solution's mean squared error at points Z, targets z, over the zero function's."""
    return np.sum((masks.predict(solution.weights, Z) - z) ** 2) / np.sum(z**2)


def claims(data, lowest, tol):
    """Return three rows of claims for each rank, on optima over the masks of sampled gates.

    Two are theorems: no optimum is below the certified lower bound over all masks, and more gates
    never raise it by more than the gap ``tol`` of a fit. The third is a finding: with the most
    gates, the mean over draws is above the optimum over all masks by at most the share `CLOSE`.
    ``data`` is the first value of `mask_count`. ``lowest`` has for each rank the distance of the
    certified lower bound below the objective with all masks, relative to this objective.
    """
    rows, gates = [], data["gates"]
    for rank, p, above, optimum, low in zip(
        data["rank"], data["arrangements"], data["above"], data["optimum"], lowest, strict=True
    ):
        where = f"rank {rank}, {p:,} arrangements"
        enough = gates[above.mean(axis=1) <= CLOSE]
        rows += [
            claim_row(
                "Sampled masks relax towards all arrangements: no subset has a lower optimum",
                GATED,
                f"{where}: certified lower bound above the least of {above.size} optima, relative",
                -above.min() - low,
                0.0,
                gap=data["gap"],
            ),
            claim_row(
                "More masks never raise the optimum",
                GATED,
                f"{where}: largest rise from fewer gates to more, over the optimum; tolerance: the "
                "gap of a fit",
                np.diff(above, axis=0).max(),
                tol / optimum,
                gap=data["gap"],
            ),
            claim_row(
                "A few sampled masks stand for all arrangements",
                GATED,
                f"{where}: mean excess at {gates[-1]:,} gates, over the optimum (at most {CLOSE:g} "
                f"from {f'{enough[0]:,} gates' if len(enough) else 'more gates'} on)",
                above[-1].mean(),
                CLOSE,
                gap=data["gap"],
                kind=FINDING,
                reason="one per cent: the resolution at which the question is asked",
            ),
        ]
    return rows
