"""Projections and solves for an intercept that is not penalised.

An intercept t on a column u adds a border to a regularised system with the matrix M:
``M b + u t = v`` and ``u^T b = 0``. So b lies in the orthogonal complement of u, and v gives b by
the inverse of M on this complement.
"""


def project(v, u):
    """Return v (n,) minus its projection on u (n,); v itself if u is None."""
    return v if u is None else v - u * (u @ v / (u @ u))


def bordered(x, g, u):
    """Return the b that solves ``M b + t u = v`` and ``u^T b = 0``, t an unknown number.

    M (n, n) is an invertible matrix. The number t is eliminated, and is not returned.

    Parameters
    ----------
    x, g : ndarray (n,)
        ``x = M^-1 v`` and ``g = M^-1 u``.
    u : ndarray (n,)
        Column of an intercept t that is not penalised.

    Returns
    -------
    ndarray (n,)
    """
    return x - g * (u @ x / (u @ g))
