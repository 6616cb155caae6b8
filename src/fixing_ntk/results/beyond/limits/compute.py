"""Check theorems on the programs between the NTK and optimal MKL, as rows of the table of claims.

In the notation of `programs.lp_mkl`, let m be the least weight of a kernel in the prior,
``c = m^(1 - 1/p)`` and ``C = m^(1/p)``. Let N_p be the norm N of the dual at p, and P*_p the
optimum. The norms obey ``c N_1 <= N_p <= N_1`` and ``N_inf <= N_p <= N_inf / C``. So the optima
obey ``P*_1 <= P*_p <= P*_1 / c`` and ``C P*_inf <= P*_p <= P*_inf``. These inequalities bound the
distance to both limits, ``p = 1`` and p infinite, at every p.
"""

import itertools
import logging
from typing import NamedTuple

import numpy as np

from fixing_ntk.kernels import KernelRidge, ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign, certify, group_norms, relative_gap
from fixing_ntk.programs import lp_mkl as program
from fixing_ntk.programs.lp_mkl import EXPONENTS, NAMES
from fixing_ntk.results.bounds import several, shares, whole_numbers
from fixing_ntk.results.claim_kinds import TOGETHER, claim_row
from fixing_ntk.results.rates import slope
from fixing_ntk.results.student_teacher import train_and_test
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve, solve_mkl
from fixing_ntk.solvers.irls import MIN_WEIGHT, shifted_solve
from fixing_ntk.solvers.lp_newton import Kernels

log = logging.getLogger(__name__)

NEAR_ONE, LARGE = (1.001, 1.01, 1.1), (10.0, 100.0, 1000.0)
GRID = sorted({*EXPONENTS, *NEAR_ONE, *LARGE})
ROUNDING = 1e-8  # tolerance for rounding in ridge regression with condition number 1 / share
DEVIATIONS = 4.0  # tolerance in standard errors


class Case(NamedTuple):
    """A problem to check theorems on: training rows X, y, test points Z, masks, and the penalty mu.

    X is (n, d), y (n,) and Z (m, d). ``masks`` are of the rows of X. ``mu`` is the penalty of
    `programs.lp_mkl`. ``name`` is the dataset's, or "drawn" for synthetic data.
    """

    name: str
    X: np.ndarray
    y: np.ndarray
    Z: np.ndarray
    masks: MaskSet
    mu: float


def limits(
    problems,
    tol,
    seed,
    *,
    n=60,
    d=4,
    n_gates=300,
    share=0.01,
    max_steps=5000,
    gates=(250, 1000, 4000, 16_000),
    n_draws=5,
):
    """Check theorems on the programs between the NTK and MKL, on datasets and a drawn problem.

    The theorems are on the limits of the exponent p at 1 and infinity, on the order of the optima
    in p, and on IRLS.

    Parameters
    ----------
    problems : list of (Split, MaskSet)
        Split of each dataset, with the masks of its training rows.
    tol : float
        Relative gap of the fits, and tolerance of claims on gaps. A fit that misses it does not
        raise: the rows state the gaps.
    seed : int
    n : int
        Samples of the drawn problem.
    d : int
        Features of the drawn problem, the bias included.
    n_gates : int
        Gates of the drawn problem.
    share : float
        Penalty mu over the largest eigenvalue of the NTK.
    max_steps : int
        Maximum number of steps of IRLS.
    gates : sequence of int
        Numbers of gates at which predictions at p infinite are compared with the NTK's.
    n_draws : int
        Independent draws of each number of gates.

    Returns
    -------
    data : dict of ndarray
        Empty: there is no figure.
    rows : list of dict
        Rows of claims, as `claim_kinds.claim_row` makes them.
    """
    whole_numbers(2, n=n, d=d)
    whole_numbers(2, n_gates=n_gates)
    whole_numbers(2000, max_steps=max_steps)
    whole_numbers(10, gates=gates)
    whole_numbers(1, n_draws=n_draws)
    several(gates=gates)
    shares(share=share)
    rng = stream(seed, "limits", "data")
    X, y, Z, _ = train_and_test(n, n, d, 3, 0.1, rng)
    data = [("drawn", X, y, Z, MaskSet.sample(X, n_gates, rng))]
    data += [(s.dataset, *s.train_test()[:3], masks) for s, masks in problems]
    cases = [Case(*each, share * np.linalg.eigvalsh(ntk(each[1]))[-1]) for each in data]
    optima = [
        (case, with_ntk, optima_of(case, with_ntk, tol))
        for case in cases
        for with_ntk in (False, True)
    ]
    gap = max(s.gap for *_, by_p in optima for s in by_p.values())
    return {}, [
        *limit_at_one(optima, tol, gap),
        *limit_at_infinity(optima, share, gap),
        order(optima, tol, gap),
        *reweighting(cases, tol, max_steps),
        growing(cases, gates, n_draws, tol, seed),
    ]


