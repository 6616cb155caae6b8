"""Predict the solution at the next penalty from the last two solutions."""

from fixing_ntk.programs import group_norms

REACH = 100.0  # the secant predicts up to so many times the distance of its two penalties


def extrapolate(warm_starts, lam, unit):
    """Predict masks, and their mask weights over ``unit``, at lam; None without a solution.

    At an optimum the mask weights are ``eta_i = ||w_i||``. Two solutions at nearly the same penalty
    differ by little but their tolerance, which the secant through them would magnify. So beyond
    `REACH` times their distance, or with one solution, the prediction is the last solution.
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
