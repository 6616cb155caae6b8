"""Gaussian measures of the cones of an arrangement in closed form, up to rank 3.

In rank 2 a measure is the angle of an arc, over 2 pi. In rank 3 it is the area of a spherical
polygon, over 4 pi. The area is the sum of the triangles between the gate inside the polygon and
each edge (Van Oosterom and Strackee, IEEE Trans. Biomed. Eng. 30, 1983).
"""

import numpy as np

from fixing_ntk.masks.hyperplanes import (
    NEARLY_DEGENERATE,
    arcs,
    complement,
    distinct,
    ends_of_arcs,
    find,
    hyperplanes,
    on_circle,
    packed,
    restrict,
    row_space,
    sides,
    unit,
)

EXACT_RANK = 3  # maximum rank in which the Gaussian measure of a cone has a closed form
MAX_ERROR = 1e-11  # maximum error of measures that count as exact
# Planes so near to parallel, or points so near to opposite, in radians, need care with rounding.
NEAR = 1e-3


def exact_measures(X, gates):
    """Return the Gaussian measure of the cell around each gate, in closed form, for rank 1 to 3.

    Parameters
    ----------
    X : ndarray (n, d)
        Of rank 1, 2 or 3.
    gates : ndarray (d, c)
        One gate inside each cell, as from `arrangements.arrangement_gates`.

    Returns
    -------
    ndarray (c,)
        ``P[h in K_i]`` for h ~ N(0, I) and the cell K_i around gate i. Up to `MAX_ERROR` they sum
        to one.

    Raises
    ------
    ValueError
        In rank 4 and above, where no closed form exists. If a cell has no gate or two. If rows are
        so nearly degenerate that rounding hides cells, or an error is above `MAX_ERROR`.
    """
    basis = row_space(X)
    if len(basis) > EXACT_RANK:
        raise ValueError(
            f"X has rank {len(basis)}: cones have closed-form measures up to rank {EXACT_RANK}"
        )
    normals, points = hyperplanes(X, basis), unit(gates.T @ basis.T)
    measures = _OF_RANK[len(basis)](normals, points)
    if measures.min() <= 0.0 or _error(measures, X, gates) > MAX_ERROR:
        raise ValueError(NEARLY_DEGENERATE)
    return measures


def _error(measures, X, gates):
    """Return the largest absolute error, a float, of two identities that exact measures fulfil.

    All measures (c,) sum to one. For two rows of X (n, d) at the angle theta, the measures of the
    masks that are 1 at both rows sum to ``(pi - theta) / (2 pi)``. This holds because the masking
    kernels, weighted by the measures, sum to the closed-form NTK. It is checked for each nonzero
    row with the nonzero row before it, for the first with the last. ``gates`` (d, c) give the
    masks.
    """
    rows = unit(X[np.any(X, axis=1)])
    after = np.roll(rows, 1, axis=0)
    difference, total = np.linalg.norm(rows - after, axis=1), np.linalg.norm(rows + after, axis=1)
    theta = 2.0 * np.arctan2(difference, total)
    open_ = rows @ gates >= 0
    share = (open_ & np.roll(open_, 1, axis=0)) @ measures
    off = np.abs(share - (np.pi - theta) / (2.0 * np.pi))
    return max(abs(measures.sum() - 1.0), off.max())


def _halves(normals, points):
    """Return the measures (2,) of the two cells of rank 1, a half each; no argument is used."""
    return np.full(2, 0.5)


def _angles(normals, points):
    """Return the measures (c,) of cells in rank 2: each cell's angle over 2 pi.

    ``normals`` (m, 2) are unit normals of the lines. ``points`` (c, 2) has one inside each cell,
    and measure i belongs to the cell of point i.
    """
    measures = np.zeros(len(points))
    at = find(sides(arcs(normals), normals), sides(points, normals))
    measures[at] = np.diff(ends_of_arcs(normals)) / (2.0 * np.pi)
    return measures


def _areas(normals, points):
    """Return the measures (c,) of cells in rank 3: each cell's area on the unit sphere over 4 pi.

    ``normals`` (m, 3) are unit normals of the planes. ``points`` (c, 3) are unit vectors, one
    inside each cell, and measure i belongs to the cell of point i. The area is a sum of spherical
    triangles, one for each edge of the cell, with the point as third corner.
    """
    cells, measures = sides(points, normals), np.zeros(len(points))
    for k, h in enumerate(normals):
        basis_h = complement(h)
        lines = _lines(k, normals, basis_h)
        ends = ends_of_arcs(lines)
        corners, middles = on_circle(ends) @ basis_h.T, arcs(lines) @ basis_h.T
        a, b, long = corners[:-1], corners[1:], np.diff(ends) > np.pi - NEAR
        signs = middles @ normals.T > 0
        for side in (True, False):
            signs[:, k] = side
            at = find(packed(signs), cells)
            areas = _triangles(points[at], a, b)
            if long.any():
                areas[long] = sum(
                    _triangles(points[at][long], *edge[:, long])
                    for edge in (np.array([a, middles]), np.array([middles, b]))
                )
            measures[at] += areas
    return measures / (4.0 * np.pi)


_OF_RANK = {1: _halves, 2: _angles, 3: _areas}


def _lines(k, normals, basis_h):
    """Return unit normals, within plane k, of the lines in which the other planes meet plane k.

    ``normals`` (m, 3) are unit normals of planes through 0, and row k belongs to plane k. The
    result is (q, 2), in coordinates of ``basis_h`` (3, 2), an orthonormal basis of plane k. Lines
    that coincide occur once.
    """
    others = np.delete(normals, k, axis=0)
    lines, lengths = restrict(others, basis_h)
    for j in np.flatnonzero(lengths < NEAR):
        # Division by a short length magnifies rounding. Both planes must get the same line: the
        # area between two different lines would be counted twice or not at all.
        pair = (others[j], normals[k]) if j < k else (normals[k], others[j])
        x, y = _meeting(*pair) @ basis_h
        lines[j] = y, -x
    return lines[distinct(lines, lengths)]


def _meeting(h, other):
    """Return a unit vector (3,), of either sign, along the line in which two planes through 0 meet.

    ``h`` and ``other`` (3,) are unit normals of the planes, and not parallel.
    """
    basis = complement(h)
    x, y = other @ basis
    return np.array([-y, x]) @ basis.T / np.hypot(x, y)


def _triangles(u, a, b):
    """Return the areas (k,) of k spherical triangles, at least 0, on the sphere of radius one.

    Triangle i has as corners row i of u, of a and of b. Each of them is (k, 3), of unit vectors.
    """
    volume = np.abs(np.einsum("kd,kd->k", u, np.cross(a, b)))
    dots = [np.einsum("kd,kd->k", *pair) for pair in ((u, a), (a, b), (b, u))]
    return 2.0 * np.arctan2(volume, 1.0 + sum(dots))
