"""When learning the kernel pays: NTK, MKL and MKL stopped early over a grid of teachers."""

import logging
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from fixing_ntk.comparison.records import UncertifiedFit
from fixing_ntk.evaluation import contest
from fixing_ntk.evaluation.claims import FINDING, TOGETHER, claim_row
from fixing_ntk.experiments.contestants import fit_mkl, fit_ntk, fit_stopped
from fixing_ntk.experiments.teachers import TEACHERS, Problem, Target
from fixing_ntk.seeds import stream

log = logging.getLogger(__name__)

NEAR = 1.1  # times the better of both


class Outcome(NamedTuple):
    """Of one draw: errors are mean squared distances to the clean targets at fresh points."""

    ntk_error: Any
    mkl_error: Any
    stopped_error: Any  # of MKL stopped early; not beyond `stopped_up_to` samples
    ntk_variance: Any  # of the errors, the part that another draw of the noise changes
    mkl_variance: Any
    effective_share: Any  # effective dimension of the NTK at its penalty, over n
    active_share: Any  # of MKL's masks
    to_the_end: Any  # whether it was not stopped
    gap: Any  # largest of all fits


def when_it_pays(
    samples,
    dense_up_to,
    stopped_up_to,
    dimensions,
    units,
    noise,
    n_gates,
    n_held_out,
    n_seeds,
    tol,
    seed,
):
    """Errors over teachers, dimensions, samples and units.

    Data and teachers are those of `teachers`, fits those of `contestants`: every method chooses
    its penalty, and where to stop, by its error on the same held-out points.

    Parameters
    ----------
    samples : sequence of int
        Numbers of samples n, increasing.
    dense_up_to : int
        Beyond, the units that are run are those at which fewer samples left the sign open, and
        their neighbours.
    stopped_up_to : int
        Samples up to which MKL is stopped early too: its kernels are of all masks.
    dimensions, units : sequence of int
        d and s, increasing.
    noise : sequence of float
        Standard deviations on the targets.
    n_gates, n_held_out, n_seeds : int
        Gates of MKL, points held out, and as many fresh ones; draws for every cell.
    tol : float
        Relative gap of the fits.
    seed : int

    Returns
    -------
    data : dict of ndarray
        The axes ``teachers``, ``noise``, ``dimensions``, ``samples``, ``units``; every field of
        `Outcome` over them and the draws, as `evaluation.contest` says; ``outcomes``, their names.
    rows : list of dict
        As `claims.claim_row` makes them.

    Raises
    ------
    UncertifiedFit
        Naming the cell, where a fit misses the gap.
    """
    axes = dict(
        teachers=list(TEACHERS), noise=noise, dimensions=dimensions, samples=samples, units=units
    )
    shape = (*map(len, axes.values()), n_seeds)
    runs = Outcome(*np.full((len(Outcome._fields), *shape), np.nan))
    for (k, d), (j, n) in product(enumerate(dimensions), enumerate(samples)):
        waiting = {
            (t, v): range(len(units))
            if j == 0 or n <= dense_up_to
            else contest.window(
                contest.verdicts(
                    runs.mkl_error[t, v, k, j - 1],
                    runs.ntk_error[t, v, k, j - 1],
                    n_cells=runs.gap[..., 0].size,
                )
            )
            for t, v in np.ndindex(shape[:2])
        }
        while places := [(*at, i) for at, inside in waiting.items() for i in inside]:
            for r in range(n_seeds):
                names = "when_it_pays", d, n, r
                problem = Problem(n, d, n_gates, n_held_out, stream(seed, *names))
                targets = []
                for t, v, i in places:
                    what = axes["teachers"][t], units[i], noise[v]
                    targets.append(Target(problem, *what, stream(seed, *names, *what)))
                made = outcomes(problem, targets, n <= stopped_up_to, tol)
                for (t, v, i), outcome in zip(places, made, strict=True):
                    if not outcome.gap <= tol:
                        raise UncertifiedFit(
                            f"{axes['teachers'][t]} teacher of {units[i]} units, d = {d}, n = {n}, "
                            f"draw {r}: relative gap {outcome.gap:.2e} is above {tol:.0e}; raise "
                            "`when_it_pays.tol` in the configuration"
                        )
                    for field, value in zip(runs, outcome, strict=True):
                        field[t, v, k, j, i, r] = value
            log.info("d = %d, n = %d: %d cells", d, n, len(places))
            waiting = {
                (t, v): contest.unbracketed(runs.mkl_error[t, v, k, j], runs.ntk_error[t, v, k, j])
                for t, v in waiting
            }
    data = {name: np.array(values) for name, values in axes.items()}
    data |= dict(outcomes=np.array(Outcome._fields), **runs._asdict())
    return data, claims(data)


