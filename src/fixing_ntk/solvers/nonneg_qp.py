"""Small convex quadratic programs over the nonnegative orthant."""

import numpy as np

from fixing_ntk.programs import routines

LAPACK = routines(np.float64)
PIVOTS = 8  # exchanges of the support before the interior point method takes over
STEP_TO_BOUNDARY = 0.995
MUST_SHRINK = 0.8  # maximum share of the complementarity that a step may leave


class NonnegQP:
    """Minimise ``gradient^T (x - start) + 1/2 (x - start)^T H (x - start)`` over x >= 0, for one H.

    The method is block principal pivoting (Judice and Pires, Comput. Oper. Res. 21, 1994). It is
    exact, and takes two or three factors of the order of the support if the first support is nearly
    right. If H is singular, as with more masks than samples, pivoting can cycle. After `PIVOTS`
    exchanges, or at a support on which H has no Cholesky factor, an interior point method solves
    the program instead. A projected Newton method stalls for singular H.

    Parameters
    ----------
    H : ndarray (k, k)
        Positive semidefinite.
    """

    def __init__(self, H):
        self.H = H
        self.inside, self.factor = np.zeros(len(H), bool), None  # of the last support

    def minimise(self, gradient, start, warm_start=None):
        """Return the minimiser (k,), exactly zero off its support.

        Parameters
        ----------
        gradient : ndarray (k,)
            Gradient of the objective at ``start``.
        start : ndarray (k,)
            Nonnegative.
        warm_start : ndarray (k,), optional
            Minimiser of a similar model; pivoting begins at its support.
        """
        inside = (start > 0) | (gradient < 0) if warm_start is None else warm_start > 0
        x = self._by_pivoting(gradient, start, inside)
        return _by_interior_point(self.H, gradient, start) if x is None else x

    def _by_pivoting(self, gradient, start, inside):
        """Return the minimiser by pivoting from the support ``inside`` (bool), or None if it fails.

        ``gradient`` and ``start`` are as for `minimise`. Pivoting fails if the support has not
        settled after `PIVOTS` exchanges, or H is singular on it.
        """
        tolerance = 1e-12 * np.abs(gradient).max(initial=0.0)
        for _ in range(PIVOTS):
            factor = self._factor_on(inside)
            if factor is None:
                return None
            x = _on_support(self.H, gradient, start, np.flatnonzero(inside), factor)
            slack = gradient + self.H @ (x - start)
            leave, enter = inside & (x <= 0), ~inside & (slack < -tolerance)
            if not (leave.any() or enter.any()):
                return x
            inside = inside & ~leave | enter
        return None

    def _factor_on(self, inside):
        if self.factor is None or not np.array_equal(inside, self.inside):
            self.inside, self.factor = inside, _factor(self.H, np.flatnonzero(inside))
        return self.factor


def _factor(H, support):
    """Return the Cholesky factor of H on a support; None if H is not positive definite there.

    It is the lower triangular array L with ``L L^T = H[support, support]``, for positions
    ``support``. Entries above the diagonal mean nothing.
    """
    if not len(support):
        return np.zeros((0, 0))
    factor, failed = LAPACK.potrf(H[np.ix_(support, support)], lower=1)
    return None if failed else factor


def _on_support(H, gradient, start, support, factor):
    """Return the exact minimiser over all x, of any sign, that are zero off the support.

    ``support`` has positions, and ``factor`` is from `_factor`. ``gradient`` and ``start`` are as
    for `NonnegQP.minimise`.
    """
    x = np.zeros_like(start)
    if not len(support):
        return x
    d = -start
    d[support] = 0.0
    step = LAPACK.potrs(factor, -(gradient[support] + H[support] @ d), lower=1)[0]
    x[support] = start[support] + step
    return x


def _by_interior_point(H, gradient, start, max_iter=50, rtol=1e-6):
    """Return the minimiser by Mehrotra's predictor-corrector method and one exact solve.

    The exact solve is on the support that the method found. If it fails or has an entry <= 0 there,
    the method's own x is returned, zero off this support. Arguments are as for `NonnegQP.minimise`.
    Variables are scaled to a unit diagonal of H. The unknown is the step ``x - start``, so that a
    step far below ``start`` keeps its digits. The method stops at complementarity ``rtol`` times
    the decrease of the objective.
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
        barrier = H.copy()
        barrier[np.diag_indices(k)] += z / x
        factor, failed = LAPACK.potrf(barrier, lower=1)
        if failed:
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
    support = np.flatnonzero(x > z)
    factor = _factor(H, support)
    exact = None if factor is None else _on_support(H, g, origin, support, factor)
    if exact is None or np.any(exact[support] <= 0):
        exact = np.where(x > z, x, 0.0)
    return exact * unit


def _direction(factor, x, z, dual_residual, target, second_order):
    """Return the primal-dual Newton direction dx, dz to ``x z = target``, and its longest step.

    ``second_order`` is the term ``dx dz`` of an earlier direction, and ``factor`` is of ``H +
    diag(z / x)``. ``dual_residual`` is the gradient at x minus the multipliers z. The step keeps x
    and z nonnegative, and is at most 1.
    """
    correction = (target - second_order) / x
    dx = LAPACK.potrs(factor, correction - dual_residual - z, lower=1)[0]
    dz = correction - z - z / x * dx
    return dx, dz, min(_to_boundary(x, dx), _to_boundary(z, dz))


def _to_boundary(x, dx):
    """Return the longest step that keeps ``x + t dx`` nonnegative, at most 1."""
    return 1.0 / max(1.0, np.max(-dx / x))
