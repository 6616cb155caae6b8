"""Kernel weights of all cones in the plane, and each program's fit in one dimension."""

import numpy as np

from fixing_ntk.comparison.records import UncertifiedFit
from fixing_ntk.kernels import ntk
from fixing_ntk.masks import MaskSet
from fixing_ntk.results.bounds import not_negative, shares, whole_numbers
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve_mkl

SHOWN = (np.inf, 2.0, 4 / 3, 1.0)


def target(x):
    """Return the target at x: piecewise linear on [-2, 2] with two kinks, constant outside."""
    return np.interp(x, [-2.0, -0.5, 0.5, 2.0], [0.5, -0.7, 0.8, 0.2])


def cone_weights(tol, seed, *, n=10, noise=0.1, share=0.02):
    """Fit ``n`` noisy samples of `target` on [-2, 2] over all masks, at every p of `SHOWN`.

    A bias column makes a sample the point ``(x, 1)`` of the plane, and gates lie in the plane too.

    Parameters
    ----------
    tol : float
        Relative gap of the fits.
    seed : int
    n : int
        Samples.
    noise : float
        Standard deviation of the noise on the targets.
    share : float
        Penalty mu over the largest eigenvalue of the NTK, the same for every p.

    Returns
    -------
    data : dict of ndarray
        ``x``, ``y`` (n,) and the penalty ``mu``; the e ``exponents`` p, decreasing. For the c cones
        whose gates open for a sample: ``low`` and ``high`` (c,), the angles in radians between
        which a cone of gates lies, ``ntk_weights`` (c,) and each program's kernel weights ``eta``
        (e, c). ``closed`` (2,), the angles of the cone whose gates open for no sample. At the k
        points of ``grid``: the ``target`` (k,) and the predictions ``fits`` (e, k), means over the
        gates of each cone as in `open_shares`. ``objective`` (e,) over half the squared norm of y,
        and relative ``gap`` (e,).
    rows : list
        Empty: no claim is checked.

    Raises
    ------
    UncertifiedFit
        If a fit misses the gap; the message names p.
    """
    whole_numbers(2, n=n)
    not_negative(noise=noise)
    shares(share=share)
    rng = stream(seed, "cone_weights")
    middles = -2.0 + 4.0 * (np.arange(n) + 0.5) / n
    x = middles + rng.uniform(-1.0, 1.0, n) / n  # a sample in the middle half of each interval
    y = target(x) + noise * rng.standard_normal(n)
    X, grid = plane(x), np.linspace(-2.3, 2.3, 461)
    masks, mu = MaskSet.enumerate(X), share * np.linalg.eigvalsh(ntk(X))[-1]
    low, high = cones(X, masks.gates)
    features = open_shares(plane(grid), low, high)
    solutions = [solve_mkl(X, y, masks, mu, p, tol=tol) for p in SHOWN]
    for solution in solutions:
        if not solution.gap <= tol:
            raise UncertifiedFit(
                f"cone_weights, p = {solution.p:.3g}: relative gap {solution.gap:.2e} is above "
                f"{tol:.0e}; raise `cone_weights.share` in the configuration"
            )
    data = dict(
        x=x,
        y=y,
        mu=mu,
        exponents=np.array(SHOWN),
        low=low,
        high=high,
        ntk_weights=masks.ntk_weights,
        eta=np.array([solution.eta for solution in solutions]),
        closed=np.ravel(cones(X, np.array([[0.0], [-1.0]]))),
        grid=grid,
        target=target(grid),
        fits=np.array([np.sum(features * (plane(grid) @ s.weights), axis=1) for s in solutions]),
        objective=np.array([solution.objective for solution in solutions]) / (0.5 * y @ y),
        gap=np.array([solution.gap for solution in solutions]),
    )
    return data, []


def plane(x):
    """Return the points ``(x, 1)`` of the plane, (n, 2)."""
    return np.column_stack([x, np.ones_like(x)])


def cones(X, gates):
    """Return the angles, in radians, at which the cone of each gate starts and ends, each (c,).

    X (n, 2) holds samples and ``gates`` (2, c) gates. A cone is the set of gates with the same
    mask. At its ends, gates are orthogonal to a sample. A start may be negative, and an end above 2
    pi.
    """
    normals = np.arctan2(X[:, 1], X[:, 0])
    ends = np.sort(np.concatenate([normals + 0.5 * np.pi, normals - 0.5 * np.pi]) % (2 * np.pi))
    ends = np.concatenate([ends[-1:] - 2 * np.pi, ends, ends[:1] + 2 * np.pi])
    after = np.searchsorted(ends, np.arctan2(gates[1], gates[0]) % (2 * np.pi))
    return ends[after - 1], ends[after]


def open_shares(Z, low, high):
    """Return ``P[z^T h >= 0 | h in K_i]``, (k, c), for k points z and c cones K_i.

    Z (k, 2) holds the points, ``low`` and ``high`` (c,) the angles of the `cones`, and h is a
    Gaussian gate. As the number of gates grows, a network that keeps every drawn gate predicts
    ``sum_i P[z^T h >= 0 | h in K_i] z^T w_i``. This is a mean over each cone, so it does not depend
    on the gate that represents the cone.
    """
    angle = np.arctan2(Z[:, 1], Z[:, 0])[:, None]
    overlap = 0.0
    for turn in (-2 * np.pi, 0.0, 2 * np.pi):
        start, end = angle - 0.5 * np.pi + turn, angle + 0.5 * np.pi + turn
        overlap = overlap + np.maximum(0.0, np.minimum(high, end) - np.maximum(low, start))
    return overlap / (high - low)
