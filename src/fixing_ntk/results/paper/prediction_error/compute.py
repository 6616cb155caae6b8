"""Simulate the prediction error of the gated ReLU group lasso as the number of samples grows."""

from typing import Any, NamedTuple

import numpy as np

from fixing_ntk.masks import MaskSet
from fixing_ntk.programs import MaskedDesign
from fixing_ntk.results.bounds import at_most, positive, several, whole_numbers
from fixing_ntk.results.claim_kinds import CONSISTENCY, FINDING, claim_row
from fixing_ntk.results.rates import slope
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve


class Outcome(NamedTuple):
    """Result of one fit, or arrays of results: error, support, and terms of the slow-rate bound.

    ``error`` is the mean squared distance to the teacher at the samples. ``found`` is the share of
    the teacher's masks that are active in the fit, and ``chosen`` the number of active masks.
    ``noise_share`` is ``max_i ||X^T D_i e|| / lam`` for the noise e. ``bound_share`` is the error
    over the slow-rate bound, ``(4 lam sum_i ||w*_i|| + gap ||y||^2) / n`` for the teacher's weights
    w*. The bound holds where ``noise_share`` is at most 1. ``overlap`` is from the function of this
    name, and ``gap`` is the relative gap of the fit.
    """

    error: Any  # mean squared distance to the teacher at the samples
    found: Any  # share of the teacher's masks that are active
    chosen: Any  # number of active masks
    noise_share: Any  # dual norm of the noise over lam
    bound_share: Any  # error over the slow-rate bound, which holds where noise_share <= 1
    overlap: Any  # overlap of the other masks with the teacher's, see `overlap`
    gap: Any


def prediction_error(
    tol,
    seed,
    *,
    samples=(100, 200, 400, 800, 1600, 3200, 6400, 12_800),
    d=5,
    n_gates=100,
    active=(1, 3, 8),
    noise=0.2,
    n_seeds=20,
    fit_from=400,
):
    """Measure errors and supports by number of samples, number of active masks, and seed.

    The teacher is ``f(x) = sum_{i in S} 1(x^T g_i >= 0) x^T w_i`` with s = |S| of p fixed Gaussian
    gates and unit w_i; targets carry noise of standard deviation sigma.

    Parameters
    ----------
    tol : float
        Relative gap of the fits.
    seed : int
    samples : sequence of int
        Numbers of samples n.
    d : int
        Features.
    n_gates : int
        Number p of gates, of which the teacher uses s.
    active : sequence of int
        Numbers s of active masks of the teacher.
    noise : float
        Standard deviation of the noise on the targets.
    n_seeds : int
        Teachers for each s; each draws its own data at every n.
    fit_from : int
        Smallest number of samples to which exponents are fitted.

    Returns
    -------
    data : dict of ndarray
        ``samples`` (m,), increasing; ``active`` (k,); arrays (k, m, n_seeds) of each fit:
        ``error``, the mean squared distance to the teacher at the samples, ``found``, the share of
        the teacher's masks that are active, and ``chosen``, the number of active masks; ``rate``
        (k, m), the group-lasso rate ``sigma^2 s (d + log p) / n``; ``slopes`` and ``slope_errors``
        (k,), fitted exponents of the error in n and standard errors; ``overlap`` (k,), the median
        of `overlap` over teachers at the most samples; ``gap``, the largest relative gap of all
        fits.
    rows : list of dict
        As `claim_kinds.claim_row` makes them.

    Raises
    ------
    ValueError
        If an argument is out of bounds, or fewer than two of the ``samples`` are at least
        ``fit_from``.
    """
    whole_numbers(2, samples=samples, n_gates=n_gates, n_seeds=n_seeds)
    whole_numbers(1, d=d, active=active, fit_from=fit_from)
    several(samples=samples)
    positive(noise=noise)
    at_most("n_gates", n_gates, active=active)
    if sum(n >= fit_from for n in samples) < 2:
        raise ValueError(f"fit_from must leave two of the samples {samples!r}, got {fit_from}")
    samples = sorted(samples)
    outcomes = np.empty((len(Outcome._fields), len(active), len(samples), n_seeds))
    for i, s in enumerate(active):
        for k in range(n_seeds):
            gates, W = teacher(d, n_gates, s, stream(seed, "prediction_error", s, k))
            for j, n in enumerate(samples):
                rng = stream(seed, "prediction_error", s, k, n)
                outcomes[:, i, j, k] = fit(n, gates, W, noise, tol, rng)
    runs = Outcome(*outcomes)
    late = np.array(samples) >= fit_from
    fits = [slope(np.log(samples)[late], np.log(error[late])) for error in runs.error]
    slopes, slope_errors = np.transpose(fits)
    data = dict(
        samples=np.array(samples),
        active=np.array(active),
        error=runs.error,
        found=runs.found,
        chosen=runs.chosen,
        rate=noise**2 * np.outer(active, (d + np.log(n_gates)) / np.array(samples)),
        slopes=slopes,
        slope_errors=slope_errors,
        overlap=np.median(runs.overlap[:, -1], axis=1),
        gap=runs.gap.max(),
    )
    return data, claims(runs, active, samples, fits, fit_from, data["overlap"])


