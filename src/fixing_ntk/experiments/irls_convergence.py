"""IRLS on student-teacher data: from the NTK's objective down to the conic solver's optimum."""

from itertools import islice

import numpy as np

from fixing_ntk.design import MaskedDesign
from fixing_ntk.masks import MaskSet
from fixing_ntk.objective import group_norms, lambda_max, mkl_primal, mu_from_lam
from fixing_ntk.seeds import stream
from fixing_ntk.solvers import solve
from fixing_ntk.solvers.irls import gl_iterates, mkl_iterates


def student_teacher(n, d, neurons, noise, rng):
    """Gaussian inputs (n, d), last column ones, and targets of a random ReLU network, scaled.

    Returns
    -------
    X : ndarray (n, d)
    y : ndarray (n,)
        Unit variance before noise of standard deviation ``noise``.
    """
    X = np.column_stack([rng.standard_normal((n, d - 1)), np.ones(n)])
    W, v = rng.standard_normal((d, neurons)), rng.standard_normal(neurons)
    clean = np.maximum(X @ W, 0.0) @ v
    return X, (clean - clean.mean()) / clean.std() + noise * rng.standard_normal(n)


def irls_convergence(n, d, neurons, noise, n_gates, ratio, n_iter, tol, backend, seed):
    """Objectives of both IRLS forms at every iteration, and the optimum they converge to.

    Parameters
    ----------
    n, d, neurons : int
        Samples, features with the bias, neurons of the teacher.
    noise, ratio : float
        Noise on the targets; ``lam / lambda_max``.
    n_gates, n_iter : int
    tol : float
        Relative gap of the optimum.
    backend : str
        Conic backend.
    seed : int

    Returns
    -------
    dict of ndarray
        ``gl``, ``gl_gap``, ``mkl``, ``mkl_gap`` (n_iter,); ``optimum`` and ``mkl_optimum`` with
        ``optimum_gap`` from the conic solver named in ``solver``; ``newton`` objectives.
    """
    X, y = student_teacher(n, d, neurons, noise, stream(seed, "irls_convergence", "data"))
    masks = MaskSet.sample(X, n_gates, stream(seed, "irls_convergence", "gates"))
    lam = ratio * lambda_max(X, y, masks)
    optimum = solve(X, y, masks, lam, tol, method="conic", backend=backend)
    newton = solve(X, y, masks, lam, tol, method="newton")
    mu, design = mu_from_lam(lam, optimum.weights), MaskedDesign(X, masks)
    residual = y - design.forward(optimum.weights)
    gl = list(islice(gl_iterates(design, y, lam), n_iter))
    mkl = list(islice(mkl_iterates(design, y, mu), n_iter))
    return dict(
        gl=np.array([it.objective for it in gl]),
        gl_gap=np.array([it.gap for it in gl]),
        mkl=np.array([it.objective for it in mkl]),
        mkl_gap=np.array([it.gap for it in mkl]),
        optimum=optimum.objective,
        optimum_gap=optimum.gap,
        mkl_optimum=mkl_primal(residual, group_norms(optimum.weights), mu),
        solver=optimum.method,
        newton=np.array([objective for objective, _ in newton.history]),
        newton_gap=np.array([gap for _, gap in newton.history]),
        half_norm=0.5 * y @ y,
        shape=np.array([n, d, len(masks)]),
        ratio=ratio,
    )
