"""Enumerate, exactly, the masks of all gates that lie on no hyperplane: one for each cell.

The hyperplanes ``x_i . u = 0`` cut the space of gates into cells, and the mask ``1[X u >= 0]`` is
constant on each. A new hyperplane h cuts a cell in two if h meets the interior of the cell. The
parts of h inside these cells are the cells of the arrangement restricted to h, in one dimension
less (deletion and restriction: Zaslavsky, Mem. Amer. Math. Soc. 154, 1975). So the cells follow by
recursion on the dimension, down to the arcs of a circle. Each cell is represented by a point
inside. The work is proportional to the number of cells of all sub-arrangements, and no linear
program is solved.
"""

from math import comb

import numpy as np

from fixing_ntk.masks.hyperplanes import (
    NEARLY_DEGENERATE,
    arcs,
    complement,
    distinct,
    find,
    hyperplanes,
    restrict,
    row_space,
    sides,
    unit,
)

ROUNDING = 1e-14  # distance to a hyperplane below which the side of a unit gate is uncertain


def cover_count(n, r):
    """Return the number of cells of n hyperplanes through 0 in general position in R^r.

    It is ``2 sum_{k<r} C(n - 1, k)``, an upper bound for any n hyperplanes (Cover, IEEE Trans.
    Electron. Comput. EC-14, 1965).
    """
    return 2 * sum(comb(n - 1, k) for k in range(r)) if n else 1


def arrangement_gates(X, limit):
    """Return one gate inside each full-dimensional cell of the hyperplanes ``x_i . u = 0``.

    Parameters
    ----------
    X : ndarray (n, d)
        Repeated, collinear and zero rows are allowed.
    limit : int
        Largest allowed value of Cover's bound (`cover_count`) on the number of cells, for the
        distinct hyperplanes in the rank of X.

    Returns
    -------
    ndarray (d, c)
        Gates of unit length in the row space of X, one for each of the c cells.

    Raises
    ------
    ValueError
        If X is zero, Cover's bound exceeds the limit, or rows are so nearly degenerate that
        rounding hides cells.
    """
    basis = row_space(X)
    if not len(basis):
        raise ValueError("X is zero: every gate gives the same mask")
    normals = hyperplanes(X, basis)
    bound = cover_count(len(normals), len(basis))
    if bound > limit:
        raise ValueError(
            f"{len(normals)} hyperplanes in rank {len(basis)} may have {bound:,} cells, above the "
            f"limit of {limit:,}: raise the limit, or sample masks with MaskSet.sample"
        )
    points = _cells(normals, np.ones(len(normals)))
    if _margin(points, normals).min() <= ROUNDING:
        raise ValueError(NEARLY_DEGENERATE)
    return basis.T @ points.T


def _cells(normals, lengths):
    """Return unit vectors (c, r), one inside each cell that hyperplanes through 0 cut R^r into.

    ``normals`` (m, r) are their unit normals, of which no two may be collinear. ``lengths`` (m,)
    are as in `hyperplanes.distinct`. ValueError is raised if rounding hides a cell.
    """
    m, r = normals.shape
    if r == 1:
        return np.array([[1.0], [-1.0]])
    if r == 2:
        return arcs(normals)
    inside = np.vstack([normals[0], -normals[0]])
    for k in range(1, m):
        inside = _cut(inside, normals[:k], lengths[:k], normals[k])
    return inside


def _cut(inside, normals, lengths, h):
    """Add the hyperplane with unit normal h; return a point in each cell of the new arrangement.

    Parameters
    ----------
    inside : ndarray (c, r)
        A point in each cell before.
    normals : ndarray (m, r)
        Unit normals of the hyperplanes before.
    lengths : ndarray (m,)
        As in `hyperplanes.distinct`.
    h : ndarray (r,)

    Returns
    -------
    ndarray (c + q, r)
        h cuts q of the c cells in two. Row i < c is a point of cell i, in its part that holds
        ``inside[i]`` if it is cut. The last q rows are points of the other parts. Row i is
        ``inside[i]``, or a new point of the same part that is farther from its nearest hyperplane.

    Raises
    ------
    ValueError
        If rounding hides a cell.
    """
    basis = complement(h)
    inner, shrinkage = restrict(normals, basis)
    inner_lengths = lengths * shrinkage
    keep = distinct(inner, inner_lengths)
    on_h = _cells(inner[keep], inner_lengths[keep]) @ basis.T
    slopes = normals @ h
    room = np.abs(on_h @ normals.T) / np.maximum(np.abs(slopes), 1e-300)
    # A step along h so short that it crosses no other hyperplane.
    lift = np.minimum(0.5 * room.min(axis=1), 1.0)[:, None] * h
    parents = find(sides(on_h, normals), sides(inside, normals))
    side = np.where(inside[parents] @ h >= 0, 1.0, -1.0)[:, None]
    after = np.vstack([normals, h])
    fresh, old = unit(on_h + side * lift), inside[parents]
    better = _margin(fresh, after) > _margin(old, after)
    inside = inside.copy()
    inside[parents[better]] = fresh[better]
    return np.vstack([inside, unit(on_h - side * lift)])


def _margin(points, normals):
    """Return the distance (c,) of each of the points (c, r) to the nearest hyperplane.

    The hyperplanes go through 0, and ``normals`` (m, r) are their unit normals.
    """
    return np.abs(points @ normals.T).min(axis=1)