def listed(values):
    return ", ".join(f"{value:g}" for value in values)


def optima_of(case, with_ntk, tol):
    """Return a dict with the `MKLSolution` of a `Case` at each p of `GRID`, by increasing p.

    If ``with_ntk`` is true, the NTK in closed form is one more kernel, and p = 1 is left out: it
    has no such program. ``tol`` is the relative gap. Programs are solved from the largest p down.
    Each with p > 1 starts from the solution before.
    """
    found, last = {}, None
    for p in reversed(GRID):
        if p > 1.0 or not with_ntk:
            last = solve_mkl(case.X, case.y, case.masks, case.mu, p, with_ntk, tol, start=last)
            found[p] = last
    log.info(
        "%s, optimum by p: %s",
        case.name,
        {f"{p:g}": f"{s.objective:.4g}" for p, s in found.items()},
    )
    return dict(sorted(found.items()))


def limit_at_one(optima, tol, gap):
    """Return three rows of claims: as p tends to 1, the program tends to the group lasso.

    Only programs without the NTK are compared. A value is the maximum over all cases, and in two
    rows over the p of `NEAR_ONE`. These two have a quantity over the theorem's bound and hold up to
    1. One quantity is the optimal objective at p minus optimal MKL's. The other is half the squared
    distance of the training predictions at p to the group lasso's. The third row has the relative
    gap of optimal MKL's weights in the group lasso at ``lam = mu sum_i ||w_i||``. It holds up to
    ``10 tol``.

    Parameters
    ----------
    optima : list of (Case, bool, dict)
        Each case twice: with False for programs without the NTK among the kernels, and with True.
        The dict has the solutions of `optima_of`.
    tol : float
        Relative gap of the group lasso fits.
    gap : float
        Largest relative gap of the solutions. The rows state it, or the gap of a group lasso fit if
        that is larger.
    """
    excess, distance, as_group_lasso = [], [], []
    for case, with_ntk, by_p in optima:
        if with_ntk:
            continue
        optimal, least = by_p[1.0], case.masks.ntk_weights.min()
        lam = case.mu * group_norms(optimal.weights).sum()
        design = MaskedDesign(case.X, case.masks)
        certificate = certify(design, case.y, lam, optimal.weights)
        lasso = solve(case.X, case.y, case.masks, lam, tol)
        as_group_lasso.append(certificate.gap)
        gap = max(gap, lasso.gap)
        for p in NEAR_ONE:
            bound = (least ** (1.0 / p - 1.0) - 1.0) * optimal.objective
            excess.append((by_p[p].objective - optimal.objective) / bound)
            moved = design.forward(by_p[p].weights - lasso.weights)
            distance.append(0.5 * moved @ moved / bound)
    claim = (
        "As p tends to 1 the program tends to optimal MKL, the group lasso at lambda = mu sum "
        "||w_i||"
    )
    near = f"at p = {listed(NEAR_ONE)}, largest, over its bound, which is 0 at p = 1"
    bound = "the theorem's bound, by the least measure of a mask"
    rows = [
        (f"excess of the optimum over optimal MKL's {near}", max(excess), 1.0, bound),
        (
            f"half the squared distance of training predictions to those of the group lasso {near}",
            max(distance),
            1.0,
            f"{bound}; the loss is strongly convex",
        ),
        (
            "relative gap of optimal MKL's solution as a point of the group lasso",
            max(as_group_lasso),
            10 * tol,
            "ten times the gap of the fits",
        ),
    ]
    return [
        claim_row(claim, TOGETHER, quantity, value, tolerance, gap, reason=reason)
        for quantity, value, tolerance, reason in rows
    ]


