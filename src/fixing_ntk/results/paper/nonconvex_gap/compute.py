"""Compare non-convex training from many starts with the convex optimum over all arrangements."""

from typing import NamedTuple

import numpy as np

from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import lambda_max
from fixing_ntk.relu import network_objective, solve_relu, to_network, train
from fixing_ntk.results.bounds import shares, whole_numbers
from fixing_ntk.results.claim_kinds import CONVEX, GATED, claim_row
from fixing_ntk.results.student_teacher import student_teacher
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve


def nonconvex_gap(
    tol,
    seed,
    *,
    n=25,
    d=3,
    ratio=0.05,
    widths=(2, 5, 10, 30, 100, 300),
    starts=50,
    samples=(100, 25),
    ratios=(0.2, 0.05, 0.01),
    n_seeds=2,
    further_widths=(10, 100, 600),
    further_starts=5,
):
    """Train gated and ReLU networks, and compute the optima that bound their objectives below.

    One problem has many runs, which the figure draws. Further problems, for each combination of
    rank, penalty and seed, have fewer runs each.

    Parameters
    ----------
    tol : float
        Relative gap of the convex optima.
    seed : int
    n : int
        Samples.
    d : int
        Features, the bias included.
    ratio : float
        ``lam / lambda_max``.
    widths : sequence of int
        Neurons of the ReLU networks. Gated networks have as many gates, drawn from those of all
        arrangements, or all of these if there are fewer.
    starts : int
        Random starts of each width.
    samples : sequence of int
        Numbers of samples of the further problems of rank 2, 3, ...; the rank counts the bias.
    ratios : sequence of float
        ``lam / lambda_max`` of the further problems.
    n_seeds : int
        Further data sets of each rank.
    further_widths : sequence of int
        Like ``widths``, for the further problems.
    further_starts : int
        Like ``starts``, for the further problems.

    Returns
    -------
    data : dict of ndarray
        Of the first problem: ``widths`` (w,), increasing; ``relu`` and ``gated`` (w, starts), the
        excess of trained objectives over the optimum, relative; ``relu_gap`` and ``gated_gap``, the
        optimum less its certified lower bound, relative to the optimum; number of ``arrangements``;
        ``neurons`` of the optimal ReLU network; ``gap``, the larger of the two optima's gaps over
        ``1/2 ||y||^2``.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.
    """
    whole_numbers(3, n=n, samples=samples)
    whole_numbers(2, d=d)
    whole_numbers(1, widths=widths, starts=starts, n_seeds=n_seeds)
    whole_numbers(1, further_widths=further_widths, further_starts=further_starts)
    shares(ratio=ratio, ratios=ratios)
    widths, purpose = sorted(widths), (seed, "nonconvex_gap")
    X, y = student_teacher(n, d, 3, 0.1, stream(*purpose, "data"))
    first = equivalence(X, y, ratio, widths, starts, tol, purpose)
    further = []
    for rank, count in enumerate(samples, 2):
        for k in range(n_seeds):
            name = (*purpose, "further", rank, k)
            X, y = student_teacher(count, rank, 3, 0.1, stream(*name, "data"))
            further += [
                equivalence(X, y, each, further_widths, further_starts, tol, (*name, i))
                for i, each in enumerate(ratios)
            ]
    ranks = " and ".join(map(str, range(2, 2 + len(samples))))
    several = (
        f"{len(further)} problems of rank {ranks} ({n_seeds} data sets each, "
        f"{', '.join(f'{each:g}' for each in ratios)} lambda_max)"
    )
    rows = [
        *claims([first], f"over all {first.arrangements} arrangements", widths),
        *claims(further, several, sorted(further_widths)),
    ]
    relu, gated = first.above
    data = dict(
        widths=np.array(widths),
        relu=relu,
        gated=gated,
        relu_gap=first.uncertain[0],
        gated_gap=first.uncertain[1],
        arrangements=first.arrangements,
        neurons=first.neurons,
        gap=first.gaps.max(),
    )
    return data, rows


