"""Redraw the active gates of MKL within their cones, and predict the test rows with each draw."""

from typing import NamedTuple

import numpy as np
import scipy

from fixing_ntk.comparison.records import require_certified
from fixing_ntk.comparison.tuning import count_correct
from fixing_ntk.masks import predict, redraw_gates
from fixing_ntk.results.bounds import whole_numbers
from fixing_ntk.results.claim_kinds import FINDING, GATED, claim_row
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve

RECORDS = ["dataset", "split", "method", "stage", "lam"]  # columns of the records to read

# Tolerances, set before the first run.
# Redrawn gates have the same masks, so training predictions differ by rounding alone.
ROUNDING = 1e-12
# The chosen gates are themselves a draw from their cones. So they differ from redraws as much as
# redraws differ from each other. If a t-test rejects this at 1e-4, the sampler is wrong.
CONFIDENCE = 1.0 - 1e-4
ONE_STANDARD_ERROR = 1.0
NO_LOSS = 0.0


class Outcome(NamedTuple):
    """Result on one dataset; shares and accuracies are of its test rows.

    ``n`` and ``d`` are the numbers of training rows and of features, the bias included, ``rows`` of
    test rows, ``active`` of active gates. ``changed`` is the mean share of predicted signs that
    differ between the chosen gates and a redraw, ``between`` the mean share that differ between two
    redraws, ``ever`` the share that differ from the chosen gates in some redraw. ``cut`` is the
    share of rows for which an active gate opens before but not after some redraw, or the reverse.
    ``chosen``, ``redrawn`` (one for each redraw) and ``average`` (of the mean prediction over
    redraws) are accuracies. ``training`` is the largest change of a training prediction, over the
    largest training prediction. ``gap`` is the relative gap of the fit.
    """

    n: int
    d: int
    rows: int
    active: int
    changed: float
    between: float
    ever: float
    cut: float
    chosen: float
    redrawn: np.ndarray
    average: float
    training: float
    gap: float


def gate_choice(problems, records, tol, seed, *, n_draws=100, n_steps=2000):
    """Redraw all active gates of each dataset's tuned MKL solution within their cones, many times.

    Parameters
    ----------
    problems : list of (Split, MaskSet)
        The first split of each dataset, of the first protocol among the records, and the masks of
        its training rows.
    records : pandas.DataFrame
        Records of every fit, with the columns `RECORDS` and ``protocol``.
    tol : float
        Relative gap of the fits.
    seed : int
    n_draws : int
        Number of redraws of all active gates.
    n_steps : int
        Steps of the hit-and-run sampler between two redraws.

    Returns
    -------
    data : dict of ndarray
        ``names`` (k,) of the datasets, and each field of `Outcome` (k,), except ``redrawn`` (k,
        n_draws).
    rows : list of dict
        As `claim_kinds.claim_row` makes them.

    Raises
    ------
    UncertifiedFit
        If the gap of a fit is above tol.
    """
    whole_numbers(2, n_draws=n_draws)
    whole_numbers(1, n_steps=n_steps)
    tuned = records[(records.method == "mkl") & (records.stage == "tuned")]
    tuned = tuned[tuned.protocol == records.protocol.iloc[0]].set_index(["dataset", "split"])
    outcomes = [
        redraw(split, masks, tuned.lam[split.dataset, split.index], tol, seed, n_draws, n_steps)
        for split, masks in problems
    ]
    data = {
        name: np.array([getattr(outcome, name) for outcome in outcomes]) for name in Outcome._fields
    }
    data["names"] = np.array([split.dataset for split, _ in problems])
    return data, claims(data)


