"""Small convex quadratic programs over the nonnegative orthant."""

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

STEP_TO_BOUNDARY = 0.995


def solve_nonneg_qp(H, c, start, max_iter=50, rtol=1e-11):
    """Minimise ``1/2 x^T H x + c^T x`` over ``x >= 0``, H positive semidefinite.

    Mehrotra's predictor-corrector interior point method, in variables scaled to a unit diagonal,
    then one exact solve on the support that it found. A projected Newton method was tried first and
    stalls where H is singular, as it is once there are more masks than samples.

    Parameters
    ----------
    H : ndarray (k, k)
    c : ndarray (k,)
    start : ndarray (k,)
        Nonnegative; sets the scale at which the method starts.
    max_iter : int
    rtol : float
        Complementarity ``x^T z`` at which to stop, relative to ``1 + |c^T x|`` in scaled variables.

    Returns
    -------
    ndarray (k,)
        Exactly zero off the support.
    """
    unit = 1.0 / np.sqrt(np.maximum(np.diag(H), 1e-300))
    H = H * unit * unit[:, None]
    c = c * unit
    size = max(np.mean(start / unit), 1e-8)
    x = np.maximum(start / unit, 0.1 * size)
    z = np.maximum(H @ x + c, 0.1 * np.abs(c).max() + 1e-300)
    k = len(c)
    for _ in range(max_iter):
        dual_residual = H @ x + c - z
        mu = x @ z / k
        if k * mu <= rtol * (1e-300 + abs(c @ x)) and np.abs(dual_residual).max() <= rtol * (
            np.abs(c).max()
        ):
            break
        try:
            barrier = H.copy()
            barrier[np.diag_indices(k)] += z / x
            factor = cho_factor(barrier, lower=True, overwrite_a=True, check_finite=False)
        except LinAlgError:
            break
        dx = cho_solve(factor, -dual_residual - z, check_finite=False)
        dz = -z - z / x * dx
        t = min(_to_boundary(x, dx), _to_boundary(z, dz))
        centred = (x + t * dx) @ (z + t * dz) / k
        target = mu * (centred / mu) ** 3
        correction = (target - dx * dz) / x
        dx = cho_solve(factor, -dual_residual - z + correction, check_finite=False)
        dz = -z - z / x * dx + correction
        t = min(1.0, STEP_TO_BOUNDARY * min(_to_boundary(x, dx), _to_boundary(z, dz)))
        x, z = x + t * dx, z + t * dz
    return _polish(H, c, x, z) * unit


def _to_boundary(x, dx):
    """Longest step that keeps ``x + t dx`` nonnegative, at most 1."""
    return 1.0 / max(1.0, np.max(-dx / x))


def _polish(H, c, x, z):
    """Solve on the support exactly; keep the interior point where that leaves the orthant."""
    support = np.flatnonzero(x > z)
    rounded = np.zeros_like(x)
    rounded[support] = x[support]
    if not support.size:
        return rounded
    try:
        factor = cho_factor(H[np.ix_(support, support)], lower=True, check_finite=False)
    except LinAlgError:
        return rounded
    exact = cho_solve(factor, -c[support], check_finite=False)
    if np.all(exact > 0):
        rounded[support] = exact
    return rounded
