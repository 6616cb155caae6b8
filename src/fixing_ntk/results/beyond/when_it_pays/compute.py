"""Errors of NTK, MKL and MKL stopped early on the map, a grid of synthetic settings."""

import logging
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from fixing_ntk.comparison.records import UncertifiedFit
from fixing_ntk.results.beyond.when_it_pays import error_map
from fixing_ntk.results.beyond.when_it_pays.held_out_tuning import fit_mkl, fit_ntk, fit_stopped
from fixing_ntk.results.beyond.when_it_pays.teachers import TEACHERS, Problem, Target
from fixing_ntk.results.bounds import at_most, positive, whole_numbers
from fixing_ntk.results.claim_kinds import FINDING, TOGETHER, claim_row
from fixing_ntk.seeds import stream

log = logging.getLogger(__name__)

# By (teacher, dimension, samples) the fewest and the most units that are run. At 800 and 3,200
# samples fits are slow, so only units around the line are run, on which MKL and the NTK are equally
# good. At fewer samples all units are run.
AROUND_THE_LINE = {
    ("gated", 3, 800): (10, 50),
    ("gated", 6, 800): (10, 50),
    ("gated", 11, 800): (10, 50),
    ("gated", 21, 800): (10, 50),
    ("gated", 3, 3200): (50, 50),
    ("gated", 6, 3200): (50, 50),
    ("gated", 11, 3200): (50, 50),
    ("gated", 21, 3200): (50, 50),
    ("relu", 3, 800): (1, 1),
    ("relu", 6, 800): (1, 5),
    ("relu", 11, 800): (1, 10),
    ("relu", 21, 800): (2, 20),
    ("relu", 3, 3200): (1, 1),
    ("relu", 6, 3200): (1, 5),
    ("relu", 11, 3200): (1, 10),
    ("relu", 21, 3200): (1, 10),
}


class Outcome(NamedTuple):
    """Results of the NTK, MKL, and MKL stopped early on one draw of data and one target.

    ``ntk_error``, ``mkl_error`` and ``stopped_error`` are mean squared distances of predictions to
    the clean targets at the fresh points. ``ntk_variance`` and ``mkl_variance`` are the parts of
    these errors that another draw of the noise changes. ``effective_share`` is the effective
    dimension of the NTK over n, and ``active_share`` the share of MKL's masks that are active.
    ``to_the_end`` says whether early stopping chose MKL's own fit. It and ``stopped_error`` are NaN
    where MKL stopped early is not run. ``gap`` is the largest relative gap of the chosen fits of
    NTK and MKL, to two draws of the noise, and of all stops that were tried. `outcomes` makes
    numbers; in `when_it_pays` each field is an array over the map.
    """

    ntk_error: Any
    mkl_error: Any
    stopped_error: Any  # of MKL stopped early; not beyond `stopped_up_to` samples
    ntk_variance: Any  # the part of the error that another draw of the noise changes
    mkl_variance: Any
    effective_share: Any  # effective dimension of the NTK at its penalty, over n
    active_share: Any  # share of MKL's masks that are active
    to_the_end: Any  # whether MKL's own fit was chosen rather than one stopped early
    gap: Any  # largest relative gap of all fits


def is_run(teacher, d, n, units):
    """Return whether a cell of the map is run: yes, unless `AROUND_THE_LINE` excludes its units."""
    first, last = AROUND_THE_LINE.get((teacher, d, n), (1, np.inf))
    return first <= units <= last