def redraw(split, masks, lam, tol, seed, n_draws, n_steps):
    """Fit MKL to a split at the penalty lam, redraw its active gates, and return the `Outcome`.

    ``n_draws`` and ``n_steps`` are as for `gate_choice`.

    Raises
    ------
    UncertifiedFit
        If the gap of the fit is above tol.
    """
    X, y, Z, z = split.train_test()
    solution = solve(X, y, masks, lam, tol)
    require_certified(split, lam, solution.gap, tol)
    gates, weights = masks.gates_at(solution.active), solution.active_weights
    rng = stream(seed, "gate_choice", split.dataset, split.index)
    draws = redraw_gates(X, gates, n_draws, n_steps, rng)
    fitted, chosen = (predict(gates, weights, points) for points in (X, Z))
    refitted = np.array([predict(draw, weights, X) for draw in draws])
    redrawn = np.array([predict(draw, weights, Z) for draw in draws])
    sides = Z @ gates >= 0
    positive = redrawn >= 0
    differs = positive != (chosen >= 0)
    share = positive.mean(axis=0)
    return Outcome(
        n=len(X),
        d=X.shape[1],
        rows=len(Z),
        active=len(solution.active),
        changed=differs.mean(),
        between=np.mean(2.0 * share * (1.0 - share)) * n_draws / (n_draws - 1),
        ever=differs.any(axis=0).mean(),
        cut=np.any([np.any((Z @ draw >= 0) != sides, axis=1) for draw in draws], axis=0).mean(),
        chosen=count_correct(chosen, z) / len(z),
        redrawn=count_correct(redrawn.T, z) / len(z),
        average=count_correct(redrawn.mean(axis=0), z) / len(z),
        training=np.abs(refitted - fitted).max() / np.abs(fitted).max(),
        gap=solution.gap,
    )


def spread_over_error(data):
    """Return the spread of accuracy over redraws, over the test rows' binomial standard error.

    The spread is the standard deviation. The standard error is ``sqrt(q (1 - q) / m)``, the error
    of an accuracy q on m independent rows. Here q is the mean accuracy over the redraws, and m the
    number of test rows, after adding two correct and two wrong rows. So the error is not zero where
    no row is wrong (Agresti and Coull, The American Statistician 52, 1998). ``data`` is the dict of
    `gate_choice`.

    Returns
    -------
    ndarray (k,)
        One ratio for each dataset.
    """
    total = data["rows"] + 4.0
    share = (data["redrawn"].mean(axis=1) * data["rows"] + 2.0) / total
    return data["redrawn"].std(axis=1, ddof=1) / np.sqrt(share * (1.0 - share) / total)


def claims(data):
    """Return claim rows: training predictions stay, chosen gates are like redraws, what changes.

    ``data`` is the dict of `gate_choice`. What changes is the accuracy on test rows: by its spread
    over redraws, and from the chosen gates to the average.
    """
    sets, gap = len(data["names"]), data["gap"].max()
    draws = data["redrawn"].shape[1]
    lead = data["changed"] - data["between"]
    p = scipy.stats.ttest_1samp(lead, 0.0).pvalue if len(set(lead)) > 1 else 1.0
    difference = 100.0 * (data["chosen"] - data["average"])
    return [
        claim_row(
            "A gate may move within its cone: the training predictions stay the same",
            GATED,
            f"largest change of a training prediction over the largest prediction, {draws} redraws "
            f"of all active gates on {sets} datasets",
            data["training"].max(),
            ROUNDING,
            gap,
        ),
        claim_row(
            "The chosen gates are a draw like any other from their cones",
            GATED,
            "confidence of a t-test over datasets: share of test predictions that differ, chosen "
            f"against redrawn ({100 * data['changed'].mean():.2f} %) and redrawn against redrawn "
            f"({100 * data['between'].mean():.2f} %)",
            1.0 - p,
            CONFIDENCE,
            gap,
        ),
        claim_row(
            "The choice of the gates decides less than the choice of the test rows",
            GATED,
            "standard deviation of the accuracy over redraws, over the binomial standard error of "
            f"the test rows: median of {sets} datasets",
            np.median(spread_over_error(data)),
            ONE_STANDARD_ERROR,
            gap,
            kind=FINDING,
            reason="a spread below the error of the test rows cannot be seen in a table",
        ),
        claim_row(
            "The average over the cones is no less accurate than the chosen gates",
            GATED,
            f"chosen gates above the average over {draws} redraws, points of accuracy: mean of "
            f"{sets} datasets",
            difference.mean(),
            NO_LOSS,
            gap,
            kind=FINDING,
            reason="the average's squared error is at most the mean of the draws' (Jensen)",
        ),
    ]
