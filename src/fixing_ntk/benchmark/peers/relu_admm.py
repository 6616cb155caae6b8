"""ADMM for the ReLU program: the splitting of CRONOS (NeurIPS 2024), with an exact linear step.

A pair of mask and sign has weights u, a copy v that carries the norm, and constraint values
``s = C u >= 0``, ``C = (2 D - I) X``. With A the masked designs of all pairs a step is ::

    (A^T A + rho (I + X^T X)) u = A^T y + rho (v - a + C^T (s - b))
    v = shrink(u + a, lam / rho),  s = max(C u + b, 0),  a += u - v,  b += C u - s

``B = I + X^T X`` is the same block for every pair. So Woodbury's identity leaves one factor of
order n, of ``rho I + A B^-1 A^T = rho I + 2 (X B^-1 X^T) o (M M^T)``, made once for each penalty.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from fixing_ntk.relu import certify

__all__ = ["FIRST_TOL", "PACKAGE", "STEP", "certify", "prepare"]

PACKAGE = "fixing_ntk"
FIRST_TOL = 1e-2  # bound on the primal and the dual residual, relative to the norm of (v, s)
STEP = 2  # with a larger factor ADMM would spend time on digits that a gap does not need
MAX_ITER = 10**7  # the time limit ends it, not MAX_ITER


def prepare(X, y, masks, share=1.0):
    """Return ``run(lam, tol)``, which solves the ReLU program by ADMM; see `benchmark.peers`.

    ``share`` is the step parameter rho of ADMM over the penalty lam. ``run`` returns the k nonzero
    columns (d, k) of v, the copy of the weights that carries the norm, and their index (2, k) of
    sign and mask. ``tol`` bounds both residuals, see `FIRST_TOL`.
    """
    n, d = X.shape
    M = masks.dense().astype(float)  # (n, p)
    signs = np.repeat([1.0, -1.0], M.shape[1])
    columns = np.tile(M, 2)  # (n, 2 p)
    flips = 2.0 * columns - 1.0
    inverse = np.linalg.inv(np.eye(d) + X.T @ X)
    kernel = 2.0 * (X @ inverse @ X.T) * (M @ M.T)
    from_y = (X.T @ (columns * y[:, None])) * signs

    def adjoint(z):
        half = X.T @ (M * z[:, None])
        return np.hstack([half, -half])

    def run(lam, tol):
        rho = share * lam
        factor = cho_factor(kernel + rho * np.eye(n), lower=True)
        v = a = np.zeros((d, columns.shape[1]))
        s = b = np.zeros(columns.shape)
        for _ in range(MAX_ITER):
            right = inverse @ (from_y + rho * (v - a + X.T @ (flips * (s - b))))
            z = cho_solve(factor, np.sum(columns * (X @ (right * signs)), axis=1))
            u = (right - inverse @ adjoint(z)) / rho
            at = flips * (X @ u)
            before = v, s
            norms = np.linalg.norm(u + a, axis=0)
            v = (u + a) * np.maximum(1.0 - lam / rho / np.maximum(norms, 1e-300), 0.0)
            s = np.maximum(at + b, 0.0)
            a, b = a + u - v, b + at - s
            size = max(_norm(v, s), 1e-300)
            if max(_norm(u - v, at - s), _norm(v - before[0], s - before[1])) <= tol * size:
                break
        active = np.flatnonzero(v.any(axis=0))
        p = M.shape[1]
        return v[:, active], np.array([active // p, active % p])

    return run


def _norm(*parts):
    return np.sqrt(sum(float(np.sum(part**2)) for part in parts))