def when_it_pays(
    seed,
    *,
    samples=(50, 200, 800, 3200),
    stopped_up_to=800,
    dimensions=(3, 6, 11, 21),
    units=(1, 2, 5, 10, 20, 50),
    noise=(0.3,),
    n_gates=500,
    n_held_out=500,
    n_seeds=20,
    tol=1e-4,
):
    """Compute the errors of NTK, MKL and MKL stopped early in every cell of the map that is run.

    A cell is a teacher, a noise, d features, n samples and a number of units. `is_run` says which
    cells are run. Data come from `teachers` and fits from `held_out_tuning`: every method chooses
    its penalty, and early stopping its number of steps, by the error on the same held-out points. A
    draw has inputs and gates of its own, which all cells of the same d and n share.

    Parameters
    ----------
    seed : int
    samples : sequence of int
        Numbers of samples n.
    stopped_up_to : int
        Number of samples up to which MKL stopped early is run, too; it needs the kernels of all
        masks.
    dimensions : sequence of int
        Features of the Gaussian inputs.
    units : sequence of int
        Active gates, or neurons, of the teachers; at most the number of gates.
    noise : sequence of float
        Standard deviations of the noise, over the standard deviation of the clean targets.
    n_gates : int
        Number of gates of MKL.
    n_held_out : int
        Held-out points that choose penalties; as many fresh points measure the error.
    n_seeds : int
        Draws of data and teacher for every cell.
    tol : float
        Relative gap of the fits.

    Returns
    -------
    data : dict of ndarray
        The axes ``teachers``, ``noise``, ``dimensions``, ``samples``, ``units``, each increasing
        but for the first; every field of `Outcome` as an array over these axes in this order, and
        the draws last, NaN in cells that are not run; ``outcomes``, the names of the fields.
    rows : list of dict
        Rows of claims, as `claim_kinds.claim_row` makes them.

    Raises
    ------
    UncertifiedFit
        If the ``gap`` of an `Outcome` is above ``tol``; the message names teacher, units, d, n and
        draw.
    """
    whole_numbers(10, samples=samples)
    whole_numbers(2, dimensions=dimensions, n_seeds=n_seeds)
    whole_numbers(1, units=units, n_gates=n_gates, n_held_out=n_held_out)
    positive(noise=noise)
    at_most("n_gates", n_gates, units=units)
    if min(samples) > stopped_up_to:
        raise ValueError(
            f"no cell would stop early: samples are from {min(samples)} on, and stopped_up_to is "
            f"{stopped_up_to}; add fewer samples, or raise it"
        )
    axes = dict(
        teachers=list(TEACHERS),
        noise=sorted(noise),
        dimensions=sorted(dimensions),
        samples=sorted(samples),
        units=sorted(units),
    )
    shape = (*map(len, axes.values()), n_seeds)
    runs = Outcome(*np.full((len(Outcome._fields), *shape), np.nan))
    for (k, d), (j, n) in product(enumerate(axes["dimensions"]), enumerate(axes["samples"])):
        places = {
            (t, v, i): (teacher, s, sigma)
            for (t, teacher), (v, sigma), (i, s) in product(
                enumerate(axes["teachers"]), enumerate(axes["noise"]), enumerate(axes["units"])
            )
            if is_run(teacher, d, n, s)
        }
        if not places:
            continue
        for r in range(n_seeds):
            names = "when_it_pays", d, n, r
            problem = Problem(n, d, n_gates, n_held_out, stream(seed, *names))
            targets = [
                Target(problem, *what, stream(seed, *names, *what)) for what in places.values()
            ]
            made = outcomes(problem, targets, n <= stopped_up_to, tol)
            for ((t, v, i), (teacher, s, _)), outcome in zip(places.items(), made, strict=True):
                if not outcome.gap <= tol:
                    raise UncertifiedFit(
                        f"{teacher} teacher of {s} units, d = {d}, n = {n}, draw {r}: relative gap "
                        f"{outcome.gap:.2e} is above {tol:.0e}; raise `when_it_pays.tol` in the "
                        "configuration"
                    )
                for field, value in zip(runs, outcome, strict=True):
                    field[t, v, k, j, i, r] = value
        log.info("d = %d, n = %d: %d cells", d, n, len(places))
    data = {name: np.array(values) for name, values in axes.items()}
    data |= dict(outcomes=np.array(Outcome._fields), **runs._asdict())
    return data, claims(data)


def outcomes(problem, targets, with_stops, tol):
    """Yield the `Outcome` of each target of a problem; ``tol`` is the relative gap of MKL's fits.

    ``problem`` and the list ``targets`` are of `teachers`. Without ``with_stops``, MKL stopped
    early is not run and its fields are NaN.
    """
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
    """Return rows of claims: where learning the kernel pays, why, and what early stopping costs.

    ``data`` is the first value of `when_it_pays`. A value is the largest of ratios, such as MKL's
    error over the NTK's, and holds up to 1. One value is the negative of the least rank correlation
    of units and active masks, and holds up to 0.
    """
    table = error_map.cells(data)
    fewest, most, gap = table.units.min(), table.units.max(), table.gap.max()
    easy = table[(table.teacher == "gated") & (table.units == fewest)]
    hard = table[(table.teacher == "relu") & (table.units == most)]
    stops = table.dropna(subset=["stopped_ratio"])
    bias = (easy.mkl_error - easy.mkl_variance) / (easy.ntk_error - easy.ntk_variance)
    line = error_map.lines(table).query("teacher == 'gated'")
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
            "1 is the error of the NTK",
        ),
        (
            "It does not pay where a ReLU network of many neurons did",
            f"{most} neurons: largest error of the NTK over that of MKL, of {len(hard)} cells",
            1.0 / hard.ratio.min(),
            1.0,
            "1 is the error of MKL",
        ),
        (
            "With more samples it pays for more units",
            "units of gated networks at which both are equally good, at the fewest samples over at "
            f"the most: largest over dimensions; the line ends at {fewest} and {most}",
            (line.first() / line.last()).max(),
            1.0,
            "1: no more units than at the fewest samples",
        ),
        (
            "Where it pays, it takes bias away",
            f"gated, {fewest} unit(s): largest squared bias of MKL over that of the NTK",
            bias.max(),
            1.0,
            "1 is the bias of the NTK",
            dict(bias_ratio=bias.max()),
        ),
        (
            "Where it does not, it adds variance",
            f"ReLU, {most} neurons: largest variance of the NTK over that of MKL",
            (hard.ntk_variance / hard.mkl_variance).max(),
            1.0,
            "1 is the variance of MKL",
        ),
        (
            "The more units a gated network has, the more masks are active",
            "rank correlation at the most samples where all units were run, smallest over "
            "dimensions, negative",
            -min(orders),
            0.0,
            "0: no order",
        ),
        (
            "MKL stopped early is at least as good as the better of NTK and MKL everywhere",
            f"largest error over that of the better of both, of {len(stops)} cells; mean "
            f"{np.exp(np.log(stops.stopped_ratio).mean()):.3f}",
            stops.stopped_ratio.max(),
            1.0,
            "1 is the error of the better of both",
        ),
    ]
    return [
        claim_row(claim, TOGETHER, quantity, value, tolerance, gap, FINDING, dict(*facts), reason)
        for claim, quantity, value, tolerance, reason, *facts in rows
    ]


def most_samples_with_all(table):
    """Return the largest n at which the number of cells that were run is at its maximum.

    `AROUND_THE_LINE` excludes cells at large n only, so usually all cells of this n were run. The
    claim on active masks needs all units. ``table`` is from `error_map.cells`.
    """
    count = table.groupby("n").size()
    return count.index[count == count.max()].max()
