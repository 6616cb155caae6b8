"""Hyperplanes through the origin, by their unit normals: which are one, and what they cut.

Data decide on hyperplanes that are one, or meet in one line, only up to rounding. Every such
decision here is of one kind: unit normals are dependent if one lies within `DEPENDENT` of the span
of the others. Whichever of them the others are restricted to, they are found dependent alike.
"""

import numpy as np

DEPENDENT = 1e-12  # far above rounding, far below what tells measured rows apart
NEARLY_DEGENERATE = "rows of X are nearly degenerate: rounding hides cells; round X first"


def rank(X):
    """Rank of X (n, d)."""
    return len(row_space(X))


def row_space(X):
    """Orthonormal basis (r, d) of the row space of X (n, d)."""
    basis = _right_vectors(X)
    lost = np.linalg.norm(X - X @ basis.T @ basis, axis=1)
    if np.any(lost > DEPENDENT * np.linalg.norm(X, axis=1)):  # short rows, hidden by long ones
        basis = _right_vectors(unit(X[np.any(X, axis=1)]))
    return basis


def _right_vectors(X):
    _, values, Vt = np.linalg.svd(X, full_matrices=False)
    return Vt[: int(np.sum(values > DEPENDENT * values.max(initial=0.0)))]


def hyperplanes(X, basis):
    """Unit normals (m, r), in coordinates of a basis (r, d), of the distinct ones of rows of X."""
    rows = X @ basis.T
    normals = unit(rows[np.any(rows, axis=1)])
    return normals[distinct(normals, np.ones(len(normals)))]


def restrict(normals, basis):
    """Hyperplanes within the subspace of a basis (r, k): unit normals there, and their lengths.

    Returns
    -------
    inner : ndarray (m, k)
    lengths : ndarray (m,)
        Of what the subspace leaves of ``normals`` (m, r), none of them orthogonal to it.
    """
    rows = normals @ basis
    lengths = np.linalg.norm(rows, axis=1)
    return rows / lengths[:, None], lengths


def distinct(normals, lengths):
    """Positions of those hyperplanes that are not one with an earlier one.

    Parameters
    ----------
    normals : ndarray (m, r)
    lengths : ndarray (m,)
        What successive restrictions have left of each unit normal.

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
            # The part across, since a cosine near one has lost the digits.
            across = normal - cosines[doubtful, None] * normals[keep][doubtful]
            if np.any(np.linalg.norm(across, axis=1) * shorter[doubtful] <= DEPENDENT):
                continue
        keep.append(i)
    return keep


def complement(h):
    """Orthonormal basis (r, r - 1) of the hyperplane with unit normal h (r,)."""
    return np.linalg.svd(h[None, :])[2][1:].T


def arcs(normals):
    """Midpoints of the arcs into which lines with these normals (m, 2) cut the circle, (2 m, 2)."""
    ends = ends_of_arcs(normals)
    return on_circle(0.5 * (ends[:-1] + ends[1:]))


def ends_of_arcs(normals):
    """Angles of the lines with these normals (m, 2), all 2 m, increasing, and the first again."""
    ends = np.sort(np.arctan2(normals[:, 1], normals[:, 0]) % np.pi) + 0.5 * np.pi
    return np.concatenate([ends, ends + np.pi, ends[:1] + 2.0 * np.pi])


def on_circle(angles):
    """Points of the unit circle at angles (k,), (k, 2)."""
    return np.column_stack([np.cos(angles), np.sin(angles)])


def sides(points, normals):
    """On which side of every hyperplane (m, r) each point (c, r) lies: a list of bytes."""
    return packed(points @ normals.T > 0)


def packed(rows):
    """Rows of booleans as a list of bytes."""
    return [row.tobytes() for row in np.packbits(rows, axis=1)]


def find(cells, among):
    """Where each of the cells, known by its `sides`, stands among others, ndarray of int.

    Raises
    ------
    ValueError
        If one is not among them, as rounding can bring about.
    """
    position = {cell: i for i, cell in enumerate(among)}
    try:
        return np.array([position[cell] for cell in cells])
    except KeyError:
        raise ValueError(NEARLY_DEGENERATE) from None


def unit(rows):
    """Rows over their norms."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