def limit_at_infinity(optima, share, gap):
    """Return three rows of claims: at p infinite the program is ridge with the NTK's weights.

    The reference is ridge regression in closed form. A value is the maximum over all cases, without
    and with the NTK among the kernels. Two rows have distances at p infinite and hold up to
    `ROUNDING`. They are of the objective, relative to ridge's, and of the training predictions,
    over ``||y||``. The third row has the shortfall of the optimal objective below ridge's over the
    theorem's bound, at the p of `LARGE`. It holds up to 1.

    ``optima`` and ``gap`` are as for `limit_at_one`. ``share`` is mu over the largest eigenvalue of
    the NTK; the text on rounding states its inverse, the condition number.
    """
    shortfall, values, predictions = [], [], []
    for case, with_ntk, by_p in optima:
        design, limit, half = MaskedDesign(case.X, case.masks), by_p[np.inf], program.NTK_SHARE
        H, K = ntk(case.X), design.kernel(case.masks.ntk_weights)
        ridge = KernelRidge((1.0 - half) * K + half * H if with_ntk else K, case.y)
        beta = ridge.coefficients(case.mu)[:, 0]
        optimum = ridge.objective(case.mu, beta)
        values.append(abs(limit.objective / optimum - 1.0))
        predictions.append(np.linalg.norm(limit.fitted - ridge.K @ beta) / np.linalg.norm(case.y))
        least = case.masks.ntk_weights.min() * (1.0 - half if with_ntk else 1.0)
        for p in LARGE:
            bound = (1.0 - least ** (1.0 / p)) * optimum
            shortfall.append((optimum - by_p[p].objective) / bound)
    claim = "At p infinite the program is ridge regression with the NTK's weights"
    closed = "against the closed form (K(eta~) + mu I)^-1 y, with and without the NTK"
    rounded = f"rounding, at a condition number of about {1.0 / share:g}"
    far = f"at p = {listed(LARGE)}, largest, over its bound, which is 0 at infinity"
    rows = [
        (claim, f"objective {closed}, relative", max(values), ROUNDING, rounded),
        (claim, f"training predictions {closed}, over ||y||", max(predictions), ROUNDING, rounded),
        (
            "As p grows the program tends to ridge regression with the NTK's weights",
            f"shortfall of the optimum {far}",
            max(shortfall),
            1.0,
            "the theorem's bound, by the least measure of a kernel",
        ),
    ]
    return [
        claim_row(claim, TOGETHER, quantity, value, tolerance, gap, reason=reason)
        for claim, quantity, value, tolerance, reason in rows
    ]


def order(optima, tol, gap):
    """Return a row of claims: on the same masks the optimum never falls as p grows.

    The value is the largest fall of the objective from a p of `GRID` to the next, over half the
    squared norm of y. It is negative if the objective rises at every step. The row holds up to
    ``tol``. Arguments are as for `limit_at_one`.
    """
    falls = [
        (less.objective - more.objective) / (0.5 * case.y @ case.y)
        for case, _, by_p in optima
        for less, more in itertools.pairwise(by_p.values())
    ]
    return claim_row(
        "On the same masks the optimum never falls as p grows",
        TOGETHER,
        f"largest fall of the objective between neighbours of {len(GRID)} p, over half ||y||^2",
        max(falls),
        tol,
        gap,
        reason="the gap of the fits; below 0 the objective rises everywhere",
    )


def reweighting(cases, tol, max_steps):
    """Return a row of claims for each p of `EXPONENTS`: the largest gap that `irls` ends with.

    Each `Case` is run without and with the NTK among the kernels. At p = 1, which takes thousands
    of steps, only the two cases of fewest samples are run, without the NTK. A row holds up to the
    gap ``tol``. A run takes at most ``max_steps`` steps.
    """
    rows = []
    for p in sorted(EXPONENTS):
        if p == 1.0:  # takes thousands of steps; `irls_convergence` also runs the paper's algorithm
            smallest = sorted(cases, key=lambda case: len(case.y))[:2]
            ends = [irls(case, False, p, tol, max_steps) for case in smallest]
        else:
            ends = [irls(case, ntk, p, tol, max_steps) for case in cases for ntk in (False, True)]
        gaps, steps = zip(*ends, strict=True)
        log.info("IRLS at p = %s: steps %s", NAMES[p], steps)
        rows.append(
            claim_row(
                "IRLS from positive weights, the NTK's, tends to the optimum for every p",
                TOGETHER,
                f"p = {NAMES[p]}: relative gap after {min(steps)} to {max(steps)} steps, "
                f"largest of {len(ends)} problems",
                max(gaps),
                tol,
                max(gaps),
                reason="the gap that every fit certifies",
            )
        )
    return rows


