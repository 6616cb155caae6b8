"""Hyperplanes through the origin, given by unit normals: which coincide, and the cells they cut.

Rounding hides whether two hyperplanes coincide, or several meet in one line. One rule decides: unit
normals are dependent if one of them lies within `DEPENDENT` of the span of the others. The rule
gives the same answer whichever hyperplane the other hyperplanes are restricted to.
"""

import numpy as np

DEPENDENT = 1e-12  # far above rounding, far below differences between measured rows
NEARLY_DEGENERATE = "rows of X are nearly degenerate: rounding hides cells; round X first"


def rank(X):
    """Return the numerical rank of X (n, d), the dimension of `row_space`."""
    return len(row_space(X))


def row_space(X):
    """Return an orthonormal basis (r, d) of the row space of X (n, d), one vector a row.

    Singular values below `DEPENDENT` times the largest count as zero. If this would lose a row
    that is short beside the others, nonzero rows are first scaled to length one.
    """
    basis = _right_vectors(X)
    lost = np.linalg.norm(X - X @ basis.T @ basis, axis=1)
    if np.any(lost > DEPENDENT * np.linalg.norm(X, axis=1)):  # short rows, hidden by long ones
        basis = _right_vectors(unit(X[np.any(X, axis=1)]))
    return basis


def _right_vectors(X):
    """Return the right singular vectors (r, d) of X (n, d) that `row_space` counts, as rows.

    Their singular values are above `DEPENDENT` times the largest one.
    """
    _, values, Vt = np.linalg.svd(X, full_matrices=False)
    return Vt[: int(np.sum(values > DEPENDENT * values.max(initial=0.0)))]


def hyperplanes(X, basis):
    """Return unit normals (m, r) of the distinct hyperplanes ``x_i^T u = 0`` of nonzero rows of X.

    They are in coordinates of ``basis`` (r, d), an orthonormal basis of the row space.
    """
    rows = X @ basis.T
    normals = unit(rows[np.any(rows, axis=1)])
    return normals[distinct(normals, np.ones(len(normals)))]


def restrict(normals, basis):
    """Intersect hyperplanes with a subspace, and return their normals within the subspace.

    Parameters
    ----------
    normals : ndarray (m, r)
        Unit normals.
    basis : ndarray (r, k)
        Orthonormal basis of the subspace, one vector a column.

    Returns
    -------
    inner : ndarray (m, k)
        Unit normals in coordinates of the basis.
    lengths : ndarray (m,)
        Lengths of the projections of ``normals`` onto the subspace. All must be above zero: no
        hyperplane contains the subspace.
    """
    rows = normals @ basis
    lengths = np.linalg.norm(rows, axis=1)
    return rows / lengths[:, None], lengths


def distinct(normals, lengths):
    """Return the positions of the hyperplanes that do not coincide with an earlier one returned.

    Parameters
    ----------
    normals : ndarray (m, r)
        Unit normals.
    lengths : ndarray (m,)
        Length of each hyperplane's original unit normal after projection onto all subspaces to
        which it was restricted (`restrict`); 1 without restriction. Two hyperplanes coincide if
        the sine of their angle, times the shorter length, is at most `DEPENDENT`.

    Returns
    -------
    list of int
    """
    keep: list[int] = []
    for i, normal in enumerate(normals):
        shorter = np.minimum(lengths[i], lengths[keep])
        cosines = normals[keep] @ normal
        doubtful = (1.0 - cosines**2) * shorter**2 < 1e-12
        if doubtful.any():
            # The orthogonal component, since a cosine near one has lost the digits.
            across = normal - cosines[doubtful, None] * normals[keep][doubtful]
            if np.any(np.linalg.norm(across, axis=1) * shorter[doubtful] <= DEPENDENT):
                continue
        keep.append(i)
    return keep


def complement(h):
    """Return an orthonormal basis (r, r - 1), as columns, of the hyperplane with unit normal h."""
    return np.linalg.svd(h[None, :])[2][1:].T


def arcs(normals):
    """Return the midpoints (2 m, 2) of the arcs into which m lines through 0 cut the unit circle.

    ``normals`` (m, 2) are normals of the lines. The arcs are in the order of their angles.
    """
    ends = ends_of_arcs(normals)
    return on_circle(0.5 * (ends[:-1] + ends[1:]))


def ends_of_arcs(normals):
    """Return the angles at which m lines through 0 cut the unit circle, increasing, (2 m + 1,).

    ``normals`` (m, 2) are normals of the lines. The last angle is the first one plus 2 pi.
    """
    ends = np.sort(np.arctan2(normals[:, 1], normals[:, 0]) % np.pi) + 0.5 * np.pi
    return np.concatenate([ends, ends + np.pi, ends[:1] + 2.0 * np.pi])


def on_circle(angles):
    """Return the points (k, 2) of the unit circle at angles (k,)."""
    return np.column_stack([np.cos(angles), np.sin(angles)])


def sides(points, normals):
    """Return on which side of each hyperplane each point lies: a list with one ``bytes`` a point.

    Bit j is 1 if the point, a row of ``points`` (c, r), has a positive product with row j of
    ``normals`` (m, r).
    """
    return packed(points @ normals.T > 0)


def packed(rows):
    """Pack each row of booleans (c, m) into bits; return a list with one ``bytes`` for each row."""
    return [row.tobytes() for row in np.packbits(rows, axis=1)]


def find(cells, among):
    """Return the position in ``among`` of each cell in ``cells``, an ndarray of int.

    Both are lists of cells, each the ``bytes`` that `sides` gives a point inside.

    Raises
    ------
    ValueError
        If a cell is not in ``among``, which rounding can cause.
    """
    position = {cell: i for i, cell in enumerate(among)}
    try:
        return np.array([position[cell] for cell in cells])
    except KeyError:
        raise ValueError(NEARLY_DEGENERATE) from None


def unit(rows):
    """Return each of the rows (m, r) over its Euclidean norm, which must be above zero."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
