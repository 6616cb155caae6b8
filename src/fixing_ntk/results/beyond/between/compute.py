"""Errors of the programs between the NTK and optimal MKL, on data of teacher networks."""

import logging
from itertools import product

import numpy as np

from fixing_ntk.comparison.records import UncertifiedFit
from fixing_ntk.programs import blas_threads
from fixing_ntk.programs.lp_mkl import EXPONENTS
from fixing_ntk.results.beyond.between.ratios import ratios
from fixing_ntk.results.beyond.when_it_pays.held_out_tuning import (
    FIRST_STEP,
    NTK_START,
    NTK_STEP,
    error,
    fit_mkl,
    fit_ntk,
    local_minimum,
)
from fixing_ntk.results.beyond.when_it_pays.teachers import TEACHERS, Problem, Target
from fixing_ntk.results.bounds import at_most, positive, whole_numbers
from fixing_ntk.results.claim_kinds import FINDING, TOGETHER, claim_row
from fixing_ntk.seeds import stream
from fixing_ntk.solvers.lp_newton import Path

log = logging.getLogger(__name__)

EXPONENT, NEAR_NTK = 4 / 3, 1.1
REASON_WORST = "a tenth more error than the NTK's, set before the run"
REASON_BEST = "half of what optimal MKL takes off the NTK's error, set before the run"


def between(
    seed,
    *,
    samples=(50, 200, 800),
    dimension=11,
    units=(1, 5, 10, 50),
    noise=0.3,
    n_gates=500,
    n_held_out=500,
    n_seeds=10,
    tol=1e-4,
):
    """Compute the errors of the NTK and of the programs between it and MKL, on synthetic data.

    A program has an exponent p, and may have the NTK among its kernels (`programs.lp_mkl`). Each
    penalty is chosen on held-out points.

    Parameters
    ----------
    seed : int
    samples : sequence of int
        Numbers of samples n of each problem.
    dimension : int
        Features of the Gaussian inputs.
    units : sequence of int
        Active gates, or neurons, of the teacher networks of `when_it_pays`.
    noise : float
        Standard deviation of the noise, over the standard deviation of the clean targets.
    n_gates, n_held_out : int
        Gates drawn; held-out points that choose penalties, with as many fresh points for the error.
    n_seeds : int
        Draws of data, gates and teacher.
    tol : float
        Relative gap of the fits.

    Returns
    -------
    data : dict of ndarray
        ``teachers`` (t,), their names; ``units`` (u,), ``samples`` (s,) and ``exponents`` (e,),
        increasing. Mean squared errors on fresh points without noise, for each of r draws: ``ntk``
        (t, u, s, r); ``masks`` and ``with_ntk`` (t, u, s, e, r), without and with the NTK among the
        kernels. ``with_ntk`` is NaN at p = 1, which has no form with the NTK. ``gap`` is the
        largest of all chosen fits.
    rows : list of dict
        Rows of claims, as `claim_kinds.claim_row` makes them.

    Raises
    ------
    UncertifiedFit
        If a chosen fit misses the gap; the message names teacher, units, n and draw.
    """
    whole_numbers(10, samples=samples)
    whole_numbers(2, dimension=dimension, n_seeds=n_seeds)
    whole_numbers(1, units=units, n_gates=n_gates, n_held_out=n_held_out)
    positive(noise=noise)
    at_most("n_gates", n_gates, units=units)
    samples, units, exponents = sorted(samples), sorted(units), sorted(EXPONENTS)
    teachers = list(TEACHERS)
    shape = len(teachers), len(units), len(samples), len(exponents), n_seeds
    masks, with_ntk, gap = np.full(shape, np.nan), np.full(shape, np.nan), 0.0
    plain = np.full((*shape[:3], n_seeds), np.nan)
    places = list(product(enumerate(teachers), enumerate(units)))
    for (k, n), r in product(enumerate(samples), range(n_seeds)):
        names = "between", n, r
        problem = Problem(n, dimension, n_gates, n_held_out, stream(seed, *names))
        targets = [
            Target(problem, teacher, s, noise, stream(seed, *names, teacher, s))
            for (_, teacher), (_, s) in places
        ]
        linear = fit_ntk(problem, targets)
        for ((t, teacher), (u, s)), target, (errors, _, ntk_gap) in zip(
            places, targets, linear, strict=True
        ):
            plain[t, u, k, r], gaps = errors[0], [ntk_gap]
            for e, p in enumerate(exponents):
                for found, among in ((masks, False), (with_ntk, True)):
                    if p > 1.0:
                        found[t, u, k, e, r], one = fit_between(problem, target, p, among, tol)
                    elif not among:
                        _, _, (found[t, u, k, e, r], _), one = fit_mkl(problem, target, tol)
                    gaps.append(one)
            gap = max(gap, *gaps)
            if not gap <= tol:
                raise UncertifiedFit(
                    f"{teacher} teacher of {s} units, n = {n}, draw {r}: relative gap {gap:.2e} is "
                    f"above {tol:.0e}; raise `between.tol` in the configuration"
                )
        log.info("n = %d, draw %d", n, r)
    data = dict(
        teachers=np.array(teachers),
        units=np.array(units),
        samples=np.array(samples),
        exponents=np.array(exponents),
        ntk=plain,
        masks=masks,
        with_ntk=with_ntk,
        gap=np.array(gap),
    )
    return data, claims(data)


