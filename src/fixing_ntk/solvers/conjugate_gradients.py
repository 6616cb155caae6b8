"""Preconditioned conjugate gradients on arrays of any shape, in the dtype of the right side."""

import numpy as np

DIVERGED = 1e4  # the residual over the first, where A's condition is beyond the dtype's digits


def conjugate_gradients(apply, precondition, b, rtol, max_iter):
    """Solve ``A x = b`` until the preconditioned residual is ``rtol`` times that of x = 0.

    SciPy's ``cg`` measures the plain residual, in which the directions that a preconditioner
    shrinks count most: those that matter least to the quadratic form.

    Parameters
    ----------
    apply, precondition : callable
        Symmetric positive definite maps of arrays of b's shape.
    b : ndarray
    rtol : float
        In the norm of the preconditioner, which bounds the error in the norm of A.
    max_iter : int

    Returns
    -------
    x : ndarray
    n_iter : int
    """
    x, r = np.zeros_like(b), b
    z = p = precondition(r)
    rz = first = np.vdot(r, z)
    for n_iter in range(max_iter):
        if not rtol**2 < rz / (first or 1.0) <= DIVERGED**2:
            return x, n_iter
        Ap = apply(p)
        curvature = np.vdot(p, Ap)
        if not curvature > 0:  # as near as rounding comes
            return x, n_iter
        step = rz / curvature
        x, r = x + step * p, r - step * Ap
        z, last = precondition(r), rz
        rz = np.vdot(r, z)
        p = z + (rz / last) * p
    return x, max_iter
