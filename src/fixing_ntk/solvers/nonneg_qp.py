"""Small convex quadratic programs over the nonnegative orthant."""

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

STEP_TO_BOUNDARY = 0.995
MUST_SHRINK = 0.8  # share of the complementarity that a step may leave


def solve_nonneg_qp(H, gradient, start, max_iter=50, rtol=1e-6):
    """Minimise the model ``gradient^T (x - start) + 1/2 (x - start)^T H (x - start)``, x >= 0.

    Mehrotra's predictor-corrector interior point method, in variables scaled to a unit diagonal,
    then one exact solve on the support that it found. Stated in the step ``x - start``, so that a
    step far below ``start`` keeps its digits. A projected Newton method was tried first and stalls
    where H is singular, as it is once there are more masks than samples.

    Parameters
    ----------
    H : ndarray (k, k)
        Positive semidefinite.
    gradient : ndarray (k,)
        At ``start``.
    start : ndarray (k,)
        Nonnegative.
    max_iter : int
    rtol : float
        Complementarity at which to stop, as a share of the decrease of the model.

    Returns
    -------
    ndarray (k,)
        Exactly zero off the support.
    """
    unit = 1.0 / np.sqrt(np.maximum(np.diag(H), 1e-300))
    H, g, origin = H * unit * unit[:, None], gradient * unit, start / unit
    k = len(g)
    size = max(np.mean(origin), np.abs(g).max(), 1e-300)
    x = np.maximum(origin, 0.1 * size)
    z = np.maximum(H @ (x - origin) + g, 0.1 * np.abs(g).max() + 1e-300)
    for _ in range(max_iter):
        d = x - origin
        Hd = H @ d
        dual_residual = Hd + g - z
        mu = x @ z / k
        decrease = -(g @ d + 0.5 * d @ Hd)
        if k * mu <= rtol * decrease and np.abs(dual_residual).max() <= rtol * np.abs(g).max():
            break
        try:
            barrier = H.copy()
            barrier[np.diag_indices(k)] += z / x
            factor = cho_factor(barrier, lower=True, overwrite_a=True, check_finite=False)
        except LinAlgError:
            break

        dx, dz, t = _direction(factor, x, z, dual_residual, 0.0, 0.0)
        centred = (x + t * dx) @ (z + t * dz) / k
        target = mu * (centred / mu) ** 3
        dx, dz, t = _direction(factor, x, z, dual_residual, target, dx * dz)
        t *= STEP_TO_BOUNDARY
        if (x + t * dx) @ (z + t * dz) > MUST_SHRINK * k * mu:
            # The second-order term can make the method cycle; a plain centring step cannot.
            dx, dz, t = _direction(factor, x, z, dual_residual, 0.5 * mu, 0.0)
            t *= STEP_TO_BOUNDARY
        x, z = x + t * dx, z + t * dz
        if mu <= 1e-30 * size**2:
            break
    return _polish(H, g, origin, x, z) * unit


def _direction(factor, x, z, dual_residual, target, second_order):
    """Newton direction to ``x z = target``, and the longest step along it."""
    correction = (target - second_order) / x
    dx = cho_solve(factor, correction - dual_residual - z, check_finite=False)
    dz = correction - z - z / x * dx
    return dx, dz, min(_to_boundary(x, dx), _to_boundary(z, dz))


def _to_boundary(x, dx):
    """Longest step that keeps ``x + t dx`` nonnegative, at most 1."""
    return 1.0 / max(1.0, np.max(-dx / x))


def _polish(H, g, origin, x, z):
    """Solve on the support exactly; keep the interior point where that leaves the orthant."""
    support = np.flatnonzero(x > z)
    rounded = np.zeros_like(x)
    rounded[support] = x[support]
    if not support.size:
        return rounded
    d = -origin  # of the masks off the support
    d[support] = 0.0
    try:
        factor = cho_factor(H[np.ix_(support, support)], lower=True, check_finite=False)
    except LinAlgError:
        return rounded
    step = cho_solve(factor, -(g[support] + H[support] @ d), check_finite=False)
    exact = origin[support] + step
    if np.all(exact > 0):
        rounded[support] = exact
    return rounded
