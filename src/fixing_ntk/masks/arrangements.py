"""Every activation pattern of a data matrix, exactly: the cells of its hyperplane arrangement.

The patterns ``1[X u >= 0]`` are constant on the cells into which the hyperplanes ``x_i . u = 0``
cut the space of gates. Adding the hyperplane h to an arrangement cuts a cell in two just where h
meets its interior, and those meetings are the cells of the arrangement restricted to h, in one
dimension less (deletion and restriction: Zaslavsky, Mem. Amer. Math. Soc. 154, 1975). So the cells
follow by recursion on the dimension, down to the arcs of a circle, each with a point inside: work
is proportional to the cells of all sub-arrangements met, and no linear program is solved.
"""

from math import comb

import numpy as np

COLLINEAR = 1e-9  # sine of the angle below which two normals are one hyperplane
RANK = 1e-10  # singular values below this share of the largest are zero
EXACT_RANK = 3  # up to it the Gaussian measure of a cone has a closed form


def cover_count(n, r):
    """Cells of n hyperplanes in general position in R^r: ``2 sum_{k<r} C(n - 1, k)``.

    Cover, IEEE Trans. Electron. Comput. EC-14 (1965); an upper bound for any n hyperplanes.
    """
    return 2 * sum(comb(n - 1, k) for k in range(r)) if n else 1


def arrangement_gates(X, limit):
    """One gate inside each full-dimensional cell of ``{u : x_i . u = 0}``.

    Parameters
    ----------
    X : ndarray (n, d)
        Repeated, collinear and zero rows are allowed.
    limit : int
        Most cells that may be enumerated, by Cover's bound.

    Returns
    -------
    ndarray (d, c)
        In the row space of X, of unit length.

    Raises
    ------
    ValueError
        If the bound exceeds the limit, or rows are so nearly degenerate that rounding hides cells.
    """
    basis = _row_space(X)
    if not len(basis):
        raise ValueError("X is zero: every gate gives the same mask")
    normals = _hyperplanes(X @ basis.T)
    bound = cover_count(len(normals), len(basis))
    if bound > limit:
        raise ValueError(
            f"{len(normals)} hyperplanes in rank {len(basis)} may have {bound:,} cells, above the "
            f"limit of {limit:,}: raise the limit, or sample masks with MaskSet.sample"
        )
    return basis.T @ _cells(normals).T


def cone_measures(X, gates):
    """Gaussian measure of the cell around each gate, exact in rank 2 and 3.

    Rank 2: angles of arcs. Rank 3: areas of spherical polygons, each the sum of the triangles that
    join the gate to an edge (Van Oosterom and Strackee, IEEE Trans. Biomed. Eng. 30, 1983).

    Parameters
    ----------
    X : ndarray (n, d)
        Of rank at most 3.
    gates : ndarray (d, c)
        One in each cell, as from `arrangement_gates`.

    Returns
    -------
    ndarray (c,)
        ``P[h in K_i]`` for h ~ N(0, I); sums to one.

    Raises
    ------
    ValueError
        In rank 4 and above, where no closed form exists.
    """
    basis = _row_space(X)
    normals, points = _hyperplanes(X @ basis.T), _unit(gates.T @ basis.T)
    if len(basis) > EXACT_RANK:
        raise ValueError(
            f"X has rank {len(basis)}: cones have closed-form measures up to rank {EXACT_RANK}"
        )
    if len(basis) == 1:
        return np.full(2, 0.5)
    position = {key: i for i, key in enumerate(_keys(points, normals))}
    measures = np.zeros(len(points))
    if len(basis) == 2:
        at = [position[key] for key in _keys(_arcs(normals), normals)]
        measures[at] = np.diff(_ends(normals)) / (2.0 * np.pi)
        return measures
    for k, h in enumerate(normals):
        basis_h = _complement(h)
        lines = _hyperplanes(np.delete(normals, k, axis=0) @ basis_h)
        corners = _on_circle(_ends(lines)) @ basis_h.T
        signs = _arcs(lines) @ basis_h.T @ normals.T > 0
        for side in (True, False):
            signs[:, k] = side
            at = [position[row.tobytes()] for row in np.packbits(signs, axis=1)]
            measures[at] += _triangles(points[at], corners[:-1], corners[1:])
    return measures / (4.0 * np.pi)