def irls(case, with_ntk, p, tol, max_steps):
    """Run IRLS from the prior, the NTK's weights, to the gap ``tol`` or for ``max_steps`` steps.

    A step is ridge regression at the penalty of the `Case`, then `lp_mkl.weights_of` its group
    norms at the exponent p. If ``with_ntk`` is true, the NTK in closed form is one more kernel.

    Returns
    -------
    (float, int)
        The relative gap at the end, above ``tol`` if the steps ran out, and the number of steps.
    """
    H = ntk(case.X) if with_ntk else None
    kernels = Kernels(MaskedDesign(case.X, case.masks), H)
    y, mu, prior = case.y, case.mu, kernels.prior
    eta = prior
    for steps in itertools.count():
        residual = mu * shifted_solve(kernels.matrix(eta), mu, y)
        squared = kernels.at(residual).squared
        norms = eta * np.sqrt(squared) / mu
        N = program.dual_norm(squared, prior, p)
        t = program.best_multiple(residual, y, N, mu)
        D = program.dual(t * residual, y, t * t * N, mu)
        gap = relative_gap(program.primal(residual, norms, prior, p, mu), D, y)
        if gap <= tol or steps >= max_steps:
            return gap, steps
        eta = program.weights_of(norms, prior, p)
        eta[eta < MIN_WEIGHT] = 0.0


def growing(cases, gates, n_draws, tol, seed):
    """Return a row of claims: as gates grow in number, predictions at p infinite tend to the NTK's.

    On the data of each case, ``n_draws`` programs are fitted for each number of ``gates``, with new
    gates. The NTK is one of the kernels, and every drawn gate is kept. Errors are distances of test
    predictions to the NTK's, over the norm of the NTK's. An exponent in the number of gates is
    fitted to the errors of all cases together. The row's value is the distance of the exponent to
    -1/2, the rate of Monte Carlo, in standard errors. It holds up to `DEVIATIONS`.
    """
    gates, gap = sorted(gates), 0.0
    errors = np.empty((len(gates), len(cases), n_draws))
    for k, case in enumerate(cases):
        X, y, Z = case.X, case.y, case.Z
        H = ntk(Z, X)
        exact = H @ KernelRidge(ntk(X), y).coefficients(case.mu)[:, 0]
        for j, m in enumerate(gates):
            for b in range(n_draws):
                rng = stream(seed, "limits", case.name, m, b)
                drawn = rng.standard_normal((X.shape[1], m))
                masks = MaskSet.from_gates(X, drawn, merged=False)
                s = solve_mkl(X, y, masks, case.mu, np.inf, ntk=True, tol=tol)
                f = masks.predict(s.weights, Z) + H @ s.ntk_coefficients
                errors[j, k, b] = np.linalg.norm(f - exact) / np.linalg.norm(exact)
                gap = max(gap, s.gap)
    logs = np.log(errors)
    logs -= logs.mean(axis=(0, 2), keepdims=True)
    value, error = slope(np.log(gates), logs.reshape(len(gates), -1))
    typical = np.exp(np.log(errors).mean(axis=(1, 2)))
    return claim_row(
        "At p infinite, with the NTK among the kernels and every gate kept, the prediction tends "
        "to the NTK's as gates grow, at the rate of Monte Carlo",
        TOGETHER,
        f"relative distance of test predictions to the NTK's, {typical[0]:.2g} at {gates[0]:,} and "
        f"{typical[-1]:.2g} at {gates[-1]:,} gates: fitted exponent {value:.3f}, distance to -1/2 "
        "in standard errors",
        abs(value + 0.5) / error,
        DEVIATIONS,
        gap,
        reason="chance",
    )
