"""What an intercept that is not penalised leaves of a vector, and of a solve.

With an intercept t on a column u, a regularised system has a border, ``M b + u t = v`` and
``u^T b = 0``. So b is from the complement of u, and its inverse is that of M on the complement.
"""


def project(v, u):
    """``v`` (n,) less its part along u (n,); v where u is None."""
    return v if u is None else v - u * (u @ v / (u @ u))


def bordered(x, g, u):
    """b of the bordered system from ``x = M^-1 v`` and ``g = M^-1 u``."""
    return x - g * (u @ x / (u @ g))