def rank(X):
    """Rank of X, to the tolerance of this module."""
    return len(_row_space(X))


def _row_space(X):
    """Orthonormal basis (r, d) of the row space of X."""
    _, values, Vt = np.linalg.svd(X, full_matrices=False)
    return Vt[: int(np.sum(values > RANK * values.max(initial=0.0)))]


def _cells(normals):
    """Unit vectors (c, r), one inside each cell, for unit normals (m, r), no two collinear."""
    m, r = normals.shape
    if r == 1:
        return np.array([[1.0], [-1.0]])
    if r == 2:
        return _arcs(normals)
    inside = np.vstack([normals[0], -normals[0]])
    for k in range(1, m):
        inside = _cut(inside, normals[:k], normals[k])
    return inside


def _arcs(normals):
    """Midpoints of the arcs into which lines through the origin cut the circle."""
    ends = _ends(normals)
    return _on_circle(0.5 * (ends[:-1] + ends[1:]))


def _ends(normals):
    """Angles of the lines with these normals (m, 2), all 2 m, increasing, and the first again."""
    ends = np.sort(np.arctan2(normals[:, 1], normals[:, 0]) % np.pi) + 0.5 * np.pi
    return np.concatenate([ends, ends + np.pi, ends[:1] + 2.0 * np.pi])


def _on_circle(angles):
    return np.column_stack([np.cos(angles), np.sin(angles)])


def _triangles(u, a, b):
    """Areas of spherical triangles with unit corners, (k,)."""
    volume = np.abs(np.einsum("kd,kd->k", u, np.cross(a, b)))
    dots = [np.einsum("kd,kd->k", *pair) for pair in ((u, a), (a, b), (b, u))]
    return 2.0 * np.arctan2(volume, 1.0 + sum(dots))


def _cut(inside, normals, h):
    """Points inside the cells once hyperplane h cuts those of ``normals``."""
    basis = _complement(h)
    on_h = _cells(_hyperplanes(normals @ basis)) @ basis.T
    slopes = normals @ h
    room = np.abs(on_h @ normals.T) / np.maximum(np.abs(slopes), 1e-300)
    lift = np.minimum(0.5 * room.min(axis=1), 1.0)[:, None] * h
    cell = {key: i for i, key in enumerate(_keys(inside, normals))}
    parents = np.array([cell[key] for key in _keys(on_h, normals)])
    sides = np.where(inside[parents] @ h >= 0, 1.0, -1.0)[:, None]
    after = np.vstack([normals, h])
    fresh, old = _unit(on_h + sides * lift), inside[parents]
    better = _margin(fresh, after) > _margin(old, after)
    inside = inside.copy()
    inside[parents[better]] = fresh[better]
    return np.vstack([inside, _unit(on_h - sides * lift)])


def _hyperplanes(rows):
    """Unit normals of the distinct hyperplanes of the nonzero rows."""
    norms = np.linalg.norm(rows, axis=1)
    normals = rows[norms > COLLINEAR * norms.max(initial=0.0)]
    normals = _unit(normals)
    keep: list[int] = []
    for i, normal in enumerate(normals):
        others = normals[keep]
        # The part across, since a cosine near one has lost the digits.
        across = normal - (others @ normal)[:, None] * others
        if np.all(np.linalg.norm(across, axis=1) > COLLINEAR):
            keep.append(i)
    return normals[keep]


def _complement(h):
    """Orthonormal basis (r, r - 1) of the hyperplane with unit normal h."""
    return np.linalg.svd(h[None, :])[2][1:].T


def _keys(points, normals):
    signs = np.packbits(points @ normals.T > 0, axis=1)
    return [row.tobytes() for row in signs]


def _margin(points, normals):
    return np.abs(points @ normals.T).min(axis=1)


def _unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