def fit_between(problem, target, p, among, tol):
    """Return the error of the program of one p, at the penalty that is best on held-out points.

    The penalty is from the NTK's grid in `held_out_tuning`, which `local_minimum` searches.

    Parameters
    ----------
    problem : teachers.Problem
    target : teachers.Target
    p : float
        Exponent of the ball of kernel weights (`programs.lp_mkl`), above 1.
    among : bool
        Whether the NTK is one of the kernels.
    tol : float
        Relative gap of every fit.

    Returns
    -------
    (float, float)
        Mean squared error on fresh points, and the relative gap of the chosen fit.
    """
    H, H_held_out, H_fresh = problem.ntk
    start = NTK_START * target.noise**2 * np.einsum("nd,nd->", problem.X, problem.X) / 2.0
    start /= len(problem.X)
    path = Path(problem.kernels[among], target.y, p)

    def at_held_out(step):
        fit = path.solve(start * NTK_STEP**step, tol)
        f = problem.held_out_design.forward(fit.weights) + H_held_out @ fit.ntk_coefficients
        return error(f, target.held_out)

    with blas_threads(len(H) ** 3 / 3.0):
        step, _ = local_minimum(at_held_out, FIRST_STEP)
        chosen = path.solve(start * NTK_STEP**step, tol)
    f = problem.masks.predict(chosen.weights, problem.fresh) + H_fresh @ chosen.ntk_coefficients
    return error(f, target.fresh), chosen.gap


def claims(data):
    """Return two rows of claims on p = 4/3 with the NTK among the kernels: worst and best cell.

    A cell is a teacher, a number of units and a number of samples. Its number is the error over the
    NTK's, as in `ratios`. The worst cell holds up to `NEAR_NTK`. The best holds up to half way from
    1 to optimal MKL's best. ``data`` is the first value of `between`.
    """
    at = int(np.argmin(np.abs(data["exponents"] - EXPONENT)))
    found = ratios(data)
    mixed, optimal = found["with_ntk"][..., at], found["masks"][..., 0]
    best = optimal.min()
    where, name = f"{mixed.size} cells, p = {data['exponents'][at]:.3g}", "error over the NTK's"
    return [
        claim_row(
            "With the NTK among the kernels, a ball around it loses little where learning does not "
            "pay",
            TOGETHER,
            f"largest {name}, of {where}; optimal MKL: {optimal.max():.2f}",
            mixed.max(),
            NEAR_NTK,
            data["gap"],
            kind=FINDING,
            reason=REASON_WORST,
        ),
        claim_row(
            "With the NTK among the kernels, a ball around it keeps what learning gains",
            TOGETHER,
            f"least {name}, of {where}; optimal MKL: {best:.2f}",
            mixed.min(),
            (1.0 + best) / 2.0,
            data["gap"],
            kind=FINDING,
            reason=REASON_BEST,
        ),
    ]
