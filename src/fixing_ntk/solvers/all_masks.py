"""Bounds on the optimum over all masks, for p > 1, from fresh gates that no fit has used.

Over all masks the sums of `programs.lp_mkl` are expectations over a gate h ~ N(0, I) with the mask
D_h and the score ``s_h = ||X^T D_h a||``. N and the outputs f of the weights that a gives are ::

    N(a) = (E s_h^(2p'))^(1/p'),    f(a) = E (s_h^2 / N)^(p'-1) D_h X X^T D_h a / mu

Any dual point a bounds the optimum from below by D(a), and from above by P at these weights, whose
norm is ``Omega^2 = N / mu^2``. With fresh gates in place of the expectations each bound has an
error. The jackknife over batches of gates estimates the standard error, and removes, to first
order, the bias of a root of a mean (Efron and Stein, Ann. Statist. 9, 1981).
"""

from typing import NamedTuple

import numpy as np

from fixing_ntk.kernels import ntk
from fixing_ntk.masks.checks import array, count, generator
from fixing_ntk.programs import MKLSolution, lp_mkl

ROUNDING = 1e-9  # relative, of the residual's square
BATCHES = 20


class Bounds(NamedTuple):
    """Estimated lower and upper bound on the optimum over all masks, and their standard errors.

    They are in the units of `MKLSolution.objective`. ``lower_error`` and ``upper_error`` are the
    standard errors.
    """

    lower: float
    lower_error: float
    upper: float
    upper_error: float


def bounds_over_all_masks(X, y, solution, n_gates=20_000, seed=0):
    """Bound the optimal objective over all masks from the dual point of a solution on some of them.

    In place of expectations over all gates the bounds have means over fresh gates h ~ N(0, I). The
    jackknife removes their bias to first order, and gives their standard errors.

    Parameters
    ----------
    X : array (n, d)
        Samples of the program that is bounded. The bounds hold whatever samples ``solution`` was
        fitted to, but of other samples they are far apart.
    y : array (n,)
        Targets that ``solution`` was fitted to.
    solution : MKLSolution
        Solution of a program with p above 1 and the squared loss, without weights or an intercept.
    n_gates : int
        Number of fresh gates, rounded up to a multiple of `BATCHES`, the number of batches of the
        jackknife. The standard error falls as ``1 / sqrt(n_gates)``.
    seed : int, sequence of int, or numpy.random.Generator
        Another seed than that of the gates of ``solution``.

    Returns
    -------
    Bounds

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the right type, shape or range, or ``solution`` is of other targets
        or another kind of program.
    """
    X, y = array(X, "X", "n", "d"), array(y, "y", "n")
    if not isinstance(solution, MKLSolution):
        raise TypeError(f"solution must be an MKLSolution, got {type(solution).__name__}")
    if not len(X) == len(y) == len(solution.dual_point):
        raise ValueError(
            f"X, y and solution must be of the same samples, got {len(X)}, {len(y)} and "
            f"{len(solution.dual_point)}"
        )
    if not solution.p > 1.0:
        raise ValueError("solution must be of p above 1: at p = 1 a sample gives no lower bound")
    # For the squared loss the duality gap is at least half the squared distance of a and y - A w.
    off = y - solution.fitted - solution.dual_point
    if solution.intercept or off @ off > (solution.gap + ROUNDING) * (y @ y):
        raise ValueError(
            "solution must be of these targets by the squared loss, without weights or an intercept"
        )
    rng, size = generator(seed), -(-count(n_gates, "n_gates") // BATCHES)
    a, mu, q = solution.dual_point, solution.mu, lp_mkl.conjugate(solution.p)
    among = solution.ntk_eta > 0.0
    Ha, of_ntk = (ntk(X) @ a, lp_mkl.NTK_SHARE) if among else (np.zeros_like(a), 0.0)
    aX, unit = a[:, None] * X, float(np.sum((a[:, None] * X) ** 2)) or 1.0
    moments, outputs = np.empty(BATCHES), np.empty((BATCHES, len(y)))
    for b in range(BATCHES):
        M = (X @ rng.standard_normal((X.shape[1], size)) >= 0).astype(float)
        V = M.T @ aX
        squared = np.einsum("kd,kd->k", V, V) / unit
        weight = squared ** (q - 1.0)
        moments[b] = np.mean(weight * squared)
        outputs[b] = np.einsum("nd,nd->n", X, M @ (weight[:, None] * V)) / size

    def bounds(moment, output):
        """Return the lower and the upper bound on the optimum, (2,), from two means over gates.

        The lower one is the dual objective at the best multiple of a. The upper one is the primal
        objective of the weights that a gives. D is the mask of a gate, and ``s^2 = ||X^T D a||^2 /
        unit``. ``unit``, the sum of all ``(a_j X_jk)^2``, keeps powers of s in range. ``moment`` is
        the mean of ``s^(2p')``, a float, and ``output`` the mean of ``s^(2p'-2) D X X^T D a``,
        (n,). p' is the conjugate exponent of p.
        """
        own = (a @ Ha / unit) ** q
        N = unit * ((1.0 - of_ntk) * moment + of_ntk * own) ** (1.0 / q)
        if N == 0.0:  # no mask has a score, so the bounds are those of the zero function
            return np.array([0.0, 0.5 * y @ y])
        f = (1.0 - of_ntk) * output * (unit / N) ** (q - 1.0)
        f = (f + of_ntk * (a @ Ha / N) ** (q - 1.0) * Ha) / mu
        t = lp_mkl.best_multiple(a, y, N, mu)
        residual = y - f
        upper = 0.5 * residual @ residual + N / (2.0 * mu)
        return np.array([lp_mkl.dual(t * a, y, t * t * N, mu), upper])

    whole = bounds(moments.mean(), outputs.mean(axis=0))
    without = np.array(
        [
            bounds(np.delete(moments, b).mean(), np.delete(outputs, b, axis=0).mean(axis=0))
            for b in range(BATCHES)
        ]
    )
    values = BATCHES * whole - (BATCHES - 1) * without.mean(axis=0)
    errors = np.sqrt((BATCHES - 1) * without.var(axis=0))
    return Bounds(float(values[0]), float(errors[0]), float(values[1]), float(errors[1]))
