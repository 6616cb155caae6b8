"""Redraw gates within their cones: hit-and-run over the Gaussian restricted to a cone.

A step draws a line through the gate at random, and a point of the line from the Gaussian restricted
to the part of the line inside the cone (Smith, Oper. Res. 32, 1984). Hit-and-run mixes from any
start inside a convex set, a corner too (Lovász and Vempala, SIAM J. Comput. 35, 2006). A step on a
line leaves the distribution unchanged whatever fixed law the directions have. Here directions are
drawn mostly along axes in which the rows vary least, since a cone is widest there.
"""

import numpy as np

from fixing_ntk.masks.checks import array, count, generator

MAX_CONDITION = 1e3  # maximum ratio of the variances of directions along two axes


def redraw_gates(X, gates, n_draws, n_steps=1000, seed=0):
    """Draw new gates from N(0, I), each restricted to the cone of a given gate's mask.

    The cone of a gate g is ``{h : 1[X h >= 0] = 1[X g >= 0]}``. The gated network has the same
    output on the rows of X for every gate of the cone. At another point x only the side
    ``1[x^T h >= 0]`` may differ. The side is the same for all gates inside the cone if and only if
    x or -x is a nonnegative combination of the rows, after rows where the mask is 0 are negated
    (Farkas).

    Parameters
    ----------
    X : array (n, d)
        Rows of zeros restrict nothing.
    gates : array (d, k)
        Where the k chains start.
    n_draws : int
    n_steps : int
        Hit-and-run steps before each draw. Draws that few steps separate are correlated. If the
        given gates were drawn from N(0, I), the chains start in their distribution, and no draw
        need be discarded.
    seed : int, sequence of int, or numpy.random.Generator

    Returns
    -------
    ndarray (n_draws, d, k)
        Every draw has the masks of ``gates`` as float64 computes them: ``X @ draw >= 0``. Where
        rounding would change a mask, the walk is undone: the gate before it is repeated.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above.
    """
    X, start = array(X, "X", "n", "d"), array(gates, "gates", "d", "k")
    if X.shape[1] != len(start):
        raise ValueError(
            f"X must be (n, d) and gates (d, k) with one d, got {X.shape} and {start.shape}"
        )
    n_draws, n_steps, rng = count(n_draws, "n_draws"), count(n_steps, "n_steps"), generator(seed)
    masks = X @ start >= 0
    rows, scale = X[np.any(X, axis=1)], _directions(X)
    draws = np.empty((n_draws, *start.shape))
    for draw in draws:
        draw[:] = _walk(rows, start, scale, n_steps, rng)
        # A step that ends on a face of its cone may leave it by rounding: such a walk is undone.
        left = np.any((X @ draw >= 0) != masks, axis=0)
        draw[:, left] = start[:, left]
        start = draw
    return draws


def _directions(X):
    """Return the matrix (d, d) that maps a vector from N(0, I) to the random direction of a step.

    Before `_walk` scales directions to length one, their covariance is ``(X^T X)^-1``. Small
    eigenvalues of ``X^T X``, for X (n, d), are raised until its condition number is at most
    `MAX_CONDITION`.
    """
    variances, axes = np.linalg.eigh(X.T @ X)
    least = variances.max() / MAX_CONDITION or 1.0
    return axes / np.sqrt(np.maximum(variances, least))


def _walk(rows, gates, scale, n_steps, rng):
    """Return gates (d, k) after ``n_steps`` of hit-and-run in the cones of ``rows`` (n, d).

    The cone of a gate is the set where the product with each row has the sign that it has at the
    gate. No row is zero. ``scale`` (d, d) is the matrix of `_directions`.
    """
    sides = rows @ gates
    for _ in range(n_steps):
        along = scale @ rng.standard_normal(gates.shape)
        along /= np.linalg.norm(along, axis=0)
        change = rows @ along
        middle = -np.sum(gates * along, axis=0)  # the Gaussian on the line is N(middle, 1)
        with np.errstate(divide="ignore"):  # a line that leaves no half-space has no end
            relative = change / sides
            low = -1.0 / np.max(relative, axis=0, initial=0.0)
            high = 1.0 / np.abs(np.min(relative, axis=0, initial=0.0))
        step = middle + truncated_normal(low - middle, high - middle, rng)
        step = np.clip(step, low, high)
        gates, sides = gates + step * along, sides + step * change
    return gates


def truncated_normal(low, high, rng):
    """Draw k numbers from N(0, 1), each restricted to its interval between ``low`` and ``high``.

    Probabilities are taken in the left tail and as logarithms, so that draws from an interval far
    from zero are as exact as from an interval around zero.

    Parameters
    ----------
    low, high : ndarray (k,)
        May be infinite.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray (k,)
    """
    # Imported here: it takes a quarter of a second, and few callers redraw gates.
    from scipy.special import log_ndtr, ndtri_exp

    right = low > 0
    near, far = np.where(right, -high, low), np.where(right, -low, high)
    share = rng.random(len(low))
    with np.errstate(divide="ignore"):  # the logarithm of zero
        logs = np.log1p(-share) + log_ndtr(near), np.log(share) + log_ndtr(far)
    drawn = np.clip(ndtri_exp(np.logaddexp(*logs)), near, far)
    return np.where(right, -drawn, drawn)
