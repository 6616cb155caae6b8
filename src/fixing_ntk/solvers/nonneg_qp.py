"""Small convex quadratic programs over the nonnegative orthant."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

ARMIJO = 1e-4


def solve_nonneg_qp(H, c, x, max_iter=60, rtol=1e-12):
    """Minimise ``1/2 x^T H x + c^T x`` over ``x >= 0`` by projected Newton.

    Each step solves for the free variables exactly and projects (Bertsekas, SIAM J. Control
    Optim. 20, 1982), so that once the support is right one step ends it.

    Parameters
    ----------
    H : ndarray (k, k)
        Positive definite.
    c : ndarray (k,)
    x : ndarray (k,)
        Nonnegative start.
    max_iter : int
    rtol : float
        Stop when a full step changes the value by less than this share.

    Returns
    -------
    ndarray (k,)
    """
    Hx = H @ x
    value = 0.5 * x @ Hx + c @ x
    for _ in range(max_iter):
        gradient = Hx + c
        free = np.flatnonzero((x > 0) | (gradient < 0))
        if not free.size:
            break
        step = -cho_solve(cho_factor(H[np.ix_(free, free)], lower=True), gradient[free])
        t = 1.0
        while True:
            trial = x.copy()
            trial[free] = np.maximum(x[free] + t * step, 0.0)
            H_trial = H @ trial
            trial_value = 0.5 * trial @ H_trial + c @ trial
            if trial_value <= value + ARMIJO * gradient @ (trial - x) or t < 1e-10:
                break
            t *= 0.5
        settled = t == 1.0 and value - trial_value <= rtol * abs(value)
        if trial_value <= value:
            x, Hx, value = trial, H_trial, trial_value
        if settled or t < 1e-10:
            break
    return x
