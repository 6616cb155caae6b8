"""Where the solution at the next penalty lies, by the last two."""

from fixing_ntk.programs import group_norms

REACH = 100.0  # times the distance of two solutions, up to which their secant predicts


def extrapolate(known, lam, unit):
    """Masks and weights predicted from one or two solutions; at an optimum ``eta_i = ||w_i||``.

    Two that are near each other differ by little but their tolerance, which the secant would
    magnify: beyond `REACH` times their distance, the prediction is the last one itself.
    """
    known = [s for s in known if s.n_active]
    if not known:
        return None
    last = known[-1]
    eta = group_norms(last.active_weights)
    if len(known) > 1 and abs(lam - last.lam) < REACH * abs(last.lam - known[-2].lam):
        before = known[-2]
        slope = eta - (before.eta * group_norms(before.active_weights).sum())[last.active]
        eta = eta + slope * (lam - last.lam) / (last.lam - before.lam)
    return last.active[eta > 0], eta[eta > 0] / unit