def teacher(d, n_gates, s, rng):
    """Draw a teacher: gates (d, p), and weights (d, p) with s nonzero columns of unit length.

    The two arrays are returned, with p = ``n_gates``. Gates are from N(0, I). The nonzero columns
    are at random places, and their directions are uniform.
    """
    gates, W = rng.standard_normal((d, n_gates)), np.zeros((d, n_gates))
    chosen = rng.standard_normal((d, s))
    W[:, rng.choice(n_gates, s, replace=False)] = chosen / np.linalg.norm(chosen, axis=0)
    return gates, W


def penalty(n, d, p, noise):
    """Return the penalty ``sigma sqrt(n / 2) (sqrt d + sqrt(2 log p))``, a bound on the noise.

    ``noise`` is sigma. Let e be noise of standard deviation sigma. The largest ``||X^T D_i e||`` of
    p masks is below the spectral norm of ``D_i X`` times ``sigma (sqrt d + sqrt(2 log p))`` with
    high probability. This spectral norm is about sqrt(n / 2), since about half the rows of
    ``D_i X`` are zero.
    """
    return noise * np.sqrt(n / 2.0) * (np.sqrt(d) + np.sqrt(2.0 * np.log(p)))


def fit(n, gates, W, noise, tol, rng):
    """Draw n samples of a teacher, fit the group lasso on its gates, and return the `Outcome`.

    Inputs are from N(0, I), and ``noise`` is the standard deviation of the noise on the targets.
    ``gates`` and ``W`` are from `teacher`, and the penalty of the fit is from `penalty`.
    """
    d, p = gates.shape
    X = rng.standard_normal((n, d))
    teacher_masks = X @ gates >= 0
    clean = np.sum(teacher_masks * (X @ W), axis=1)
    y = clean + noise * rng.standard_normal(n)
    masks, lam = MaskSet.from_gates(X, gates), penalty(n, d, p, noise)
    solution, design = solve(X, y, masks, lam, tol), MaskedDesign(X, masks)
    difference = design.forward(solution.active_weights, solution.active) - clean
    half_squared = 0.5 * difference @ difference
    true = np.any(W, axis=0)
    active = {row.tobytes() for row in masks.packed[solution.active]}
    at_teacher = np.packbits(teacher_masks[:, true], axis=0).T.copy()
    # From P(w) <= P(w*) + gap 1/2 ||y||^2 and |<e, A(w - w*)>| <= lam sum ||w_i - w*_i||.
    bound = 2.0 * lam * np.linalg.norm(W, axis=0).sum() + solution.gap * 0.5 * y @ y
    return Outcome(
        error=2.0 * half_squared / n,
        found=np.mean([row.tobytes() in active for row in at_teacher]),
        chosen=len(solution.active),
        noise_share=design.scores(y - clean).max() / lam,
        bound_share=half_squared / bound,
        overlap=overlap(X, teacher_masks, W),
        gap=solution.gap,
    )


