"""Kernel ridge regression with the NTK of more samples than a kernel matrix has room for.

Conjugate gradients in float32 with the preconditioner of `nystrom`, and iterative refinement: the
residual and the certificate are in float64. No product keeps the kernel matrix, see `NTKOperator`.
"""

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from fixing_ntk.kernels import NTKOperator
from fixing_ntk.masks.samples import row_norms
from fixing_ntk.programs import project, ridge_gap
from fixing_ntk.solvers.conjugate_gradients import conjugate_gradients
from fixing_ntk.solvers.convergence import warn_not_converged
from fixing_ntk.solvers.nystrom import landmarks, nystrom

TOL = 1e-8  # relative duality gap
LANDMARKS = 2_000
REFINEMENTS = 4  # runs of conjugate gradients for one penalty
CG_ITERATIONS = 300  # of each run
REDUCTION = 1e-4  # of the residual by each run; rounding of float32 allows little more
PROBES = 16  # vectors of random signs
STALLED = 0.1  # share of the gap that is left after a run in vain
STARTS = 20  # steps of the power method on the Nystrom approximation


def iterated_ridge(X, Y, ratios, root, intercept=False):
    """Solve ridge regression with the NTK for k targets, at penalties over its largest eigenvalue.

    Parameters
    ----------
    X : ndarray or csr_array (n, d)
    Y : ndarray (n, k)
        Targets.
    ratios : sequence of float
        Penalties over the largest eigenvalue of the weighted kernel. Each starts from the solution
        at the one before, so large ones first are faster.
    root : ndarray (n,)
        Square roots of the sample weights, which scale rows and columns of the kernel and targets.
    intercept : bool
        Whether each output has an intercept that is not penalised.

    Returns
    -------
    list of tuple
        For each ratio the coefficients b (n, k) of the weighted kernel, the intercepts (k,), zero
        without ``intercept``, the relative duality gaps (k,) and the number of conjugate gradient
        iterations. The coefficients of the plain kernel are ``root_j b_j``.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        When a gap is above `TOL`.
    """
    # Units in which the kernel has entries of at most 1/2: float32 has a small range.
    length, largest = row_norms(X).max(initial=0.0) or 1.0, root.max()
    X, root = X / length, root / largest
    K, Y, u = NTKOperator(X, root), root[:, None] * Y, root if intercept else None
    rows = landmarks(len(root), LANDMARKS)
    C = K.columns(rows)
    scale = largest_eigenvalue(K, C) or 1.0
    targets = _project(Y, u)
    beta, fits = np.zeros_like(Y), []
    for ratio in ratios:
        lam, n_iter, last = ratio * scale, 0, np.inf
        best = np.zeros_like(Y), np.zeros_like(Y), np.ones(Y.shape[1])  # beta, K beta and gaps
        precondition = nystrom(C, rows, lam)
        for run in range(REFINEMENTS + 1):
            K_beta = K.times(beta) if beta.any() else np.zeros_like(beta)
            columns = zip(beta.T, K_beta.T, targets.T, strict=True)
            gaps = np.array([ridge_gap(*of_target, lam, u) for of_target in columns])
            if gaps.max() <= best[2].max():
                best = beta, K_beta, gaps
            if gaps.max() <= TOL or run == REFINEMENTS or (run and gaps.max() > STALLED * last):
                break
            last = gaps.max()
            residual = (targets - _project(K_beta, u)) / lam - beta
            step, iterations = _step(K, residual, lam, precondition, u)
            beta, n_iter = beta + step, n_iter + iterations
        beta, K_beta, gaps = best  # never worse than zero
        if gaps.max() > TOL:
            mend = "raise lam, merge repeated rows, or standardise the features"
            warn_not_converged(f"the NTK (lam={ratio:.6g})", gaps.max(), TOL, 4, mend)
        b = np.zeros(Y.shape[1]) if u is None else u @ (Y - K_beta) / (u @ u)
        fits.append((beta / (length**2 * largest), b, gaps, n_iter))
    return fits


def spectrum(X, y, ratio, seed=0):
    """Estimate the effective dimension and the alignment of the NTK, as `KernelRidge` defines them.

    With the kernel matrix K and the penalty lam, the effective dimension is ``tr K (K + lam I)^-1``
    and the alignment ``y^T K y / (||K||_F ||y||^2)``, or 0 if K or y is zero. Traces are means of
    quadratic forms in random signs (Hutchinson). For an effective dimension D the relative standard
    error is about ``sqrt(2 / (PROBES D))``.

    Parameters
    ----------
    X : ndarray (n, d)
    y : ndarray (n,)
        Targets.
    ratio : float
        Penalty over the largest eigenvalue of the kernel.
    seed : int
        Seed of the random signs.

    Returns
    -------
    effective_dimension, alignment : float
    """
    n = len(X)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (n, PROBES))
    K = NTKOperator(X, np.ones(n))
    ((beta, _, _, _),) = iterated_ridge(X, signs, [ratio], K.root)
    products = K.times(np.column_stack([signs, beta, y]))
    K_signs, K_beta, K_y = np.split(products, [PROBES, 2 * PROBES], axis=1)
    dimension = np.sum(signs * K_beta) / PROBES
    norm = np.sqrt(np.sum(K_signs**2) / PROBES)
    scale = norm * (y @ y)
    return float(dimension), float(y @ K_y[:, 0] / scale) if scale > 0 else 0.0


def largest_eigenvalue(K, C):
    """Return the largest eigenvalue of the `NTKOperator` K; 0 if the columns C of K are zero.

    The Lanczos method in float32 starts from the top eigenvector of ``C C^T``, with columns C
    (n, m) of K. The value is a Rayleigh quotient in float64, whose error is of second order.
    """
    v = np.ones(len(C))
    for _ in range(STARTS):
        v = C @ (C.T @ v)
        norm = np.linalg.norm(v)
        if not norm > 0:
            return 0.0
        v /= norm
    rough = LinearOperator(K.shape, matvec=lambda x: K.roughly_times(x[:, None]), dtype=np.float32)
    _, vectors = eigsh(rough, k=1, v0=v.astype(np.float32), ncv=4, tol=1e-4)
    v = vectors.astype(float)
    v /= np.linalg.norm(v)
    return float(v[:, 0] @ K.times(v)[:, 0])


def _step(K, residual, lam, precondition, u):
    """Solve ``(I + P K P / lam) step = residual``; return the step and the number of iterations.

    The solution is in float32, to the relative residual `REDUCTION`. K is an `NTKOperator`, and
    step and residual are (n, k). P projects onto the complement of the intercept's column ``u``
    (n,), and is the identity if u is None. ``precondition`` is the map of `nystrom`.
    """
    size = np.linalg.norm(residual)

    def apply(V):
        return V + _project(K.roughly_times(V), u) / np.float32(lam)

    step, _, iterations = conjugate_gradients(
        apply,
        lambda V: _project(precondition(V.astype(float)), u).astype(np.float32),
        (residual / size).astype(np.float32),
        CG_ITERATIONS,
        residual=REDUCTION,
    )
    return size * _project(step.astype(float), u), iterations


def _project(V, u):
    """Return V (n, k) minus the projection of each column on u (n,); V itself if u is None."""
    return V if u is None else np.column_stack([project(v, u) for v in V.T]).astype(V.dtype)
