"""Where the solution at the next penalty lies, by the last two."""

from fixing_ntk.programs import group_norms

REACH = 100.0  # times the distance of two solutions, up to which their secant predicts


def extrapolate(warm_starts, lam, unit):
    """Masks and weights predicted from one or two solutions; at an optimum ``eta_i = ||w_i||``.

    Two that are near each other differ by little but their tolerance, which the secant would
    magnify: beyond `REACH` times their distance, the prediction is the last one itself.
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
