"""Time one solver on one instance to each relative gap; `certify` scores every point.

A solver runs at a *ladder* of its own tolerances, each smaller than the one before.
"""

import time
from functools import partial
from importlib import metadata
from statistics import median
from typing import NamedTuple

import numpy as np

from fixing_ntk.benchmark.watch import watched
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, certify, lambda_max

# Last tolerance of a ladder, and factor between two tolerances, unless the adapter names others.
LAST_TOL, STEP = 1e-16, 10
PASSES = 15


class Settings(NamedTuple):
    """Settings of a panel of the benchmark.

    ``ratios`` are the penalties over `lambda_max`, ``gaps`` the target relative gaps. The limits
    are for all runs of a solver at one penalty: ``time_limit`` in CPU seconds, ``memory_limit`` in
    MB. ``repeats`` lists pairs ``[seconds, runs]``: a run that takes less than ``seconds`` is done
    ``runs`` times. The pair of the least such ``seconds`` counts. Longer runs are done once.
    """

    ratios: list
    gaps: list
    time_limit: float
    memory_limit: float
    repeats: list


class Run(NamedTuple):
    """One run of a solver at its own tolerance ``tol``, with its certified gap and objective.

    ``seconds`` is the median CPU time of ``repeats`` runs.
    """

    tol: float
    gap: float
    objective: float
    seconds: float
    repeats: int


def measure(instance, solver, adapter, settings):
    """Time one solver on one instance, at each penalty to each relative gap.

    Parameters
    ----------
    instance : instances.Instance
    solver : str
        Name of the solver, for the rows.
    adapter : module
        See `benchmark.peers`.
    settings : Settings

    Yields
    ------
    dict
        A row for each ratio, in decreasing order, and each target gap, the loosest first: instance,
        n, d, p, solver, version (empty if unknown); ``pass_seconds``, see `pass_seconds`; ratio,
        lam; ``peak_mb`` of the process of all runs at this ratio, None where nothing ran; and the
        items of `rows`, ``gap`` being the target. ``status`` is "reached" only where ``gap_reached
        <= gap``. A gap that was not reached before a limit is not tried at smaller penalties.
    """
    name, X, y, masks, lam_max = instance
    design = MaskedDesign(X, masks)
    of_relu = getattr(adapter, "certify", None)
    score = partial(of_relu, X, y, masks) if of_relu else partial(certify, design, y)
    common = dict(
        instance=name, n=design.n, d=design.d, p=design.p, solver=solver, version=_version(adapter)
    )
    common["pass_seconds"] = pass_seconds(design, y)
    warm_up(adapter)
    run, gaps, given_up = None, settings.gaps, None
    for ratio in sorted(settings.ratios, reverse=True):
        lam, runs, end, peak = ratio * lam_max, [], given_up, None
        if gaps:
            run = run or adapter.prepare(X, y, masks)
            wanted = settings._replace(gaps=gaps)
            climb = partial(ladder, run, partial(score, lam), lam, adapter, wanted)
            runs, end, peak = watched(climb, settings.time_limit, settings.memory_limit)
        for row in rows(runs, settings.gaps, end):
            if row["gap"] not in gaps and row["status"] != "reached":
                row["status"] = given_up
            yield common | dict(ratio=ratio, lam=lam, peak_mb=peak) | row
        if end in ("time limit", "out of memory"):
            # Smaller penalties are harder: a gap that was not reached here is not tried there.
            best = min((r.gap for r in runs), default=np.inf)
            gaps, given_up = [g for g in gaps if best <= g], f"not tried: {end} at a larger lambda"


def ladder(run, score, lam, adapter, settings, send):
    """Lower the solver's own tolerance until each gap is certified, and send each `Run`.

    ``run(lam, tol)`` is the adapter's; ``score`` certifies what it returns. ``settings`` are the
    `Settings` with the gaps to reach, and ``send`` is the function that `watched` passes. A run is
    sent at once, since a limit may stop the process. The run that reaches a gap is sent again after
    its repeats. Tolerances end at the adapter's last, whether or not every gap is reached.
    """
    gaps, best = sorted(settings.gaps, reverse=True), np.inf
    tol, one_run = adapter.FIRST_TOL, getattr(adapter, "ONE_RUN", False)
    last_tol, step = getattr(adapter, "LAST_TOL", LAST_TOL), getattr(adapter, "STEP", STEP)
    for target in gaps:
        if adapter.FIRST_TOL is None:
            tol = target
        while best > target and tol >= last_tol:
            seconds, answer = timed(run, lam, tol)
            certificate = score(*answer)
            this = Run(tol, certificate.gap, certificate.objective, seconds, 1)
            send(this)
            best = min(best, this.gap)
            if best <= target:
                total = runs_in_all(seconds, settings.repeats)
                times = [seconds, *(timed(run, lam, tol)[0] for _ in range(total - 1))]
                send(this._replace(seconds=median(times), repeats=total))
            tol = 0.0 if one_run else float(f"{tol / step:.0e}")


def rows(runs, gaps, end):
    """Return for each gap the fastest run that reached it, or the reason why no run did.

    Parameters
    ----------
    runs : list of Run
        A later run replaces an earlier one with the same tolerance.
    gaps : list of float
    end : str
        As from `watched`, or why nothing was run.

    Returns
    -------
    list of dict
        For each gap, the loosest first: gap (the target), seconds, repeats, gap_reached, objective,
        tol, status. Where no run reached the gap, seconds and repeats are None, the next three are
        of the run with the least gap, or None without any run, and status is the reason.
    """
    last = list({run.tol: run for run in runs}.values())
    best = min(last, key=lambda run: run.gap, default=None)
    out = []
    for target in sorted(gaps, reverse=True):
        hits = [run for run in last if run.gap <= target]
        if hits:
            shown = min(hits, key=lambda run: run.seconds)
            status = "reached"
        elif end == "finished" and best:
            shown, status = best, f"not reached (best gap {best.gap:.1e})"
        else:
            shown, status = best, end
        out.append(
            dict(
                gap=target,
                seconds=shown.seconds if hits else None,
                repeats=shown.repeats if hits else None,
                gap_reached=shown and shown.gap,
                objective=shown and shown.objective,
                tol=shown and shown.tol,
                status=status,
            )
        )
    return out


def timed(run, lam, tol):
    """Return the CPU seconds of ``run(lam, tol)``, and its answer.

    With one thread the CPU time is the time that the run takes on an idle core.
    """
    start = time.process_time()
    answer = run(lam, tol)
    return time.process_time() - start, answer


def runs_in_all(seconds, repeats):
    """Return how often a run that took ``seconds`` is done, the first included; see `Settings`."""
    return next((n for below, n in sorted(repeats) if seconds < below), 1)


def pass_seconds(design, y):
    """Return the median CPU seconds of one certificate pass, ``||X^T D_i y||`` for all masks i.

    The median is over `PASSES` passes. Times of solvers are also stated in such passes, since their
    seconds depend on the size of the instance.
    """
    times = []
    for _ in range(PASSES):
        start = time.process_time()
        design.scores(y)
        times.append(time.process_time() - start)
    return median(times)


def warm_up(adapter):
    """Solve a tiny problem by the adapter, so that no import or compilation is timed later."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((30, 3)), np.sign(rng.standard_normal(30))  # any loss takes labels
    masks = MaskSet.sample(X, 20)
    adapter.prepare(X, y, masks)(0.1 * lambda_max(X, y, masks), adapter.FIRST_TOL or 1e-4)


def _version(adapter):
    try:
        return metadata.version(adapter.PACKAGE)
    except metadata.PackageNotFoundError:  # run from its sources
        return ""
