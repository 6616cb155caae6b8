"""Predict the solution at the next penalty from the last two solutions."""

from fixing_ntk.programs import group_norms

REACH = 100.0  # the secant predicts up to so many times the distance of its two penalties


def extrapolate(warm_starts, lam, unit):
    """Predict the masks in use at penalty lam, and their mask weights, from earlier solutions.

    At an optimum the mask weights are ``eta_i = ||w_i||``. For the masks of the last solution, they
    are extrapolated along the secant through the last two; masks with no positive prediction are
    dropped. The secant magnifies the error of two solutions at nearly the same penalty. So beyond
    `REACH` times the distance of their penalties, or with one solution, the last one is the
    prediction.

    Parameters
    ----------
    warm_starts : sequence of Start
        Solutions of nearby problems, the nearest last. Those with zero weights are ignored.
    lam : float
    unit : float
        Predicted mask weights are divided by it, as in `UnitProblem`.

    Returns
    -------
    index : ndarray of int (k,)
        The predicted masks; k is 0 if no prediction is positive.
    eta : ndarray (k,)
        Their mask weights, positive. None is returned in place of the pair if every solution has
        zero weights.
    """
    warm_starts = [s for s in warm_starts if s.n_active]
    if not warm_starts:
        return None
    last = warm_starts[-1]
    eta = group_norms(last.active_weights)
    if len(warm_starts) > 1 and abs(lam - last.lam) < REACH * abs(last.lam - warm_starts[-2].lam):
        before = warm_starts[-2]
        slope = eta - (before.eta * group_norms(before.active_weights).sum())[last.active]
        eta = eta + slope * (lam - last.lam) / (last.lam - before.lam)
    return last.active[eta > 0], eta[eta > 0] / unit
