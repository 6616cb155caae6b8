"""When learning the kernel pays: errors of NTK, MKL and MKL stopped early, over a grid of teachers."""

import logging
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from fixing_ntk.evaluation import contest
from fixing_ntk.evaluation.claims import FINDING, TOGETHER, claim_row
from fixing_ntk.experiments.prediction_error import penalty
from fixing_ntk.kernels import ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, relative_gap, ridge_dual, ridge_primal
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve
from fixing_ntk.solvers.stopped import REWEIGHTINGS, stopped

log = logging.getLogger(__name__)

START, STEPS = 4.0, 12  # of a walk down the penalties: over their unit, and halvings at most
PROBES = 30  # of the trace
NEAR = 1.1  # times the better of both


class Outcome(NamedTuple):
    """Of one draw: errors are mean squared distances to the clean targets at fresh points."""

    ntk_error: Any
    mkl_error: Any
    stopped_error: Any  # of MKL stopped early; not beyond `stopped_up_to` samples
    ntk_variance: Any  # of the errors, the part that another draw of the noise changes
    mkl_variance: Any
    effective_dimension: Any  # of the NTK at its penalty
    active: Any  # masks of MKL
    to_the_end: Any  # whether it was not stopped
    gap: Any  # largest of all fits


def when_it_pays(
    samples,
    dense_up_to,
    stopped_up_to,
    largest,
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

    Teachers have s units: a gated network, whose gates are among those that MKL draws and whose
    weights have unit length, and a ReLU network, Gaussian in both layers. Inputs are Gaussian, without
    a bias; clean targets have unit variance. Every method chooses its penalty, and where to stop, by
    its error on the same held-out points, on a walk down halved penalties until it rises.

    Parameters
    ----------
    samples : sequence of int
        Numbers of samples n, increasing.
    dense_up_to : int
        Beyond, the units that are run are those at which fewer samples left the sign open, and
        their neighbours.
    stopped_up_to : int
        Samples up to which MKL is stopped early too: its kernels are of all masks.
    largest : float
        ``n^2 d`` beyond which nothing is run.
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
    """
    shape = tuple(map(len, (TEACHERS, noise, dimensions, samples, units))) + (n_seeds,)
    runs = Outcome(*np.full((len(Outcome._fields), *shape), np.nan))
    data = dict(
        teachers=np.array(list(TEACHERS)),
        noise=np.array(noise),
        dimensions=np.array(dimensions),
        samples=np.array(samples),
        units=np.array(units),
        outcomes=np.array(Outcome._fields),
        **runs._asdict(),
    )
    n_cells = runs.gap[..., 0].size
    for k, d in enumerate(dimensions):
        for j, n in enumerate(samples):
            if n**2 * d > largest:
                continue
            run = {}
            for at in np.ndindex(shape[:2]):
                before = [field[(*at, k, j - 1)] for field in (runs.mkl_error, runs.ntk_error)]
                dense = j == 0 or n <= dense_up_to
                inside = contest.window(contest.verdicts(*before, n_cells)) if not dense else ()
                run[at] = range(len(units)) if dense else inside
            for r in range(n_seeds):
                problem = Problem(n, d, n_gates, n_held_out, stream(seed, "when_it_pays", d, n, r))
                targets = {
                    (t, v, i): Target(
                        problem,
                        teacher,
                        units[i],
                        noise[v],
                        stream(seed, "when_it_pays", d, n, r, teacher, units[i], noise[v]),
                    )
                    for t, teacher in enumerate(TEACHERS)
                    for v in range(len(noise))
                    for i in run[t, v]
                }
                for (t, v, i), outcome in zip(
                    targets,
                    outcomes(problem, list(targets.values()), n <= stopped_up_to, tol),
                    strict=True,
                ):
                    for field, value in zip(runs, outcome, strict=True):
                        field[t, v, k, j, i, r] = value
            log.info("d = %d, n = %d: %d cells", d, n, sum(map(len, run.values())))
    return data, claims(data)


class Problem:
    """Inputs of one draw: to fit on, held out and fresh; gates; and the kernels on them."""

    def __init__(self, n, d, n_gates, n_held_out, rng):
        count = n + 2 * n_held_out
        self.inputs = rng.standard_normal((count, d))
        self.X, self.held_out, self.fresh = np.split(self.inputs, [n, n + n_held_out])
        self.gates = rng.standard_normal((d, n_gates))
        self.masks = MaskSet.from_gates(self.X, self.gates)
        self.design = MaskedDesign(self.X, self.masks)


class Target:
    """Clean targets of a teacher at all inputs of a problem, and two draws of the noise."""

    def __init__(self, problem, teacher, units, noise, rng):
        clean = TEACHERS[teacher](problem.inputs, problem.gates, units, rng)
        n, held_out = len(problem.X), len(problem.held_out)
        clean = (clean - clean.mean()) / clean.std()
        self.noise = noise
        self.y, self.again = clean[:n] + noise * rng.standard_normal((2, n))
        self.held_out = clean[n : n + held_out] + noise * rng.standard_normal(held_out)
        self.fresh = clean[n + held_out :]


def gated(inputs, gates, s, rng):
    """``sum_i 1(x^T g_i >= 0) x^T w_i`` over the first s gates, unit w_i."""
    W = rng.standard_normal((len(gates), s))
    return np.sum((inputs @ gates[:, :s] >= 0) * (inputs @ (W / np.linalg.norm(W, axis=0))), axis=1)


def relu(inputs, gates, s, rng):
    """``sum_i v_i (x^T w_i)_+``, all Gaussian."""
    W, v = rng.standard_normal((len(gates), s)), rng.standard_normal(s)
    return np.maximum(inputs @ W, 0.0) @ v


TEACHERS = {"gated": gated, "relu": relu}


def outcomes(problem, targets, with_stops, tol):
    """`Outcome` of each target of a problem."""
    linear = fit_ntk(problem, targets)
    for target, (errors, dimension, gap) in zip(targets, linear, strict=True):
        solution, held_out, mkl_errors = fit_mkl(problem, target, tol)
        stops: tuple = (np.nan, np.nan, 0.0)
        if with_stops:
            stops = fit_stopped(problem, target, (held_out, mkl_errors[0]))
        yield Outcome(
            ntk_error=errors[0],
            mkl_error=mkl_errors[0],
            stopped_error=stops[0],
            ntk_variance=errors[1],
            mkl_variance=mkl_errors[1],
            effective_dimension=dimension,
            active=len(solution.active),
            to_the_end=stops[1],
            gap=max(gap, solution.gap, stops[2]),
        )


def fit_ntk(problem, targets):
    """Ridge regression with the closed form, one walk for all targets of the same noise.

    Returns
    -------
    list of ((float, float), float, float)
        Error and its part that is variance, effective dimension, gap, of each target. The
        dimension ``tr H (H + lam I)^-1`` is Hutchinson's estimate from `PROBES` signs.
    """
    H, H_held_out, H_fresh = (ntk(Z, problem.X) for Z in (problem.X, problem.held_out, problem.fresh))
    probes = np.random.default_rng(0).choice([-1.0, 1.0], (len(H), PROBES))
    found: list[Any] = [None] * len(targets)
    for noise in {target.noise for target in targets}:
        # As Gaussian processes: targets of unit variance have a prior of scale n / tr H.
        lam = START * noise**2 * np.trace(H) / len(H)
        walking = {i: np.inf for i, target in enumerate(targets) if target.noise == noise}
        for _ in range(STEPS):
            factor = cho_factor(H + lam * np.eye(len(H)), lower=True, overwrite_a=True)
            dimension = np.mean(probes * (H @ cho_solve(factor, probes))) * len(H)
            for i, best in list(walking.items()):
                target = targets[i]
                betas = cho_solve(factor, np.column_stack([target.y, target.again]))
                at_held_out = error(H_held_out @ betas[:, 0], target.held_out)
                if at_held_out > best:
                    del walking[i]
                    continue
                walking[i] = at_held_out
                found[i] = (
                    errors(*(H_fresh @ betas).T, target.fresh),
                    dimension,
                    ridge_gap(H, betas[:, 0], target.y, lam),
                )
            if not walking:
                break
            lam /= 2.0
    return found


def fit_mkl(problem, target, tol):
    """Walk down the penalties of MKL: the best on held-out points, its error there, its `errors`."""
    (n, d), p, masks = problem.X.shape, len(problem.masks), problem.masks
    top = problem.design.scores(target.y).max()
    lam = START * penalty(n, d, p, target.noise)
    while lam >= top:
        lam /= 2.0
    best, chosen, start = np.inf, None, None
    for _ in range(STEPS):
        start = solve(problem.X, target.y, masks, lam, tol, start=start)
        at_held_out = error(masks.predict(start.weights, problem.held_out), target.held_out)
        if at_held_out > best:
            break
        best, chosen = at_held_out, start
        lam /= 2.0
    again = solve(problem.X, target.again, masks, chosen.lam, tol, start=chosen)
    at_fresh = [masks.predict(fit.weights, problem.fresh) for fit in (chosen, again)]
    return chosen, best, errors(*at_fresh, target.fresh)


def fit_stopped(problem, target, mkl):
    """Walk down the penalties of the stops; MKL's own fit is a candidate.

    Parameters
    ----------
    mkl : (float, float)
        Error of MKL's fit on held-out points and on fresh ones.

    Returns
    -------
    (float, bool, float)
        Error of the best on held-out points, whether that is MKL's own fit, largest gap.
    """
    (n, d), masks = problem.X.shape, problem.masks
    lam = START * penalty(n, d, len(masks), target.noise)
    best, chosen, gap = np.inf, None, 0.0
    for _ in range(STEPS):
        stops = stopped(problem.design, target.y, lam, REWEIGHTINGS).values()
        scored = [
            (error(masks.predict(stop.weights, problem.held_out), target.held_out), k, stop)
            for k, stop in enumerate(stops)
        ]
        gap = max(gap, *(stop.gap for stop in stops))
        at_held_out, _, stop = min(scored)
        if at_held_out > best:
            break
        best, chosen = at_held_out, stop
        lam /= 2.0
    if mkl[0] <= best:
        return mkl[1], True, gap
    return error(masks.predict(chosen.weights, problem.fresh), target.fresh), False, gap


def error(predicted, target):
    """Mean squared."""
    return float(np.mean((predicted - target) ** 2))


def errors(predicted, again, target):
    """Mean squared error, and the part that is variance, from fits to two draws of the noise."""
    return error(predicted, target), 0.5 * error(predicted, again)


def ridge_gap(K, beta, y, lam):
    """Relative gap of kernel ridge regression."""
    K_beta = K @ beta
    primal = ridge_primal(y - K_beta, beta, K_beta, lam)
    return relative_gap(primal, ridge_dual(beta, K_beta, y, lam), y)


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
    orders = dense.groupby(["noise", "d"])[["units", "active"]].corr("spearman").active
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
            "units of gated networks at which both are equally good, at the fewest samples over the "
            f"most that were run: largest over dimensions; ends of the line at {fewest} and {most}",
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
            -orders[:, "units"].min(),
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
    return [claim_row(claim, TOGETHER, *rest, gap=gap, kind=FINDING) for claim, *rest in rows]


def most_samples_with_all(table):
    """Largest n at which every number of units was run, for every teacher, noise and dimension."""
    count = table.groupby("n").size()
    return count.index[count == count.max()].max()