def outcomes(problem, targets, with_stops, tol):
    """`Outcome` of each target of a problem."""
    linear = fit_ntk(problem, targets)
    for target, (ntk_errors, dimension, gap) in zip(targets, linear, strict=True):
        solution, held_out, mkl_errors, mkl_gap = fit_mkl(problem, target, tol)
        stops: tuple = (np.nan, np.nan, 0.0)
        if with_stops:
            stops = fit_stopped(problem, target, (held_out, mkl_errors[0]))
        yield Outcome(
            ntk_error=ntk_errors[0],
            mkl_error=mkl_errors[0],
            stopped_error=stops[0],
            ntk_variance=ntk_errors[1],
            mkl_variance=mkl_errors[1],
            effective_share=dimension / len(problem.X),
            active_share=len(solution.active) / len(problem.masks),
            to_the_end=stops[1],
            gap=max(gap, mkl_gap, stops[2]),
        )


def claims(data):
    """Rows: where learning the kernel pays and where not, why, and what stopping early costs."""
    table = contest.cells(data)
    fewest, most, gap = table.units.min(), table.units.max(), table.gap.max()
    easy = table[(table.teacher == "gated") & (table.units == fewest)]
    hard = table[(table.teacher == "relu") & (table.units == most)]
    stops = table.dropna(subset=["stopped_ratio"])
    bias = (easy.mkl_error - easy.mkl_variance) / (easy.ntk_error - easy.ntk_variance)
    line = contest.lines(table).query("teacher == 'gated'")
    line = line.assign(units=line.units.clip(fewest, most)).groupby(["noise", "d"]).units
    dense = table[(table.teacher == "gated") & (table.n == most_samples_with_all(table))]
    orders = [
        stats.spearmanr(group.units, group.active_share).statistic
        for _, group in dense.groupby(["noise", "d"])
    ]
    rows = [
        (
            "Learning the kernel pays where a gated network of few units made the targets",
            f"{fewest} unit(s): largest error of MKL over that of the NTK, of {len(easy)} cells",
            easy.ratio.max(),
            1.0,
        ),
        (
            "It does not pay where a ReLU network of many neurons did",
            f"{most} neurons: largest error of the NTK over that of MKL, of {len(hard)} cells",
            1.0 / hard.ratio.min(),
            1.0,
        ),
        (
            "With more samples it pays for more units",
            "units of gated networks at which both are equally good, at the fewest samples over at "
            f"the most: largest over dimensions; the line ends at {fewest} and {most}",
            (line.first() / line.last()).max(),
            1.0,
        ),
        (
            "Where it pays, it takes bias away",
            f"gated, {fewest} unit(s): largest squared bias of MKL over that of the NTK",
            bias.max(),
            1.0,
        ),
        (
            "Where it does not, it adds variance",
            f"ReLU, {most} neurons: largest variance of the NTK over that of MKL",
            (hard.ntk_variance / hard.mkl_variance).max(),
            1.0,
        ),
        (
            "The more units a gated network has, the more masks are active",
            "rank correlation at the most samples where all units were run, smallest over "
            "dimensions, negative",
            -min(orders),
            0.0,
        ),
        (
            "MKL stopped early is near the better of NTK and MKL everywhere",
            f"largest error over that of the better of both, of {len(stops)} cells; mean "
            f"{np.exp(np.log(stops.stopped_ratio).mean()):.3f}",
            stops.stopped_ratio.max(),
            NEAR,
        ),
    ]
    return [
        claim_row(claim, TOGETHER, quantity, value, tolerance, gap, FINDING)
        for claim, quantity, value, tolerance in rows
    ]


def most_samples_with_all(table):
    """Largest n at which every number of units was run, for every teacher, noise and dimension."""
    count = table.groupby("n").size()
    return count.index[count == count.max()].max()