class Equivalence(NamedTuple):
    """Convex optima of one problem beside trained networks; pairs have ReLU first, then gated.

    Relative to the network's own optimum are: ``above`` (2, w, starts), trained objectives less the
    optimum; ``uncertain`` (2,), the optimum less its certified lower bound; ``bounds`` (2,), this
    lower bound less the least trained objective. ``neurons`` counts the neurons of the network made
    from the ReLU solution, and ``attained`` is the distance of its non-convex objective to the ReLU
    optimum, relative. ``relaxed`` is the gated lower bound less the objective of the ReLU program,
    over the gated optimum. ``gaps`` (2,) are over ``1/2 ||y||^2``, and ``arrangements`` counts the
    masks.
    """

    above: np.ndarray
    uncertain: np.ndarray
    bounds: np.ndarray
    attained: float
    relaxed: float
    arrangements: int
    neurons: int
    gaps: np.ndarray


def equivalence(X, y, ratio, widths, starts, tol, name):
    """Solve the convex programs over all arrangements, train networks, return an `Equivalence`.

    The penalty is ``ratio`` times lambda_max. At each of the ``widths``, a ReLU network of so many
    neurons is trained from ``starts`` random starts. At each start a gated network is trained, too,
    on the gates of as many masks drawn at random, or of all masks if there are fewer. ``name`` is
    the seed and the names of the random streams, as `seeds.stream` takes them.
    """
    masks = MaskSet.enumerate(X)
    lam = ratio * lambda_max(X, y, masks)
    relu, gated = solve_relu(X, y, masks, lam, tol), solve(X, y, masks, lam, tol)
    first, second = to_network(relu)
    attained = network_objective(first, second, X, y, lam)
    ends = np.empty((2, len(widths), starts))
    for j, width in enumerate(widths):
        for k in range(starts):
            rng = stream(*name, width, k)
            chosen = rng.choice(len(masks), size=min(width, len(masks)), replace=False)
            ends[0, j, k] = train(X, y, lam, width, rng).objective
            ends[1, j, k] = train(X, y, lam, None, rng, gates=masks.gates[:, chosen]).objective
    pairs = list(zip((relu, gated), ends, strict=True))
    return Equivalence(
        above=np.array([end / optimum.objective - 1.0 for optimum, end in pairs]),
        uncertain=np.array([1.0 - each.dual_objective / each.objective for each in (relu, gated)]),
        bounds=np.array(
            [(optimum.dual_objective - end.min()) / optimum.objective for optimum, end in pairs]
        ),
        attained=abs(attained - relu.objective) / relu.objective,
        relaxed=(gated.dual_objective - relu.objective) / gated.objective,
        arrangements=len(masks),
        neurons=len(second),
        gaps=np.array([relu.gap, gated.gap]),
    )


def claims(problems, where, widths):
    """Return claim rows on a list of `Equivalence`, each with the worst value over these problems.

    Trained networks are never below their convex optimum: a row for ReLU, a row for gated networks.
    The network of the ReLU solution attains its optimum, and the gated optimum is not above the
    ReLU optimum. ``where`` is a text that describes the problems. ``widths`` are increasing, and
    only named.
    """
    runs = sum(each.above[0].size for each in problems)
    gaps = np.max([each.gaps for each in problems], axis=0)
    neurons = [each.neurons for each in problems]
    rows = []
    for i, (name, network) in enumerate((("ReLU", "ReLU"), ("gated ReLU", "gated"))):
        best = max(each.above[i].min() for each in problems)
        rows.append(
            claim_row(
                f"Non-convex training of a {network} network is never below its convex program",
                CONVEX,
                f"{name}, {where}: certified lower bound above the best of {runs:,} runs at widths "
                f"{widths[0]} to {widths[-1]}, over the optimum (the best run ends at most "
                f"{best:.1e} above)",
                max(each.bounds[i] for each in problems),
                0.0,
                gaps[i],
            )
        )
    sizes = f"{min(neurons)} to {max(neurons)}" if len(set(neurons)) > 1 else neurons[0]
    return [
        *rows,
        claim_row(
            "The network read off the convex solution attains the convex optimum",
            CONVEX,
            f"{where}: non-convex objective of its {sizes} neurons against the convex one, "
            "relative",
            max(each.attained for each in problems),
            1e-9,
            gaps[0],
        ),
        claim_row(
            "Gated networks relax ReLU networks: on the same masks their optimum is not above",
            GATED,
            f"{where}: gated lower bound above the ReLU objective, over the gated optimum",
            max(each.relaxed for each in problems),
            0.0,
            gaps.max(),
        ),
    ]
