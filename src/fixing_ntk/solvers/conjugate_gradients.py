"""Preconditioned conjugate gradients on arrays of any shape, in the dtype of the right side."""

import numpy as np

DIVERGED = 1e4  # growth of the residual that shows a condition of A beyond the dtype's digits


def conjugate_gradients(apply, precondition, b, max_iter, rtol=0.0, residual=0.0):
    """Solve ``A x = b`` by preconditioned conjugate gradients from x = 0.

    Iterations end when one of two measures of the residual is small enough. They also end after
    ``max_iter``, when the residual has grown by `DIVERGED`, or when rounding makes ``p^T A p`` of a
    direction p not positive. SciPy's ``cg`` measures only the plain residual. That gives most
    weight to the directions that a preconditioner shrinks, which matter least to the quadratic
    form. Columns of b are not separate systems: steps and norms are of the whole array.

    Parameters
    ----------
    apply, precondition : callable
        Symmetric positive definite maps of arrays of b's shape: A, and an approximate inverse of A.
    b : ndarray
    max_iter : int
    rtol : float
        Tolerance for the residual in the norm of the preconditioner, over its value at x = 0. If
        the preconditioner is near the inverse of A, this norm is near the error in the norm of A.
    residual : float
        Tolerance for the plain residual ``||b - A x||``; 0 for none.

    Returns
    -------
    x : ndarray
    r : ndarray
        ``b - A x``, by the recurrence of the iterations.
    n_iter : int
    """
    x, r = np.zeros_like(b), b
    z = p = precondition(r)
    rz = first = np.vdot(r, z)
    for n_iter in range(max_iter):
        if not rtol**2 < rz / (first or 1.0) <= DIVERGED**2:
            return x, r, n_iter
        Ap = apply(p)
        curvature = np.vdot(p, Ap)
        if not curvature > 0:  # as near as rounding comes
            return x, r, n_iter
        step = rz / curvature
        x, r = x + step * p, r - step * Ap
        if residual and np.linalg.norm(r) <= residual:
            return x, r, n_iter + 1
        z, last = precondition(r), rz
        rz = np.vdot(r, z)
        p = z + (rz / last) * p
    return x, r, max_iter