def overlap(X, masks, W):
    """Return ``max_j ||X^T D_j Z (Z^T Z)^-1 u||`` over the masks j that are not the teacher's.

    Z holds the features ``D_i X`` of the teacher's masks, and u their ``w_i / ||w_i||``. Above 1,
    no lambda finds the teacher's masks alone, even without noise (Bach, "Consistency of the group
    lasso", JMLR 9, 2008, condition 4).

    Parameters
    ----------
    X : ndarray (n, d)
    masks : ndarray of bool (n, p)
    W : ndarray (d, p)
        Weights of the teacher; zero columns are of the other masks.

    Returns
    -------
    float
        Zero if every mask is the teacher's.
    """
    true = np.any(W, axis=0)
    Z = np.hstack([X * mask[:, None] for mask in masks[:, true].T])
    u = (W[:, true] / np.linalg.norm(W[:, true], axis=0)).T.ravel()
    dual = Z @ np.linalg.lstsq(Z.T @ Z, u, rcond=None)[0]
    others = X.T @ (masks[:, ~true] * dual[:, None])
    return np.linalg.norm(others, axis=0).max(initial=0.0)


def precision(active, found, chosen):
    """Return the share of active masks that are the teacher's, an array of the shape of ``found``.

    ``active`` (k,) are the teachers' numbers of masks. ``found`` and ``chosen`` (k, ...) are fields
    of `Outcome`. Where no mask is active, the share is zero.
    """
    true = np.reshape(active, (-1,) + (1,) * (found.ndim - 1)) * found
    return true / np.maximum(chosen, 1)


def claims(runs, active, samples, fits, fit_from, overlaps):
    """Return claim rows: the exponent of the error in n, the slow-rate bound, and the support.

    The exponent has a row for each number of active masks. Three rows over all of these follow: the
    share of runs whose penalty is below the noise, the largest error over the slow-rate bound in
    the other runs, and the share of the teachers' masks that are missed at the most samples.

    Parameters
    ----------
    runs : Outcome
        Fields are arrays (k, m, n_seeds).
    active, samples : sequence of int
        The k numbers of active masks, and the m numbers of samples, increasing.
    fits : list of (float, float)
        For each number of active masks the fitted exponent and its standard error.
    fit_from : int
        Smallest number of samples to which exponents are fitted.
    overlaps : ndarray (k,)
        ``overlap`` in the data of `prediction_error`.
    """
    gap, count = runs.gap.max(), runs.error[0].size
    rows = [
        claim_row(
            "Prediction error falls faster than the rate n^(-1/2) that needs no condition on masks",
            CONSISTENCY,
            f"{s} active: exponent of n from {fit_from:,} to {samples[-1]:,}, above -1/2 (fitted "
            f"{value:.3f} ± {error:.3f}, {(value + 1.0) / error:.1f} standard errors above the "
            f"group-lasso rate's -1; overlap of the masks {shared:.2f}, from 1 on the teacher's "
            "are not found alone)",
            value + 0.5,
            0.0,
            gap=gap,
            kind=FINDING,
            reason="-1/2 is the rate that is proved for any masks",
        )
        for s, (value, error), shared in zip(active, fits, overlaps, strict=True)
    ]
    quiet = runs.noise_share <= 1.0
    right = precision(active, runs.found[:, -1], runs.chosen[:, -1]).mean(axis=1)
    return [
        *rows,
        claim_row(
            "The penalty is above the noise in the dual norm, by its choice",
            CONSISTENCY,
            f"share of {quiet.size:,} runs where max ||X^T D_i e|| > lambda",
            1.0 - quiet.mean(),
            max(0.05, 2.0 / quiet.size),  # by chance, of few runs
        ),
        claim_row(
            "Where it is, the error is at most 4 lambda sum ||w*_i|| / n",
            CONSISTENCY,
            f"largest error over its bound, of {quiet.sum():,} runs",
            runs.bound_share[quiet].max(initial=0.0),
            1.0,
            gap=gap,
        ),
        claim_row(
            "With enough samples every mask of the teacher is found",
            CONSISTENCY,
            f"share missed at n = {samples[-1]:,}, of {count // len(samples) * sum(active):,} (but "
            "of the active masks the teacher's are "
            f"{', '.join(f'{share:.2f}' for share in right)} at {', '.join(map(str, active))} "
            "active)",
            1.0 - np.average(runs.found[:, -1].mean(axis=1), weights=active),
            0.0,
            gap=gap,
            kind=FINDING,
            reason="every mask, so none may be missed",
        ),
    ]
